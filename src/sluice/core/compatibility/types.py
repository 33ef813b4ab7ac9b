"""Logical and physical types: which can be read as which.

Promotion is Avro's: int to long to float to double, each to any that follows it. Beside these, numbers of one kind by
their width, decimals by their digits before and after the point, and text by its greatest length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sluice.core.compatibility.relation import Relation, relation
from sluice.domain.contract import LogicalType

_INTEGERS = (("int8", "tinyint", "byte"), ("int16", "smallint", "short"), ("int32", "int", "integer", "int4"))
_WIDE = (("int64", "bigint", "long"), ("float32", "float", "real", "float4"))
_WIDEST = (("float64", "double", "double precision", "float8"),)
# By how much each can hold: a value of one type is read as any of a greater rank.
_RANKS: Mapping[str, int] = {name: rank for rank, names in enumerate((*_INTEGERS, *_WIDE, *_WIDEST)) for name in names}
_UNSIGNED: Mapping[str, int] = {
    name: rank
    for rank, names in enumerate(
        (("uint8", "utinyint"), ("uint16", "usmallint"), ("uint32", "uinteger"), ("uint64", "ubigint"))
    )
    for name in names
}
_FLOAT_RANK = _RANKS["float32"]
_TEXTS = frozenset(("text", "string", "varchar", "nvarchar", "character varying", "clob", "str", "utf8"))
_SIZED = re.compile(r"(varchar|nvarchar|character varying|string)\(([0-9]{1,9})\)")
_DECIMAL = re.compile(r"(?:decimal|numeric|number)\(([0-9]{1,3})(?:,([0-9]{1,3}))?\)")


def logical(old: LogicalType | None, new: LogicalType | None) -> Relation:
    """What became of the logical type; none stated allows any."""
    if old == new:
        return "same"
    if old is None:
        return "added"
    if new is None:
        return "removed"
    return relation(old_in_new=(old, new) == ("integer", "number"), new_in_old=(old, new) == ("number", "integer"))


def physical(old: str, new: str) -> Relation:
    """What became of the physical type; types that are not known are only the same or not."""
    first, second = _plain(old), _plain(new)
    if first == second:
        return "same"
    if not first:
        return "added"
    if not second:
        return "removed"
    return relation(old_in_new=_reads(first, second), new_in_old=_reads(second, first))


def _plain(name: str) -> str:
    return re.sub(r"\s*([(),])\s*", r"\1", " ".join(name.lower().split()))


def _reads(written: str, reader: str) -> bool:
    """Whether every value of one physical type is read as one of another."""
    if written in _RANKS and reader in _RANKS:
        return _RANKS[written] <= _RANKS[reader]
    if written in _UNSIGNED and reader in _UNSIGNED:
        return _UNSIGNED[written] <= _UNSIGNED[reader]
    if written in _UNSIGNED and reader in _RANKS:
        return _UNSIGNED[written] < _RANKS[reader] if _RANKS[reader] < _FLOAT_RANK else True
    return _decimal(written, reader) or _text(written, reader)


def _decimal(written: str, reader: str) -> bool:
    first, second = _DECIMAL.fullmatch(written), _DECIMAL.fullmatch(reader)
    if first is None or second is None:
        return False
    before, after = (int(part[1]) - int(part[2] or 0) for part in (first, second))
    return before <= after and int(first[2] or 0) <= int(second[2] or 0)


def _text(written: str, reader: str) -> bool:
    first, second = _SIZED.fullmatch(written), _SIZED.fullmatch(reader)
    if reader in _TEXTS:
        return written in _TEXTS or first is not None
    return first is not None and second is not None and int(first[2]) <= int(second[2])
