"""From predictions to values, intervals, slices and comparisons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sluice.core.evaluation import evaluate
from sluice.core.measurement import difference, interval, measure
from sluice.domain import significance, stats
from sluice.domain.config import Baseline, Columns, Evaluation
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.metric import LEVEL
from sluice.domain.predictions import Predictions, Slicing, checked
from sluice.domain.stats import Interval
from sluice.metrics import METRICS

SPEC = Evaluation(
    task="classification",
    predictions="p.parquet",
    columns=Columns(score="s", key="id"),
    slices=("region",),
    baseline=Baseline(ref="base"),
)


def scored(seed: int = 0, n: int = 300, skill: float = 1.5) -> Predictions:
    truth = np.random.default_rng(1)
    y = (truth.random(n) < 0.4).astype(float)
    noise = np.random.default_rng(100 + seed).normal(size=n)
    # The last ten rows are a slice that is too small.
    codes = np.where(np.arange(n) >= n - 10, 2, np.arange(n) % 2).astype(np.int32)
    regions = Slicing(values=("north", "south", "west"), codes=codes)
    score = 1 / (1 + np.exp(-(skill * y - skill / 2 + noise)))
    rows = Predictions(y=y, score=score, key=np.arange(n), slices={"region": regions}, sha256=f"{seed:064x}")
    return checked(rows, "classification", where="")


def value(result: EvaluationResult, metric: str, slice_: str = "") -> MetricValue:
    (found,) = (value for value in result.metrics if (value.metric, value.slice) == (metric, slice_))
    return found


def compared(result: EvaluationResult, metric: str, slice_: str = "") -> Comparison:
    (found,) = (found for found in result.comparisons if (found.metric, found.slice) == (metric, slice_))
    return found


def test_every_metric_on_all_rows_and_on_every_slice() -> None:
    result = evaluate(scored(), SPEC)
    names = "roc_auc average_precision log_loss accuracy precision recall f1".split()
    labels = ["", "region=north", "region=south", "region=west"]
    assert [(value.metric, value.slice) for value in result.metrics] == [(m, s) for s in labels for m in names]
    assert result.n == 300 and result.comparisons == ()
    for name in names:
        found = value(result, name)
        assert found.value is not None and found.ci_low is not None and found.ci_high is not None
        assert found.ci_low < found.value < found.ci_high
        assert (found.ci_level, found.n, found.direction) == (LEVEL, 300, METRICS[name].direction)


def test_the_threshold_makes_classes_of_scores_and_a_prediction_column_goes_first() -> None:
    rows = scored()
    assert rows.score is not None
    at = 0.7
    found = value(evaluate(rows, replace(SPEC, threshold=at)), "accuracy").value
    assert found == pytest.approx(np.mean((rows.score >= at) == rows.y))
    given = checked(replace(rows, prediction=rows.y), "classification", where="")
    assert value(evaluate(given, SPEC), "accuracy").value == 1.0


def test_a_small_slice_has_no_value() -> None:
    found = value(evaluate(scored(), SPEC), "accuracy", "region=west")
    assert (found.value, found.ci_low, found.n) == (None, None, 10)
    assert (found.reason, found.reason_code) == ("only 10 rows, at least 30 are needed", "not-enough-evidence")


def test_few_rows_are_shown_with_a_wide_interval() -> None:
    found = value(evaluate(scored(n=12), replace(SPEC, slices=())), "accuracy")
    assert found.value is not None and found.ci_low is not None and found.ci_high is not None
    assert found.ci_high - found.ci_low > 0.3
    assert found.n == 12


def test_one_class_has_no_ranking_and_still_an_accuracy() -> None:
    rows = replace(scored(), y=np.zeros(300))
    result = evaluate(rows, SPEC)
    assert value(result, "roc_auc").reason == "needs positive rows; no row is positive"
    assert value(result, "roc_auc").reason_code == "metric"
    assert value(result, "accuracy").value is not None


def test_scores_that_are_no_probabilities_cost_the_log_loss_alone() -> None:
    rows = scored()
    assert rows.score is not None
    result = evaluate(replace(rows, score=rows.score * 4 - 2), SPEC)
    assert value(result, "log_loss").reason.startswith("needs probabilities from 0 to 1; there is a score of ")
    assert value(result, "roc_auc").value == value(evaluate(rows, SPEC), "roc_auc").value


def test_named_classes_have_an_accuracy_alone() -> None:
    names = np.array(["cat", "dog", "cow"])[np.arange(90) % 3]
    rows = checked(Predictions(y=names, prediction=np.roll(names, 1)), "classification", where="")
    result = evaluate(rows, Evaluation(task="classification", predictions="p", columns=Columns(prediction="c")))
    assert value(result, "accuracy").value == 0.0
    assert value(result, "f1").reason == "needs the classes 0 and 1; the target holds `cat`, `cow`, `dog`"


def test_differences_are_on_the_same_rows_and_tighter_than_unpaired() -> None:
    candidate, baseline = scored(0), scored(1, skill=1.2)
    assert candidate.score is not None and baseline.score is not None
    close = replace(baseline, score=0.9 * candidate.score + 0.1 * baseline.score)
    paired = compared(evaluate(candidate, SPEC, close), "roc_auc")
    unpaired = compared(evaluate(candidate, SPEC, replace(close, key=np.arange(300) + 1000)), "roc_auc")
    assert paired.method == "paired by key"
    assert unpaired.method.startswith("unpaired (")
    assert paired.difference == unpaired.difference == pytest.approx((paired.candidate or 0) - (paired.baseline or 0))
    assert _width(paired) < 0.6 * _width(unpaired)


def _width(found: Comparison | MetricValue) -> float:
    assert found.ci_low is not None and found.ci_high is not None
    return found.ci_high - found.ci_low


def test_order_does_not_matter_with_keys() -> None:
    candidate, baseline = scored(0), scored(1)
    order = np.random.default_rng(5).permutation(300)
    assert baseline.key is not None
    shuffled = replace(baseline.take(order), key=baseline.key[order], slices=_taken(baseline, order))
    ours, theirs = evaluate(candidate, SPEC, baseline), evaluate(candidate, SPEC, shuffled)
    for one, other in zip(ours.comparisons, theirs.comparisons, strict=True):
        assert (one.difference, one.ci_low, one.n) == pytest.approx((other.difference, other.ci_low, other.n))


def _taken(rows: Predictions, order: np.ndarray) -> dict[str, Slicing]:
    return {name: Slicing(values=s.values, codes=s.codes[order]) for name, s in rows.slices.items()}


def test_rows_that_the_candidate_adds_are_measured_and_not_compared() -> None:
    candidate, whole = scored(0), scored(1)
    assert whole.key is not None
    some = np.arange(200)
    fewer = replace(whole.take(some), key=whole.key[some], slices=_taken(whole, some))
    result = evaluate(candidate, SPEC, fewer)
    assert value(result, "accuracy").n == 300
    assert compared(result, "accuracy").n == 200
    alone = value(evaluate(replace(candidate.take(some), slices={}), replace(SPEC, slices=())), "accuracy")
    assert compared(result, "accuracy").candidate == alone.value


def test_a_slice_that_only_the_baseline_has_stays_without_a_value() -> None:
    baseline = scored(1)
    codes = np.arange(300, dtype=np.int32) % 2
    candidate = replace(scored(0), slices={"region": Slicing(values=("north", "south"), codes=codes)})
    result = evaluate(candidate, SPEC, baseline)
    assert value(result, "recall", "region=west").value is None
    assert compared(result, "recall", "region=west").difference is None


def test_identical_scores_differ_by_nothing() -> None:
    found = compared(evaluate(scored(), SPEC, scored()), "accuracy")
    assert (found.difference, found.ci_low, found.ci_high) == (0.0, 0.0, 0.0)
    assert found.method == "paired by key; identical predictions"


def test_equal_classes_leave_open_what_the_rows_leave_open() -> None:
    rows = scored()
    assert rows.score is not None
    classes = checked(
        replace(rows, score=None, prediction=(rows.score > 0.5).astype(float)), "classification", where=""
    )
    spec = replace(SPEC, columns=Columns(prediction="c", key="id"))
    found = compared(evaluate(classes, spec, classes), "accuracy")
    assert found.difference == 0.0
    # Agresti & Min: one half row of either disagreement in 300.
    assert (found.ci_low, found.ci_high) == pytest.approx((-1.96 / 300, 1.96 / 300), rel=1e-3)


def test_few_rows_of_a_class_give_a_ranking_difference_no_interval() -> None:
    candidate, baseline = scored(0), scored(1)
    y = np.zeros(300)
    y[:12] = 1
    result = evaluate(replace(candidate, y=y), SPEC, replace(baseline, y=y))
    found = compared(result, "roc_auc")
    assert found.difference is not None and found.ci_low is None
    assert found.reason == "no interval: only 12 rows that count, 20 are needed"


def test_perfect_regression_has_a_value_and_no_interval() -> None:
    truth = np.arange(40.0)
    spec = Evaluation(task="regression", predictions="p", columns=Columns(prediction="c"))
    found = value(evaluate(Predictions(y=truth, prediction=truth), spec), "rmse")
    assert (found.value, found.ci_low) == (0.0, None)
    assert found.reason.startswith("no interval: no spread")


def test_the_same_input_gives_the_same_result() -> None:
    assert evaluate(scored(), SPEC, scored(1), seed="a") == evaluate(scored(), SPEC, scored(1), seed="a")


class TestResampling:
    """A metric without influence values: its interval is bootstrapped."""

    METRIC = replace(METRICS["roc_auc"], influence=lambda y, p, w: None)

    @pytest.fixture(autouse=True)
    def few_replicates(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A hundred replicates tell what these tests ask."""
        monkeypatch.setattr(stats, "REPLICATES", 100)

    def test_agrees_with_delong(self) -> None:
        rows = scored()
        ours, theirs = (
            interval(measure(self.METRIC, rows, 0.5), "s"),
            interval(measure(METRICS["roc_auc"], rows, 0.5), "s"),
        )
        assert isinstance(ours, Interval) and isinstance(theirs, Interval)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)

    def test_pairs_rows_and_depends_on_the_seed_alone(self) -> None:
        a, b = (measure(self.METRIC, scored(seed), 0.5) for seed in (0, 1))
        first, again, other = (difference(a, b, seed) for seed in ("s", "s", "t"))
        assert isinstance(first, Interval)
        assert first == again != other
        # The same draws on both sides never differ; what so many rows leave open stays.
        reach = stats.unseen(a.trials or 0)
        assert difference(a, a, "s") == Interval(low=-reach, high=reach)

    def test_refuses_few_rows_and_rare_classes(self) -> None:
        few = measure(self.METRIC, replace(scored(), slices={}).take(np.arange(20)), 0.5)
        assert interval(few, "s") == "only 20 rows, at least 30 are needed to resample"
        y = np.zeros(300)
        y[:2] = 1
        rare = replace(scored(), y=y)
        assert interval(measure(self.METRIC, rare, 0.5), "s") == "only 2 of the rows count, 20 are needed to resample"
        unrated = measure(replace(self.METRIC, trials=None), rare, 0.5)
        assert interval(unrated, "s") == "too many resampled sets have no value"

    def test_many_at_once_are_the_values_one_by_one(self) -> None:
        metric, rows = self.METRIC, scored()

        def many(y: np.ndarray, p: np.ndarray, draws: np.ndarray) -> np.ndarray:
            return np.array([metric.value(y, p, row) for row in draws])

        one, all_ = (interval(measure(m, rows, 0.5), "s") for m in (metric, replace(metric, many=many)))
        assert isinstance(one, Interval) and one == all_

    def test_rows_of_one_group_are_drawn_together(self) -> None:
        rows, group = scored(), np.arange(300, dtype=np.int32) % 10
        doubled = replace(rows.take(np.repeat(np.arange(300), 2)), group=np.repeat(np.arange(300, dtype=np.int32), 2))
        plain, twice = (interval(measure(self.METRIC, found, 0.5), "s") for found in (rows, doubled))
        assert isinstance(plain, Interval) and isinstance(twice, Interval)
        assert (twice.low, twice.high) == pytest.approx((plain.low, plain.high), abs=1e-9)
        few = interval(measure(self.METRIC, replace(rows, group=group), 0.5), "s")
        assert few == "rows of only 10 groups, at least 30 are needed"


