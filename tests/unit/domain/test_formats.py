"""Formats of text, as patterns."""

from __future__ import annotations

import re

import pytest

from sluice.adapters.decode.regex import require
from sluice.domain.formats import TEXT_FORMATS, number_range, text_pattern


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("email", ["a@b", "a.b+c@x-y.example.org"], ["a", "@b", "a@", "a b@c", "a@-b"]),
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000", "x"]),
        ("uri", ["https://x.org/a?b#c", "urn:isbn:1", "mailto:a@b"], ["x.org", "http://a b", ":x"]),
        ("hostname", ["localhost", "a-b.example.org", "1.2"], ["-a", "a-", "a..b", "a_b", "a" * 64]),
        ("ipv4", ["10.0.0.1", "255.255.255.255"], ["256.0.0.0", "01.2.3.4", "1.2.3", "1.2.3.4.5"]),
        (
            "ipv6",
            ["::", "::1", "1::", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::8", "fe80::1:2"],
            ["1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", ":::", "1::2::3", "1.2.3.4", "g::"],
        ),
        ("byte", ["", "YQ==", "YWI=", "YWJj"], ["YQ", "YQ=", "a b=", "====", "YWJjZ"]),
        ("date", ["2024-02-29"], ["2024-2-9", "2024-13-01", "20240229"]),
        ("time", ["10:00:00", "23:59:60Z", "10:00:00.5+02:00"], ["24:00:00", "10:00"]),
        ("date-time", ["2024-01-01T10:00:00Z", "2024-01-01 10:00:00.123+01:00"], ["2024-01-01T10:00:00", "2024-01-01"]),
        ("yyyy-MM-dd HH:mm:ss", ["2024-01-31 23:59:59"], ["2024-01-32 00:00:00", "2024-01-31T23:59:59"]),
        ("dd.MM.yy", ["31.12.24"], ["31-12-24", "1.2.24"]),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", ["2024-01-31T23:59:59.123+02:00", "2024-01-31T23:59:59.123Z"], ["2024-01-31"]),
        ("HH:mm", ["08:30"], ["8:30", "24:00"]),
    ],
)
def test_formats(name: str, good: list[str], bad: list[str]) -> None:
    pattern = text_pattern(name)
    assert pattern
    assert [text for text in good if not re.search(pattern, text)] == []
    assert [text for text in bad if re.search(pattern, text)] == []


def test_every_pattern_is_one_that_never_backtracks() -> None:
    for name in (*TEXT_FORMATS, "yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy"):
        require(text_pattern(name) or "?")


@pytest.mark.parametrize("name", ["phone", "", "yyyyQ", "EEEE", "y", "currency", "yyyy-MM-ddG"])
def test_unknown_formats(name: str) -> None:
    assert text_pattern(name) is None


def test_formats_that_say_nothing() -> None:
    assert text_pattern("password") == text_pattern("binary") == ""


@pytest.mark.parametrize(
    ("name", "ends"),
    [("i8", (-128, 127)), ("u16", (0, 65535)), ("i128", (-(2**127), 2**127 - 1)), ("i7", None), ("f16", None)],
)
def test_numbers(name: str, ends: tuple[int, int] | None) -> None:
    assert number_range(name) == ends
