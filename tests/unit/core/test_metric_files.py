"""Metrics from files: known names get direction and range, plain numbers are compared as they are."""

from __future__ import annotations

import pytest

from sluice.core.metric_files import POINT, from_file, merge
from sluice.domain.evaluation import Direction, EvaluationResult, MetricValue


def filed(name: str, value: float | None, reason: str = "") -> MetricValue:
    return MetricValue(metric=name, value=value, source="file", reason=reason)


def test_known_names_get_a_direction_and_others_do_not() -> None:
    known, other = from_file((filed("log_loss", 0.3), filed("latency_ms", 12.0)), None).metrics
    assert (known.direction, known.unit, known.source) == ("lower", "nats", "file")
    assert (other.direction, other.value) == (None, 12.0)


def test_a_direction_that_is_stated_is_that_of_both_sides_and_of_no_known_name() -> None:
    stated: dict[str, Direction] = {"latency_ms": "lower", "log_loss": "higher"}
    before = (filed("log_loss", 0.3), filed("latency_ms", 12.0), filed("rows", 3.0))
    found = from_file(before, before, stated)
    assert [one.direction for one in found.metrics] == ["lower", "lower", None]
    assert [one.direction for one in found.comparisons] == ["lower", "lower", None]


@pytest.mark.parametrize("value", [1.7, -0.001])
def test_a_value_outside_the_range_is_no_value(value: float) -> None:
    (found,) = from_file((filed("accuracy", value),), None).metrics
    assert (found.value, found.reason_code) == (None, "range")
    assert found.reason == f"{value:.6g} is outside 0 to 1, the range of accuracy"


def test_a_value_that_could_not_be_read_keeps_its_reason() -> None:
    (found,) = from_file((filed("accuracy", None, "`NaN`, not finite"),), None).metrics
    assert (found.reason, found.reason_code) == ("`NaN`, not finite", "metric")


def test_plain_numbers_are_compared_without_an_interval() -> None:
    (found,) = from_file((filed("roc_auc", 0.9),), (filed("roc_auc", 0.8),)).comparisons
    assert found.difference == pytest.approx(0.1)
    assert (found.method, found.ci_low, found.direction) == (POINT, None, "higher")


def test_what_the_baseline_lacks_is_said() -> None:
    lacking, broken = from_file(
        (filed("roc_auc", 0.9), filed("recall", 0.5)), (filed("recall", None, "null"),)
    ).comparisons
    assert (lacking.difference, lacking.reason) == (None, "the baseline has no such metric")
    assert (broken.difference, broken.reason) == (None, "the baseline has no value: null")
    assert from_file((filed("roc_auc", 0.9),), None).comparisons == ()


def test_a_difference_beyond_all_numbers_is_none() -> None:
    (found,) = from_file((filed("loss", 1.7e308),), (filed("loss", -1.7e308),)).comparisons
    assert (found.difference, found.reason) == (None, "the difference is too large for a number")


def test_predictions_count_and_disagreement_is_said() -> None:
    measured = EvaluationResult(
        n=100, metrics=(MetricValue(metric="roc_auc", value=0.8, n=100), MetricValue(metric="recall", value=0.5, n=100))
    )
    merged = merge(
        measured, from_file((filed("roc_auc", 0.9), filed("recall", 0.5 + 1e-8), filed("size_mb", 4.0)), None)
    )
    assert [(value.metric, value.value) for value in merged.metrics] == [
        ("roc_auc", 0.8),
        ("recall", 0.5),
        ("size_mb", 4.0),
    ]
    assert merged.message == "The metric file disagrees with the predictions, which count: roc_auc (0.9, measured 0.8)."
    assert merge(measured, from_file((), None)).message == ""
