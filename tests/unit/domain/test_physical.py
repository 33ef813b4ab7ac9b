"""Physical types by the names that dialects have for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.domain.physical import Physical, parsed


@pytest.mark.parametrize(
    ("text", "physical"),
    [
        ("VARCHAR(20)", Physical(family="string", max_length=20)),
        ("character varying(5)", Physical(family="string", max_length=5)),
        ("VARCHAR2(10 CHAR)", Physical(family="string", max_length=10)),
        ("nvarchar(max)", Physical(family="string")),
        ("string", Physical(family="string")),
        ("INT", Physical(family="integer", bits=32)),
        ("int(11) unsigned", Physical(family="integer", bits=32, signed=False)),
        ("bigserial", Physical(family="integer", bits=64)),
        ("uint8", Physical(family="integer", bits=8, signed=False)),
        ("decimal(10,2)", Physical(family="decimal", precision=10, scale=2)),
        ("NUMBER", Physical(family="decimal")),
        ("numeric( 5 )", Physical(family="decimal", precision=5)),
        ("float(3,2)", Physical(family="number")),
        ("real", Physical(family="number", bits=32)),
        ("double precision", Physical(family="number")),
        ("timestamp(6) with time zone", Physical(family="timestamp", zoned=True)),
        ("TIMESTAMP_NTZ", Physical(family="timestamp", zoned=False)),
        ("datetime2(7)", Physical(family="timestamp")),
        ("array<string>", Physical(family="array")),
        ("struct<a: int, b: array<int>>", Physical(family="object")),
        ("jsonb", Physical(family="json")),
    ],
)
def test_known_names(text: str, physical: Physical) -> None:
    assert parsed(text) == physical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Name",
        "varchar[15]",
        "tinyint(1)",
        "geometry",
        "decimal(0)",
        "decimal(2,3)",
        "decimal(x)",
        "varbinary(3)",
        "varchar(-1)",
        "varchar()",
        "int int",
        "x" * 1000,
        "enum('a','b')",
        "double unsigned",
    ],
)
def test_other_names_say_nothing(text: str) -> None:
    assert parsed(text) is None


@given(st.text(max_size=50))
def test_any_text_is_a_type_or_none(text: str) -> None:
    found = parsed(text)
    assert found is None or found.family
