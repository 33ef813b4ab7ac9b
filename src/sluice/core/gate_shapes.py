"""The JSON documents of ``sluice gate`` beside the decision's own; fields may be added to them, never renamed."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from sluice.core.explaining import Explanation, lines
from sluice.core.shapes import gate_shape
from sluice.domain.config import Loaded
from sluice.domain.decision import Decision
from sluice.domain.replay import Replayed


def explained_shape(decision: Decision, explained: Iterable[Explanation]) -> dict[str, Any]:
    """What ``sluice gate --explain --json`` prints: ``gate_shape``, and an ``explanation`` in every result."""
    shape = gate_shape(decision)
    results = zip(shape["results"], explained, strict=True)
    return shape | {"results": [result | {"explanation": _explanation_shape(one)} for result, one in results]}


def _explanation_shape(explained: Explanation) -> dict[str, Any]:
    result = explained.result
    interval = {
        "low": _finite(result.ci_low),
        "high": _finite(result.ci_high),
        "level": _finite(result.ci_level),
        "of": result.interval_of,
    }
    return {
        "measured": result.observed,
        "baseline": result.baseline,
        "difference": _finite(result.difference),
        "limit": result.limit,
        "interval": None if result.ci_low is None or result.ci_high is None else interval,
        "n": result.n,
        "slice": result.slice,
        "rule": explained.rule,
        "opens": explained.opens or None,
        "where": explained.where,
        "text": "\n".join(lines(explained)),
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def replay_shape(rows: Iterable[Replayed], policy: Loaded, *, older: int) -> dict[str, Any]:
    """What ``sluice gate --replay --json`` prints; there is no verdict over all, since nothing is decided."""
    replayed = tuple(rows)
    judged = [row for row in replayed if row.before is not None and row.after is not None]
    return {
        "policy": policy.path,
        "policy_sha256": policy.sha256,
        "replayed": [_replayed_shape(row) for row in replayed],
        "would_close": sum(row.closes for row in judged),
        "would_open": sum(row.opens for row in judged),
        "not_judged": len(replayed) - len(judged),
        "older_runs": older,
    }


def _replayed_shape(row: Replayed) -> dict[str, Any]:
    return {
        "pull_request": row.seen.pr_number,
        "head_sha": row.seen.head_sha,
        "repository": row.seen.repository,
        "started_at": row.seen.started_at,
        "evidence": row.seen.evidence,
        "then": _judgement(row.before),
        "proposed": _judgement(row.after),
        "changes": [
            {
                "gate": change.gate,
                "then": change.before and change.before.value,
                "proposed": change.after and change.after.value,
                "message": change.message,
            }
            for change in row.changes
        ],
        "note": row.note,
    }


def _judgement(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {"verdict": decision.verdict.value, "open": decision.open, "enforced": decision.enforced}