class TestGroups:
    """Rows of one value of the group column are taken together."""

    NAMES = ("roc_auc", "average_precision", "log_loss", "accuracy", "precision", "recall", "f1")

    def doubled(self, seed: int) -> tuple[Predictions, Predictions]:
        """Rows, and the same rows twice, each with its copy in one group."""
        rows = replace(scored(seed, n=400), slices={}, key=None)
        twice = np.repeat(np.arange(400, dtype=np.int32), 2)
        return rows, replace(rows.take(twice.astype(np.intp)), group=twice)

    def test_every_row_twice_tells_no_more_than_once(self) -> None:
        (once, twice), (other, others) = self.doubled(0), self.doubled(1)
        spec = replace(SPEC, slices=())
        plain, grouped = evaluate(once, spec, other), evaluate(twice, spec, others)
        unaware = evaluate(replace(twice, group=None), spec, replace(others, group=None))
        for name in self.NAMES:
            for find in (value, compared):
                one, two, blind = (find(result, name) for result in (plain, grouped, unaware))
                assert _width(two) == pytest.approx(_width(one), rel=0.06), name
                assert _width(blind) == pytest.approx(_width(one) / 2**0.5, rel=0.06), name
            rests, trials = value(plain, name).trials, value(grouped, name).trials
            assert rests is not None and trials == pytest.approx(rests, rel=0.06), name

    def test_few_groups_have_a_value_and_no_interval_and_rest_on_their_number(self) -> None:
        rows = replace(scored(), slices={}, group=np.arange(300, dtype=np.int32) % 12)
        result = evaluate(rows, replace(SPEC, slices=()), replace(scored(1), slices={}))
        for name in self.NAMES:
            found, difference_ = value(result, name), compared(result, name)
            assert found.value is not None and found.ci_low is None and difference_.ci_low is None
            assert found.reason == "no interval: rows of only 12 groups, at least 30 are needed"
            assert difference_.reason == found.reason and difference_.p_value is None
            assert found.trials is not None and found.trials < 13

    def test_one_group_that_outweighs_all_others_has_no_interval(self) -> None:
        group = np.maximum(np.arange(300) - 200, 0).astype(np.int32)
        found = value(evaluate(replace(scored(), slices={}, group=group), replace(SPEC, slices=())), "log_loss")
        assert found.reason.startswith("no interval: 100 groups that differ so much in size that they are worth ")

    def test_a_perfect_model_on_few_groups_is_known_by_groups_alone(self) -> None:
        y = np.tile([0.0, 1.0], 200)
        rows = Predictions(y=y, score=y * 0.8 + 0.1, binary=True, group=np.repeat(np.arange(40, dtype=np.int32), 10))
        found = value(evaluate(rows, replace(SPEC, slices=())), "accuracy")
        expected = stats.wilson(1.0, 40)
        assert (found.ci_low, found.ci_high) == pytest.approx((expected.low, expected.high))


