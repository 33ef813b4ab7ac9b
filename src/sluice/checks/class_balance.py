"""Every class of the label has at least, and at most, the share of the rows that the contract allows.

Shares are of the rows that have a label (null and NaN are none). A class that the contract lists for the column
(`enum`, valid values) and that no row has, has a share of 0; and where all rows are of one class, so has the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sluice.checks import allowed_values
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
    outside,
)
from sluice.domain.contract import ClassBalance, Contract
from sluice.domain.kinds import is_float
from sluice.domain.unmeasured import NO_VALUES, judge_unmeasured, percent
from sluice.domain.verdict import Verdict

NAME = "class_balance"
NO_CLASSES = ("array", "struct", "map", "json", "unknown")


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for the least share and one for the greatest, where the contract states them."""
    found: list[Spec] = []
    for demand in contract.all(ClassBalance):
        classes = next((column.allowed for column in contract.columns if column.name == demand.label), ())
        ends = (replace(demand, max_share=1.0, classes=classes), replace(demand, min_share=0.0, classes=classes))
        stated = (end for end in ends if end.min_share > 0 or end.max_share < 1)
        found += [demand_spec(NAME, contract, end, limit_text(end), column=end.label) for end in stated]
    return tuple(found)


def limit_text(demand: ClassBalance) -> str:
    """One end of the range, and the classes that must be there."""
    if demand.min_share == 0:
        return f"no class over {percent(demand.max_share)} of the rows"
    listed = allowed_values.limit_text(demand.classes).removeprefix("one of ")
    return f"each class at least {percent(demand.min_share)} of the rows{f': {listed}' if demand.classes else ''}"


def unfit(spec: Spec, kind: str) -> str:
    """Why the column has no classes."""
    return f"not measured: a column of {kind} has no classes" if kind in NO_CLASSES else ""


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """One row: how many classes, how many of those listed, the least and greatest share, and rows outside the range."""
    demand, shares = _demand(spec), _shares(tables.own, spec, kind)
    shares = shares.mutate(listed=_listed(shares["value"], demand, kind))
    return {
        "classes": shares.aggregate(
            classes=shares.count(),
            listed=shares["listed"].sum(),
            least=shares["share"].min(),
            greatest=shares["share"].max(),
            outside=shares["n"].sum(where=_is_outside(shares, demand)),
        )
    }


def _shares(table: Table, spec: Spec, kind: str) -> Table:
    """Every class with its number of rows and its share of them."""
    label = table[spec.column]
    present = table.filter(label.notnull() & ~label.isnan() if is_float(kind) else label.notnull())
    counted = present.group_by(value=label).aggregate(n=present.count())
    return counted.mutate(share=counted["n"].cast("float64") / counted["n"].sum().cast("float64"))


def _listed(value: Expr, demand: ClassBalance, kind: str) -> Expr:
    wanted = [allowed_values.comparable(one, kind) for one in demand.classes]
    return value.isin([one for one in wanted if one is not None])


def _is_outside(shares: Table, demand: ClassBalance) -> Expr:
    return (shares["share"] < demand.min_share) | (shares["share"] > demand.max_share)


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the least share, or the greatest; failed are the rows of classes outside the range."""
    demand = _demand(spec)
    classes, listed, least, greatest, rows = measured.values["classes"][0]
    if not classes:
        return Observation(observed=NO_VALUES, n_rows=measured.n_rows)
    absent = classes < 2 or (listed or 0) < len(demand.classes)
    share = (0.0 if absent else float(least)) if demand.min_share > 0 else float(greatest)
    return Observation(observed=share, n_rows=measured.n_rows, n_failed=int(rows or 0))


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass within the range, both ends of which belong to it."""
    demand = _demand(spec)
    if (judged := judge_unmeasured(seen)) is not None:
        return judged
    if isinstance(seen.observed, str | None) or not 0 <= seen.observed <= 1:
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    if seen.n_rows == 0:
        return Judgement(verdict=Verdict.INCONCLUSIVE, message="there are no rows to measure")
    if demand.min_share <= seen.observed <= demand.max_share:
        return Judgement(verdict=Verdict.PASS)
    which = "the smallest class has" if demand.min_share > 0 else "the greatest class has"
    if seen.observed == 0:
        which = "a class has"
    return outside(spec, f"{which} {100 * seen.observed:.3g} % of the rows")


def failing(table: Table, spec: Spec, kind: str) -> Table:
    """The classes outside the range."""
    shares = _shares(table, spec, kind)
    return shares.filter(_is_outside(shares, _demand(spec))).select("value")


def _demand(spec: Spec) -> ClassBalance:
    demand: Any = spec.demand
    if not isinstance(demand, ClassBalance):
        raise TypeError(f"{spec.check} is a check of labels")
    return demand


CHECK = Check(name=NAME, specs=specs, unfit=unfit, asks=asks, observe=observe, judge=judge, failing=failing)
