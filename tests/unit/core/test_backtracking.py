"""Which patterns are not put to an engine that backtracks."""

from __future__ import annotations

import pytest

from sluice.core.backtracking import cannot_be_asked, is_ambiguous
from sluice.domain.check import Spec
from sluice.domain.contract import Column


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "(a|aa)*",
        "(?:a?){30}",
        "((a*))*",
        "([a-z]+\\.)+x",
        "(?P<n>a|b)+",
        "(x(a+)y){2,}",
        "([A-Z0-9]?){0,16}",
    ],
)
def test_a_choice_that_is_repeated(pattern: str) -> None:
    assert is_ambiguous(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["", "a+b*", "^[A-Z]{2}[0-9]+$", "(ab)+", "(a|b)c", "(a+)?", "[(a+)+]+", r"\(a+\)+", "(?i)a+", "(a{3})*", "(a+)b+"],
)
def test_patterns_without_one(pattern: str) -> None:
    assert not is_ambiguous(pattern)


def test_it_is_the_engine_that_matters() -> None:
    column = Column(name="c", pattern="(a+)+")
    spec = Spec(check="pattern", column="c", limit="x", severity="fail", line=1, demand=column)
    assert cannot_be_asked(spec, "duckdb") == cannot_be_asked(spec, "postgres") == ""
    assert "could run for ever" in cannot_be_asked(spec, "spark")
