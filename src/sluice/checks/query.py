"""The number that the contract's own SQL statement gives is what the contract says.

One read-only statement over the data, which it calls ``data``, ``${table}`` or by the table's name in the contract,
with ``${column}`` for the column it is written below. It may not read anything else, is ended after 10 seconds, and
must give one row of one number, or of true or false (1 or 0).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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
from sluice.domain.verdict import Verdict

NAME = "query"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every statement and range."""
    return tuple(
        demand_spec(NAME, contract, query, f"{bound_text(query.bound)}: {_said(query)}", column=query.column)
        for query in contract.all(Query)
    )


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


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where the number is in the range."""
    number = seen.observed
    if isinstance(number, str | bool | None) or not math.isfinite(number):
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    if inside(_query(spec).bound, number):
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"gives {number_text(number)}, which is not {bound_text(_query(spec).bound)}")


CHECK = Check(name=NAME, specs=specs, asks=asks, observe=observe, judge=judge)
