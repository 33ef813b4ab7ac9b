"""JSON, bounded; whatever the bytes, a value or the caller's error."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.number import BadNumber
from sluice.adapters.decode.strict_json import parse
from sluice.domain.errors import EvidenceError, SluiceError, UsageError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=30,
)


def refusal(data: bytes, max_bytes: int = 10_000_000, error: type[SluiceError] = EvidenceError) -> str:
    with pytest.raises(error) as caught:
        parse(data, where="f.json", max_bytes=max_bytes, error=error)
    assert caught.value.where.startswith("f.json")
    return caught.value.sentence


def attempt(data: bytes) -> object:
    try:
        return parse(data, where="f", max_bytes=1000, error=UsageError)
    except UsageError as error:
        return error


@given(VALUES)
@settings(deadline=None)
def test_what_json_writes_is_read_back(value: object) -> None:
    assert parse(json.dumps(value).encode(), where="f", max_bytes=100_000) == value


@given(st.binary(max_size=200) | st.text(alphabet='{}[],:"\\u0dD8eE+-1.NaInfityrulse \n', max_size=200).map(str.encode))
@example(b'{"a": 1, "a": 2}')
@example(b'"\\ud800"')
@example(b"\xff\xfe[\x001\x00]\x00")
@settings(deadline=None, max_examples=500)
def test_any_bytes_are_a_value_or_the_error_asked_for(data: bytes) -> None:
    found = attempt(data)
    if isinstance(found, UsageError):
        assert found.where.startswith("f")
    else:
        assert found == json.loads(data.decode("utf-8-sig"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "valid JSON"),
        (b'{"a": 1', "valid JSON"),
        (b"[1] [2]", "valid JSON"),
        (b"[01]", "valid JSON"),
        (b'["\n"]', "valid JSON"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', '"c" twice'),
        (b"[NaN]", "finite"),
        (b"[-Infinity]", "finite"),
        (b"[1e999]", "finite"),
        (b"[9223372036854775808]", "64 bits"),
        (b"[" + b"9" * 5000 + b"]", "64 bits"),
        (b'["\xe9"]', "UTF-8"),
        ('["a"]'.encode("utf-16"), "UTF-8"),
        (b'["\\ud800"]', "half a character"),
        (b'{"\\udc00": 1}', "half a character"),
        (b"[" * 66 + b"]" * 66, "64 levels"),
        (b"[" * 100_000, "64 levels"),
        (b'{"a":' * 100_000, "64 levels"),
        (b"[" + b"[]," * 1_000_001 + b"[]]", "values"),
    ],
)
def test_refused(data: bytes, says: str) -> None:
    assert says in refusal(data)


def test_bounds_hold_at_their_very_values() -> None:
    parse(b"[" * 64 + b"]" * 64, where="f", max_bytes=1000)
    parse(b"[1]", where="f", max_bytes=3)
    assert "2 bytes" in refusal(b"[1]", max_bytes=2)


def test_a_whole_pair_of_surrogates_is_one_character() -> None:
    assert parse(b'["\\ud83d\\ude00"]', where="f", max_bytes=100) == ["\N{GRINNING FACE}"]


def test_bad_numbers_can_be_kept() -> None:
    value = parse(b"[NaN, Infinity, 1e999, 1]", where="f", max_bytes=100, keep_bad_numbers=True)
    assert isinstance(value, list)
    assert [isinstance(item, BadNumber) for item in value] == [True, True, True, False]
