"""The limits `min`, `max`, `max_drop`, `max_rise` and `max_gap`: at, inside and outside, and what is no measurement."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from support.judging import FILED, MEASURED, drop, judged, no_worse, result, value

from sluice.core.evaluation import evaluate
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.gates import Gate
from sluice.domain.predictions import Predictions, checked
from sluice.domain.probes import Serving
from sluice.domain.verdict import Verdict

PASS, WARN, INCONCLUSIVE, ERROR, FAIL = Verdict


@pytest.mark.parametrize(
    ("gate", "verdict", "code"),
    [
        (Gate(metric="recall", min=0.8), PASS, "pass"),
        (Gate(metric="recall", min=0.8 + 1e-15), FAIL, "below-min"),
        (Gate(metric="recall", min=0.8 + 1e-15, severity="warn"), WARN, "below-min"),
        (Gate(metric="recall", max=0.8), PASS, "pass"),
        (Gate(metric="recall", max=0.8 - 1e-15), FAIL, "above-max"),
    ],
)
def test_a_value_at_its_limit_is_within(gate: Gate, verdict: Verdict, code: str) -> None:
    found = judged(gate, result(value()))
    assert (found.verdict, found.reason_code) == (verdict, code)
    assert (found.observed, found.limit) == (0.8, gate.min if gate.min is not None else gate.max)


def test_a_result_tells_gate_line_and_numbers() -> None:
    found = judged(Gate(metric="recall", min=0.85), result(value()))
    assert (found.gate, found.stage, found.line, found.severity) == ("recall.min", "evaluation", 8, "fail")
    assert found.message == "recall: 0.8 (95 % interval 0.7 to 0.9), must be at least 0.85"


def test_no_number_is_minus_zero() -> None:
    found = judged(Gate(metric="recall", min=0.85), result(value(number=0.0, ci_low=-0.0, ci_high=-0.0)))
    assert found.message == "recall: 0 (95 % interval 0 to 0), must be at least 0.85"


@pytest.mark.parametrize("metric", ["recall", "log_loss"])
@pytest.mark.parametrize(
    ("of", "low", "high", "said"),
    [
        (-0.0204, -0.0238, -0.0171, "better by 0.0204 (95 % interval 0.0171 to 0.0238 better)"),
        (0.05, 0.03, 0.07, "worse by 0.05 (95 % interval 0.03 to 0.07 worse)"),
        (0.01, -0.01, 0.03, "worse by 0.01 (95 % interval 0.01 better to 0.03 worse)"),
        (0.0, 0.0, 0.0, "as good as the baseline (95 % interval 0 to 0)"),
        (-0.01, -0.02, 0.0, "better by 0.01 (95 % interval 0.02 better to 0)"),
    ],
)
def test_the_interval_of_a_drop_is_told_in_the_direction_of_its_words(
    metric: str, of: float, low: float, high: float, said: str
) -> None:
    compared = drop(of, low, high, metric)
    found = judged(no_worse(metric, 0.02), result(value(metric), comparisons=(compared,)))
    rows = "; were the difference to stay, about 2,010 rows would decide, there are 500" if of == 0.01 else ""
    assert found.message == f"{metric}: {said}, at most 0.02 worse is allowed{rows}"


def test_a_value_that_looks_like_its_limit_is_written_out() -> None:
    found = judged(Gate(metric="recall", min=0.8), result(value(number=0.7999999)))
    assert "0.7999999" in found.message


@pytest.mark.parametrize("severity", ["fail", "warn"])
@pytest.mark.parametrize(
    ("found", "verdict", "code"),
    [
        (None, INCONCLUSIVE, "missing-evidence"),
        (result(), INCONCLUSIVE, "missing-evidence"),
        (result(value(slice_="region=a")), INCONCLUSIVE, "missing-evidence"),
        (result(value(number=None)), ERROR, "metric"),
        (result(value(number=None, reason_code="range")), ERROR, "range"),
        (result(value(number=None, reason_code="not-enough-evidence")), INCONCLUSIVE, "not-enough-evidence"),
        (result(value(number=None, reason_code="pass")), ERROR, "metric"),
        (result(value(number=1.7)), ERROR, "range"),
        (result(value(n=29)), INCONCLUSIVE, "not-enough-evidence"),
        (result(value(n=None)), INCONCLUSIVE, "not-enough-evidence"),
        (result(value(trials=19.9)), INCONCLUSIVE, "not-enough-evidence"),
        (result(value(trials=0.0)), INCONCLUSIVE, "not-enough-evidence"),
        (result(value(trials=None)), INCONCLUSIVE, "not-enough-evidence"),
        (result(value(source="file")), INCONCLUSIVE, "missing-evidence"),
        (result(value(), value()), ERROR, "evidence"),
    ],
)
def test_what_is_not_measured_never_passes(
    found: EvaluationResult | None, verdict: Verdict, code: str, severity: str
) -> None:
    gate = Gate(metric="recall", min=0.0, severity="warn" if severity == "warn" else "fail")
    seen = judged(gate, found)
    assert (seen.verdict, seen.reason_code) == (verdict, code)


def _predicted(positive: int, rows: int, weighty: int) -> EvaluationResult:
    """All is predicted rightly; ``weighty`` of the positive rows have all the weight, where it is not 0."""
    y = np.zeros(rows)
    y[:positive] = 1
    weight = (np.arange(rows) < weighty).astype(float) if weighty else None
    made = Predictions(y=y, score=0.1 + 0.8 * y, weight=weight)
    return evaluate(checked(made, "classification", where="p"), MEASURED)


@pytest.mark.parametrize(
    ("metric", "limit", "positive", "weighty", "verdict"),
    [
        ("recall", "min", 1, 0, INCONCLUSIVE),
        ("recall", "min", 19, 0, INCONCLUSIVE),
        ("recall", "min", 20, 0, PASS),
        ("recall", "min", 30, 1, INCONCLUSIVE),
        ("recall", "max", 1, 0, INCONCLUSIVE),
        ("roc_auc", "min", 1, 0, INCONCLUSIVE),
        ("roc_auc", "min", 20, 0, PASS),
        ("accuracy", "min", 1, 0, PASS),
        ("accuracy", "min", 30, 1, INCONCLUSIVE),
        ("log_loss", "max", 1, 0, PASS),
        ("log_loss", "max", 30, 1, INCONCLUSIVE),
    ],
)
def test_a_value_that_rests_on_few_rows_never_passes(
    metric: str, limit: str, positive: int, weighty: int, verdict: Verdict
) -> None:
    gate = Gate(metric=metric, min=0.5) if limit == "min" else Gate(metric=metric, max=1.0)
    found = judged(gate, _predicted(positive, 60, weighty))
    assert found.verdict is verdict
    assert ("at least 20 are needed" in found.message) is (verdict is INCONCLUSIVE)


def test_no_gap_is_judged_on_a_slice_that_rests_on_few_rows() -> None:
    values = (value(slice_="region=a"), value(slice_="region=b", trials=3.0))
    found = judged(Gate(metric="recall", per_slice="region", max_gap=0.25), result(*values))
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "not-enough-evidence")
    assert found.message == "recall on region=b: it rests on 3 rows only, at least 20 are needed"


@pytest.mark.parametrize(
    ("candidate", "baseline", "margin"), [(0.895, 0.9, 0.005), (0.7, 0.8, 0.1), (0.1 + 0.2, 0.3, 0.0)]
)
@pytest.mark.parametrize(("over", "verdict"), [(0.0, PASS), (1e-7, FAIL)])
def test_a_difference_at_its_limit_is_within_whatever_rounding_makes_of_it(
    candidate: float, baseline: float, margin: float, over: float, verdict: Verdict
) -> None:
    low, high = sorted((candidate, baseline))
    metric, worse, better = ("recall", low, high) if candidate < baseline else ("log_loss", high, low)
    worse += over if metric == "log_loss" else -over
    filed = value(metric, worse, source="file", n=None)
    compared = Comparison(metric=metric, candidate=worse, baseline=better, difference=worse - better, method="point")
    found = judged(no_worse(metric, margin), result(filed, comparisons=(compared,)), FILED)
    assert found.verdict is verdict
    values = (value(metric, worse, slice_="region=a"), value(metric, better, slice_="region=b"))
    assert judged(Gate(metric=metric, per_slice="region", max_gap=margin), result(*values)).verdict is verdict


def test_the_slack_for_rounding_goes_by_the_size_of_the_values() -> None:
    filed = value("log_loss", 3e-10, source="file", n=None)
    compared = Comparison(metric="log_loss", candidate=3e-10, baseline=1e-10, difference=2e-10, method="point")
    found = judged(no_worse("log_loss", 1e-10), result(filed, comparisons=(compared,)), FILED)
    assert found.verdict is FAIL


def test_many_slices_take_no_time() -> None:
    names = [f"region={index}" for index in range(10_000)]
    values = tuple(value(slice_=name) for name in names)
    comparisons = tuple(drop(0.0, 0.0, 0.0, slice=name) for name in names)
    started = time.perf_counter()
    gate = Gate(metric="recall", max_drop=0.0, per_slice="region")
    assert judged(gate, result(*values, comparisons=comparisons)).verdict is PASS
    assert time.perf_counter() - started < 1.5


def test_metric_files_need_no_row_count() -> None:
    filed = value("size_mb", 40.0, source="file", n=None, ci_low=None, ci_high=None)
    assert judged(Gate(metric="size_mb", max=50.0), result(filed)).verdict is PASS
    assert judged(Gate(metric="recall", min=0.5), result(value(source="file", n=None)), FILED).verdict is PASS


@pytest.mark.parametrize("metric", ["recall", "log_loss"])
@pytest.mark.parametrize(
    ("of", "low", "high", "verdict", "code"),
    [
        (0.0, -0.01, 0.01, PASS, "pass"),
        (-0.1, -0.12, -0.08, PASS, "pass"),
        (0.01, 0.0, 0.02, PASS, "pass"),
        (0.01, -0.01, 0.02 + 1e-9, INCONCLUSIVE, "not-enough-evidence"),
        (0.03, 0.01, 0.05, INCONCLUSIVE, "not-enough-evidence"),
        (0.03, 0.02, 0.04, INCONCLUSIVE, "not-enough-evidence"),
        (0.05, 0.03, 0.07, FAIL, "worse"),
    ],
)
def test_the_whole_interval_of_the_drop_must_be_within(
    metric: str, of: float, low: float, high: float, verdict: Verdict, code: str
) -> None:
    found = judged(no_worse(metric, 0.02), result(value(metric), comparisons=(drop(of, low, high, metric),)))
    code = ("rise" if metric == "log_loss" else "drop") if code == "worse" else code
    assert (found.verdict, found.reason_code) == (verdict, code)
    assert found.baseline == 0.8


def test_identical_predictions_are_within_a_margin_of_nothing() -> None:
    found = judged(Gate(metric="recall", max_drop=0.0), result(value(), comparisons=(drop(0.0, 0.0, 0.0),)))
    assert found.verdict is PASS


@pytest.mark.parametrize(
    ("changed", "verdict", "code"),
    [
        ({"candidate": None, "difference": None}, INCONCLUSIVE, "not-enough-evidence"),
        ({"baseline": None, "difference": None}, INCONCLUSIVE, "no-baseline"),
        ({"difference": None}, INCONCLUSIVE, "no-baseline"),
        ({"difference": 0.5}, ERROR, "evidence"),
        ({"candidate": 1.5, "baseline": 1.5}, ERROR, "range"),
        ({"ci_low": None}, INCONCLUSIVE, "not-enough-evidence"),
        ({"ci_level": None}, INCONCLUSIVE, "not-enough-evidence"),
        ({"ci_level": 0.5}, ERROR, "evidence"),
        ({"ci_low": 0.01, "ci_high": 0.02}, ERROR, "evidence"),
        ({"n": 29}, INCONCLUSIVE, "not-enough-evidence"),
        ({"n": None}, INCONCLUSIVE, "not-enough-evidence"),
        ({"method": "point"}, INCONCLUSIVE, "missing-evidence"),
        ({"slice": "region=a"}, INCONCLUSIVE, "no-baseline"),
    ],
)
def test_a_comparison_that_does_not_hold_together_never_passes(
    changed: dict[str, object], verdict: Verdict, code: str
) -> None:
    compared = replace(drop(0.0, -0.001, 0.001), **changed)
    found = judged(Gate(metric="recall", max_drop=0.02), result(value(), comparisons=(compared,)))
    assert (found.verdict, found.reason_code) == (verdict, code)


def test_without_a_baseline_a_drop_is_inconclusive() -> None:
    found = judged(Gate(metric="recall", max_drop=0.02), result(value()))
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "no-baseline")


def test_plain_numbers_are_judged_as_they_are_and_the_message_says_so() -> None:
    filed = value(source="file", n=None)
    for of, verdict in ((0.0199, PASS), (0.03, FAIL)):
        compared = drop(of, None, None, method="point", ci_level=None, n=None)
        found = judged(Gate(metric="recall", max_drop=0.02), result(filed, comparisons=(compared,)), FILED)
        assert found.verdict is verdict
        assert "no interval was available" in found.message


def test_a_drop_needs_a_known_direction() -> None:
    filed = value("size_mb", 40.0, source="file", direction="lower")
    for gate in (Gate(metric="size_mb", max_drop=1.0), Gate(metric="size_mb", max_rise=1.0)):
        found = judged(gate, result(filed))
        assert (found.verdict, found.reason_code) == (ERROR, "direction")
        assert "use `min` or `max`" in found.message


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_a_stated_direction_makes_plain_numbers_comparable(direction: Literal["higher", "lower"]) -> None:
    stated = replace(FILED, directions={"size_mb": direction})
    filed = value("size_mb", 40.0, source="file", n=None)
    plain = Comparison(metric="size_mb", candidate=40.0, baseline=38.0, difference=2.0, method="point")
    evidence = result(filed, comparisons=(plain,))
    right, wrong = ("max_drop", "max_rise") if direction == "higher" else ("max_rise", "max_drop")
    gate = Gate(metric="size_mb")
    found = judged(replace(gate, **{right: 1.9}), evidence, stated)
    assert found.verdict is (PASS if direction == "higher" else FAIL)
    assert "no interval was available" in found.message
    assert judged(replace(gate, **{right: 2.0}), evidence, stated).verdict is PASS
    assert judged(Gate(metric="size_mb", must_improve=True), evidence, stated).verdict is (
        PASS if direction == "higher" else FAIL
    )
    found = judged(replace(gate, **{wrong: 1.0}), evidence, stated)
    assert (found.verdict, found.reason_code) == (ERROR, "direction")
    found = judged(replace(gate, **{right: 1.0}), result(filed), stated)
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "no-baseline")


def test_a_drop_is_asked_where_higher_is_better_and_a_rise_where_lower_is() -> None:
    found = judged(Gate(metric="recall", max_rise=0.1), result(value(), comparisons=(drop(0.0, 0.0, 0.0),)))
    assert (found.verdict, found.reason_code) == (ERROR, "direction")
    assert found.message == "recall: higher is better, so that a rise does no harm; use `max_drop`"
    compared = drop(0.0, 0.0, 0.0, "log_loss")
    found = judged(Gate(metric="log_loss", max_drop=0.1), result(value("log_loss"), comparisons=(compared,)))
    assert (found.verdict, found.reason_code) == (ERROR, "direction")
    assert found.message == "log_loss: lower is better, so that a drop does no harm; use `max_rise`"


def test_the_worst_slice_is_judged_and_named() -> None:
    values = tuple(
        value(number=number, slice_=f"region={name}") for name, number in zip("abc", (0.9, 0.5, 0.7), strict=True)
    )
    found = judged(Gate(metric="recall", min=0.8, per_slice="region"), result(value(), *values))
    assert (found.verdict, found.observed, found.gate) == (FAIL, 0.5, "recall.min.region")
    assert found.message.startswith("recall on region=b: 0.5")


def test_one_slice_without_a_value_is_worse_than_all_that_pass() -> None:
    values = (value(slice_="region=a"), value(slice_="region=b", number=None, reason="only 12 rows"))
    found = judged(Gate(metric="recall", min=0.1, per_slice="region"), result(*values))
    assert (found.verdict, found.reason_code, found.message) == (
        INCONCLUSIVE,
        "not-enough-evidence",
        "recall on region=b: only 12 rows",
    )


def test_a_slice_that_only_other_metrics_speak_of_is_missed() -> None:
    """Else evidence could keep quiet about the slice in which a metric is bad."""
    values = (value(slice_="region=a"), value("precision", slice_="region=a"), value("precision", slice_="region=b"))
    for gate in (
        Gate(metric="recall", min=0.1, per_slice="region"),
        Gate(metric="recall", max_gap=1, per_slice="region"),
    ):
        found = judged(gate, result(*values))
        assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "missing-evidence")
        assert found.message == "recall on region=b: other metrics have a value there, this has none"
    assert judged(Gate(metric="precision", min=0.1, per_slice="region"), result(*values)).verdict is PASS


@pytest.mark.parametrize(
    ("numbers", "verdict", "code"),
    [
        ((0.5, 0.75), PASS, "pass"),
        ((0.5, 0.76), FAIL, "gap"),
        ((0.5, None), INCONCLUSIVE, "not-enough-evidence"),
        ((0.5,), INCONCLUSIVE, "not-enough-evidence"),
        ((), INCONCLUSIVE, "missing-evidence"),
        ((0.5, 1.7), ERROR, "range"),
    ],
)
def test_the_gap_is_between_the_best_and_the_worst_slice(
    numbers: tuple[float | None, ...], verdict: Verdict, code: str
) -> None:
    values = tuple(value(number=number, slice_=f"region={index}") for index, number in enumerate(numbers))
    found = judged(Gate(metric="recall", per_slice="region", max_gap=0.25), result(value(), *values))
    assert (found.verdict, found.reason_code) == (verdict, code)


@pytest.mark.parametrize(
    ("other", "verdict", "code"),
    [
        (value(slice_="region=b", n=5), INCONCLUSIVE, "not-enough-evidence"),
        (value(slice_="region=b", number=1.7), ERROR, "range"),
        (value(slice_="region=a"), ERROR, "evidence"),
        (value(slice_="region=b"), WARN, "below-min"),
    ],
)
def test_a_failure_that_only_warns_hides_nothing_that_was_not_measured(
    other: MetricValue, verdict: Verdict, code: str
) -> None:
    bad = value(number=0.3, slice_="region=a")
    gate = Gate(metric="recall", min=0.5, per_slice="region")
    assert judged(gate, result(bad, other)).verdict is FAIL
    found = judged(replace(gate, severity="warn"), result(bad, other))
    assert (found.verdict, found.reason_code) == (verdict, code)


@pytest.mark.parametrize("limit", ["max_drop", "no_slice_worse"])
def test_a_drop_that_only_warns_hides_no_slice_without_a_comparison(limit: str) -> None:
    values = (value(slice_="region=a"), value(slice_="region=b"))
    worse = drop(0.2, 0.19, 0.21, slice="region=a")
    unknown = drop(0.0, None, None, slice="region=b", ci_level=None, reason="too few rows")
    gate = replace(Gate(metric="recall", per_slice="region"), **{limit: 0.05})
    assert judged(gate, result(*values, comparisons=(worse, unknown))).verdict is FAIL
    found = judged(replace(gate, severity="warn"), result(*values, comparisons=(worse, unknown)))
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "not-enough-evidence")


def test_an_interval_of_another_level_is_not_taken_for_the_one_that_is_asked_for() -> None:
    """A wider one would open what looks for harm that is shown, a narrower one what must be surely within."""
    values = (value(slice_="region=a"), value(slice_="region=b"))
    rows = tuple(drop(0.2, 0.01, 0.39, slice=each.slice, ci_level=0.999) for each in values)
    for limit in ("max_drop", "no_slice_worse"):
        gate = replace(Gate(metric="recall", per_slice="region"), **{limit: 0.05})
        assert judged(gate, result(*values, comparisons=rows)).reason_code == "evidence"


def test_drops_are_judged_on_every_slice() -> None:
    values = (value(slice_="region=a"), value(slice_="region=b"))
    fine, worse = (drop(of, of - 0.01, of + 0.01, slice=name) for of, name in ((0.0, "region=a"), (0.2, "region=b")))
    gate = Gate(metric="recall", max_drop=0.05, per_slice="region")
    assert judged(gate, result(*values, comparisons=(fine, worse))).verdict is FAIL
    assert judged(gate, result(*values, comparisons=(fine,))).reason_code == "no-baseline"
    assert judged(gate, result(values[0], comparisons=(fine, worse))).reason_code == "missing-evidence"
    assert judged(gate, result(*values, comparisons=(fine, fine))).reason_code == "evidence"


def test_a_share_of_what_serving_takes_is_told_however_wide_its_interval_is() -> None:
    spec = replace(FILED, serving=Serving(call="a:b", inputs="r"))
    wide = value("latency_p50_ms", 5.0, source="serving", ci_low=0.1, ci_high=20.0, n=500, trials=None)
    one = Comparison(
        metric="latency_p50_ms",
        candidate=5.0,
        baseline=4.0,
        difference=1.0,
        n=500,
        method="served in turn",
        ci_level=0.95,
    )
    for low, high, verdict in ((-8.0, 9.0, INCONCLUSIVE), (-8.0, 1.9, PASS), (2.1, 9.0, FAIL)):
        one = replace(one, candidate=4.0 + (low + high) / 2, difference=(low + high) / 2, ci_low=low, ci_high=high)
        seen = replace(wide, value=one.candidate)
        found = judged(Gate(metric="latency_p50_ms", max_rise="50 %"), result(seen, comparisons=(one,)), spec)
        assert found.verdict is verdict, found.message
        assert "would decide" not in found.message
    nothing = replace(one, candidate=5.0, baseline=0.0, difference=5.0, ci_low=4.0, ci_high=6.0)
    found = judged(Gate(metric="latency_p50_ms", max_rise="50 %"), result(wide, comparisons=(nothing,)), spec)
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "not-enough-evidence")


@pytest.mark.parametrize(("metric", "verdict"), [("serving_peak_memory_bytes", PASS), ("latency_p50_ms", INCONCLUSIVE)])
def test_of_what_serving_takes_only_memory_is_compared_as_plain_numbers(metric: str, verdict: Verdict) -> None:
    spec = replace(FILED, serving=Serving(call="a:b", inputs="r"))
    seen = value(metric, 5.0, source="serving", n=500)
    plain = Comparison(metric=metric, candidate=5.0, baseline=5.0, difference=0.0, n=500, method="point")
    assert judged(Gate(metric=metric, max_rise=1.0), result(seen, comparisons=(plain,)), spec).verdict is verdict


def test_what_a_machine_does_not_tell_is_inconclusive() -> None:
    spec = replace(FILED, serving=Serving(call="a:b", inputs="r"))
    name = "cpu_energy_j_per_million_rows"
    silent = value(name, None, source="serving", reason="not told", reason_code="missing-evidence")
    found = judged(Gate(metric=name, max=1.0, severity="warn"), result(silent), spec)
    assert (found.verdict, found.reason_code, found.message) == (INCONCLUSIVE, "missing-evidence", f"{name}: not told")
