"""Curves on the page: drawn from numbers alone, whatever an evidence file states."""

from __future__ import annotations

import re

import pytest

from sluice.core.report.curves import AXES, picture, title
from sluice.domain.curves import Curve, CurveKind, Line

LINE = Line(x=(0.0, 0.5, 1.0), y=(0.0, 0.7, 1.0), low=(0.0, 0.6, None), high=(0.1, 0.8, None), n=(3, 4, 1))


def shapes(curve: Curve) -> list[tuple[str, str]]:
    return re.findall(r'<(polyline|circle) class="(\w+)"', picture(curve))


@pytest.mark.parametrize("kind", AXES)
def test_both_models_are_drawn(kind: CurveKind) -> None:
    curve = Curve(kind=kind, candidate=LINE, baseline=Line(x=(0.0, 1.0), y=(0.0, 1.0)))
    found = shapes(curve)
    assert title(curve)
    assert found.count(("polyline", "ref")) == 1
    assert found.count(("polyline", "cur")) == 3  # the line, and two intervals: the last point has none
    assert found.count(("circle", "cur")) == 3


def test_the_diagonal_runs_from_corner_to_corner() -> None:
    drawn = picture(Curve(kind="roc", candidate=LINE))
    assert '<polyline class="guide" points="52.0,204.0 288.0,10.0"/>' in drawn


def test_nothing_is_drawn_without_points() -> None:
    assert picture(Curve(kind="roc", candidate_reason="needs both classes")) == ""


@pytest.mark.parametrize("value", [0.0, 1e308, -1e308, 5e-324])
def test_numbers_at_the_far_ends_break_nothing(value: float) -> None:
    for other in (value, 1.7e308):
        line = Line(x=(min(value, other), max(value, other)), y=(value, other))
        assert shapes(Curve(kind="residuals", candidate=line))
