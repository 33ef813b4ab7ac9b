"""A data contract as Sluice measures it: the part of an ODCS v3 document that speaks of one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sluice.domain.config import Severity

LogicalType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array"]
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How much one demand on a column weighs, and where it is written, where it has a place of its own."""

    severity: Severity
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the contract says of one column; ``line`` is where, in the contract's file.

    ``sensitive``: no value of the column is ever shown. ``rules`` holds, by the check's name, the demands
    that carry a severity and line of their own.
    """

    name: str
    logical_type: LogicalType | None = None
    required: bool = False
    unique: bool = False
    minimum: Scalar | None = None
    maximum: Scalar | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    allowed: tuple[Scalar, ...] = ()
    severity: Severity = "fail"
    line: int = 0
    sensitive: bool = False
    rules: Mapping[str, Rule] = field(default_factory=dict[str, Rule])

    def rule(self, check: str) -> Rule:
        """Severity and line of one demand: its own, or the column's."""
        return self.rules.get(check, Rule(severity=self.severity, line=self.line))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount:
    """How many rows the table may have; both ends belong to the range."""

    minimum: int | None = None
    maximum: int | None = None
    severity: Severity = "fail"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the newest value of a time column may be, in seconds."""

    column: str
    max_age_s: float
    severity: Severity = "fail"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A demand of the contract that this version cannot measure; it is never a pass."""

    what: str
    column: str | None = None
    severity: Severity = "fail"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One table's contract, with the digest of the file it was read from."""

    name: str
    version: str
    columns: tuple[Column, ...]
    row_count: RowCount | None = None
    freshness: tuple[Freshness, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    sha256: str = ""
    path: str = ""
