"""A worse candidate never opens a closed gate: whatever is demanded, and however many gates judge it together."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support.judging import drop, judged_all, result, value

from sluice.domain.evaluation import EvaluationResult
from sluice.domain.gates import Demand, Gate
from sluice.domain.verdict import worst

METRICS = ("recall", "log_loss", "precision")
MARGINS = st.sampled_from([0.0, 0.01, 0.05, "0 %", "2 %", "10 %"])
STEPS = st.integers(0, 60).map(lambda step: step / 200)

DEMANDS = st.one_of(
    st.builds(lambda m: Demand(metric="recall", max_drop=m), MARGINS),
    st.builds(lambda m: Demand(metric="precision", max_drop=m, per_slice="region"), MARGINS),
    st.builds(lambda m: Demand(metric="log_loss", max_rise=m), MARGINS),
    st.builds(lambda m: Demand(metric="recall", must_improve=m), st.one_of(st.just(True), MARGINS)),
    st.builds(lambda m: Demand(metric="log_loss", must_improve=m), MARGINS),
    st.builds(lambda m: Demand(metric="precision", no_slice_worse=m, per_slice="region"), MARGINS),
    st.builds(lambda m: Demand(metric="recall", min=m), st.sampled_from([0.6, 0.7, 0.8])),
    st.builds(lambda m: Demand(metric="log_loss", max=m), st.sampled_from([0.8, 0.9])),
)


def gate(demand: Demand, family: str | None) -> Gate:
    keys = ("metric", "min", "max", "max_drop", "max_rise", "must_improve", "no_slice_worse", "per_slice")
    given_keys = {key: getattr(demand, key) for key in keys}
    plain = demand.no_slice_worse is not None or demand.min is not None or demand.max is not None
    return Gate(**given_keys, family=None if plain else family)


def evidence(worse: dict[str, float], half: float) -> EvaluationResult:
    """All rows of two metrics, and two slices of a third, each worse by some amount."""
    rows = []
    for place, of in worse.items():
        metric, _, slice_ = place.partition(" ")
        rows.append(drop(of, of - half, of + half, metric, slice=slice_))
    values = []
    for row in rows:
        at = row.candidate or 0.0
        values.append(value(row.metric, at, row.slice, ci_low=at - 0.05, ci_high=at + 0.05))
    return result(*values, comparisons=tuple(rows))


PLACES = ("recall", "log_loss", "precision region=a", "precision region=b")


@settings(deadline=None, max_examples=300)
@given(
    demands=st.lists(DEMANDS, min_size=2, max_size=5),
    families=st.lists(st.sampled_from([None, "a", "b"]), min_size=5, max_size=5),
    form=st.sampled_from(["gates", "any_of", "all_of"]),
    good=st.lists(st.integers(-40, 20).map(lambda step: step / 200), min_size=4, max_size=4),
    more=st.lists(STEPS, min_size=4, max_size=4),
    half=st.sampled_from([0.0, 0.005, 0.02, 0.06]),
)
def test_a_worse_candidate_never_opens_a_closed_gate(
    demands: list[Demand],
    families: list[str | None],
    form: str,
    good: list[float],
    more: list[float],
    half: float,
) -> None:
    gates = [gate(demand, family) for demand, family in zip(demands, families, strict=False)]
    if form != "gates":
        members = tuple(demands)
        gates = [Gate(any_of=members if form == "any_of" else (), all_of=members if form == "all_of" else (), name="x")]
    before: dict[str, float] = dict(zip(PLACES, good, strict=True))
    after = {place: of + step for (place, of), step in zip(before.items(), more, strict=True)}
    one, other = judged_all(gates, evidence(before, half)), judged_all(gates, evidence(after, half))
    for better, worsened in zip(one, other, strict=True):
        assert better.verdict.opens or not worsened.verdict.opens, (better.message, worsened.message)
    assert worst(r.verdict for r in one).opens or not worst(r.verdict for r in other).opens
