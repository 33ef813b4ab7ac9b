"""The number that the contract's own SQL statement gives is what the contract says.

One read-only statement over the data, which it calls ``data``, ``${table}`` or by the table's name in the contract,
with ``${column}`` for the column it is written below. It may not read anything else, is ended after 10 seconds (60 for
all statements of a contract), and must give one row of one number, or of true or false (1 or 0). Where the contract
classifies a column, the number is shown only where the statement is one plain `SELECT` from the data that names no such
column, or that counts rows; of every other it is told whether the number is in the range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sluice.domain.asked_values import cut
from sluice.domain.bounds import bound_text, inside, number_text
from sluice.domain.check import (
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Statement,
    Tables,
    demand_spec,
    outside,
)
from sluice.domain.contract import Contract, Query
from sluice.domain.statement_words import may_show
from sluice.domain.verdict import Verdict

NAME = "query"

INSIDE, OUTSIDE = "in the range", "not in the range"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every statement and range."""
    found: list[Spec] = []
    for query in contract.all(Query):
        spec = demand_spec(NAME, contract, query, f"{bound_text(query.bound)}: {_said(query)}", column=query.column)
        shown = may_show(query.sql, ("data", *query.tables), contract.classified)
        found.append(replace(spec, hidden=not shown))
    return tuple(found)


def _said(query: Query) -> str:
    return cut(f"{query.name}: {query.sql}" if query.name else query.sql)


def _query(spec: Spec) -> Query:
    if not isinstance(spec.demand, Query):
        raise TypeError("is a check of statements")
    return spec.demand


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The statement."""
    query = _query(spec)
    return {"rows": Statement(sql=query.sql, names=query.tables)}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the number; ``None`` where the statement gave none."""
    rows = measured.values["rows"]
    if len(rows) != 1 or len(rows[0]) != 1:
        return Observation(observed=None, n_rows=measured.n_rows, reason="the statement does not give one number")
    number = _number(rows[0][0])
    reason = "" if number is not None else "the statement gives no number"
    return Observation(observed=number, n_rows=measured.n_rows, reason=reason)


def _number(value: Any) -> float | None:
    if isinstance(value, bool | int):
        return int(value) if abs(int(value)) < 2**63 else None
    if not isinstance(value, float | Decimal) or not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 2**53 else float(value)


def concealed(spec: Spec, seen: Observation) -> Observation:
    """In place of a number that may be a value of a classified column: whether it is in the range."""
    if not spec.hidden or isinstance(seen.observed, str | None):
        return seen
    return replace(seen, observed=INSIDE if inside(_query(spec).bound, seen.observed) else OUTSIDE)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where the number is in the range."""
    number = seen.observed
    if spec.hidden and number == INSIDE:
        return Judgement(verdict=Verdict.PASS)
    if spec.hidden and number == OUTSIDE:
        said = "the number is not shown, since it may tell of a classified column"
        return outside(spec, f"gives what is not {bound_text(_query(spec).bound)}; {said}")
    if isinstance(number, str | bool | None) or not math.isfinite(number):
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    if inside(_query(spec).bound, number):
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"gives {number_text(number)}, which is not {bound_text(_query(spec).bound)}")


CHECK = Check(name=NAME, specs=specs, asks=asks, observe=observe, judge=judge, concealed=concealed)
