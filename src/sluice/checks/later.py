"""Every time of the column is later than all of another table's, as tests come after training.

Times compare with times, a date counting from its midnight and a time without a zone being in UTC, and numbers with
numbers (a year, a step). Missing values are not compared; without any on either side the check is inconclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from sluice.domain.contract import Contract, Later
from sluice.domain.expressions import expressions
from sluice.domain.kinds import TIMESTAMPS, is_number, kind_name
from sluice.domain.unmeasured import NO_COLUMN, NO_VALUES, OTHER_TYPES, judge_unmeasured

NAME = "later"
NO_OTHERS = "no values there"
_SENTENCES = {NO_OTHERS: "the other table has no values to compare with"}
_TIMES = ("date", *TIMESTAMPS)


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every demand."""
    return tuple(
        demand_spec(NAME, contract, demand, f"later than all of {demand.table}.{demand.to}", column=demand.column)
        for demand in contract.all(Later)
    )


def unfit(spec: Spec, kind: str) -> str:
    """Why values do not compare."""
    return "" if kind in _TIMES or is_number(kind) else f"not measured: a column of {kind} holds no times"


def needs(spec: Spec) -> tuple[str, ...]:
    """The table whose times came before."""
    return (_demand(spec).table,)


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many values the other table has; here, how many there are, and how many are not later than its newest."""
    sides = _sides(tables, spec, kind)
    if isinstance(sides, str):
        return {"why": expressions().literal(sides)}
    own, known = sides
    return {"others": known.count(), "values": own.aggregate(values=own.count(), early=_early(own, known).sum())}


def _early(own: Table, known: Table) -> Expr:
    return own["value"] <= known["value"].max().as_scalar()


def witnesses(tables: Tables, spec: Spec, kind: str) -> Table | None:
    """The values that are not later."""
    sides = _sides(tables, spec, kind)
    return None if isinstance(sides, str) else sides[0].filter(_early(*sides))


def _sides(tables: Tables, spec: Spec, kind: str) -> tuple[Table, Table] | str:
    """The values here and those of the other table, or why they do not compare."""
    demand = _demand(spec)
    other = tables.related[demand.table]
    if demand.to not in other.columns:
        return NO_COLUMN
    theirs = kind_name(other[demand.to].type())
    if not (kind in _TIMES and theirs in _TIMES) and not (is_number(kind) and is_number(theirs)):
        return OTHER_TYPES
    alike = kind == theirs or is_number(kind)
    return _values(tables.own, demand.column, alike), _values(other, demand.to, alike)


def _values(table: Table, column: str, alike: bool) -> Table:
    """The column's values that are there, as ``value``; as times without a zone where the kinds of time differ."""
    value = table[column]
    present = value.notnull() & ~value.isnan() if value.type().is_floating() else value.notnull()
    return table.filter(present).select(value=value if alike else value.cast("timestamp"))


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of values that are not later."""
    if (why := measured.values.get("why")) is not None:
        return Observation(observed=str(why), n_rows=measured.n_rows)
    if not measured.values["others"]:
        return Observation(observed=NO_OTHERS, n_rows=measured.n_rows)
    values, early = measured.values["values"][0]
    if not values:
        return Observation(observed=NO_VALUES, n_rows=measured.n_rows)
    return Observation(observed=int(early or 0), n_rows=measured.n_rows, n_failed=int(early or 0))


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where every value is later."""
    demand = _demand(spec)
    said = f"are not later than the newest {demand.to} of {demand.table}"
    return judge_unmeasured(seen, _SENTENCES) or judge_count(spec, seen, said)


def _demand(spec: Spec) -> Later:
    demand: Any = spec.demand
    if not isinstance(demand, Later):
        raise TypeError(f"{spec.check} is a check of times")
    return demand


CHECK = Check(
    name=NAME, specs=specs, unfit=unfit, needs=needs, asks=asks, observe=observe, judge=judge, witnesses=witnesses
)
