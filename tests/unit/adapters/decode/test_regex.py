"""Patterns: those that the engine matches, and those that are refused before any engine sees them."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.regex import MAX_PATTERN_CHARS, PatternError, require


@pytest.mark.parametrize(
    "pattern",
    [
        "ACC[0-9]{8}",
        "^[A-Z]{2}[0-9]{2}[A-Z0-9]{4}[0-9]{7}([A-Z0-9]?){0,16}$",
        r"^[\w.+-]+@[\w-]+\.[a-z]{2,}$",
        "(?i)^(yes|no)$",
        r"(?P<year>\d{4})-(?:0[1-9]|1[0-2])",
        r"[[:alpha:]_][^]x]*\x{1F600}?",
        r"\p{Greek}+\pL*[\x00-\x7F]",
        "a{,2}",
        "^(a+)+$",
        "",
    ],
)
def test_patterns_that_are_understood(pattern: str) -> None:
    require(pattern)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?=a)", "looks ahead"),
        ("(?!a)", "looks ahead"),
        ("(?<=a)b", "looks behind"),
        ("(?<!a)b", "looks behind"),
        (r"(a)\1", "refers back to a group"),
        ("(?P<a>x)(?P=a)", "refers back to a group"),
        ("(?>a)", "gives nothing back"),
        ("a++", "repeats a repetition"),
        ("*a", "repeats nothing"),
        ("(a", "does not end"),
        ("a)", "was not begun"),
        ("[a", "does not end"),
        ("[z-a]", "runs nowhere"),
        ("a{1001}", "more than 1000 times"),
        ("(a{100}){11}", "more than 1000 times"),
        ("a{3,2}", "more than 1000 times"),
        (r"\p{Klingon}", "unknown class"),
        (r"\Z", "unknown escape"),
        ("[[:klingon:]]", "unknown class"),
        ("(?P<a>x)(?P<a>y)", "names two groups the same"),
        ("a\0", "cannot be shown"),
        ("a" * (MAX_PATTERN_CHARS + 1), "longer than"),
        ("(" * 300 + ")" * 300, "too many groups"),
    ],
)
def test_patterns_that_are_refused(pattern: str, said: str) -> None:
    with pytest.raises(PatternError, match=said):
        require(pattern)


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "-",
        "]",
        "^",
        "$",
        ".",
        "|",
        "*",
        "+",
        "?",
        "(",
        ")",
        "{",
        "}",
        "[",
        ",",
        ":",
        "0",
        "\\",
        "\\d",
        "\\w",
        "\\b",
        "\\pL",
        "\\p{Greek}",
        "\\x41",
        "\\x{1F600}",
        "\\-",
        "\\]",
        "(?:",
        "(?i)",
        "(?P<n>",
        "[a-z]",
        "[^",
        "{2}",
        "{2,}",
        "{3,5}",
        "[:alpha:]",
        "(?=",
        "\\1",
        "\\Q",
        "\\z",
        "\\n",
        "a-",
        "é",
        "{1000}",
        "(?s-i:",
        "(?#",
        "\\C",
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=10).map("".join))
def test_whatever_is_not_refused_the_engine_takes(pattern: str) -> None:
    import duckdb

    try:
        require(pattern)
    except PatternError:
        return
    duckdb.execute("SELECT regexp_matches('abc', ?, 's')", [pattern]).fetchall()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_pattern_or_refused(pattern: str) -> None:
    with contextlib.suppress(PatternError):
        require(pattern)


def test_reading_a_pattern_takes_no_long_time() -> None:
    began = time.monotonic()
    for pattern in ("(a|" * 600, "[" * 2000, "(?:" * 600, "\\" * 2000, "a{1}" * 500, "[a-z]" * 400):
        try:
            require(pattern)
        except PatternError:
            continue
    assert time.monotonic() - began < 2
