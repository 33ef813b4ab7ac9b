"""Numbers read from where Arrow stores them are those that Arrow itself computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sluice.core.drift import readings

TYPES: list[Any] = [
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64(), pa.decimal128(30, 2)),
    *(pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.date32(), pa.date64()),
    *(pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
]
DAY_MS = 86_400_000


def column(kind: Any, values: list[int | None]) -> Any:
    """Pieces that do not begin where their memory does."""
    stored = [None if one is None else one * (DAY_MS if kind == pa.date64() else 1) for one in values]
    if pa.types.is_floating(kind):
        mask = np.array([one is None for one in values], dtype=bool)
        whole: Any = pa.array(np.array([one or 0 for one in values], dtype=kind.to_pandas_dtype()), kind, mask=mask)
    elif pa.types.is_date32(kind) or pa.types.is_time32(kind):
        whole = pa.array(stored, pa.int32()).view(kind)
    else:
        whole = pa.array(stored, pa.int64()).cast(kind)
    return pa.chunked_array([whole[:3], whole[3:3], whole[3:10], whole[10:]], type=kind)


def computed(values: Any) -> list[float]:
    """Seconds of times, days since 1970 in seconds of dates, as Arrow has them."""
    kind: Any = values.type
    unit: str = getattr(kind, "unit", "")
    present = values.drop_null()
    if kind in (pa.date32(), pa.date64()):
        return [86_400.0 * one for one in present.cast(pa.date32()).cast(pa.int32()).to_pylist()]
    if pa.types.is_temporal(kind):
        width = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
        found = [one / per_second for one in present.cast(width).to_pylist()]
        return [float(one // 1) for one in found] if pa.types.is_time(kind) else found
    return [float(one) for one in present.to_pylist()]


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("missing", [0, 3, 1], ids=["none missing", "some missing", "all missing"])
def test_numbers_are_those_that_arrow_computes(kind: Any, missing: int) -> None:
    values = [None if missing and index % missing == 0 else 7 * index % 100 for index in range(50)]
    held = column(kind, values)
    reading = "clock" if pa.types.is_time(kind) else "moment" if pa.types.is_temporal(kind) else "number"
    found, n_missing = readings.numbers(held, reading)
    assert found.tolist() == computed(held)
    assert n_missing == held.null_count


def test_a_number_that_is_none_is_there_and_a_missing_one_is_not() -> None:
    values = pa.chunked_array([pa.array([float("nan"), None, float("inf"), -0.0]), pa.array([], pa.float64())])
    found, n_missing = readings.numbers(values, "number")
    assert n_missing == 1
    assert str(found.tolist()) == "[nan, inf, -0.0]"
    assert readings.numbers(pa.chunked_array([], pa.float64()), "number")[0].tolist() == []


def test_texts_of_every_kind_are_read() -> None:
    plain: Any = pa.chunked_array([["a", None, "b"], ["a"]])
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        assert readings.labels(plain.cast(kind), "label") == (["a", "b", "a"], 1)
    truth = pa.chunked_array([[True, None, False], [True]])
    assert readings.labels(truth, "label") == ([True, False, True], 1)