class TestChance:
    """The p-value of no difference."""

    def test_it_is_below_five_percent_where_the_interval_leaves_out_zero(self) -> None:
        result = evaluate(scored(0), SPEC, scored(1, skill=0.6))
        for name in ("roc_auc", "average_precision", "log_loss", "precision", "f1"):
            found = compared(result, name)
            assert found.p_value is not None and found.ci_low is not None and found.ci_high is not None
            assert (found.p_value < 0.05) == (not found.ci_low <= 0 <= found.ci_high), name

    def test_accuracy_and_recall_have_mcnemars(self) -> None:
        ours, theirs = scored(0), scored(1)
        assert ours.score is not None and theirs.score is not None
        right = [(side >= 0.5) == (ours.y == 1) for side in (ours.score, theirs.score)]
        result = evaluate(ours, SPEC, theirs)
        for name, rows in (("accuracy", ours.y >= 0), ("recall", ours.y == 1)):
            b, c = (int((one & ~other & rows).sum()) for one, other in (right, right[::-1]))
            assert compared(result, name).p_value == pytest.approx(significance.mcnemar(b, c))

    def test_identical_models_differ_by_chance_alone(self) -> None:
        assert {found.p_value for found in evaluate(scored(), SPEC, scored()).comparisons if found.n != 10} == {1.0}

    def test_it_is_a_share(self) -> None:
        with pytest.raises(ValueError, match="p_value is outside 0 to 1"):
            Comparison(metric="mae", candidate=1.0, baseline=1.0, difference=0.0, p_value=1.5)
        with pytest.raises(ValueError, match="p_value is outside 0 to 1"):
            Comparison(metric="mae", candidate=1.0, baseline=1.0, difference=0.0, p_value=float("nan"))


