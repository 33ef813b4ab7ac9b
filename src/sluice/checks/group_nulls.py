"""In no group of rows are more of the column's values missing than the contract allows; NaN counts as missing.

Groups are the combinations of values of the `by` columns, a missing value being one of them; groups of fewer rows than
`minRows` are not looked at. Observed is the greatest share of any group.
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
    outside,
)
from sluice.domain.contract import Contract, GroupNulls
from sluice.domain.kinds import is_float
from sluice.domain.unmeasured import judge_unmeasured, percent
from sluice.domain.verdict import Verdict

NAME = "group_nulls"
NO_GROUPS = "no groups"
_SENTENCES = {NO_GROUPS: "no group has enough rows to measure"}


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every demand."""
    return tuple(
        demand_spec(
            NAME,
            contract,
            demand,
            limit_text(demand),
            column=demand.column,
            columns=(demand.column, *demand.by),
        )
        for demand in contract.all(GroupNulls)
    )


def limit_text(demand: GroupNulls) -> str:
    """The share that is allowed, and in which groups."""
    size = f" of {demand.min_rows} rows or more" if demand.min_rows > 1 else ""
    return f"at most {percent(demand.max_share)} missing in each group{size} by {', '.join(demand.by)}"


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """One row: the number of groups, the greatest share, and the missing values of the groups above the limit."""
    groups = _groups(tables.own, spec, kind)
    return {
        "groups": groups.aggregate(
            groups=groups.count(),
            greatest=groups["share"].max(),
            missing=groups["missing"].sum(where=groups["share"] > _demand(spec).max_share),
        )
    }


def _groups(table: Table, spec: Spec, kind: str) -> Table:
    """Every group of enough rows, with its missing values and their share; its columns are ``by0`` and so on."""
    demand, value = _demand(spec), table[spec.column]
    missing: Expr = value.isnull() | value.isnan() if is_float(kind) else value.isnull()
    by = {f"by{index}": table[name] for index, name in enumerate(demand.by)}
    groups = table.group_by(**by).aggregate(n=table.count(), missing=missing.sum())
    groups = groups.filter(groups["n"] >= demand.min_rows)
    return groups.mutate(share=groups["missing"].cast("float64") / groups["n"].cast("float64"))


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the greatest share; failed are the missing values of groups above the limit."""
    groups, greatest, missing = measured.values["groups"][0]
    if not groups:
        return Observation(observed=NO_GROUPS, n_rows=measured.n_rows)
    return Observation(observed=float(greatest), n_rows=measured.n_rows, n_failed=int(missing or 0))


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass up to and with the greatest share."""
    if (judged := judge_unmeasured(seen, _SENTENCES)) is not None:
        return judged
    if isinstance(seen.observed, str | None) or not 0 <= seen.observed <= 1:
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    if seen.n_rows == 0:
        return Judgement(verdict=Verdict.INCONCLUSIVE, message="there are no rows to measure")
    if seen.observed <= _demand(spec).max_share:
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"{100 * seen.observed:.3g} % of a group's values are missing")


def failing(table: Table, spec: Spec, kind: str) -> Table:
    """The groups above the limit, by the values that make them."""
    groups, names = _groups(table, spec, kind), _demand(spec).by
    groups = groups.filter(groups["share"] > _demand(spec).max_share)
    if len(names) == 1:
        return groups.select(value=groups["by0"])
    return groups.select(**{name: groups[f"by{index}"] for index, name in enumerate(names)})


def _demand(spec: Spec) -> GroupNulls:
    demand: Any = spec.demand
    if not isinstance(demand, GroupNulls):
        raise TypeError(f"{spec.check} is a check of groups")
    return demand


CHECK = Check(name=NAME, specs=specs, asks=asks, observe=observe, judge=judge, failing=failing)
