"""The pictures of an evaluation: what is drawn, which way is better, and that it can be drawn."""

from __future__ import annotations

from sluice.adapters.charts import png
from sluice.core.figures import BASELINE, CANDIDATE, WORSE, drawings
from sluice.domain.evaluation import Comparison, Direction, EvaluationResult, MetricValue


def compared(metric: str, difference: float, half: float, direction: Direction) -> Comparison:
    return Comparison(
        metric=metric, candidate=0.5 + difference, baseline=0.5, difference=difference, ci_low=difference - half,
        ci_high=difference + half, direction=direction,
    )  # fmt: skip


def valued(slice_: str, value: float) -> MetricValue:
    return MetricValue(metric="roc_auc", slice=slice_, value=value, ci_low=value - 0.1, ci_high=value + 0.1)


RESULT = EvaluationResult(
    n=100,
    metrics=(valued("", 0.7), valued("region=north", 0.8), valued("region=so|uth`", 0.6)),
    comparisons=(
        compared("roc_auc", 0.02, 0.01, "higher"),
        compared("log_loss", 0.2, 0.1, "lower"),
        compared("f1", 0.0, 0.1, "higher"),
    ),
)


def test_better_is_to_the_right_whichever_way_the_metric_goes() -> None:
    rows = drawings(RESULT)[0].spec["data"]["values"]
    assert [(row["metric"], round(row["value"], 6), row["tone"]) for row in rows] == [
        ("roc_auc", 0.02, CANDIDATE),
        ("log_loss", -0.2, WORSE),
        ("f1", 0.0, BASELINE),
    ]
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)


def test_slices_stand_below_all_rows() -> None:
    rows = drawings(RESULT)[1].spec["data"]["values"]
    assert [row["slice"] for row in rows] == ["all rows", "region=north", "region=so|uth`"]


def test_every_picture_says_in_words_what_it_shows() -> None:
    assert "log_loss -0.2 (-0.3 to -0.1)" in drawings(RESULT)[0].alt
    assert "region=north 0.8 (0.7 to 0.9)" in drawings(RESULT)[1].alt


def test_what_has_no_interval_is_not_drawn() -> None:
    assert drawings(EvaluationResult(n=1, metrics=(MetricValue(metric="m", value=0.5),))) == ()


def test_every_picture_can_be_drawn() -> None:
    assert all(png(drawing.spec).startswith(b"\x89PNG") for drawing in drawings(RESULT))
