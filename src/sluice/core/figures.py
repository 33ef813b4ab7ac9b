"""Pictures of an evaluation, as Vega-Lite specifications: plain values; drawing them is an adapter's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
CANDIDATE, BASELINE, WORSE = "#0b62d6", "#8a8f98", "#c4262e"
MOST_ROWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One picture to be drawn: its file's name, what it is called, and what it says in words."""

    name: str
    title: str
    alt: str
    spec: Mapping[str, Any]


def drawings(result: EvaluationResult) -> tuple[Drawing, ...]:
    """The pictures that this evaluation has numbers for: differences to the baseline, and the slices of each metric."""
    return tuple(drawing for drawing in (_differences(result), _slices(result)) if drawing is not None)


def _differences(result: EvaluationResult) -> Drawing | None:
    rows = [_difference(row) for row in result.comparisons if not row.slice and row.ci_low is not None]
    if not rows:
        return None
    title = "Difference to the baseline, better to the right"
    return Drawing(
        name="differences",
        title=title,
        alt="; ".join(f"{row['metric']} {row['value']:+.4g} ({row['low']:+.4g} to {row['high']:+.4g})" for row in rows),
        spec=_spec(title, _interval_chart(rows, "metric", zero=True), rows),
    )


def _difference(row: Comparison) -> dict[str, Any]:
    """Signed so that better is positive, whichever way the metric goes."""
    sign = -1.0 if row.direction == "lower" else 1.0
    ends = sorted((sign * (row.ci_low or 0.0), sign * (row.ci_high or 0.0)))
    value = sign * (row.difference or 0.0)
    tone = WORSE if ends[1] < 0 else CANDIDATE if ends[0] > 0 else BASELINE
    return {"metric": row.metric, "value": value, "low": ends[0], "high": ends[1], "tone": tone}


def _slices(result: EvaluationResult) -> Drawing | None:
    sliced = [value for value in result.metrics if value.slice and value.ci_low is not None]
    if not sliced:
        return None
    metric = sliced[0].metric
    rows = [_slice(value) for value in result.metrics if value.metric == metric and value.ci_low is not None][
        :MOST_ROWS
    ]
    title = f"{metric} of each slice"
    return Drawing(
        name="slices",
        title=title,
        alt="; ".join(f"{row['slice']} {row['value']:.4g} ({row['low']:.4g} to {row['high']:.4g})" for row in rows),
        spec=_spec(title, _interval_chart(rows, "slice", zero=False), rows),
    )


def _slice(value: MetricValue) -> dict[str, Any]:
    tone = CANDIDATE if value.slice else BASELINE
    name = value.slice or "all rows"
    return {"slice": name[:60], "value": value.value, "low": value.ci_low, "high": value.ci_high, "tone": tone}


def _interval_chart(rows: list[dict[str, Any]], names: str, *, zero: bool) -> list[dict[str, Any]]:
    """A point and its interval in each row; a line at zero where zero means something."""
    y = {"field": names, "type": "nominal", "title": None, "sort": [row[names] for row in rows]}
    x = {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": zero}}
    tone = {"field": "tone", "type": "nominal", "scale": None}
    ends = {"field": "low", "type": "quantitative", "title": None, "scale": {"zero": zero}}
    interval = {"y": y, "x": ends, "x2": {"field": "high"}, "color": tone}
    point = {"type": "point", "filled": True, "size": 70, "opacity": 1}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "rule", "size": 2}, "encoding": interval},
        {"mark": point, "encoding": {"y": y, "x": x, "color": tone}},
    ]
    if zero:
        line = {"type": "rule", "strokeDash": [4, 3], "color": BASELINE}
        layers.insert(0, {"mark": line, "encoding": {"x": {"datum": 0}}})
    return layers


def _spec(title: str, layers: list[dict[str, Any]], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "title": title,
        "background": "white",
        "width": 520,
        "height": {"step": 26},
        "data": {"values": rows},
        "layer": layers,
        "config": {"font": "sans-serif", "axis": {"labelLimit": 320, "gridColor": "#e8eaed"}, "view": {"stroke": None}},
    }
