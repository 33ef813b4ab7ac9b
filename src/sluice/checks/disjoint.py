"""No row of the table is in another: none of a test set in the training set, by key columns or by content.

By content, rows are the same where all columns that both tables have are the same, a missing value being the same as
another; the contract names key columns where less says enough. A key of which a part is missing names no row.
Candidates are found by a hash of the row and then compared value by value, so that a collision is never a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sluice.domain.check import (
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    Tables,
    demand_spec,
    judge_count,
)
from sluice.domain.contract import Contract, Disjoint
from sluice.domain.expressions import expressions
from sluice.domain.unmeasured import NO_COLUMN, NO_VALUES, OTHER_TYPES, judge_unmeasured

NAME = "disjoint"
NO_ROWS, NOTHING_SHARED = "no rows there", "no column in common"
_SENTENCES = {
    NO_ROWS: "the other table has no rows to compare with",
    NOTHING_SHARED: "the two tables have no column in common",
}


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every demand."""
    return tuple(
        demand_spec(
            NAME,
            contract,
            demand,
            limit_text(demand),
            column=demand.columns[0] if len(demand.columns) == 1 else None,
            columns=demand.columns,
        )
        for demand in contract.all(Disjoint)
    )


def limit_text(demand: Disjoint) -> str:
    """The other table, and what makes rows the same."""
    return f"no row in {demand.table} too, by {', '.join(demand.columns) if demand.columns else 'content'}"


def needs(spec: Spec) -> tuple[str, ...]:
    """The table whose rows are not to be here."""
    return (_demand(spec).table,)


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many rows each table has to compare, and how many of this one's are in the other."""
    ibis = expressions()

    demand = _demand(spec)
    own, other = tables.own, tables.related[demand.table]
    names = demand.columns or tuple(name for name in own.columns if name in other.columns)
    if not names or not set(names) <= set(other.columns):
        return {"why": ibis.literal(NO_COLUMN if names else NOTHING_SHARED)}
    types = {name: _common(own[name].type(), other[name].type()) for name in names}
    if any(dtype is None for dtype in types.values()):
        return {"why": ibis.literal(OTHER_TYPES)}
    mine, theirs = (
        _Side(table=table, types=types, whole=bool(demand.columns), at_once=tables.hashes_rows)
        for table in (own, other)
    )
    return {"mine": mine.compared(), "theirs": theirs.compared(), "shared": _shared(mine, theirs)}


def _common(mine: Any, theirs: Any) -> Any:
    """The type in which values of both compare; ``None`` where there is none."""
    ibis = expressions()

    if mine.copy(nullable=True) == theirs.copy(nullable=True):
        return mine
    if (mine.is_numeric() and theirs.is_numeric()) and not (mine.is_boolean() or theirs.is_boolean()):
        return ibis.dtype("int64" if mine.is_integer() and theirs.is_integer() else "float64")
    if all(dtype.is_timestamp() or dtype.is_date() for dtype in (mine, theirs)):
        return ibis.dtype("timestamp")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One of two tables, with the columns to compare and the types to compare them in.

    ``whole``: rows with a null are not compared. ``at_once``: the engine hashes several columns in one go.
    """

    table: Table
    types: Mapping[str, Any]
    whole: bool
    at_once: bool

    def hash(self) -> Expr:
        """A number that equal rows have in common."""
        ibis = expressions()

        if self.at_once:
            return ibis.struct(self.values()).hash()
        parts = [ibis.coalesce(value.hash(), 0) for value in self.values().values()]
        found = parts[0]
        for part in parts[1:]:
            found = found.hash() ^ part
        return found

    def _present(self) -> Expr:
        first, *others = [self.table[name].notnull() for name in self.types]
        for other in others:
            first = first & other
        return first

    def compared(self) -> Expr:
        """How many rows there are to compare."""
        return self._present().sum() if self.whole else self.table.count()

    def values(self) -> dict[str, Expr]:
        """The columns by the names ``c0`` and so on."""
        return {f"c{index}": self.table[name].cast(dtype) for index, (name, dtype) in enumerate(self.types.items())}

    def hashes(self) -> Table:
        """The hash of every row that is compared."""
        rows = self.table.filter(self._present()) if self.whole else self.table
        return rows.select(hash=replace(self, table=rows).hash())

    def candidates(self, other: _Side, ours: int) -> Table:
        """The rows whose hash the other side has too, with ``ours`` beside them."""
        ibis = expressions()

        rows = self.table.select(**self.values(), hash=self.hash())
        if self.whole:
            rows = rows.filter([rows[name].notnull() for name in self.values()])
        # Of the other side the hashes alone: a relation that is used twice would be kept whole.
        return rows.semi_join(other.hashes(), "hash").select(*self.values(), ours=ibis.literal(ours, "int64"))


def _shared(mine: _Side, theirs: _Side) -> Expr:
    """How many rows of ours are among theirs. Groups take missing values for the same, and NaN too."""
    ibis = expressions()

    candidates = ibis.union(mine.candidates(theirs, 1), theirs.candidates(mine, 0))
    groups = candidates.group_by(list(mine.values())).aggregate(n=candidates["ours"].sum(), of=candidates.count())
    return groups["n"].sum(where=groups["n"] < groups["of"])


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of this table's rows that are in the other."""
    if (why := measured.values.get("why")) is not None:
        return Observation(observed=str(why), n_rows=measured.n_rows)
    mine, theirs, shared = (int(measured.values[name] or 0) for name in ("mine", "theirs", "shared"))
    if not mine or not theirs:
        return Observation(observed=NO_ROWS if mine else NO_VALUES, n_rows=measured.n_rows)
    return Observation(observed=shared, n_rows=measured.n_rows, n_failed=shared)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where the tables have no row in common."""
    return judge_unmeasured(seen, _SENTENCES) or judge_count(spec, seen, f"are in {_demand(spec).table} too")


def _demand(spec: Spec) -> Disjoint:
    demand: Any = spec.demand
    if not isinstance(demand, Disjoint):
        raise TypeError(f"{spec.check} is a check of two tables")
    return demand


CHECK = Check(name=NAME, specs=specs, needs=needs, asks=asks, observe=observe, judge=judge)
