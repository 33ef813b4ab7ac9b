"""Aspects of every shape, tested."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sluice.core.drift import testing
from sluice.domain.distribution import Aspect, Categorical, Missing, Numeric, Vectors
from sluice.domain.drift import AspectDrift

NONE = Missing()


def numeric(reference: list[int], current: list[int], own: Missing = NONE, other: Missing = NONE) -> Numeric:
    size = len(reference)
    return Numeric(
        edges=np.arange(0.5, max(size - 1, 0)),
        centres=np.arange(size, dtype=np.float64),
        reference=np.array(reference, dtype=np.int64),
        current=np.array(current, dtype=np.int64),
        reference_missing=own,
        current_missing=other,
        exact=True,
    )


def categorical(reference: list[int], current: list[int], **more: object) -> Categorical:
    made = Categorical(
        labels=tuple(f"label {index}" for index in range(len(reference))),
        reference=np.array(reference, dtype=np.int64),
        current=np.array(current, dtype=np.int64),
        reference_missing=NONE,
        current_missing=NONE,
    )
    return replace(made, **more)  # pyright: ignore[reportArgumentType]


def measured(found: Numeric | Categorical | Vectors, kind: str = "number", *, sensitive: bool = False) -> AspectDrift:
    return testing.test_aspect(Aspect(column="x", kind=kind, distribution=found, sensitive=sensitive), 0.01)


@pytest.mark.parametrize(
    "found", [numeric([], []), numeric([0], [4]), numeric([4], [0]), categorical([], []), categorical([0, 0], [3, 1])]
)
def test_a_side_without_rows_is_not_measured(found: Numeric | Categorical) -> None:
    drift = measured(found)
    assert drift.p_value is None
    assert "no rows" in drift.reason


def test_values_that_went_missing_are_drift() -> None:
    drift = measured(numeric([250, 250], [200, 200], other=Missing(null=100)))
    assert drift.test == "missing"
    assert drift.p_value is not None
    assert drift.p_value < 1e-20
    assert drift.measures["psi"] > 0.1
    assert (drift.n_reference, drift.n_current) == (500, 500)
    assert drift.histogram is not None
    assert drift.histogram.labels[-1] == "null"
    assert drift.histogram.current[-1] == 100


def test_a_side_of_nulls_alone_has_no_distance_and_drifts() -> None:
    drift = measured(numeric([250, 250], [0, 0], other=Missing(null=500)))
    assert drift.p_value is not None
    assert drift.p_value < 1e-50
    assert set(drift.measures) == {"psi", "jensen_shannon", "cramers_v"}


def test_nulls_alone_on_both_sides_are_the_same() -> None:
    drift = measured(numeric([], [], own=Missing(null=300), other=Missing(null=200)))
    assert (drift.p_value, drift.measures["psi"]) == (1, 0)


def test_a_constant_column_is_the_same() -> None:
    for found in (numeric([300], [200]), categorical([300], [200])):
        drift = measured(found)
        assert drift.p_value == 1
        assert all(value <= 0 for value in drift.measures.values())


def test_nan_and_infinities_are_values_of_their_own() -> None:
    own, other = Missing(nan=50), Missing(positive_infinite=50)
    drift = measured(numeric([250, 250], [250, 250], own, other))
    assert drift.test == "missing"
    assert drift.p_value is not None
    assert drift.p_value < 1e-10


def test_chi_squared_stands_beside_ks_where_values_tie() -> None:
    # 98 % zeros: what became of the others is no great difference of distribution functions.
    drift = measured(numeric([9_800, 200, 0], [9_800, 0, 200]))
    assert drift.test == "chi2"
    assert drift.p_value is not None
    assert drift.p_value < 1e-40
    assert drift.measures["psi"] > 0.1


def test_new_and_vanished_categories_are_named_by_count() -> None:
    found = categorical([100, 0, 0, 7], [90, 20, 30, 0])
    drift = measured(found, "category")
    assert drift.new == ("label 2", "label 1")
    assert drift.vanished == ("label 3",)


def test_of_sensitive_columns_no_value_is_shown() -> None:
    for found in (categorical([100, 0, 7], [90, 20, 0]), numeric([10, 20, 30], [3, 20, 41])):
        drift = measured(found, sensitive=True)
        assert (drift.new, drift.vanished) == ((), ())
        assert drift.histogram is not None
        assert drift.histogram.labels[0] == "cell 1"


def test_buckets_of_a_hash_have_no_names() -> None:
    drift = measured(categorical([100, 0], [90, 20], hashed=True), "category")
    assert drift.new == ()
    assert drift.histogram is not None
    assert drift.histogram.labels == ("bucket 1", "bucket 2")


def test_what_the_rest_may_hold_is_not_called_new() -> None:
    drift = measured(categorical([100, 0, 9], [90, 20, 0], reference_rest=5), "category")
    assert (drift.new, drift.vanished) == ((), ("label 2",))


def test_pictures_are_small_and_hold_every_row() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 50, (2, 3_000))
    missing = Missing(null=3, nan=1, negative_infinite=2, positive_infinite=4)
    for found in (
        numeric(counts[0].tolist(), counts[1].tolist(), missing, missing),
        categorical(counts[0].tolist(), counts[1].tolist(), reference_missing=missing, current_missing=missing),
    ):
        drawn = measured(found).histogram
        assert drawn is not None
        assert len(drawn.labels) == len(set(drawn.labels)) <= 20
        assert len(drawn.labels) == len(drawn.reference) == len(drawn.current)
        assert (sum(drawn.reference), sum(drawn.current)) == (counts[0].sum() + 10, counts[1].sum() + 10)


def test_times_are_labelled_as_times() -> None:
    day = 86_400.0
    found = replace(numeric([5] * 60, [5] * 60), centres=np.arange(60) * day, edges=(np.arange(59) + 0.5) * day)
    drawn = measured(found, "timestamp").histogram
    assert drawn is not None
    assert drawn.labels[0] == "< 1970-01-01"
    far = replace(found, centres=found.centres + 1e18)
    assert measured(far, "timestamp").histogram is not None


def test_the_largest_numbers_do_not_overflow() -> None:
    largest = np.finfo(np.float64).max
    centres = np.linspace(-1, 1, 40) * largest
    found = replace(numeric([5] * 40, [*range(40)]), centres=centres, edges=centres[1:])
    with np.errstate(over="raise", invalid="raise"):
        drift = measured(found)
    assert all(np.isfinite(value) for value in drift.measures.values())
    assert drift.histogram is not None


# -- vectors ----------------------------------------------------------------------------------


def vectors(reference: np.ndarray, current: np.ndarray, own: Missing = NONE, other: Missing = NONE) -> Vectors:
    return Vectors(
        reference=reference,
        current=current,
        n_reference=len(reference) + own.total,
        n_current=len(current) + other.total,
        reference_missing=own,
        current_missing=other,
    )


def test_few_vectors_are_not_measured() -> None:
    drift = measured(vectors(np.zeros((19, 2)), np.zeros((500, 2))), "embedding")
    assert drift.p_value is None
    assert drift.reason == "vectors are tested from 20 rows on either side"


@pytest.mark.parametrize("value", [0.0, 1e300])
def test_vectors_that_are_all_the_same_do_not_drift(value: float) -> None:
    drift = measured(vectors(np.full((200, 3), value), np.full((300, 3), value)), "embedding")
    assert drift.p_value == 1


def test_vectors_that_went_missing_are_drift() -> None:
    rng = np.random.default_rng(2)
    sample = vectors(rng.normal(size=(300, 4)), rng.normal(size=(300, 4)), other=Missing(null=200))
    drift = measured(sample, "embedding")
    assert drift.test == "missing"
    assert drift.p_value is not None
    assert drift.p_value < 1e-10
    assert drift.measures["psi"] > 0.1


@pytest.mark.parametrize("anew", [1e-7, 5e-4])
def test_rows_of_its_own_reference_are_no_drift(anew: float) -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(600, 64))
    # In another order, and computed anew in fewer digits.
    other = rng.permutation(rows * (1 + anew * rng.uniform(-1, 1, rows.shape)))
    for current in (other, np.concatenate((other[300:], rng.normal(size=(300, 64)))), rows[1:]):
        drift = measured(vectors(rows, current), "embedding")
        assert (drift.p_value or 0) > 0.01


@pytest.mark.parametrize("kinds", [2, 10, 50])
def test_vectors_that_repeat_are_categories_too(kinds: int) -> None:
    rng = np.random.default_rng(5)
    shares = np.linspace(1, 3, kinds) / np.linspace(1, 3, kinds).sum()
    same, moved = (np.eye(kinds)[rng.choice(kinds, 600, p=p)] for p in (shares, shares[::-1]))
    reference = np.eye(kinds)[rng.choice(kinds, 600, p=shares)]

    assert (measured(vectors(reference, same), "embedding").p_value or 0) > 0.01
    assert (measured(vectors(reference, rng.permutation(reference)), "embedding").p_value or 0) > 0.5
    drift = measured(vectors(reference, moved), "embedding")
    assert (drift.p_value or 0) < 1e-6
    assert drift.measures["psi"] > 0.1


def test_the_same_vectors_give_the_same_numbers() -> None:
    rng = np.random.default_rng(3)
    sample = vectors(rng.normal(size=(3_000, 4)), rng.normal(size=(2_500, 4)))
    assert measured(sample, "embedding") == measured(sample, "embedding")
