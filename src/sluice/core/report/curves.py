"""Curves of both models as small pictures: plain shapes inside the page, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from sluice.domain.curves import Curve, CurveKind, Line

WIDTH, HEIGHT = 300, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 12.0, 10.0, 36.0

Span = tuple[float, float]
Place = Callable[[float, float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What a kind of curve is called, what its axes are, and what it is seen against.

    ``unit`` is true where both axes run from 0 to 1. ``against`` is the diagonal, or zero.
    """

    title: str
    x: str
    y: str
    unit: bool = True
    against: str = ""


AXES: Mapping[CurveKind, Axes] = {
    "calibration": Axes(title="Calibration", x="mean probability", y="share of positive rows", against="diagonal"),
    "roc": Axes(title="ROC", x="false positive rate", y="recall", against="diagonal"),
    "precision_recall": Axes(title="Precision and recall", x="recall", y="precision"),
    "residuals": Axes(title="Residuals", x="true minus predicted", y="share of rows", unit=False),
    "residuals_by_prediction": Axes(
        title="Residuals by prediction", x="mean prediction", y="mean residual", unit=False, against="zero"
    ),
}


def title(curve: Curve) -> str:
    """What the kind of curve is called."""
    return AXES[curve.kind].title


def picture(curve: Curve) -> Markup:
    """The candidate's line strong, the baseline's pale, with the intervals of their points; nothing without points."""
    axes, there = AXES[curve.kind], [line for line in (curve.candidate, curve.baseline) if line is not None]
    if not there:
        return Markup("")
    across = (0.0, 1.0) if axes.unit else _span([value for line in there for value in line.x])
    up = (0.0, 1.0) if axes.unit else _span([value for line in there for value in _heights(line, axes)])

    def place(x: float, y: float) -> str:
        left = _LEFT + (x - across[0]) / (across[1] - across[0]) * (WIDTH - _LEFT - _RIGHT)
        down = HEIGHT - _BOTTOM - (y - up[0]) / (up[1] - up[0]) * (HEIGHT - _TOP - _BOTTOM)
        return f"{left:.1f},{down:.1f}"

    sides = (("ref", curve.baseline), ("cur", curve.candidate))
    drawn = Markup("").join(_line(kind, line, place) for kind, line in sides if line is not None)
    shapes = Markup("").join((_frame(axes, across, up, place), drawn))
    made = Markup('<svg class="plot" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>')
    return made.format(WIDTH, HEIGHT, WIDTH, HEIGHT, axes.title, shapes)


def _heights(line: Line, axes: Axes) -> list[float]:
    ends = [end for end in (*line.low, *line.high) if end is not None]
    return [*line.y, *ends, *((0.0,) if axes.against == "zero" or not ends else ())]


def _span(values: list[float]) -> Span:
    low, high = min(values), max(values)
    around = 0.0 if low < high else max(1.0, abs(low) / 2)
    return low - around, high + around


def _frame(axes: Axes, across: Span, up: Span, place: Place) -> Markup:
    """The axes with the numbers at their ends, their names, and what the curve is seen against."""
    guides = {
        "diagonal": (place(0, 0), place(1, 1)),
        "zero": (place(across[0], 0), place(across[1], 0)),
    }
    found = [_path("axis", (place(across[0], up[1]), place(across[0], up[0]), place(across[1], up[0])))]
    found += [_path("guide", guides[axes.against])] if axes.against else []
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    found += [
        _text(_LEFT, bottom + 14, "start", f"{across[0]:.3g}"),
        _text(right, bottom + 14, "end", f"{across[1]:.3g}"),
        _text((_LEFT + right) / 2, HEIGHT - 6, "middle", axes.x),
        _text(_LEFT - 4, bottom, "end", f"{up[0]:.3g}"),
        _text(_LEFT - 4, _TOP + 8, "end", f"{up[1]:.3g}"),
        Markup('<text transform="translate(14 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>').format(
            (_TOP + bottom) / 2, axes.y
        ),
    ]
    return Markup("").join(found)


def _line(kind: str, line: Line, place: Place) -> Markup:
    points = [place(x, y) for x, y in zip(line.x, line.y, strict=True)]
    found = [_path(kind, tuple(points))]
    if line.low:
        found += [
            _path(kind, (place(x, low), place(x, high)))
            for x, low, high in zip(line.x, line.low, line.high, strict=True)
            if low is not None and high is not None
        ]
        dot = Markup('<circle class="{}" cx="{}" cy="{}" r="2"/>')
        found += [dot.format(kind, *point.split(",")) for point in points]
    return Markup("").join(found)


def _path(kind: str, points: tuple[str, ...]) -> Markup:
    return Markup('<polyline class="{}" points="{}"/>').format(kind, " ".join(points))


def _text(x: float, y: float, anchor: str, said: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, said)