class TestEdges:
    """Slices and scores that tell nothing have a sentence, and end."""

    def test_a_slice_of_one_class_has_no_ranking_and_all_others_stay(self) -> None:
        rows = scored()
        codes = np.where(rows.y == 1, 1, np.arange(300) % 2 * 2).astype(np.int32)
        sliced = replace(rows, slices={"region": Slicing(values=("a", "b", "c"), codes=codes)})
        result = evaluate(sliced, SPEC, sliced)
        assert value(result, "roc_auc", "region=a").reason == "needs positive rows; no row is positive"
        assert value(result, "roc_auc", "region=b").reason == "needs both classes; no row is negative"
        assert compared(result, "roc_auc", "region=b").p_value is None
        assert value(result, "accuracy", "region=b").ci_low is not None

    def test_scores_that_are_all_equal_rank_like_a_coin(self) -> None:
        equal = replace(scored(), score=np.full(300, 0.4), slices={})
        result = evaluate(equal, replace(SPEC, slices=()), replace(scored(1), slices={}))
        auc = value(result, "roc_auc")
        assert auc.value == 0.5 and auc.ci_low is not None and auc.ci_high is not None
        assert auc.ci_low < 0.45 and auc.ci_high > 0.55
        assert value(result, "precision").reason == "needs rows predicted positive; there are none"
        assert compared(result, "roc_auc").ci_low is not None

    def test_a_thousand_slices_are_measured_as_they_are_one_by_one(self) -> None:
        rng = np.random.default_rng(6)
        rows = scored(n=6000)
        names = tuple(f"v{value:02}" for value in range(100))
        columns = {
            f"s{column}": Slicing(values=names, codes=rng.integers(0, 100, 6000).astype(np.int32))
            for column in range(10)
        }
        many = replace(rows, slices=columns)
        result = evaluate(many, replace(SPEC, slices=tuple(columns)), many)
        assert len(result.metrics) == 7 * 1001
        alone = replace(rows.take(np.flatnonzero(columns["s7"].codes == 31)), slices={}, key=None)
        assert value(evaluate(alone, replace(SPEC, slices=())), "roc_auc").ci_low == pytest.approx(
            value(result, "roc_auc", "s7=v31").ci_low
        )


