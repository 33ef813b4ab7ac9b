"""TOML that somebody else wrote: bounded in size, depth and the time that reading takes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.number import BadNumber
from sluice.adapters.decode.strict_toml import parse
from sluice.domain.errors import EvidenceError


def read(text: str) -> dict[str, object]:
    return parse(text.encode(), where="m.toml", max_bytes=1_000_000)


def test_tables_and_numbers_are_read() -> None:
    assert read("loss = 1\n[train]\nacc = 0.9\ndeep.n = 3\n") == {"loss": 1, "train": {"acc": 0.9, "deep": {"n": 3}}}


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "9" * 30, "0x" + "f" * 30, "9" * 4000])
def test_what_is_no_finite_64_bit_number_is_told(text: str) -> None:
    found = read(f"a = {text}\nb = [{text}]")
    assert isinstance(found["a"], BadNumber)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = 1\na = 2", "is not valid TOML"),
        ("a", "is not valid TOML"),
        ("a = " + "9" * 5000, "holds a value that cannot be read"),
        ("a = " + "[" * 100_000, "is nested deeper than 64 levels"),
        ("a = " + "[" * 80 + "]" * 80, "is nested deeper than 64 levels"),
        (".".join("a" * 80) + " = 1", "is nested deeper than 64 levels"),
        (".".join("a" * 100_000) + " = 1", "holds too many keys and dots to be read"),
        ("[" + ".".join("a" * 2000) + "]\n" + "k = 1\n" * 100_000, "holds too many keys and dots to be read"),
        ("a = '" + "x" * 1_000_000 + "'", "is larger than 1000000 bytes"),
    ],
)
def test_hostile_documents_are_refused_in_time(text: str, says: str) -> None:
    started = time.monotonic()
    with pytest.raises(EvidenceError, match=says):
        read(text)
    assert time.monotonic() - started < 10


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(EvidenceError, match="is not UTF-8"):
        parse(b"a = '\xff'", where="m.toml", max_bytes=100)


_TOML = st.lists(
    st.sampled_from(
        ["[a]", "[[a]]", "a.b = 1", "a = nan", 'x = "é"', "y = 1979-05-27", "[a.b.c]", "z = {q = [1]}", "="]
    ),
    max_size=8,
).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60), _TOML.map(str.encode), st.text(max_size=40).map(lambda t: t.encode("utf-8", "replace"))
    )
)
def test_bytes_are_read_or_refused(data: bytes) -> None:
    found = attempt(data)
    assert isinstance(found, dict) or found.sentence.startswith("m.toml: ")


def attempt(data: bytes) -> dict[str, object] | EvidenceError:
    try:
        return parse(data, where="m.toml", max_bytes=1_000)
    except EvidenceError as error:
        return error
