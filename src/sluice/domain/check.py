"""What a data check is made of, and how counted failures become a verdict.

A column's *kind* is the name of its physical type, the same for every file format: ``int8`` to ``int64``,
``uint8`` to ``uint64``, ``decimal(P, S)``, ``float32``, ``float64``, ``string``, ``boolean``, ``date``, ``timestamp``,
``timestamp with time zone``, ``time``, ``array``, ``struct``, ``map``, ``json``, ``null`` and others by their own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sluice.domain.contract import Column, Contract, Demand, Scalar
from sluice.domain.drift_limits import Severity
from sluice.domain.kinds import TIMESTAMPS
from sluice.domain.verdict import Verdict

MISSING_COLUMN = "column is missing"

# Ibis carries no type information; these names say what is meant.
Table = Any
Expr = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One demand of a contract, as one check measures it; (check, column, limit) names it within the contract.

    ``columns`` are all columns of the table that the demand speaks of, where it is not ``column`` alone. ``hidden``:
    one of them is classified.
    """

    check: str
    column: str | None
    limit: str
    severity: Severity
    line: int
    demand: Column | Demand
    columns: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def sensitive(self) -> bool:
        """Whether values of the column must not be shown."""
        return self.hidden or (isinstance(self.demand, Column) and self.demand.sensitive)

    @property
    def own_columns(self) -> tuple[str, ...]:
        """Every column of the table that must be there for the demand to be measured."""
        return self.columns or (() if self.column is None else (self.column,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What a check may ask: the data's own table, and others by the names that the contract has for them.

    ``ordered`` and ``hashes_rows`` are what the engine says of itself (``TableEngine``).
    """

    own: Table
    related: Mapping[str, Table]
    ordered: bool = False
    hashes_rows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the queries gave for one demand; ``kind`` is empty where the demand has no column.

    ``values`` has, by the names that the check gave them, the value of every scalar expression and the rows of every
    table expression or statement. ``reference_rows`` is how many rows the data's reference has, where there is one.
    """

    kind: str
    values: Mapping[str, Any]
    n_rows: int
    now: datetime
    reference_rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The numbers that a verdict is made from, and that evidence carries; ``reason`` is why there are none.

    ``examples`` are what failed, where that came with the numbers; nothing of a classified column.
    """

    observed: Scalar | None
    n_rows: int
    n_failed: int | None = None
    reason: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and its sentence; the sentence may be empty where all is well."""

    verdict: Verdict
    message: str = ""


def always(spec: Spec, kind: str) -> str:
    """The check can be measured on every kind of column."""
    return ""


def nothing(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The check needs no aggregate of its own."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SQL statement over the table ``data``, which it may call by any of ``names`` too."""

    sql: str
    names: tuple[str, ...] = ()


def nothing_else(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The check needs no query of its own."""
    return {}


def no_tables(spec: Spec) -> tuple[str, ...]:
    """The check needs no other table."""
    return ()


def no_rows(table: Table, spec: Spec, kind: str) -> Expr | None:
    """The check cannot say of a single row that it fails."""
    return None


def no_examples(table: Table, spec: Spec, kind: str) -> Table | None:
    """The check has no failing values to show."""
    return None


def no_witnesses(tables: Tables, spec: Spec, kind: str) -> Table | None:
    """The check has no failing values to show that other tables would tell."""
    return None


def as_seen(spec: Spec, seen: Observation) -> Observation:
    """The observation shows no value of the data."""
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One kind of demand on data: what a contract asks, what is measured, and the verdict.

    ``unfit`` says why a column of some kind cannot be measured (empty: it can); ``aggregates`` gives scalar
    expressions for the one query over the table. ``asks`` gives what that query cannot hold: table or scalar
    expressions over ``Tables``, or a ``Statement``, each a query of its own, bounded in time and rows;
    ``needs`` names the other tables without which there is nothing to ask. ``observe`` and ``judge`` are apart because
    a verdict is made again, from the observation alone, where evidence is believed no further than its numbers.
    ``fails`` tells of every row whether it fails; ``failing`` gives a table with the one column ``value`` (or several,
    by their names) where no single row is to blame, ``witnesses`` one that needs other tables. ``concealed`` takes out
    of an observation what the contract's classification forbids to show, and leaves what ``judge`` needs.
    ``needs_column``: a demand whose column is absent was not measured, and is an error.
    """

    name: str
    specs: Callable[[Contract], tuple[Spec, ...]]
    observe: Callable[[Spec, Measured], Observation]
    judge: Callable[[Spec, Observation], Judgement]
    unfit: Callable[[Spec, str], str] = always
    aggregates: Callable[[Table, Spec, str], Mapping[str, Expr]] = nothing
    asks: Callable[[Tables, Spec, str], Mapping[str, Expr]] = nothing_else
    needs: Callable[[Spec], tuple[str, ...]] = no_tables
    fails: Callable[[Table, Spec, str], Expr | None] = no_rows
    failing: Callable[[Table, Spec, str], Table | None] = no_examples
    witnesses: Callable[[Tables, Spec, str], Table | None] = no_witnesses
    concealed: Callable[[Spec, Observation], Observation] = as_seen
    needs_column: bool = True


def demand_spec(
    check: str,
    contract: Contract,
    demand: Demand,
    limit: str,
    *,
    column: str | None = None,
    columns: tuple[str, ...] = (),
) -> Spec:
    """The demand as one check measures it; ``column`` where it speaks of one, ``columns`` where of several."""
    named = columns or (() if column is None else (column,))
    hidden = any(one.sensitive for one in contract.columns if one.name in named)
    return Spec(
        check=check,
        column=column,
        limit=limit,
        severity=demand.severity,
        line=demand.line,
        demand=demand,
        columns=columns,
        hidden=hidden,
    )


def column_spec(check: str, column: Column, limit: str) -> Spec:
    """The demand that one check makes on one column."""
    rule = column.rule(check)
    return Spec(check=check, column=column.name, limit=limit, severity=rule.severity, line=rule.line, demand=column)


def column_of(spec: Spec) -> Column:
    """The column that a column's check speaks of."""
    if not isinstance(spec.demand, Column):
        raise TypeError(f"{spec.check} is a check of columns")
    return spec.demand


def outside(spec: Spec, message: str) -> Judgement:
    """What a measurement outside its limit comes to: fail or warn, by severity."""
    return Judgement(verdict=Verdict.WARN if spec.severity == "warn" else Verdict.FAIL, message=message)


def judge_count(spec: Spec, seen: Observation, what: str) -> Judgement:
    """Pass where no row failed; ``what`` follows "N of M rows". No rows at all say nothing."""
    if seen.n_failed is None:
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    if seen.n_rows == 0:
        return Judgement(verdict=Verdict.INCONCLUSIVE, message="there are no rows to measure")
    if seen.n_failed == 0:
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"{seen.n_failed:,} of {seen.n_rows:,} rows {what}")


def moment(text: str, kind: str) -> date | datetime | None:
    """ISO 8601 text as a value that compares with a column of this kind; ``None`` where it cannot be.

    A date stands for its midnight, and a time without a zone is in UTC.
    """
    try:
        value = datetime.fromisoformat(text)
        value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    if kind == "date":
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date() if midnight else None
    if kind == "timestamp":
        return value.replace(tzinfo=None)
    return value if kind in TIMESTAMPS else None


def clock(text: str) -> time | None:
    """ISO 8601 text as a time of day without a zone; ``None`` where it is none."""
    try:
        value = time.fromisoformat(text)
    except ValueError:
        return None
    return value if value.tzinfo is None else None
