"""What is said of a judged column: effect, evidence and rows, and where nothing was found, what would have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.core.drift_words import chance, measure
from sluice.domain.amounts import amount
from sluice.domain.drift_limits import Drift

if TYPE_CHECKING:
    from sluice.core.drift.verdict import Judged

ASPECTS = {
    "range": "its range",
    "hour": "its hours of the day",
    "weekday": "its weekdays",
    "length": "its length",
    "script": "its scripts",
    "vocabulary": "its vocabulary",
}
_MAX_NAMED = 3


def said(spec: Drift, judged: Judged, fault: str) -> str:
    """One sentence without a full stop, in words that follow the column's name and a colon."""
    aspect = judged.aspect
    rows = f"{aspect.n_reference:,} → {amount(aspect.n_current, 'row')}"
    where = f" in {ASPECTS.get(aspect.name, aspect.name[:40])}" if aspect.name else ""
    if fault:
        return f"{where.removeprefix(' in ')} {fault}".strip()
    if judged.effect_size is None:
        return f"no effect size was measured{where}"
    size = f"{measure(judged.effect)} {max(judged.effect_size, 0.0):.3g}"
    if judged.code == "few":
        return f"{rows} are too few to judge {size}{where} on, {spec.min_rows:,} are needed on either side"
    evidence = f"adjusted p {chance(judged.p_adjusted)}, {rows}"
    limit = f"{judged.limit:g}"
    if judged.code == "drift":
        return f"drifted{where}: {size} is above {limit}, {evidence}{_categories(judged)}"
    if judged.code == "unproven":
        return f"{size}{where} is above {limit}, which chance alone may have made: {evidence}{_seen(judged)}"
    if judged.code == "small":
        return f"differs{where}, but by no more than allowed: {size} (limit {limit}), {evidence}"
    return f"no drift found: {size}{where} (limit {limit}), {evidence}{_seen(judged)}"


def _seen(judged: Judged) -> str:
    detectable = judged.aspect.detectable.get(judged.effect)
    if detectable is None:
        return ""
    return f"; {measure(judged.effect)} {detectable:.2g} would probably have been seen"


def _categories(judged: Judged) -> str:
    """New and vanished categories and moved dimensions, the first few of each."""
    aspect = judged.aspect
    parts: list[str] = []
    for what, labels in (("new", aspect.new), ("vanished", aspect.vanished)):
        if labels:
            parts.append(f"{what}: {', '.join(repr(label) for label in labels[:_MAX_NAMED])}")
    if aspect.dimensions:
        moved = ", ".join(f"{index} ({size:.2g} deviations)" for index, size in aspect.dimensions[:_MAX_NAMED])
        parts.append(f"most in dimensions {moved}")
    return f"; {'; '.join(parts)}" if parts else ""
