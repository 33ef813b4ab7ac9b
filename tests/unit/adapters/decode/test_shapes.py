"""The decoder and encoder of records."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.keypath import text
from sluice.adapters.decode.shapes import Mismatch, ShapeError, decode, encode
from sluice.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    ref: Literal["base"]
    on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    version: Literal[1]
    verdict: Verdict = Verdict.PASS
    inner: Inner | str | None = None
    scalar: str | int | float | bool | None = None
    limit: float | str | None = None
    number: float = 0.0
    count: int = 0
    names: tuple[str, ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("the count is negative")


def attempt(value: object) -> Outer | ShapeError:
    try:
        return decode(Outer, value)
    except ShapeError as error:
        return error


def mismatches(value: object) -> tuple[Mismatch, ...]:
    with pytest.raises(ShapeError) as caught:
        decode(Outer, value)
    return caught.value.mismatches


def test_every_kind_of_field() -> None:
    record = decode(
        Outer,
        {
            "version": 1,
            "verdict": "fail",
            "inner": {"ref": "base", "on": True},
            "scalar": 3,
            "limit": 2,
            "number": 5,
            "names": ["a", "b"],
            "by_name": {"odd name": {"ref": "base"}},
        },
    )
    assert record == Outer(
        version=1,
        verdict=Verdict.FAIL,
        inner=Inner(ref="base", on=True),
        scalar=3,
        limit=2.0,
        number=5.0,
        names=("a", "b"),
        by_name={"odd name": Inner(ref="base")},
    )
    assert (type(record.scalar), type(record.limit), type(record.number)) == (int, float, float)


@pytest.mark.parametrize(
    ("stated", "at", "says", "remedy"),
    [
        ({"version": True}, "version", "must be `1`, not `true`", ""),
        ({"version": 1.0}, "version", "must be `1`", ""),
        ({"version": "1"}, "version", 'not the text "1"', ""),
        ({"verdict": "Pass"}, "verdict", "must be `pass` or", "`pass`"),
        ({"verdict": 1}, "verdict", "must be text", ""),
        ({"inner": 3}, "inner", "must be a mapping or text, not the number 3", ""),
        ({"inner": {"ref": "main"}}, "inner.ref", "must be `base`", ""),
        ({"inner": {"ref": "base", "on": "yes"}}, "inner.on", "must be `true` or `false`", "without quotes"),
        ({"inner": {}}, "inner", "lacks the key `ref`", ""),
        ({"scalar": []}, "scalar", "not a list", ""),
        ({"number": "0.5"}, "number", "must be a number", "without quotes"),
        ({"number": True}, "number", "must be a number, not `true`", ""),
        ({"number": None}, "number", "not nothing", "remove the key"),
        ({"number": math.nan}, "number", "finite", ""),
        ({"scalar": math.inf}, "scalar", "finite", ""),
        ({"count": 1.0}, "count", "must be a whole number", ""),
        ({"count": False}, "count", "must be a whole number", ""),
        ({"count": 2**63}, "count", "64 bits", ""),
        ({"count": -1}, "", "the count is negative", ""),
        ({"names": "a"}, "names", "must be a list", "brackets"),
        ({"names": ["a", 1]}, "names[1]", "must be text", ""),
        ({"names": ["a"] * 10_001}, "names", "10000 entries", ""),
        ({"names": ["a" * 65_537]}, "names[0]", "65536 characters", ""),
        ({"by_name": []}, "by_name", "must be a mapping", ""),
        ({"by_name": {"": {"ref": "base"}}}, "by_name", "empty", ""),
        ({"by_name": {"a.b": {"reff": "base"}}}, 'by_name["a.b"].reff', "unknown key", "`ref`"),
        ({"verdikt": "pass"}, "verdikt", "unknown key", "`verdict`"),
        ({"zzzzzz": "pass"}, "zzzzzz", "unknown key", ""),
    ],
)
def test_one_mismatch(stated: dict[str, Any], at: str, says: str, remedy: str) -> None:
    (found,) = mismatches({"version": 1, **stated})
    assert text(found.at) == at
    assert says in found.what
    assert remedy in found.remedy
    assert remedy or not found.remedy


def test_all_mismatches_are_found_but_not_without_end() -> None:
    assert [text(found.at) for found in mismatches({"names": [1, 2], "count": "x"})] == [
        "",
        "names[0]",
        "names[1]",
        "count",
    ]
    assert len(mismatches({"version": 1, "names": list(range(10_000))})) == 100


def test_unknown_keys_can_be_ignored() -> None:
    assert decode(Inner, {"ref": "base", "more": 1}, ignore_unknown=True) == Inner(ref="base")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.sampled_from(["base", "pass"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["version", "ref", "on", "inner", "names", "by_name", "x"]), inner, max_size=4
            )
        ),
    )
)
@settings(deadline=None, max_examples=300)
def test_any_value_is_a_record_or_a_shape_error(value: object) -> None:
    found = attempt(value)
    if isinstance(found, ShapeError):
        assert found.mismatches
    else:
        assert decode(Outer, json.loads(json.dumps(encode(found)))) == found


def test_numbers_that_are_not_finite_are_encoded_as_none() -> None:
    assert encode({"a": (math.nan, [math.inf], 1.5, Verdict.WARN)}) == {"a": [None, [None], 1.5, "warn"]}
