"""Two distributions as one small picture: plain shapes inside the page, no script, nothing fetched."""

from __future__ import annotations

from markupsafe import Markup

from sluice.core.report.drift import MAX_BARS, shares
from sluice.core.report.escape import plain
from sluice.domain.drift import Histogram

WIDTH, HEIGHT = 160, 44
_GAP = 2.0
_MAX_LABEL = 60


def distributions(drawn: Histogram) -> Markup:
    """Bars side by side: the reference pale, the current data strong; each pair tells its shares when pointed at."""
    reference, current = shares(drawn)
    top = max((*reference, *current), default=0.0)
    if top <= 0:
        return Markup("")
    step = WIDTH / len(reference)
    wide = max(1.0, (step - _GAP) / 2)
    cells = (
        _cell(label, (before, now), top, (index * step, wide))
        for index, (label, before, now) in enumerate(zip(drawn.labels[:MAX_BARS], reference, current, strict=True))
    )
    return Markup('<svg class="bars" viewBox="0 0 {} {}" width="{}" height="{}" role="img">{}</svg>').format(
        WIDTH, HEIGHT, WIDTH, HEIGHT, Markup("").join(cells)
    )


def _cell(label: str, sides: tuple[float, float], top: float, place: tuple[float, float]) -> Markup:
    left, wide = place
    told = f"{plain(label, limit=_MAX_LABEL)}: {sides[0]:.1%} → {sides[1]:.1%}"
    bars = Markup("").join(
        _bar(kind, left + side * wide, wide, height / top * HEIGHT)
        for side, (kind, height) in enumerate(zip(("ref", "cur"), sides, strict=True))
        if height > 0
    )
    return Markup("<g><title>{}</title>{}</g>").format(told, bars)


def _bar(kind: str, left: float, wide: float, high: float) -> Markup:
    high = max(high, 1.0)
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        kind, left, HEIGHT - high, wide, high
    )
