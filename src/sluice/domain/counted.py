"""What the checks have in common that count values of a kind and hold the count against a range, in rows or percent."""

from __future__ import annotations

from sluice.domain.asked_values import cut
from sluice.domain.bounds import bound_text, inside
from sluice.domain.check import Expr, Judgement, Measured, Observation, Spec, demand_spec, outside
from sluice.domain.contract import Contract, ValueCount
from sluice.domain.verdict import Verdict


def counted_specs(check: str, contract: Contract, metric: str, what: str) -> tuple[Spec, ...]:
    """One for every rule of the metric; ``what`` is counted, such as ``null``, and begins the limit."""
    found: list[Spec] = []
    for demand in contract.all(ValueCount):
        if demand.metric != metric:
            continue
        unit = "% of rows" if demand.bound.unit == "percent" else " rows"
        details = _details(demand)
        limit = f"{what}{f' ({cut(details)})' if details else ''}: {bound_text(demand.bound)}{unit}"
        one = demand.columns[0] if len(demand.columns) == 1 else None
        several = demand.columns if one is None else ()
        found.append(demand_spec(check, contract, demand, limit, column=one, columns=several))
    return tuple(found)


def _details(demand: ValueCount) -> str:
    """What exactly is counted, where the metric alone does not say."""
    said: list[str] = []
    if demand.missing:
        said.append(f"one of {list(demand.missing)!r}")
    if demand.valid:
        said.append(f"not one of {list(demand.valid)!r}")
    if demand.pattern:
        said.append(f"not like {demand.pattern}")
    if demand.min_length is not None:
        said.append(f"shorter than {demand.min_length}")
    if demand.max_length is not None:
        said.append(f"longer than {demand.max_length}")
    if len(demand.columns) > 1:
        said.append(", ".join(demand.columns))
    return " or ".join(said)


def rule_of(spec: Spec) -> ValueCount:
    """The rule that a check of counted values speaks of."""
    if not isinstance(spec.demand, ValueCount):
        raise TypeError(f"{spec.check} is a check of counted values")
    return spec.demand


def observe_count(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both how many rows were counted."""
    count = int(measured.values["counted"] or 0)
    return Observation(observed=count, n_rows=measured.n_rows, n_failed=count)


def judge_bound(spec: Spec, seen: Observation) -> Judgement:
    """Pass where the count, or its share of all rows, is in the range. No rows at all say nothing."""
    if seen.n_failed is None:
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    if seen.n_rows == 0:
        return Judgement(verdict=Verdict.INCONCLUSIVE, message="there are no rows to measure")
    bound = rule_of(spec).bound
    share = 100 * seen.n_failed / seen.n_rows
    if inside(bound, share if bound.unit == "percent" else seen.n_failed):
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"{seen.n_failed:,} of {seen.n_rows:,} rows ({share:.3g} %), which is not `{spec.limit}`")


def no_value(values: Expr) -> Expr:
    """Which rows have no value: null, or NaN among floats."""
    return values.isnull() | values.isnan() if values.type().is_floating() else values.isnull()
