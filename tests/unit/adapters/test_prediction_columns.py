"""Groups, queries, times, intervals and probabilities read from every format, and anything written comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.adapters.predictions import read_predictions
from sluice.domain.config import Columns, Evaluation, Task
from sluice.domain.errors import EvidenceError
from sluice.domain.predictions import MAX_SUM_ROUNDING, Predictions

START = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


def read(path: Path, table: dict[str, Any], task: Task, **columns: Any) -> Predictions:
    arrow = pa.table(table)
    if path.suffix == ".csv":
        pa_csv.write_csv(arrow, path)
    else:
        pq.write_table(arrow, path)
    return read_predictions(path, Evaluation(task=task, predictions=path.name, columns=Columns(**columns)))


@pytest.mark.parametrize("name", ["p.parquet", "p.csv"])
def test_queries_and_groups_are_numbers_from_0_on(tmp_path: Path, name: str) -> None:
    table = {"y_true": [0, 1, 2, 0], "s": [0.1, 0.2, 0.3, 0.4], "q": ["b", "a", "b", "c"], "user": [7, 7, 5, 7]}
    found = read(tmp_path / name, table, "ranking", score="s", query="q", group="user")
    assert found.query is not None and found.query.tolist() == [0, 1, 0, 2] and found.query.dtype == np.int32
    assert found.group is not None and found.group.tolist() == [0, 0, 1, 0] and found.group.dtype == np.int32


@pytest.mark.parametrize("name", ["p.parquet", "p.csv"])
@pytest.mark.parametrize(
    "times",
    [
        [NOON, NOON + timedelta(milliseconds=1500)],
        [NOON.astimezone(timezone(timedelta(hours=9))), NOON + timedelta(seconds=1.5)],
        [NOON.timestamp(), NOON.timestamp() + 1.5],
    ],
    ids=["UTC", "elsewhere", "numbers"],
)
def test_times_are_seconds(tmp_path: Path, name: str, times: list[Any]) -> None:
    found = read(tmp_path / name, {"y_true": [0, 1], "p": [0, 1], "at": times}, "events", prediction="p", time="at")
    assert found.time is not None and found.time.tolist() == [NOON.timestamp(), NOON.timestamp() + 1.5]


def test_days_and_nanoseconds_are_times_too(tmp_path: Path) -> None:
    table = {"y_true": [0, 1], "p": [0, 1], "at": [date(1970, 1, 2), date(1970, 1, 3)]}
    found = read(tmp_path / "days.parquet", table, "events", prediction="p", time="at")
    assert found.time is not None and found.time.tolist() == [86_400, 172_800]
    table["at"] = pa.array([1, 2_500_000_000], type=pa.timestamp("ns"))
    found = read(tmp_path / "nanoseconds.parquet", table, "events", prediction="p", time="at")
    assert found.time is not None and found.time.tolist() == pytest.approx([0, 2.5], abs=1e-6)


def test_probabilities_stand_in_the_order_of_the_mapping(tmp_path: Path) -> None:
    table = {"y_true": ["dog", "cat"], "p_cat": [0.25, 1.0], "p_dog": [0.75, 0.0]}
    named = {"dog": "p_dog", "cat": "p_cat"}
    found = read(tmp_path / "p.parquet", table, "classification", probabilities=named)
    assert found.classes == ("dog", "cat")
    assert found.probabilities is not None and found.probabilities.tolist() == [[0.75, 0.25], [0.0, 1.0]]
    one = found.take(np.array([1]))
    assert one.probabilities is not None and one.probabilities.tolist() == [[0.0, 1.0]] and one.classes == found.classes


FORECAST = {"y_true": [1.0, 2.0], "y": [1.0, 2.0], "l": [0.0, 1.0], "h": [2.0, 3.0], "n": [1.5, 1.5]}
EVENTS: dict[str, Any] = {"y_true": [0, 1], "p": [0, 1], "at": [1.0, 2.0], "g": ["a", "b"]}


@pytest.mark.parametrize(
    ("task", "table", "columns", "said"),
    [
        ("forecasting", FORECAST | {"n": [1.0, None]}, {"prediction": "y", "naive": "n"}, "`n` has no value in row 2"),
        ("forecasting", FORECAST | {"n": ["a", "b"]}, {"prediction": "y", "naive": "n"}, "is the naive forecast and"),
        (
            "forecasting",
            FORECAST | {"l": [5.0, 1.0]},
            {"low": "l", "high": "h"},
            "the low end is above the high end in",
        ),
        ("forecasting", FORECAST, {"low": "y_true", "high": "h"}, "`y_true` is the target and the low end at once"),
        ("events", EVENTS | {"at": ["now", "then"]}, {"prediction": "p", "time": "at"}, "VARCHAR, not times"),
        ("events", EVENTS | {"at": [NOON, None]}, {"prediction": "p", "time": "at"}, "`at` has no value in row 2"),
        ("events", EVENTS | {"g": ["a", None]}, {"prediction": "p", "time": "at", "group": "g"}, "`g` has no value in"),
        ("events", EVENTS | {"at": [1.0, 1.0]}, {"prediction": "p", "time": "at"}, "name the series in"),
        ("events", EVENTS, {"prediction": "p", "time": "when"}, "there is no column `when`"),
        (
            "classification",
            {"y_true": ["a"], "x": [0.7], "z": [0.2]},
            {"probabilities": {"a": "x", "b": "z"}},
            "sum to 1",
        ),
        (
            "classification",
            {"y_true": ["a"], "x": ["most"], "z": [0.2]},
            {"probabilities": {"a": "x", "b": "z"}},
            "the column `x` is the probability of `a` and holds VARCHAR",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    tmp_path: Path, task: Task, table: dict[str, Any], columns: dict[str, Any], said: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path / "p.parquet", table, task, **columns)
    assert said in caught.value.sentence and "\n" not in caught.value.sentence


def test_an_endless_time_is_named_by_its_row(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("y_true,p,at\n0,0,2024-01-01 00:00:00\n1,1,infinity\n")
    spec = Evaluation(task="events", predictions="p.csv", columns=Columns(prediction="p", time="at"))
    with pytest.raises(EvidenceError, match=r"not times|not a finite number in row 2|not well-formed"):
        read_predictions(tmp_path / "p.csv", spec)


# Text as people name things by: spaces, quotes, other scripts, numbers, and what would be SQL.
NAMES = st.one_of(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8), st.just("'; --"))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(NAMES, st.integers(-5, 5), st.floats(0, 1, width=16)), min_size=1, max_size=30))
def test_rows_of_one_name_have_one_number_and_no_others_have_it(
    tmp_path: Path, rows: list[tuple[str, int, float]]
) -> None:
    names, users, scores = map(list, zip(*rows, strict=True))
    table = {"y_true": [1] * len(rows), "s": scores, "q": names, "user": users}
    found = read(tmp_path / "p.parquet", table, "ranking", score="s", query="q", group="user")
    for codes, values in ((found.query, names), (found.group, users)):
        assert codes is not None
        number_of = dict(zip(values, codes.tolist(), strict=True))
        assert [number_of[value] for value in values] == codes.tolist()
        assert sorted(number_of.values()) == list(range(len(set(values))))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(
        st.integers(-2_000_000_000_000_000, 7_000_000_000_000_000).map(lambda us: START + timedelta(microseconds=us)),
        min_size=1,
        max_size=20,
        unique=True,
    )
)
def test_times_come_back_to_the_microsecond(tmp_path: Path, times: list[datetime]) -> None:
    table = {"y_true": [1] * len(times), "p": [1] * len(times), "at": times}
    found = read(tmp_path / "p.parquet", table, "events", prediction="p", time="at")
    assert found.time is not None
    back = [START + timedelta(seconds=second) for second in found.time.tolist()]
    assert all(abs(one - other) <= timedelta(microseconds=1) for one, other in zip(back, times, strict=True))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3), min_size=1, max_size=10),
    spoilt=st.floats(-0.1, 0.1).filter(lambda off: abs(abs(off) - MAX_SUM_ROUNDING) > 1e-9),
)
def test_only_distributions_are_read(tmp_path: Path, rows: list[list[float]], spoilt: float) -> None:
    raw = np.array(rows) + 1e-3
    shares = raw / raw.sum(axis=1, keepdims=True)
    shares[-1, 0] += spoilt
    table = {"y_true": ["a"] * len(rows)} | {name: shares[:, index] for index, name in enumerate("abc")}
    named = {name: name for name in "abc"}
    if shares.min() < 0 or shares.max() > 1 or abs(spoilt) > MAX_SUM_ROUNDING:
        with pytest.raises(EvidenceError, match=f"in row {len(rows)}$"):
            read(tmp_path / "p.parquet", table, "classification", probabilities=named)
        return
    found = read(tmp_path / "p.parquet", table, "classification", probabilities=named)
    assert found.probabilities is not None and np.array_equal(found.probabilities, shares)
