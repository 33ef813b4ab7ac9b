"""Values out of a list."""

from __future__ import annotations

from datetime import date

import pytest

from sluice.checks.allowed_values import MAX_LIMIT_CHARS, limit_text
from sluice.domain.contract import Column, Scalar
from sluice.domain.verdict import Verdict


def test_listed_values_pass_and_missing_ones_are_not_in_question(measure) -> None:
    result = measure("allowed_values", {"c": ["a", "b", None]}, Column(name="c", allowed=("a", "b")))
    assert (result.verdict, result.limit) == (Verdict.PASS, 'one of "a", "b"')


def test_others_are_counted_and_shown(measure) -> None:
    data = {"c": ["a", "x", "B", "x", "\u202eevil\n" + "y" * 200]}
    result = measure("allowed_values", data, Column(name="c", allowed=("a", "b")))
    assert (result.verdict, result.n_failed, result.examples[:2]) == (Verdict.FAIL, 4, ("B", "x"))
    assert result.examples[2].startswith("\\u202eevil\\nyyy")
    assert len(result.examples[2]) == 80
    assert result.message == "4 of 5 rows hold a value that is not allowed"


@pytest.mark.parametrize("text", ["'", '"', "\\", "a'; DROP TABLE data; --", "{}", "%s", "é", "😀", "", "\n", "$1"])
def test_odd_texts_are_values_like_others(measure, text: str) -> None:
    name = text if text.strip() else "c"  # a column must have a name that can be seen
    column = Column(name=name, allowed=(text,))
    assert measure("allowed_values", {name: [text, text]}, column).verdict is Verdict.PASS
    assert measure("allowed_values", {name: [text, "other"]}, column).n_failed == 1


@pytest.mark.parametrize(
    ("values", "allowed", "n_failed"),
    [
        ([1, 2, 3], (1, 2.0), 1),
        ([1.5, 2.0], (1.5,), 1),
        ([True, False], (True,), 1),
        ([date(2026, 1, 1), date(2026, 1, 2)], ("2026-01-01",), 1),
        ([float("nan"), 1.0], (1,), 1),
    ],
)
def test_numbers_booleans_and_dates_can_be_listed(measure, values, allowed: tuple[Scalar, ...], n_failed: int) -> None:
    assert measure("allowed_values", {"c": values}, Column(name="c", allowed=allowed)).n_failed == n_failed


@pytest.mark.parametrize(("values", "allowed"), [([1], ("1",)), (["1"], (1,)), ([1], (True,)), ([True], (1,))])
def test_what_does_not_compare_is_an_error(measure, values, allowed: tuple[Scalar, ...]) -> None:
    result = measure("allowed_values", {"c": values}, Column(name="c", allowed=allowed))
    assert (result.verdict, result.n_failed) == (Verdict.ERROR, None)


def test_sensitive_values_are_not_shown(measure) -> None:
    result = measure("allowed_values", {"c": ["x"]}, Column(name="c", allowed=("a",), sensitive=True))
    assert (result.n_failed, result.examples) == (1, ())


def test_long_lists_are_cut_and_named_by_their_digest() -> None:
    one = tuple(f"value {index}" for index in range(1000))
    other = (*one[:-1], "value x")
    assert len(limit_text(one)) < MAX_LIMIT_CHARS + 80
    assert limit_text(one).startswith("one of 1000 values (digest ")
    assert limit_text(one) != limit_text(other)
