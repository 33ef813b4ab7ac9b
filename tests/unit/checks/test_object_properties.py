"""Properties of objects."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict

OBJECTS = [{"a": 1, "b": 2}, {"a": None, "b": 3}, {"a": None, "b": None}, None]


@pytest.mark.parametrize(
    ("fields", "failed", "limit"),
    [
        ({"required_properties": ("b",)}, 1, "has b"),
        ({"required_properties": ("a", "b")}, 2, "has a, b"),
        ({"required_properties": ("z",)}, 3, "has z"),
        ({"min_properties": 1}, 1, "at least 1 properties"),
        ({"max_properties": 1, "required_properties": ("b",)}, 2, "has b; at most 1 properties"),
    ],
)
def test_structs(measure, fields: dict[str, Any], failed: int, limit: str) -> None:
    result = measure("object_properties", {"c": OBJECTS}, Column(name="c", **fields))
    assert (result.n_failed, result.limit) == (failed, limit)


def test_maps(measure) -> None:
    import pyarrow as pa

    data = {"c": pa.array([[("a", 1)], [("b", 1), ("c", 2)], None], pa.map_(pa.string(), pa.int64()))}
    assert measure("object_properties", data, Column(name="c", required_properties=("a",))).n_failed == 1
    assert measure("object_properties", data, Column(name="c", max_properties=1)).n_failed == 1


def test_texts_are_no_objects(measure) -> None:
    assert measure("object_properties", {"c": ["{}"]}, Column(name="c", min_properties=1)).verdict is Verdict.ERROR
