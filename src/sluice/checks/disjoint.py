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
from sluice.domain.counted import no_value
from sluice.domain.expressions import expressions
from sluice.domain.unmeasured import NO_COLUMN, NO_VALUES, OTHER_TYPES, judge_unmeasured

NAME = "disjoint"
MAX_SHOWN_COLUMNS = 3
NO_ROWS, NOTHING_SHARED = "no rows there", "no column in common"
_SENTENCES = {
    NO_ROWS: "the other table has no rows to compare with",
    NOTHING_SHARED: "the two tables have no column in common",
}


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every demand."""
    classified = any(column.sensitive for column in contract.columns)
    found: list[Spec] = []
    for demand in contract.all(Disjoint):
        only = demand.columns[0] if len(demand.columns) == 1 else None
        spec = demand_spec(NAME, contract, demand, limit_text(demand), column=only, columns=demand.columns)
        found.append(spec if demand.columns else replace(spec, hidden=classified))
    return tuple(found)


def limit_text(demand: Disjoint) -> str:
    """The other table, and what makes rows the same."""
    return f"no row in {demand.table} too, by {', '.join(demand.columns) if demand.columns else 'content'}"


def needs(spec: Spec) -> tuple[str, ...]:
    """The table whose rows are not to be here."""
    return (_demand(spec).table,)


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many rows each table has to compare, and how many of this one's are in the other."""
    sides = _sides(tables, _demand(spec))
    if isinstance(sides, str):
        return {"why": expressions().literal(sides)}
    mine, theirs = sides
    groups = _groups(mine, theirs)
    return {
        "mine": mine.compared(),
        "theirs": theirs.compared(),
        "shared": groups["n"].sum(where=groups["n"] < groups["of"]),
    }


def _sides(tables: Tables, demand: Disjoint) -> tuple[_Side, _Side] | str:
    """The two tables as they are compared, or why they cannot be."""
    own, other = tables.own, tables.related[demand.table]
    names = demand.columns or tuple(name for name in own.columns if name in other.columns)
    if not names or not set(names) <= set(other.columns):
        return NO_COLUMN if names else NOTHING_SHARED
    types = {name: _common(own[name].type(), other[name].type()) for name in names}
    if any(dtype is None for dtype in types.values()):
        return OTHER_TYPES
    mine = _Side(table=own, types=types, whole=bool(demand.columns), at_once=tables.hashes_rows)
    return mine, replace(mine, table=other)


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

    ``whole``: rows with a null or NaN are not compared. ``at_once``: the engine hashes several columns in one go.
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
        parts = [ibis.coalesce(_hashable(value).hash(), 0) for value in self.values().values()]
        found = parts[0]
        for part in parts[1:]:
            found = found.hash() ^ part
        return found

    def _present(self) -> Expr:
        first, *others = [~no_value(self.table[name]) for name in self.types]
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
            rows = rows.filter([~no_value(rows[name]) for name in self.values()])
        # Of the other side the hashes alone: a relation that is used twice would be kept whole.
        return rows.semi_join(other.hashes(), "hash").select(*self.values(), ours=ibis.literal(ours, "int64"))


def _hashable(value: Expr) -> Expr:
    """The value, as text where it is no whole number, float or text: some engines hash nothing else."""
    dtype = value.type()
    return value if dtype.is_integer() or dtype.is_floating() or dtype.is_string() else value.cast("string")


def _groups(mine: _Side, theirs: _Side) -> Table:
    """The different rows among all candidates: ``n`` of them are ours, of as many as there are.

    Groups take missing values for the same, and NaN too.
    """
    candidates = expressions().union(mine.candidates(theirs, 1), theirs.candidates(mine, 0))
    return candidates.group_by(list(mine.values())).aggregate(n=candidates["ours"].sum(), of=candidates.count())


def witnesses(tables: Tables, spec: Spec, kind: str) -> Table | None:
    """Rows that are in both, by the columns that make them the same, or the first few of these."""
    sides = _sides(tables, _demand(spec))
    if isinstance(sides, str):
        return None
    groups = _groups(*sides)
    both = groups.filter((groups["n"] > 0) & (groups["n"] < groups["of"]))
    names = list(sides[0].types)[:MAX_SHOWN_COLUMNS]
    if len(names) == 1:
        return both.select(value=both["c0"])
    return both.select(**{name: both[f"c{index}"] for index, name in enumerate(names)})


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


CHECK = Check(name=NAME, specs=specs, needs=needs, asks=asks, observe=observe, judge=judge, witnesses=witnesses)
