"""Columns that tell the label: planted ones are always found, and columns of chance never."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sluice.checks import label_leak
from sluice.checks.label_leak import MAX_SHOWN
from sluice.checks.label_leak.telling import MAX_QUERIES
from sluice.domain.check import Observation
from sluice.domain.contract import Column, Contract, LabelLeak
from sluice.domain.validation import CheckResult
from sluice.domain.verdict import Verdict

N = 1000
LEAST = 0.8


@pytest.fixture
def measure_here(measure):
    """``measure`` for tests that say nothing new on another engine, and would take long there."""
    return measure


def leak(measure, data: Mapping[str, Any], demand: LabelLeak | None = None, *columns: Column) -> CheckResult:
    return measure("label_leak", data, *columns, demands=(demand or LabelLeak(label="y"),))


def labels(dice: random.Random, share: float = 0.3, n: int = N) -> list[int]:
    """Zeros and ones; the ones are exactly this share, since a share by chance could be too small to measure."""
    ones = round(n * share)
    return dice.sample([1] * ones + [0] * (n - ones), n)


# -- leaks ----------------------------------------------------------------------------------------

PLANTED: Mapping[str, Callable[[random.Random, list[int]], list[Any]]] = {
    "the label itself": lambda dice, y: list(y),
    "as text": lambda dice, y: [f"class {one}" for one in y],
    "as true and false": lambda dice, y: [bool(one) for one in y],
    "turned round": lambda dice, y: [1 - one for one in y],
    "missing where it is 0": lambda dice, y: [dice.random() if one else None for one in y],
    "a threshold": lambda dice, y: [one + dice.random() * 0.99 for one in y],
    "a band": lambda dice, y: [dice.uniform(4, 6) if one else dice.choice((0, 7)) + dice.uniform(0, 3) for one in y],
    "groups of three of one label": lambda dice, y: _grouped(dice, y, 3),
    "pairs of one label": lambda dice, y: _grouped(dice, y, 2),
    "with two errors in a thousand": lambda dice, y: [1 - one if index < 2 else one for index, one in enumerate(y)],
    "one value and unique others": lambda dice, y: [dice.random() if one else 0.0 for one in y],
    "a list": lambda dice, y: [[one, 1] for one in y],
    "a date": lambda dice, y: [date(2026, 1, 1 + one) for one in y],
}


def _grouped(dice: random.Random, y: list[int], size: int) -> list[str]:
    """Names of which each stands at ``size`` rows, or more, of one label."""
    names: dict[int, list[str]] = {}
    for one in set(y):
        n = y.count(one)
        names[one] = dice.sample([f"{one} {index // size}" for index in range(n - n % size)], n - n % size)
        names[one] += [f"{one} 0"] * (n % size)
    return [names[one].pop() for one in y]


# As many as are shown: every one of them must be, and nothing else.
FEW = [tuple(PLANTED)[first : first + MAX_SHOWN] for first in range(0, len(PLANTED), MAX_SHOWN)]


@pytest.mark.parametrize("share", [0.5, 0.3, 0.02])
@pytest.mark.parametrize("names", FEW)
def test_planted_leaks_are_found(measure_here, names: tuple[str, ...], share: float) -> None:
    dice = random.Random(f"{names} {share}")
    y = labels(dice, share)
    columns = {"id": list(range(N)), "noise": [dice.random() for _ in y], "y": y}
    columns |= {name: PLANTED[name](dice, y) for name in names}
    result = leak(measure_here, columns, LabelLeak(label="y", max_gain=0.98 if share > 0.1 else 0.85))
    assert (result.verdict, set(result.examples), result.n_failed) == (Verdict.FAIL, set(names), N)
    assert result.observed == 1


def test_every_engine_tells_the_same(measure) -> None:
    dice = random.Random(8)
    y = labels(dice, 0.3, 200)
    data = {"x0": PLANTED["as text"](dice, y), "x1": PLANTED["a threshold"](dice, y), "z": CHANCE["pairs"](dice, 200)}
    result = leak(measure, {"y": [bool(one) for one in y], **data})
    assert (result.observed, result.examples) == (1.0, ("x0", "x1"))
    few = [one + dice.choice((0, 0, 0, 2)) for one in y]
    observed = leak(measure, {"x": few, "y": y}).observed
    assert observed == pytest.approx(gain_by_definition(few, y), abs=2e-6)


def test_columns_that_the_contract_leaves_out_are_not_looked_at(measure) -> None:
    y = labels(random.Random(1))
    data = {"leak": y, "y": y, "x": [1] * N}
    result = leak(measure, data, LabelLeak(label="y", ignore=("leak",)))
    assert result.verdict is Verdict.PASS
    assert result.limit == 'no column saves over 99 % of the errors; left out: "leak"'
    assert leak(measure, data).limit == "no column saves over 99 % of the errors"


def test_those_that_tell_most_come_first(measure_here) -> None:
    y = labels(random.Random(1))
    worse = [1 - one if index < 4 else one for index, one in enumerate(y)]
    result = leak(measure_here, {"a worse": worse, "b": y, "y": y}, LabelLeak(label="y", max_gain=0.9))
    assert (result.examples, result.observed) == (("b", "a worse"), 1.0)
    assert result.message == "one column alone saves 100 % of the errors in telling the label"
    hidden = leak(
        measure_here, {"b": y, "y": y}, None, Column(name="y", sensitive=True), Column(name="b", sensitive=True)
    )
    assert hidden.examples == ("b",)


def test_labels_of_several_classes(measure) -> None:
    dice = random.Random(2)
    y = dice.choices(("red", "green", "blue"), (3, 4, 3), k=N)
    coded = [{"red": 3, "green": 9, "blue": 1}[one] + dice.random() for one in y]
    assert leak(measure, {"y": y, "x": coded}).observed == 1
    assert leak(measure, {"y": y, "x": [one[0] for one in y]}).observed == 1
    # Who knows one class of three saves a part of the errors alone.
    part = leak(measure, {"y": y, "x": [one == "green" for one in y]})
    assert isinstance(part.observed, float)
    assert 0.3 < part.observed < 0.7


@pytest.mark.parametrize(
    "made",
    [
        lambda value: value,
        lambda value: 3 * value - 100,
        lambda value: -(value**3),
        lambda value: round(value, 1),
        lambda value: f"{value:.0f}",
        lambda value: value + random.Random(value).gauss(0, 0.1),
    ],
)
def test_labels_of_numbers_and_what_is_made_of_them(measure_here, made: Callable[[float], Any]) -> None:
    dice = random.Random(3)
    y = [dice.uniform(-20, 20) for _ in range(N)]
    result = leak(measure_here, {"y": y, "id": list(range(N)), "x": [made(value) for value in y]})
    assert (result.verdict, result.examples) == (Verdict.FAIL, ("x",))


def test_a_good_feature_is_no_leak(measure_here) -> None:
    dice = random.Random(4)
    y = [dice.gauss(0, 10) for _ in range(N)]
    result = leak(measure_here, {"y": y, "x": [value + dice.gauss(0, 3) for value in y]})
    assert result.verdict is Verdict.PASS
    assert isinstance(result.observed, float)
    assert 0.5 < result.observed < 0.95


# -- the definition -------------------------------------------------------------------------------


def gain_by_definition(x: list[Any], y: list[int]) -> float:
    """The gain of a column of numbers, every row told by all other rows in turn."""
    right, error = 0, 0.0
    for index, value in enumerate(x):
        same = [other for at, other in enumerate(y) if at != index and x[at] == value]
        right += _is_told(x, y, index, same)
        mean = _next_mean(x, y, value) if not same else sum(same) / len(same)
        error += (y[index] - mean) ** 2
    n, most = len(y), max(y.count(one) for one in set(y))
    square = sum((one - (sum(y) - one) / (n - 1)) ** 2 for one in y)
    return max(1 - (n - right) / (n - most), 1 - error / square)


def _is_told(x: list[Any], y: list[int], index: int, same: list[int]) -> bool:
    if same:
        return 2 * same.count(y[index]) > len(same)
    near = [min(_labels_of(x, y, value)) for value in _near(x, x[index], 4)]
    return bool(near) and 2 * near.count(y[index]) >= len(near)


def _near(x: list[Any], value: Any, steps: int) -> list[Any]:
    different = sorted(set(x))
    at = different.index(value)
    return different[max(at - steps, 0) : at] + different[at + 1 : at + 1 + steps]


def _labels_of(x: list[Any], y: list[int], value: Any) -> list[int]:
    return [one for at, one in enumerate(y) if x[at] == value]


def _next_mean(x: list[Any], y: list[int], value: Any) -> float:
    means = [sum(found) / len(found) for one in _near(x, value, 1) if (found := _labels_of(x, y, one))]
    return sum(means) / len(means)


@pytest.mark.parametrize("seed", range(6))
def test_the_gain_is_that_of_the_definition(measure_here, seed: int) -> None:
    dice = random.Random(seed)
    y = labels(dice, dice.choice((0.2, 0.5)), 60)
    if seed % 2:
        y = [dice.randrange(4) for _ in y]
    x = [round(one * dice.choice((0.5, 2)) + dice.gauss(0, 1), dice.choice((0, 1, 3))) + 0.0 for one in y]
    result = leak(measure_here, {"x": x, "y": y})
    assert result.observed == pytest.approx(gain_by_definition(x, y), abs=2e-6)


# -- chance ---------------------------------------------------------------------------------------

CHANCE: Mapping[str, Callable[[random.Random, int], list[Any]]] = {
    "unique numbers": lambda dice, n: dice.sample(range(n), n),
    "unique names": lambda dice, n: [f"id {one}" for one in dice.sample(range(n), n)],
    "real numbers": lambda dice, n: [dice.gauss(0, 1) for _ in range(n)],
    "pairs": lambda dice, n: dice.sample([index // 2 for index in range(n)], n),
    "triples of names": lambda dice, n: dice.sample([f"id {index // 3}" for index in range(n)], n),
    "many values": lambda dice, n: [dice.randrange(n) for _ in range(n)],
    "few values": lambda dice, n: [dice.choice("abc") for _ in range(n)],
    "rounded": lambda dice, n: [round(dice.gauss(0, 1), 2) for _ in range(n)],
    "mostly missing": lambda dice, n: [dice.random() if dice.random() < 0.1 else None for _ in range(n)],
    "constant": lambda dice, n: [7] * n,
    "times": lambda dice, n: [
        datetime.fromisoformat("2026-01-01T00:00:00") + timedelta(seconds=dice.randrange(10**6)) for _ in range(n)
    ],
}


@pytest.mark.parametrize(
    ("n", "share"), [(50, 0.5), (50, 0.2), (200, 0.05), (1000, 0.5), (1000, 0.01), (5000, 0.3), (5000, 0.002)]
)
def test_chance_is_never_a_leak(measure_here, n: int, share: float) -> None:
    """Not even under the least limit that a contract may state: 22 columns each, 154 in all."""
    dice = random.Random(f"{n} {share}")
    data = {f"{name} {time}": make(dice, n) for name, make in CHANCE.items() for time in range(2)}
    result = leak(measure_here, {"y": labels(dice, share, n), **data}, LabelLeak(label="y", max_gain=LEAST))
    assert (result.verdict, result.examples) == (Verdict.PASS, ())
    assert isinstance(result.observed, float)


@pytest.mark.parametrize("n", [50, 1000])
def test_chance_never_tells_a_label_of_numbers(measure_here, n: int) -> None:
    dice = random.Random(n)
    data = {f"{name} {time}": make(dice, n) for name, make in CHANCE.items() for time in range(2)}
    y = [dice.paretovariate(2.5) for _ in range(n)]
    result = leak(measure_here, {"y": y, **data}, LabelLeak(label="y", max_gain=LEAST))
    assert result.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)
    result = leak(measure_here, {"y": [dice.gauss(5, 1) for _ in y], **data}, LabelLeak(label="y", max_gain=LEAST))
    assert result.verdict is Verdict.PASS


# -- what cannot be measured ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"y": [0, 1] * 24 + [1], "x": [0, 1] * 24 + [1]}, "fewer than 50 rows have a label"),
        ({"y": [0] * 92 + [1] * 8, "x": [0] * 92 + [1] * 8}, "or fewer than 10 another one than most"),
        ({"y": [0] * 100, "x": [0] * 100}, "another one than most"),
        ({"y": [0.0] * 98 + [1e9, 1e9], "x": [0] * 98 + [1, 1]}, "another one than most"),
        ({"y": [0, 1] * 50}, "there is no column beside the label"),
        ({"y": [float("nan"), None], "x": [1, 2]}, "there are no values to measure"),
    ],
)
def test_too_little_says_nothing(measure, data: Mapping[str, Any], said: str) -> None:
    result = leak(measure, data)
    assert (result.verdict, result.n_failed) == (Verdict.INCONCLUSIVE, None)
    assert said in result.message


def test_what_is_no_label_is_an_error(measure) -> None:
    assert leak(measure, {"y": [[1], [2]], "x": [1, 2]}).verdict is Verdict.ERROR
    assert leak(measure, {"x": [1, 2]}).verdict is Verdict.ERROR


@pytest.mark.parametrize("observed", [None, True, 1.5, "anything"])
def test_numbers_that_cannot_be_are_never_a_pass(observed: object) -> None:
    contract = Contract(name="x", version="1", columns=(), demands=(LabelLeak(label="y"),))
    (spec,) = label_leak.specs(contract)
    seen = Observation(observed=observed, n_rows=100, n_failed=0)  # pyright: ignore[reportArgumentType]
    assert not label_leak.judge(spec, seen).verdict.opens


def test_rows_without_a_label_are_left_out(measure) -> None:
    dice = random.Random(5)
    y = labels(dice, 0.5, 100)
    data = {"y": [*y, *[None] * 100], "x": [*y, *[dice.random() for _ in range(100)]]}
    result = leak(measure, data)
    assert (result.verdict, result.n_failed, result.n_rows, result.observed) == (Verdict.FAIL, 100, 200, 1.0)


def test_many_columns_share_few_queries(measure_here) -> None:
    dice = random.Random(6)
    y = labels(dice, 0.3, 100)
    data: dict[str, Any] = {f"c{index}": [dice.random() for _ in y] for index in range(300)}
    data |= {f"t{index}": [dice.choice("abcdef") for _ in y] for index in range(100)}
    data |= {"number": [one + dice.random() / 2 for one in y], "text": [f"is {one}" for one in y], "y": y}
    assert len(data) > 2 * MAX_QUERIES
    result = leak(measure_here, data)
    assert (result.verdict, set(result.examples)) == (Verdict.FAIL, {"number", "text"})


def test_names_are_shown_as_one_short_line(measure_here) -> None:
    y = labels(random.Random(7), 0.5, 100)
    assert leak(measure_here, {"y": y, "a\nb": y}).examples == ("a\\nb",)
    assert len(label_leak.shown("a\n" * 100)) == label_leak.MAX_NAME_CHARS
