"""Real months against each other and against themselves, as `make bench` compares them: here with fewer seeds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import drift_flights as real
from sluice.domain.drift_limits import Drift

# One column of these halves has an adjusted p-value of 0.31: with such limits it would have drifted.
CASE, CARELESS = ("weather", 7, 3), Drift(alpha=0.5, psi=-1.0)


@pytest.mark.parametrize("name", real.MOVED)
def test_january_against_july_names_what_moved(name: str) -> None:
    assert real.misnamed(name) == frozenset()


@pytest.mark.parametrize("name", real.MOVED)
def test_a_limit_that_nothing_reaches_leaves_every_column_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real, "Drift", lambda: Drift(psi=1_000.0))
    assert real.misnamed(name) == real.MOVED[name]


def test_halves_of_a_month_pass_and_whatever_else_is_an_alarm() -> None:
    cases = [(name, number, 0) for name in real.MOVED for number in real.MONTHS]
    assert [real.halves_alarm(case, Drift()) for case in cases] == [False] * 4
    assert real.halves_alarm(CASE, CARELESS)
    assert real.halves_alarm(CASE, Drift(min_rows=1_000_000))
    assert real.halves_alarm(CASE, Drift(columns=("nowhere",)))


def test_a_benchmark_tries_every_table_month_and_seed() -> None:
    blind = Drift(min_rows=1_000_000)
    assert real.alarms(1) == []
    assert real.alarms(2, blind) == [
        (name, number, seed) for name in real.MOVED for number in real.MONTHS for seed in (0, 1)
    ]
