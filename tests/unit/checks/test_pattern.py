"""Patterns, which are matched anywhere in a text and in time linear in it."""

from __future__ import annotations

import time

import pytest

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict


@pytest.mark.parametrize(
    ("pattern", "failed"),
    [("ACC[0-9]{2}", 1), ("^ACC", 2), ("3$", 3), ("(?i)acc", 0), (".", 0), ("^x", 3)],
)
def test_a_pattern_is_searched_for(measure, pattern: str, failed: int) -> None:
    result = measure("pattern", {"c": ["ACC12", "xACC123", "ACC12\n", "acc1", None]}, Column(name="c", pattern=pattern))
    assert result.n_failed == failed


def test_a_pattern_that_backtracks_elsewhere_ends_here(measure) -> None:
    began = time.monotonic()
    result = measure("pattern", {"c": ["a" * 30_000 + "b"] * 20}, Column(name="c", pattern="^(a+)+$"))
    # An engine that would try all ways is not asked.
    assert result.n_failed == 20 or "could run for ever" in result.message
    assert time.monotonic() - began < 20


def test_a_long_pattern_is_named_by_its_digest(measure) -> None:
    result = measure("pattern", {"c": ["a"]}, Column(name="c", pattern="a" * 500))
    assert len(result.limit) < 250 and "(digest " in result.limit


def test_classified_texts_are_not_shown(measure) -> None:
    result = measure("pattern", {"c": ["secret"]}, Column(name="c", pattern="^a", sensitive=True))
    assert (result.verdict, result.examples) == (Verdict.FAIL, ())
