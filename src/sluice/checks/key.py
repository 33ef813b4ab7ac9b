"""No combination of values of the key's columns comes twice; of a primary key, none of them is missing either.

Rows in which a value is missing are not compared. Exact, not estimated.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.asked_values import cut
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
from sluice.domain.contract import Contract, Key
from sluice.domain.counted import no_value

NAME = "key"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every key of more than one column, and for every other that is stated as a key."""
    return tuple(
        demand_spec(NAME, contract, key, f"{_title(key)} {cut(', '.join(key.columns))}", columns=key.columns)
        for key in contract.all(Key)
    )


def _title(key: Key) -> str:
    return "primary key" if key.primary else "unique together:"


def _key(spec: Spec) -> Key:
    if not isinstance(spec.demand, Key):
        raise TypeError("is a check of keys")
    return spec.demand


def complete(table: Table, columns: tuple[str, ...]) -> Table:
    """The key's columns alone, as ``k0`` and so on, of the rows in which none of them is missing."""
    chosen = table.select(**{f"k{index}": table[name] for index, name in enumerate(columns)})
    present = [~no_value(chosen[name]) for name in chosen.columns]
    return chosen.filter(present)


def repeated_in(table: Table, columns: tuple[str, ...]) -> Table:
    """The combinations that come more than once, under the columns' own names; ``value`` for a single column."""
    rows = complete(table, columns)
    counted = rows.group_by(list(rows.columns)).aggregate(n=rows.count())
    names = columns if len(columns) > 1 else ("value",)
    twice = counted.filter(counted["n"] > 1)
    return twice.select(**{name: twice[f"k{index}"] for index, name in enumerate(names)})


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many rows lack a part of a primary key."""
    if not _key(spec).primary:
        return {}
    lacking = [no_value(table[name]) for name in _key(spec).columns]
    some: Expr = lacking[0]
    for one in lacking[1:]:
        some = some | one
    return {"missing": some.sum()}


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The number of whole keys, and of different ones."""
    rows = complete(tables.own, _key(spec).columns)
    return {"values": rows.count(), "distinct": rows.distinct().count()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of rows that repeat an earlier key, or lack a part of a primary one."""
    repeated = int(measured.values["values"] or 0) - int(measured.values["distinct"] or 0)
    failed = repeated + int(measured.values.get("missing") or 0)
    return Observation(observed=failed, n_rows=measured.n_rows, n_failed=failed)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where every row has a key of its own."""
    return judge_count(
        spec, seen, "repeat a key or lack a part of it" if _key(spec).primary else "repeat a combination"
    )


def failing(table: Table, spec: Spec, kind: str) -> Table:
    """The keys that come more than once."""
    return repeated_in(table, _key(spec).columns)


CHECK = Check(name=NAME, specs=specs, aggregates=aggregates, asks=asks, observe=observe, judge=judge, failing=failing)
