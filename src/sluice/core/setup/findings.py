"""What an examination of a set-up found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, EXIT_OUTSIDE
from sluice.domain.verdict import Verdict, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: well, to be thought about, to be mended, or not to be had from outside (error)."""

    check: str
    verdict: Verdict
    message: str
    remedy: str = ""


def good(check: str, message: str) -> Finding:
    """It is as it should be."""
    return Finding(check=check, verdict=Verdict.PASS, message=message)


def doubtful(check: str, message: str, remedy: str) -> Finding:
    """It works, or could not be looked at; somebody should know."""
    return Finding(check=check, verdict=Verdict.WARN, message=message, remedy=remedy)


def bad(check: str, message: str, remedy: str) -> Finding:
    """It must be mended."""
    return Finding(check=check, verdict=Verdict.FAIL, message=message, remedy=remedy)


def unanswered(check: str, message: str, remedy: str) -> Finding:
    """Something outside did not answer."""
    return Finding(check=check, verdict=Verdict.ERROR, message=message, remedy=remedy)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 where nothing must be mended, 1 where something must, 3 where only what is outside failed."""
    verdict = worst(finding.verdict for finding in findings)
    if verdict.opens:
        return EXIT_OPEN
    return EXIT_OUTSIDE if verdict is Verdict.ERROR else EXIT_CLOSED
