"""Every combination of values of these columns is in another table: a foreign key.

Rows in which one of the values is missing name nothing, and are not looked up.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.checks.key import complete
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
from sluice.domain.contract import Contract, Relation
from sluice.domain.errors import DataError

NAME = "relation"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every relation."""
    found: list[Spec] = []
    for relation in contract.all(Relation):
        limit = f"{', '.join(relation.columns)} in {relation.table} ({', '.join(relation.to)})"
        one = relation.columns[0] if len(relation.columns) == 1 else None
        several = relation.columns if one is None else ()
        found.append(demand_spec(NAME, contract, relation, cut(limit), column=one, columns=several))
    return tuple(found)


def _relation(spec: Spec) -> Relation:
    if not isinstance(spec.demand, Relation):
        raise TypeError("is a check of relations")
    return spec.demand


def needs(spec: Spec) -> tuple[str, ...]:
    """The other table."""
    return (_relation(spec).table,)


def strangers(tables: Tables, spec: Spec) -> Table:
    """The rows' values that are not in the other table. Raises ``DataError`` where that lacks a column."""
    relation, other = _relation(spec), tables.related[_relation(spec).table]
    for name in relation.to:
        if name not in other.columns:
            raise DataError(f"the table `{relation.table}` has no column `{name}`", reason_code="sql")
    rows, known = complete(tables.own, relation.columns), complete(other, relation.to).distinct()
    # A file without types may give as text what another gives as a number.
    same = [_comparable(rows[name], known[name]) for name in rows.columns]
    return rows.anti_join(known, [left == right for left, right in same])


def _comparable(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    if left.type().is_string() is right.type().is_string():
        return left, right
    return left.cast("string"), right.cast("string")


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many rows name something that is not there."""
    return {"strangers": strangers(tables, spec).count()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of rows that name something that is not there."""
    strange = int(measured.values["strangers"] or 0)
    return Observation(observed=strange, n_rows=measured.n_rows, n_failed=strange)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where every row names something that is there."""
    return judge_count(spec, seen, f"name something that is not in `{_relation(spec).table}`")


def witnesses(tables: Tables, spec: Spec, kind: str) -> Table:
    """The values, or combinations, that are not in the other table."""
    found, columns = strangers(tables, spec), _relation(spec).columns
    names = columns if len(columns) > 1 else ("value",)
    return found.select(**{name: found[f"k{index}"] for index, name in enumerate(names)})


CHECK = Check(name=NAME, specs=specs, needs=needs, asks=asks, observe=observe, judge=judge, witnesses=witnesses)
