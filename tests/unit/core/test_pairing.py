"""Which rows count as the same rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sluice.core.pairing import BY_KEY, BY_POSITION, differing, pair
from sluice.domain.predictions import Predictions

Y = np.array([0.0, 1.0, 1.0, 0.0])
SCORE = np.array([0.2, 0.7, 0.6, 0.1])
KEY = np.array([10, 20, 30, 40])


def rows(order: list[int], *, y: np.ndarray | None = None, key: np.ndarray | None = None) -> Predictions:
    return Predictions(y=Y[order] if y is None else y, score=SCORE[order], key=KEY[order] if key is None else key)


def test_keys_join_rows_in_any_order() -> None:
    found = pair(rows([0, 1, 2, 3]), rows([3, 1, 0, 2]))
    assert found.method == BY_KEY
    assert found.candidate is not None and found.baseline is not None
    assert found.candidate.tolist() == [0, 1, 2, 3]
    assert found.baseline.tolist() == [2, 1, 3, 0]


def test_text_keys_join_too() -> None:
    text = np.array(["d", "b", "a", "c"])
    found = pair(rows([0, 1, 2, 3], key=text), rows([3, 2, 1, 0], key=text[::-1]))
    assert found.baseline is not None
    assert found.baseline.tolist() == [3, 2, 1, 0]


def test_rows_that_the_candidate_adds_are_left_out() -> None:
    found = pair(rows([0, 1, 2, 3]), rows([2, 1]))
    assert found.candidate is not None and found.baseline is not None
    assert found.candidate.tolist() == [1, 2]
    assert found.baseline.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("candidate", "baseline", "why"),
    [
        (rows([0, 1]), rows([0, 1, 2]), "1 of the baseline's 3 rows are missing"),
        (rows([0, 1]), rows([0, 1], y=np.array([1.0, 1.0])), "the target differs in 1 of 2 rows"),
        (rows([0, 1]), rows([0, 1], key=np.array(["10", "20"])), "the keys are of different types"),
        (Predictions(y=Y, score=SCORE), Predictions(y=Y[::-1][:3], score=SCORE[:3]), "no key column"),
        (Predictions(y=Y, score=SCORE), Predictions(y=1 - Y, score=SCORE), "no key column, and the targets differ"),
    ],
)
def test_rows_that_are_not_surely_the_same_are_not_paired(
    candidate: Predictions, baseline: Predictions, why: str
) -> None:
    found = pair(candidate, baseline)
    assert found.candidate is None and found.baseline is None
    assert found.method.startswith("unpaired (")
    assert why in found.method


def test_without_keys_equal_targets_in_order_are_paired_by_position() -> None:
    found = pair(Predictions(y=Y, score=SCORE), Predictions(y=Y.copy(), score=1 - SCORE))
    assert found.method == BY_POSITION
    assert found.candidate is not None and found.candidate.tolist() == [0, 1, 2, 3]


def test_equal_scores_are_one_model_and_equal_classes_are_not() -> None:
    scored, classes = Predictions(y=Y, score=SCORE), Predictions(y=Y, prediction=Y)
    assert not differing(scored, Predictions(y=Y, score=SCORE.copy()), "classification").any()
    other = SCORE + np.array([0, 1e-9, 0, 0])
    assert differing(scored, Predictions(y=Y, score=other), "classification").tolist() == [False, True, False, False]
    assert differing(scored, Predictions(y=Y, score=SCORE, weight=np.ones(4)), "classification").all()
    assert differing(classes, classes, "classification").all()
    assert not differing(classes, classes, "regression").any()


def test_one_probability_of_a_row_that_differs_is_enough() -> None:
    ours, theirs = np.full((4, 3), 1 / 3), np.full((4, 3), 1 / 3)
    theirs[2, 1] += 1e-9
    found = differing(Predictions(y=Y, probabilities=ours), Predictions(y=Y, probabilities=theirs), "classification")
    assert found.tolist() == [False, False, True, False]
    assert differing(Predictions(y=Y, probabilities=ours), Predictions(y=Y, score=SCORE), "classification").all()


@pytest.mark.parametrize(
    ("known", "what"),
    [("time", "time"), ("weight", "weight"), ("naive", "naive forecast"), ("group", "group"), ("query", "query")],
)
@pytest.mark.parametrize("keyed", [True, False])
def test_rows_of_which_the_files_say_different_things_are_not_joined(known: str, what: str, *, keyed: bool) -> None:
    def side(*values: int) -> Predictions:
        column = np.array(values, dtype=np.int32 if known in ("group", "query") else np.float64)
        return replace(Predictions(y=Y, score=SCORE, key=KEY if keyed else None), **{known: column})

    assert pair(side(0, 0, 1, 2), side(0, 0, 1, 2)).candidate is not None
    found = pair(side(0, 0, 1, 2), side(0, 1, 1, 2))
    assert found.candidate is None and found.method == f"unpaired (the {what} of the same rows differs)"
    assert bool(found.unlike) is (known in ("weight", "naive"))
    assert pair(side(0, 0, 1, 2), side(0, 1, 2, 3)).candidate is None
    assert pair(side(0, 1, 2, 3), side(0, 0, 1, 2)).candidate is None


def test_groups_and_queries_may_have_other_numbers() -> None:
    ours = Predictions(y=Y, score=SCORE, group=np.array([0, 0, 1, 2], dtype=np.int32))
    theirs = Predictions(y=Y, score=SCORE, group=np.array([7, 7, 0, 3], dtype=np.int32))
    assert pair(ours, theirs).candidate is not None


@pytest.mark.parametrize("spread", [1, 1000], ids=["dense keys", "sparse keys"])
def test_keys_are_joined_alike_however_far_apart_they_are(spread: int) -> None:
    rng = np.random.default_rng(4)
    ours, theirs = (rng.permutation(200)[:n] * spread - 50 for n in (150, 90))
    mine, other = (Predictions(y=key.astype(np.float64), key=key) for key in (ours, theirs[np.isin(theirs, ours)]))
    found = pair(mine, other)
    assert found.candidate is not None and found.baseline is not None
    assert np.array_equal(ours[found.candidate], other.y[found.baseline])
    assert list(found.candidate) == [at for at, key in enumerate(ours) if key in theirs]
    more = pair(mine, Predictions(y=theirs.astype(np.float64), key=theirs))
    assert more.candidate is None and "rows are missing" in more.method


def test_a_candidate_that_leaves_rows_out_is_not_compared_at_all() -> None:
    """Rows dropped by chance are rarely the easy ones: an unpaired comparison would call the same model better."""
    assert pair(rows([0, 1, 3]), rows([0, 1, 2])).unlike == "1 of the baseline's 3 rows are missing"
    assert not pair(rows([0, 1, 2]), rows([0, 1])).unlike
    another = pair(rows([0, 1]), rows([2, 3]))
    assert (another.method, another.unlike) == ("unpaired (2 of the baseline's 2 rows are missing)", "")


def test_whole_keys_at_both_ends_of_their_type_are_joined() -> None:
    ends = np.array([np.iinfo(np.int64).min, 0, np.iinfo(np.int64).max])
    found = pair(*(Predictions(y=Y[:3], score=SCORE[:3], key=ends) for _ in range(2)))
    assert found.candidate is not None and found.candidate.tolist() == [0, 1, 2]