@pytest.mark.parametrize("metric", ["recall_at_precision@0.9", "precision_at_recall@0.9"])
def test_a_threshold_that_is_perfect_on_few_rows_is_not_certain(metric: str) -> None:
    y = np.repeat([1.0, 0.0], (20, 10))
    ours, theirs = y * 0.5 + np.linspace(0, 0.4, 30), y * 0.5 + np.linspace(0.4, 0, 30)
    spec = Evaluation(task="classification", predictions="p", columns=Columns(score="s"), report=(metric,))
    result = evaluate(Predictions(y=y, score=ours, binary=True), spec, Predictions(y=y, score=theirs, binary=True))
    value = next(one for one in result.metrics if one.metric == metric)
    assert (value.value, value.ci_high) == (1.0, 1.0)
    assert value.ci_low is not None and value.ci_low < 0.9
    compared = next(one for one in result.comparisons if one.metric == metric)
    assert compared.difference == 0.0
    assert compared.ci_low is not None and compared.ci_low < -0.1


def test_the_same_model_is_no_better_for_weighing_its_errors_less() -> None:
    rows = scored()
    wrong = (rows.score >= 0.5) != (rows.y == 1) if rows.score is not None else rows.y == 2
    ours = replace(rows, weight=np.where(wrong, 1e-9, 1.0))
    theirs = replace(rows, weight=np.ones(rows.n))
    found = evaluate(ours, SPEC, theirs).comparisons
    said = {one.reason for one in found if one.difference is not None}
    assert said == {"no interval: the weight of the same rows differs"}
    assert all(one.ci_low is None and one.ci_high is None for one in found)
