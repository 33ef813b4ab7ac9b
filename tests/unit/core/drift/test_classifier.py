"""The domain classifier: what it tells apart, by which columns, and what it must not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sluice.core.drift.classifier import classify

KINDS = ("numbers", "codes", "texts", "flags", "times")


def arrow(**columns: Any) -> pa.Table:
    return pa.table(columns)


def table(rng: np.random.Generator, rows: int, shift: float = 0.0) -> pa.Table:
    """Every kind of column; few texts come twice, so that an order of first appearance would give the sides away."""
    first = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    columns: dict[str, Any] = {
        "numbers": np.where(rng.random(rows) < 0.05, np.inf, rng.normal(shift, 1, rows)),
        "codes": pa.array(rng.choice(list("abcdef"), rows)).dictionary_encode(),
        "texts": [None if share < 0.1 else f"text {share:.3f}" for share in rng.random(rows)],
        "flags": rng.random(rows) < 0.3,
        "times": [first + dt.timedelta(seconds=float(seconds)) for seconds in rng.uniform(0, 1e7, rows)],
    }
    return arrow(**columns)


def test_sets_of_one_distribution_are_not_told_apart() -> None:
    rng = np.random.default_rng(1)
    found = [classify(table(rng, 150), table(rng, 200), KINDS) for _ in range(8)]
    assert abs(np.mean([one.auc or 0 for one in found]) - 0.5) < 0.04
    assert min(one.p_value or 0 for one in found) > 0.005
    assert sum((one.ci_low or 0) <= 0.5 <= (one.ci_high or 0) for one in found) >= 7


def test_a_shift_is_found_and_its_column_named() -> None:
    rng = np.random.default_rng(2)
    found = classify(table(rng, 500), table(rng, 700, shift=1.0), KINDS)
    assert found.auc is not None
    assert found.auc > 0.65
    assert found.p_value is not None
    assert found.p_value < 1e-4
    assert [name for name, _ in found.columns] == ["numbers"]
    assert (found.n_reference, found.n_current) == (500, 700)


def related(rng: np.random.Generator, rows: int, relation: float = 0.9) -> np.ndarray:
    x, y = rng.normal(size=(2, rows))
    return np.column_stack((x, relation * x + 0.3 * y))


def test_rows_of_its_own_reference_neither_alarm_nor_hide_what_moved() -> None:
    rng = np.random.default_rng(6)
    own, moved = related(rng, 1_000), related(rng, 300, -0.9)
    # A value that is missing is the same on both sides as well.
    own[::7, 0] = np.nan
    sides = {
        "still": rng.permutation(own),
        "grown": rng.permutation(np.concatenate((own, related(rng, 300)))),
        "moved": rng.permutation(np.concatenate((own[300:], moved))),
    }
    tables = {name: arrow(x=rows[:, 0], y=rows[:, 1]) for name, rows in sides.items()}
    reference = arrow(x=own[:, 0], y=own[:, 1])
    found = {name: classify(reference, current, ("x", "y")) for name, current in tables.items()}
    assert found["still"].auc == pytest.approx(0.5, abs=0.001)
    assert found["grown"].auc == pytest.approx(0.5, abs=0.05)
    assert (found["grown"].p_value or 0) > 0.01
    assert (found["moved"].p_value or 1) < 1e-6
    assert (found["moved"].auc or 0) > 0.59


def test_rows_that_repeat_are_still_learnt_from() -> None:
    rng = np.random.default_rng(7)
    letters = [rng.choice(list("abc"), 500, p=shares) for shares in ((0.6, 0.3, 0.1), (0.1, 0.3, 0.6))]
    found = classify(arrow(letter=letters[0]), arrow(letter=letters[1]), ("letter",))
    assert (found.auc or 0) > 0.7


def test_a_relation_that_no_single_column_shows_is_found() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 800))
    reference = arrow(x=x[:400], y=x[:400] + 0.3 * y[:400])
    current = arrow(x=x[400:], y=-x[400:] + 0.3 * y[400:])
    found = classify(reference, current, ("x", "y"))
    assert found.auc is not None
    assert found.auc > 0.8


def test_the_same_rows_give_the_same_numbers() -> None:
    rng = np.random.default_rng(4)
    sides = table(rng, 120), table(rng, 120)
    assert classify(*sides, KINDS) == classify(*sides, KINDS)


def test_columns_that_hold_nothing_do_no_harm() -> None:
    rng = np.random.default_rng(5)
    rows = 100
    hollow = arrow(x=rng.normal(size=rows), none=pa.nulls(rows, pa.float64()), null=pa.nulls(rows))
    assert classify(hollow, hollow, ("x", "none", "null")).auc is not None


def test_types_may_differ_between_the_sides() -> None:
    rng = np.random.default_rng(6)
    whole, broken = rng.integers(0, 9, 200), rng.integers(0, 9, 200) + 0.0
    found = classify(arrow(x=whole), arrow(x=broken.astype(np.float32)), ("x",))
    assert found.auc == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (arrow(x=np.arange(49)), "50 rows"),
        (arrow(x=[[1]] * 60), "no column"),
    ],
)
def test_what_cannot_be_classified_is_not_judged(reference: pa.Table, said: str) -> None:
    found = classify(reference, reference, ("x",))
    assert (found.auc, found.p_value, found.verdict.opens) == (None, None, False)
    assert said in found.message


def test_rows_are_bounded() -> None:
    rng = np.random.default_rng(7)
    found = classify(arrow(x=rng.normal(size=50_000)), arrow(x=rng.normal(size=100)), ("x",))
    assert (found.n_reference, found.n_current) == (20_000, 100)
