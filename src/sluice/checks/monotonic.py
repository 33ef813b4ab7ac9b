"""The column's values do not decrease (or increase) from one row to the next, within each group of rows.

Rows go in the order of the column that the contract names (`order`), else in the data's own order, which files have
and databases and Spark have not: there the check is inconclusive without `order`. Rows of the same place in `order`
may stand either way, so that no more of them fail than must. Missing values (null, NaN) and rows without a place are
not compared; a `strict` column does not repeat a value either.
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
from sluice.domain.contract import Contract, Monotonic
from sluice.domain.expressions import expressions
from sluice.domain.kinds import TIMESTAMPS, is_float, is_number
from sluice.domain.unmeasured import NO_VALUES, judge_unmeasured

NAME = "monotonic"
NO_ORDER, NO_PLACES = "no order", "no places"
_SENTENCES = {
    NO_ORDER: "these rows have no order of their own; name the column that orders them: `order`",
    NO_PLACES: "some rows have no value in the column that orders them",
}


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every demand."""
    return tuple(
        demand_spec(
            NAME,
            contract,
            demand,
            limit_text(demand),
            column=demand.column,
            columns=(demand.column, *demand.by, *((demand.order,) if demand.order else ())),
        )
        for demand in contract.all(Monotonic)
    )


def limit_text(demand: Monotonic) -> str:
    """What the values do, in which order and groups."""
    said = ("falls" if demand.strict else "never rises") if demand.decreasing else ""
    said = said or ("rises" if demand.strict else "never falls")
    said += f" by {demand.order}" if demand.order else " from row to row"
    return f"{said} within {', '.join(demand.by)}" if demand.by else said


def unfit(spec: Spec, kind: str) -> str:
    """Why values do not compare."""
    fits = is_number(kind) or kind in ("date", "time", *TIMESTAMPS)
    return "" if fits else f"not measured: a column of {kind} neither rises nor falls"


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """One row: values compared, values out of order, and values without a place in it."""
    demand = _demand(spec)
    if demand.order is None and not tables.ordered:
        return {}
    steps = _steps(tables.own, spec, kind)
    asked: dict[str, Expr] = {"steps": steps.aggregate(values=steps.count(), broken=steps["broken"].sum())}
    if demand.order is not None:
        placeless = _present(tables.own, spec, kind) & ~_present_order(tables.own, demand.order)
        asked["placeless"] = placeless.sum()
    return asked


def _present(table: Table, spec: Spec, kind: str) -> Expr:
    value = table[spec.column]
    return value.notnull() & ~value.isnan() if is_float(kind) else value.notnull()


def _present_order(table: Table, order: str) -> Expr:
    value = table[order]
    return value.notnull() & ~value.isnan() if value.type().is_floating() else value.notnull()


def _steps(table: Table, spec: Spec, kind: str) -> Table:
    """Every value with the one before it, and whether they are out of order."""
    ibis = expressions()

    demand = _demand(spec)
    by = {f"by{index}": table[name] for index, name in enumerate(demand.by)}
    order = {} if demand.order is None else {"place": table[demand.order]}
    present = _present(table, spec, kind)
    if demand.order is not None:
        present = present & _present_order(table, demand.order)
    rows = table.filter(present).select(value=table[spec.column], **by, **order)
    if demand.order is None and by:
        # Without an order of its own a window takes rows as they come; groups do not keep that order.
        rows = rows.mutate(place=ibis.row_number())
    value = rows["value"]
    first = ibis.desc(value) if demand.decreasing else value
    ordered = [rows["place"], first] if "place" in rows.columns else None
    before = value.lag(1).over(ibis.window(group_by=[rows[name] for name in by] or None, order_by=ordered))
    broken = before < value if demand.decreasing else before > value
    return rows.mutate(broken=broken | (before == value) if demand.strict else broken)


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of values out of order."""
    if "steps" not in measured.values:
        return Observation(observed=NO_ORDER, n_rows=measured.n_rows)
    if measured.values.get("placeless"):
        return Observation(observed=NO_PLACES, n_rows=measured.n_rows)
    values, broken = measured.values["steps"][0]
    if not values:
        return Observation(observed=NO_VALUES, n_rows=measured.n_rows)
    return Observation(observed=int(broken or 0), n_rows=measured.n_rows, n_failed=int(broken or 0))


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where no value is out of order."""
    which = "greater" if _demand(spec).decreasing else "smaller"
    same = " or the same" if _demand(spec).strict else ""
    return judge_unmeasured(seen, _SENTENCES) or judge_count(spec, seen, f"are {which} than the row before{same}")


def failing(table: Table, spec: Spec, kind: str) -> Table:
    """The values out of order, each with its place where the contract names the order."""
    demand, steps = _demand(spec), _steps(table, spec, kind)
    steps = steps.filter(steps["broken"])
    if demand.order is None or demand.order == "value":
        return steps.select("value")
    return steps.select(**{demand.order: steps["place"], "value": steps["value"]})


def _demand(spec: Spec) -> Monotonic:
    demand: Any = spec.demand
    if not isinstance(demand, Monotonic):
        raise TypeError(f"{spec.check} is a check of order")
    return demand


CHECK = Check(name=NAME, specs=specs, unfit=unfit, asks=asks, observe=observe, judge=judge, failing=failing)
