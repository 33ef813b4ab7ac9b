"""Functions of the user's own as metrics: intervals, pairs and slices, from answers that nobody vouches for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from sluice.core.evaluation import evaluate
from sluice.core.own_metrics import evaluate_own
from sluice.domain.config import Columns, Evaluation, Function
from sluice.domain.errors import ConfigError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.functions import Answer, Ask, Sample
from sluice.domain.metric import Metric
from sluice.domain.predictions import Codes, Predictions, Slicing, checked
from sluice.domain.stats import REPLICATES

HIT = Function(call="own:hit", direction="higher", low=0, high=1, needs=("prediction",))


def spec(**functions: Function) -> Evaluation:
    columns = Columns(target="y", score="p", key="k", group=None)
    return Evaluation(task="classification", predictions="p.csv", columns=columns, functions=functions or {"hit": HIT})


def predictions(n: int = 400, seed: int = 1, skill: float = 0.3, **columns: object) -> Predictions:
    rng = np.random.default_rng(1)
    y = (rng.random(n) < 0.5).astype(np.float64)
    noise = np.random.default_rng(seed).random(n)
    given = {"key": np.arange(n), **columns}
    made = Predictions(y=y, score=np.clip(skill * y + (1 - skill) * noise, 0, 1), **given)  # pyright: ignore[reportArgumentType]
    return checked(made, "classification", where="p.csv")


def sliced(rows: Predictions, values: tuple[str, ...], codes: Codes) -> Predictions:
    return replace(rows, slices={"region": Slicing(values=values, codes=codes)})


def hit(rows: Sample) -> float:
    return float(np.average(rows.y == rows.p, weights=rows.weight))


def caller(function: Callable[[Sample], float] = hit) -> Callable[[Metric, Iterator[Ask]], tuple[Answer, ...]]:
    """A function called here and now, as the process would call it."""

    def call(metric: Metric, asks: Iterator[Ask]) -> tuple[Answer, ...]:
        return tuple(_answer(function, ask) for ask in asks)

    return call


def _answer(function: Callable[[Sample], float], ask: Ask) -> Answer:
    rng, n = np.random.default_rng(3), len(ask.first.y)
    second = None if ask.second is None else function(ask.second)
    if not ask.resample:
        return Answer(first=function(ask.first), second=second)
    rows = [rng.integers(0, n, n) for _ in range(REPLICATES)]
    draws = tuple(function(_drawn(ask.first, one)) for one in rows)
    theirs = () if ask.second is None else tuple(function(_drawn(ask.second, one)) for one in rows)
    differences = tuple(a - b for a, b in zip(draws, theirs, strict=False))
    return Answer(first=function(ask.first), second=second, draws=draws, differences=differences)


def _drawn(sample: Sample, rows: np.ndarray) -> Sample:
    weight = None if sample.weight is None else sample.weight[rows]
    return Sample(y=sample.y[rows], p=sample.p[rows], weight=weight)


def fixed(**answer: object) -> Callable[[Metric, Iterator[Ask]], tuple[Answer, ...]]:
    return lambda _metric, asks: tuple(Answer(**answer) for _ in asks)  # pyright: ignore[reportArgumentType]


def values(found: EvaluationResult) -> Mapping[str, float | None]:
    return {value.slice: value.value for value in found.metrics}


def test_a_function_that_is_accuracy_has_accuracys_value_interval_and_difference() -> None:
    ours, theirs = predictions(seed=2), predictions(seed=3)
    found = evaluate_own(ours, spec(), theirs, caller())
    known = evaluate(ours, spec(), theirs, seed="s")
    (value,), (compared,) = found.metrics, found.comparisons
    accuracy = next(one for one in known.metrics if one.metric == "accuracy")
    other = next(one for one in known.comparisons if one.metric == "accuracy")
    assert value.value == accuracy.value
    assert (value.n, value.trials, value.direction, value.source) == (400, 400, "higher", "predictions")
    assert (value.ci_low, value.ci_high) == pytest.approx((accuracy.ci_low, accuracy.ci_high), abs=0.01)
    assert compared.difference == pytest.approx(other.difference)
    assert (compared.ci_low, compared.ci_high) == pytest.approx((other.ci_low, other.ci_high), abs=0.015)
    assert compared.method == other.method == "paired by key"
    # McNemar's for accuracy; that of the interval for a function of which nobody knows that it is a share.
    assert compared.p_value == pytest.approx(other.p_value, abs=0.05)


def test_rows_in_another_order_are_joined_by_their_keys() -> None:
    ours, theirs = predictions(seed=2), predictions(seed=3)
    order = np.random.default_rng(4).permutation(400)
    assert theirs.key is not None
    mixed = replace(theirs.take(order), key=theirs.key[order])
    assert (
        evaluate_own(ours, spec(), mixed, caller()).comparisons
        == evaluate_own(ours, spec(), theirs, caller()).comparisons
    )


def test_rows_that_only_the_candidate_has_count_for_its_value_alone() -> None:
    ours, theirs = predictions(seed=2), predictions(seed=3)
    assert theirs.key is not None
    fewer = replace(theirs.take(np.arange(300)), key=theirs.key[:300])
    found = evaluate_own(ours, spec(), fewer, caller())
    assert found.metrics[0].n == 400
    (compared,) = found.comparisons
    assert compared.n == 300
    assert compared.candidate == hit(Sample(y=ours.y[:300], p=(np.asarray(ours.score)[:300] >= 0.5) * 1.0))


def test_other_rows_are_compared_as_independent() -> None:
    ours, theirs = predictions(seed=2), predictions(seed=3, key=None)
    theirs = replace(theirs, y=theirs.y[::-1].copy())
    (compared,) = evaluate_own(replace(ours, key=None), spec(), theirs, caller()).comparisons
    assert compared.method.startswith("unpaired")
    assert compared.ci_low is not None
    assert compared.difference is not None
    assert compared.ci_low < compared.difference


def test_equal_models_differ_by_nothing() -> None:
    rows = predictions()
    (compared,) = evaluate_own(rows, spec(), rows, caller()).comparisons
    assert (compared.difference, compared.ci_low, compared.ci_high, compared.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert compared.method.endswith("identical predictions")


def test_slices_have_values_where_they_have_rows() -> None:
    codes = np.repeat(np.arange(3, dtype=np.int32), (200, 190, 10))
    ours = sliced(predictions(), ("a", "b", "few"), codes)
    found = evaluate_own(ours, spec(), None, caller())
    assert list(values(found)) == ["", "region=a", "region=b", "region=few"]
    assert found.metrics[3].value is None
    assert found.metrics[3].reason_code == "not-enough-evidence"
    assert found.comparisons == ()


def test_a_slice_that_the_candidate_lost_stays_without_a_value() -> None:
    ours = sliced(predictions(), ("a",), np.zeros(400, dtype=np.int32))
    theirs = sliced(replace(predictions(seed=3), key=None), ("a", "b"), np.repeat([0, 1], 200).astype(np.int32))
    found = evaluate_own(replace(ours, key=None), spec(), theirs, caller())
    assert values(found)["region=b"] is None


@pytest.mark.parametrize(
    ("answer", "reason", "code"),
    [
        ({"first_reason": "returned nan, not a finite number"}, "`hit` returned nan, not a finite number", "metric"),
        ({"first": 1.5}, "1.5 is outside 0 to 1, the range of hit", "range"),
        ({"first": 0.5, "no_draws": "too slow"}, "no interval: too slow", ""),
        (
            {"first": 0.5, "draws": (0.5,) * REPLICATES},
            "no interval: no spread: every resampled set gives the same",
            "",
        ),
        ({"first": 0.5, "draws": (0.4, 0.6) * 10}, "no interval: too many resampled sets have no value", ""),
        (
            {"first": 0.5, "draws": (0.4, 7.0) * (REPLICATES // 2)},
            "no interval: too many resampled sets have no value",
            "",
        ),
        (
            {"first": 0.9, "draws": (0.4, 0.6) * (REPLICATES // 2)},
            "no interval: the value lies outside the interval",
            "",
        ),
    ],
)
def test_what_cannot_be_believed_is_said(answer: dict[str, object], reason: str, code: str) -> None:
    (value,) = evaluate_own(predictions(), spec(), None, fixed(**answer)).metrics
    assert value.reason.startswith(reason)
    assert value.reason_code == code
    assert (value.value is None) == bool(code)
    assert value.ci_low is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            {"first": 0.5, "second_reason": "raised ValueError: x"},
            "the baseline has no value: `hit` raised ValueError: x",
        ),
        ({"first": 0.5, "second": 2.0}, "the baseline has no value: 2 is outside 0 to 1"),
        ({"first_reason": "raised ValueError: x", "second": 0.5}, "`hit` raised ValueError: x"),
        ({"first": 0.5, "second": 0.4, "no_draws": "too slow"}, "no interval: too slow"),
    ],
)
def test_a_comparison_lacks_what_either_side_lacks(answer: dict[str, object], reason: str) -> None:
    (compared,) = evaluate_own(predictions(seed=2), spec(), predictions(seed=3), fixed(**answer)).comparisons
    assert compared.reason.startswith(reason)
    assert compared.ci_low is None


def test_few_rows_or_groups_are_not_resampled() -> None:
    asks: list[Ask] = []

    def call(metric: Metric, given: Iterator[Ask]) -> tuple[Answer, ...]:
        asks.extend(given)
        return tuple(Answer(first=0.5) for _ in asks)

    (value,) = evaluate_own(predictions(20), spec(), None, call).metrics
    assert not asks[0].resample
    assert value.reason.startswith("no interval: too few rows or groups")
    asks.clear()
    grouped = predictions(group=np.repeat(np.arange(20, dtype=np.int32), 20))
    columns = replace(spec().columns, group="g")
    evaluate_own(grouped, replace(spec(), columns=columns), None, call)
    assert asks[0].first.clusters is not None
    assert not asks[0].resample


def test_a_name_of_sluices_own_is_refused() -> None:
    with pytest.raises(ConfigError, match="is the name of one of Sluice's own metrics"):
        evaluate_own(predictions(), spec(recall=HIT), None, caller())
