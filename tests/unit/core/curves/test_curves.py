"""Curves: their points against scikit-learn's, what thinning keeps, and what has none."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode import shapes
from sluice.core.curves import curves
from sluice.core.curves.shape import thinned
from sluice.core.evaluation import evaluate
from sluice.domain import stats
from sluice.domain.config import Columns, Evaluation
from sluice.domain.curves import MAX_CLASSES, MAX_POINTS, Curve, Curves, Line
from sluice.domain.predictions import Predictions

theirs: Any = import_module("sklearn.metrics")
calibration_curve: Any = import_module("sklearn.calibration").calibration_curve

SPEC = Evaluation(task="classification", predictions="p.parquet", columns=Columns(score="s"))
NUMBERS = Evaluation(task="regression", predictions="p.parquet", columns=Columns(prediction="p"))


def scored(n: int, *, seed: int = 1, weighted: bool = False, digits: int = 12) -> Predictions:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.3).astype(float)
    score = np.round(1 / (1 + np.exp(1 - 1.5 * y - rng.normal(size=n))), digits)
    weight = rng.gamma(2.0, size=n) if weighted else None
    return Predictions(y=y, score=score, weight=weight, binary=True)


def line(rows: Predictions, kind: str, spec: Evaluation = SPEC) -> Line:
    found = curves(rows, None, spec)
    assert found is not None
    (one,) = (curve for curve in found.curves if curve.kind == kind)
    assert one.candidate is not None, one.candidate_reason
    return one.candidate


@pytest.mark.parametrize("weighted", [False, True])
def test_few_points_are_scikit_learns(weighted: bool) -> None:
    rows = scored(150, weighted=weighted, digits=2)
    x, y, _ = theirs.roc_curve(rows.y, rows.score, sample_weight=rows.weight, drop_intermediate=False)
    roc = line(rows, "roc")
    assert np.allclose((roc.x, roc.y), (x, y), atol=1e-6)
    precision, recall, _ = theirs.precision_recall_curve(rows.y, rows.score, sample_weight=rows.weight)
    # Theirs goes from the lowest threshold to the highest, and adds a precision of 1 that no threshold has.
    found = line(rows, "precision_recall")
    assert np.allclose((found.x, found.y), (recall[-2::-1], precision[-2::-1]), atol=1e-6)


def test_bins_are_scikit_learns() -> None:
    rows = scored(500)
    share, mean = calibration_curve(rows.y, rows.score, n_bins=15)
    found = line(rows, "calibration")
    assert np.allclose((found.x, found.y), (mean, share), atol=1e-6)
    assert sum(found.n) == 500
    ends = [stats.wilson(value, n) for value, n in zip(share, found.n, strict=True)]
    assert np.allclose(np.array(found.low, dtype=float), [end.low for end in ends], atol=1e-6)
    assert np.allclose(np.array(found.high, dtype=float), [end.high for end in ends], atol=1e-6)


def test_weights_count_as_repeated_rows_in_value_not_in_certainty() -> None:
    rows, times = scored(300, digits=3), np.random.default_rng(2).integers(1, 4, 300)
    weighted = line(replace(rows, weight=times.astype(float)), "calibration")
    repeated = line(rows.take(np.repeat(np.arange(300), times)), "calibration")
    assert np.allclose((weighted.x, weighted.y), (repeated.x, repeated.y), atol=1e-6)
    assert sum(weighted.n) == 300
    assert all(float(low or 0) <= float(other or 0) for low, other in zip(weighted.low, repeated.low, strict=True))


@pytest.mark.parametrize("n", [MAX_POINTS, 20_000])
def test_a_thinned_curve_keeps_its_ends_and_its_area(n: int) -> None:
    rows = scored(n)
    roc, precision_recall = line(rows, "roc"), line(rows, "precision_recall")
    assert max(len(roc.x), len(precision_recall.x)) <= MAX_POINTS
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert (precision_recall.x[-1], precision_recall.y[-1]) == (1, pytest.approx(rows.y.mean(), abs=1e-6))
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(theirs.roc_auc_score(rows.y, rows.score), abs=1e-3)
    area = theirs.average_precision_score(rows.y, rows.score)
    assert np.trapezoid(precision_recall.y, precision_recall.x) == pytest.approx(
        area, abs=0.03 if n == MAX_POINTS else 0.01
    )
    x, y, _ = theirs.roc_curve(rows.y, rows.score, drop_intermediate=False)
    # Every kept point is one of the curve's own.
    places = np.column_stack((x, y))
    far = [np.abs(places - point).sum(axis=1).min() for point in zip(roc.x, roc.y, strict=True)]
    assert max(far) < 1e-6


@given(st.lists(st.floats(0, 1), min_size=1, max_size=400), st.integers(2, 30))
@settings(max_examples=60, deadline=None)
def test_nothing_left_out_lies_further_than_one_step(steps: list[float], most: int) -> None:
    way = np.cumsum(steps)
    kept = thinned(way, most)
    assert len(kept) <= most
    assert (kept[0], kept[-1]) == (0, len(way) - 1)
    step = (way[-1] - way[0]) / max(most - 2, 1)
    for before, after in pairwise(kept):
        # All that is left out between two kept points lies within one step of the first of them.
        assert way[after - 1] - way[before] <= step + 1e-9


def test_rows_that_weigh_next_to_nothing_are_not_lost_beside_others() -> None:
    rows = Predictions(
        y=np.array([1.0, 0.0, 0.0]), score=np.array([0.0, 0.0, 1.0]), weight=np.array([1.0, 0.0, 1e-200]), binary=True
    )
    found = curves(rows, None, SPEC)
    assert found is not None
    roc = next(one for one in found.curves if one.kind == "roc").candidate
    assert roc is not None and (roc.x, roc.y) == ((0.0, 1.0, 1.0), (0.0, 0.0, 1.0))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_drawn_is_what_is_read(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 60))
    chances = st.lists(st.floats(0, 1), min_size=n, max_size=n)
    labels = st.lists(st.sampled_from((0.0, 1.0)), min_size=n, max_size=n)
    weight = st.lists(st.sampled_from((0.0, 1e-200, 1.0, 3.0)), min_size=n, max_size=n).filter(any)
    rows = Predictions(
        y=np.array(data.draw(labels)),
        score=np.array(data.draw(chances)),
        weight=data.draw(st.none() | weight.map(np.array)),
        binary=True,
    )
    found = curves(rows, rows, SPEC)
    assert found is not None
    for one in found.curves:
        assert one.candidate == one.baseline
        for values in (one.candidate.x, one.candidate.y) if one.candidate else ():
            assert min(values) >= 0 and max(values) <= 1
    assert shapes.decode(Curves, json.loads(json.dumps(shapes.encode(found)))) == found


def test_one_class_has_no_roc_and_says_so() -> None:
    rows = replace(scored(50), y=np.zeros(50))
    found = curves(rows, scored(50), SPEC)
    assert found is not None
    by_kind = {one.kind: one for one in found.curves}
    assert by_kind["calibration"].candidate is not None
    assert by_kind["roc"].candidate is None and by_kind["roc"].baseline is not None
    assert by_kind["roc"].candidate_reason == "needs positive rows; no row is positive"


def test_scores_that_are_no_chances_have_no_calibration() -> None:
    rows = scored(50)
    assert rows.score is not None
    found = curves(replace(rows, score=10 * rows.score), None, SPEC)
    assert found is not None
    assert "needs probabilities from 0 to 1" in found.curves[0].candidate_reason
    assert found.curves[1].candidate is not None


def test_equal_scores_are_two_points() -> None:
    rows = replace(scored(50), score=np.full(50, 0.5))
    assert line(rows, "roc").x == (0, 1)
    assert line(rows, "precision_recall").x == (1,)
    assert line(rows, "calibration").n == (50,)


def classes(n_classes: int, n: int = 400) -> Predictions:
    rng = np.random.default_rng(3)
    names = tuple(f"c{index:02}" for index in range(n_classes))
    share = np.arange(1, n_classes + 1) / np.arange(1, n_classes + 1).sum()
    y = rng.choice(names, size=n, p=share)
    return Predictions(y=y, probabilities=rng.dirichlet(np.ones(n_classes), n), classes=names)


def many(n_classes: int) -> Evaluation:
    return replace(SPEC, columns=Columns(probabilities={f"c{index:02}": f"p{index}" for index in range(n_classes)}))


def test_each_class_is_drawn_against_the_rest() -> None:
    rows = classes(3)
    found = curves(rows, rows, many(3))
    assert found is not None and found.n_left_out == 0
    assert [one.of for one in found.curves] == ["c00"] * 3 + ["c01"] * 3 + ["c02"] * 3
    roc = next(one for one in found.curves if (one.kind, one.of) == ("roc", "c01"))
    assert roc.candidate is not None and rows.probabilities is not None
    area = theirs.roc_auc_score(rows.y == "c01", rows.probabilities[:, 1])
    assert np.trapezoid(roc.candidate.y, roc.candidate.x) == pytest.approx(area, abs=1e-3)
    assert roc.candidate == roc.baseline


def test_of_many_classes_those_with_the_most_rows_are_drawn() -> None:
    found = curves(classes(MAX_CLASSES + 3, 5_000), None, many(MAX_CLASSES + 3))
    assert found is not None and found.n_left_out == 3
    assert {one.of for one in found.curves} == {f"c{index:02}" for index in range(3, MAX_CLASSES + 3)}


def test_a_class_that_the_baseline_lacks_has_the_candidates_line_alone() -> None:
    found = curves(classes(3), replace(classes(2), classes=("c00", "c01")), many(3))
    assert found is not None
    last = found.curves[-1]
    assert last.of == "c02" and last.candidate is not None and last.baseline is None
    assert last.baseline_reason == "has no probability of this class"


def missed(n: int, seed: int = 1, weight: bool = False) -> Predictions:
    rng = np.random.default_rng(seed)
    prediction = rng.normal(size=n)
    y = prediction + 0.5 * prediction**2 + rng.normal(size=n)
    return Predictions(y=y, prediction=prediction, weight=rng.gamma(2.0, size=n) if weight else None)


def test_residuals_of_both_models_have_the_same_bins() -> None:
    found = curves(missed(5_000), missed(800, 2), NUMBERS)
    assert found is not None
    (shares, _) = found.curves
    assert shares.candidate is not None and shares.baseline is not None
    assert shares.candidate.x == shares.baseline.x
    assert sum(shares.candidate.y) == pytest.approx(1, abs=1e-4) and sum(shares.baseline.n) == 800


def test_one_wild_row_does_not_squeeze_the_rest() -> None:
    rows = missed(5_000)
    wild = replace(rows, y=np.concatenate(([1e12], rows.y[1:])))
    assert max(line(wild, "residuals", NUMBERS).x) < 20
    assert line(wild, "residuals", NUMBERS).n[-1] >= 1


def test_a_mean_residual_is_the_bins_own_with_students_interval() -> None:
    rows = missed(600)
    assert rows.prediction is not None
    found = line(rows, "residuals_by_prediction", NUMBERS)
    assert found.n == (30,) * 20
    first = np.argsort(rows.prediction)[:30]
    residual = rows.y[first] - rows.prediction[first]
    assert (found.x[0], found.y[0]) == pytest.approx((rows.prediction[first].mean(), residual.mean()), abs=1e-5)
    reach = import_module("scipy.stats").t.ppf(0.975, 29) * residual.std(ddof=1) / np.sqrt(30)
    assert (found.low[0], found.high[0]) == pytest.approx((residual.mean() - reach, residual.mean() + reach), abs=1e-4)


def test_intervals_of_mean_residuals_hold_them() -> None:
    held = []
    for seed in range(60):
        found = line(missed(600, seed), "residuals_by_prediction", NUMBERS)
        truth = 0.5 * np.array(found.x[5:15]) ** 2  # flat enough there for the bin's mean to be that of its middle
        low, high = (np.array(ends[5:15], dtype=float) for ends in (found.low, found.high))
        held += [*((low <= truth) & (truth <= high))]
    assert 0.92 < np.mean(held) < 0.98


@pytest.mark.parametrize("value", [0.0, 1e300, -1e300])
def test_values_that_are_all_alike_are_one_bin(value: float) -> None:
    rows = Predictions(y=np.full(40, value), prediction=np.full(40, value))
    assert line(rows, "residuals", NUMBERS).n == (40,)
    assert line(rows, "residuals_by_prediction", NUMBERS).y == (0,)


def test_numbers_too_large_to_subtract_are_told() -> None:
    rows = Predictions(y=np.array([1e308, -1e308]), prediction=np.array([-1e308, 1e308]))
    found = curves(rows, None, NUMBERS)
    assert found is not None
    assert {one.candidate_reason for one in found.curves} == {
        "its numbers are too large, or weigh too little, to be drawn"
    }


def test_other_tasks_have_no_curves() -> None:
    rows = Predictions(y=np.array([1.0]), score=np.array([1.0]), query=np.array([0], dtype=np.int32))
    assert curves(rows, None, replace(SPEC, task="ranking")) is None
    assert curves(replace(rows, score=None), None, replace(SPEC, columns=Columns(prediction="p"))) is None


def test_an_evaluation_holds_them() -> None:
    candidate, baseline = scored(100), scored(100, seed=2)
    found = evaluate(candidate, SPEC, baseline).curves
    assert found == curves(candidate, baseline, SPEC)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"x": [], "y": []}, "has no points"),
        ({"x": [0.0] * 201, "y": [0.0] * 201}, "more than 200"),
        ({"x": [0.0, 1.0], "y": [0.0]}, "has not one value for each point"),
        ({"x": [0.0], "y": [0.0], "low": [0.0]}, "has one end of its intervals alone"),
        ({"x": [1.0, 0.0], "y": [0.0, 0.0]}, "x does not ascend"),
        ({"x": [0.0], "y": [0.0], "n": [-1]}, "holds a count below zero"),
        ({"x": [0.0], "y": ["1"]}, "must be a number"),
        ({"x": [0.0], "y": [1e999]}, "is not a finite number"),
    ],
)
def test_what_no_run_writes_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(shapes.ShapeError, match=said):
        shapes.decode(Line, wrong)


def test_neither_points_nor_a_reason_is_refused() -> None:
    with pytest.raises(shapes.ShapeError, match="has neither points nor a reason"):
        shapes.decode(Curve, {"kind": "roc"})
    with pytest.raises(shapes.ShapeError, match="must be `calibration` or"):
        shapes.decode(Curve, {"kind": "<script>"})
