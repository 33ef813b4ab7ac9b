"""The JSON documents of ``sluice gate`` beside the decision's own; fields may be added to them, never renamed."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from sluice.core.explaining import Explanation, lines
from sluice.core.shapes import gate_shape
from sluice.domain.decision import Decision


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
