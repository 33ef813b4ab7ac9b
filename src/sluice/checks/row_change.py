"""The number of rows has not fallen or risen by more than the contract allows, against the reference.

The reference is the one that the source in `sluice.yaml` states (`reference`), or that `--reference` names; without
one, or where it has no rows, the check is inconclusive. Observed is the change as a share of the reference's rows: -0.2
is a fifth fewer.
"""

from __future__ import annotations

from sluice.domain.amounts import amount
from sluice.domain.check import Check, Judgement, Measured, Observation, Spec, demand_spec, outside
from sluice.domain.contract import Contract, RowChange
from sluice.domain.unmeasured import judge_unmeasured, percent
from sluice.domain.verdict import Verdict

NAME = "row_change"
# So that a change of exactly the limit is not made a greater one by the last binary digit.
DIGITS = 9

NO_REFERENCE, EMPTY_REFERENCE = "no reference", "empty reference"
_REMEDY = "state `reference` for this source in sluice.yaml, or use `--reference DATA`"
_SENTENCES = {
    NO_REFERENCE: f"there is no reference to compare with; {_REMEDY}",
    EMPTY_REFERENCE: "the reference has no rows",
}


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every demand."""
    return tuple(demand_spec(NAME, contract, demand, limit_text(demand)) for demand in contract.all(RowChange))


def limit_text(demand: RowChange) -> str:
    """The change that is allowed, as people say it."""
    stated = ((demand.max_fall, "fewer"), (demand.max_rise, "more"))
    said = [f"at most {percent(most)} {what}" for most, what in stated if most is not None]
    return f"{' and '.join(said)} rows than the reference"


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the change, -1 (nothing left) and up."""
    reference = measured.reference_rows
    if not reference:
        words = NO_REFERENCE if reference is None else EMPTY_REFERENCE
        return Observation(observed=words, n_rows=measured.n_rows)
    return Observation(observed=round(measured.n_rows / reference - 1, DIGITS), n_rows=measured.n_rows)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass up to and with the greatest change."""
    demand = spec.demand
    if (judged := judge_unmeasured(seen, _SENTENCES)) is not None:
        return judged
    if not isinstance(demand, RowChange) or isinstance(seen.observed, str | None) or seen.observed < -1:
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    change = float(seen.observed)
    fell = demand.max_fall is not None and change < -demand.max_fall
    rose = demand.max_rise is not None and change > demand.max_rise
    if not (fell or rose):
        return Judgement(verdict=Verdict.PASS)
    return outside(
        spec, f"{amount(seen.n_rows, 'row')}: {abs(change):.1%} {'fewer' if fell else 'more'} than the reference"
    )


CHECK = Check(name=NAME, specs=specs, observe=observe, judge=judge)
