"""Physical types as SQL dialects and file formats name them: which values a column of such a type can hold.

A physical type is held against the values, and not against the file's own types: a table of ``INT`` that was written
to Parquet as 64-bit numbers keeps its promise where every number fits into 32 bits. Where dialects differ in what a
name means, the widest meaning holds. A name that is not known here is no demand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Family = Literal[
    "integer",
    "number",
    "decimal",
    "string",
    "boolean",
    "date",
    "timestamp",
    "time",
    "binary",
    "array",
    "object",
    "json",
]

FLOAT32_MAX = 3.4028234663852886e38

_TYPE = re.compile(r"(?P<name>[a-z][a-z0-9_ ]*)(?:\((?P<arguments>[^()]*)\)(?P<rest>[a-z ]*))?")
_LENGTH = re.compile(r"([0-9]{1,9})(?: *(?:char|byte))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Physical:
    """What values of a physical type are like; ``bits`` of a whole number or a float, 0 where nothing is said.

    ``zoned``: with a time zone (``True``), without (``False``), either (``None``).
    """

    family: Family
    bits: int = 0
    signed: bool = True
    max_length: int | None = None
    precision: int | None = None
    scale: int = 0
    zoned: bool | None = None


_INTEGERS = {
    name: bits
    for bits, names in (
        (8, "tinyint byteint i8"),
        (16, "smallint int2 int16 smallserial short i16"),
        (24, "mediumint"),
        (32, "int integer int4 int32 serial serial4 i32"),
        (64, "bigint int8 int64 bigserial serial8 long i64"),
        (128, "hugeint int128 i128"),
    )
    for name in names.split()
}
_UNSIGNED = {
    "utinyint": 8, "usmallint": 16, "uinteger": 32, "ubigint": 64, "uhugeint": 128,
    "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "uint128": 128,
    "u8": 8, "u16": 16, "u32": 32, "u64": 64, "u128": 128,
}  # fmt: skip
_NAMED: dict[str, Physical] = {
    name: kind
    for names, kind in (
        ("float, double, double precision, float8, float64, f64", Physical(family="number")),
        ("real, float4, float32, f32", Physical(family="number", bits=32)),
        ("string, text, tinytext, mediumtext, longtext, clob, nclob, ntext, str, utf8", Physical(family="string")),
        ("boolean, bool", Physical(family="boolean")),
        ("date, date32", Physical(family="date")),
        ("timestamp, datetime, datetime2, smalldatetime, datetime64", Physical(family="timestamp")),
        ("timestamp without time zone, timestamp_ntz, timestampntz", Physical(family="timestamp", zoned=False)),
        (
            "timestamp with time zone, timestamptz, timestamp_tz, timestamp_ltz, timestampltz, datetimeoffset, "
            "timestamp with local time zone",
            Physical(family="timestamp", zoned=True),
        ),
        ("time, time without time zone", Physical(family="time")),
        ("binary, varbinary, bytea, blob, bytes, longblob, binary varying", Physical(family="binary")),
        ("array, list", Physical(family="array")),
        ("struct, row, record, map", Physical(family="object")),
        ("json, jsonb, variant, super", Physical(family="json")),
    )
    for name in names.split(", ")
}
_DECIMALS = ("decimal", "numeric", "dec", "number", "bignumeric", "bigdecimal")
_TEXTS = (
    "varchar", "char", "character", "character varying", "nvarchar", "nchar", "varchar2", "nvarchar2", "bpchar",
)  # fmt: skip


def parsed(text: str) -> Physical | None:
    """The type that a contract names; ``None`` where the name says nothing that could be measured."""
    said = " ".join(text.lower().split())
    if said.partition("<")[0].rstrip() in ("array", "list", "struct", "map") and said.endswith(">"):
        return _NAMED[said.partition("<")[0].rstrip()]
    found = _TYPE.fullmatch(said) if len(said) <= 200 else None
    if found is None:
        return None
    name, arguments = " ".join((found["name"] + (found["rest"] or "")).split()), found["arguments"]
    if name.endswith(" unsigned"):
        return _whole(name.removesuffix(" unsigned"), arguments, signed=False)
    if name in _INTEGERS or name in _UNSIGNED:
        return _whole(name, arguments, signed=name in _INTEGERS)
    if name in _DECIMALS:
        return _decimal(arguments)
    if name in _TEXTS:
        return _text(arguments)
    if arguments is not None and name in ("binary", "varbinary", "binary varying"):
        return None
    return _NAMED.get(name)


def _whole(name: str, arguments: str | None, *, signed: bool) -> Physical | None:
    if name == "tinyint" and arguments is not None and arguments.strip() == "1":
        return None  # a boolean, as MySQL writes it; or a number
    bits = _INTEGERS.get(name) or _UNSIGNED.get(name)
    return None if bits is None else Physical(family="integer", bits=bits, signed=signed)


def _decimal(arguments: str | None) -> Physical | None:
    if arguments is None:
        return Physical(family="decimal")
    numbers = [part.strip() for part in arguments.split(",")]
    if not 1 <= len(numbers) <= 2 or not all(re.fullmatch("[0-9]{1,3}", part) for part in numbers):
        return None
    precision, scale = int(numbers[0]), int(numbers[1]) if len(numbers) == 2 else 0
    if not 0 < precision >= scale:
        return None
    return Physical(family="decimal", precision=precision, scale=scale)


def _text(arguments: str | None) -> Physical | None:
    if arguments is None or arguments.strip() == "max":
        return Physical(family="string")
    length = _LENGTH.fullmatch(arguments.strip())
    return None if length is None else Physical(family="string", max_length=int(length[1]))


def integer_range(bits: int, *, signed: bool) -> tuple[int, int]:
    """Least and greatest whole number of so many bits."""
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
