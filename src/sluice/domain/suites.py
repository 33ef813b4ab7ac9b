"""What the user's own tests of a model came to, as a report of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_FAILURES = 20
"""So many failed tests of one report are named; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTest:
    """One test that failed, or that broke before it could say (``error``)."""

    name: str
    kind: Literal["failure", "error"]
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """One report of tests: how many there are, how many did not pass, and the first of them by name.

    ``reason`` says why the report could not be read, with a ``reason_code``: ``missing-evidence`` or ``tests``.
    """

    name: str
    path: str
    n_tests: int = 0
    n_failures: int = 0
    n_errors: int = 0
    n_skipped: int = 0
    failed: tuple[FailedTest, ...] = ()
    sha256: str = ""
    reason: str = ""
    reason_code: str = ""

    @property
    def n_passed(self) -> int:
        """Tests that ran and held."""
        return self.n_tests - self.n_failures - self.n_errors - self.n_skipped
