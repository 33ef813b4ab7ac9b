"""A data contract as Sluice measures it: the part of an ODCS v3 document that speaks of one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from sluice.domain.drift_limits import Severity

LogicalType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array"]
Scalar = str | int | float | bool
D = TypeVar("D", bound="Demand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How much one demand on a column weighs, and where it is written, where it has a place of its own."""

    severity: Severity
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the contract says of one column; ``line`` is where, in the contract's file.

    ``path`` is empty but for a column within another: then it leads there from the outermost, by names of fields,
    ``[]`` for a list's items, ``{key}`` and ``{value}`` for a map's, and ``name`` is all of it in one text.
    ``sensitive``: no value of the column is ever shown, by its own ``classification`` or that of a column around or
    within it. ``rules`` holds, by the check's name, the demands that carry a severity and line of their own.
    """

    name: str
    logical_type: LogicalType | None = None
    required: bool = False
    unique: bool = False
    physical_type: str = ""
    minimum: Scalar | None = None
    maximum: Scalar | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    format: str = ""
    allowed: tuple[Scalar, ...] = ()
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    min_properties: int | None = None
    max_properties: int | None = None
    required_properties: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    severity: Severity = "fail"
    line: int = 0
    sensitive: bool = False
    classification: str = ""
    rules: Mapping[str, Rule] = field(default_factory=dict[str, Rule])

    def rule(self, check: str) -> Rule:
        """Severity and line of one demand: its own, or the column's."""
        return self.rules.get(check, Rule(severity=self.severity, line=self.line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A range that a count (or share) must lie in; both ends belong to it unless exclusive.

    ``negated``: it must lie outside. ``unit`` is ``rows`` or ``percent`` (0 to 100) of the table's rows.
    """

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    negated: bool = False
    unit: Literal["rows", "percent"] = "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What every demand on the table has: how much it weighs, and where it is written."""

    severity: Severity = "fail"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount(Demand):
    """How many rows the table has."""

    bound: Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCount(Demand):
    """How many values of a column are null, missing (one of ``missing``), invalid or duplicate.

    ``columns`` has one name, or several for duplicates of a combination. Invalid is what is not among ``valid`` (where
    given), does not match ``pattern``, or is not of ``minimum`` to ``maximum`` long.
    """

    metric: Literal["nullValues", "missingValues", "invalidValues", "duplicateValues"]
    columns: tuple[str, ...]
    bound: Bound
    missing: tuple[Scalar | None, ...] = ()
    valid: tuple[Scalar, ...] = ()
    pattern: str = ""
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Demand):
    """No combination of values of these columns comes twice; of a ``primary`` key none is missing either."""

    columns: tuple[str, ...]
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Demand):
    """One read-only SQL statement that gives one number, and its bound.

    ``sql`` calls the table ``data``, or by one of the names in ``tables``.
    """

    name: str
    sql: str
    bound: Bound
    column: str | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(Demand):
    """Every combination of values of these columns is in the columns of another table (a foreign key)."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(Demand):
    """How old the newest value of a time column may be, in seconds."""

    column: str
    max_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Demand):
    """How old the oldest value of a time column may be, in seconds."""

    column: str
    max_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Monotonic(Demand):
    """A column's values do not decrease (or increase) from row to row in the data's order, within each ``by`` group.

    ``strict``: nor stay the same. ``order`` names the column whose order counts in place of the data's own.
    """

    column: str
    decreasing: bool = False
    strict: bool = False
    by: tuple[str, ...] = ()
    order: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBalance(Demand):
    """The share (0 to 1) that each class of the label column must have at least and at most.

    ``classes``: those that must be there; a single class is never balanced.
    """

    label: str
    min_share: float = 0.0
    max_share: float = 1.0
    classes: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disjoint(Demand):
    """No row of this table (the test set) is in another (the training set), by key columns, or by content for none."""

    table: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLeak(Demand):
    """No single feature determines the label: it saves at most this share (0 to 1) of the errors that are made without.

    Without: by always saying the label's most frequent value, or its mean. ``ignore`` names columns that are no
    features.
    """

    label: str
    max_gain: float = 0.99
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Later(Demand):
    """Every time of this table's column is later than all of another table's, as tests come after training."""

    column: str
    table: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNulls(Demand):
    """In no group of ``by`` are more than this share (0 to 1) of the column's values missing.

    Groups of fewer than ``min_rows`` rows are not looked at.
    """

    column: str
    by: tuple[str, ...]
    max_share: float
    min_rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange(Demand):
    """By how much (0.2: a fifth) the number of rows may fall or rise against the reference."""

    max_fall: float | None = None
    max_rise: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported(Demand):
    """A demand of the contract that this version cannot measure; it is never a pass."""

    what: str
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One table's contract, with the digest of the file it was read from."""

    name: str
    version: str
    columns: tuple[Column, ...]
    demands: tuple[Demand, ...] = ()
    sha256: str = ""
    path: str = ""

    @property
    def classified(self) -> frozenset[str]:
        """Names of the columns of which no value is ever shown, as ``casefold`` gives them.

        An engine takes upper and lower case alike, so that another spelling must not bring the values to light.
        """
        return frozenset(column.name.casefold() for column in self.columns if column.sensitive)

    def all(self, kind: type[D]) -> tuple[D, ...]:
        """The demands of one kind, in the contract's order."""
        return tuple(demand for demand in self.demands if isinstance(demand, kind))
