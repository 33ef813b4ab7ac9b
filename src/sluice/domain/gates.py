"""The section `gates` of `sluice.yaml`: what must hold, and how it is named; `domain.config` has the whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sluice.domain.drift_limits import Severity, doc

Fairness = Literal["demographic_parity", "equal_opportunity", "equalized_odds"]
Fact = Literal["clean_tree", "duration_s", "reproducible"]

RATES: Mapping[Fairness, tuple[str, ...]] = {
    "demographic_parity": ("selection_rate",),
    "equal_opportunity": ("recall",),
    "equalized_odds": ("recall", "false_positive_rate"),
}
"""What fairness compares between slices. Source: Hardt, Price & Srebro 2016; Agarwal et al. 2018 for parity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One demand on one metric, or on the fairness between slices; it has one or more limits, each judged by itself.

    A margin is a number in the metric's unit, or a text such as `2 %`: that share of the baseline's value.
    """

    metric: str = doc("Name of the metric.", default="")
    fairness: Fairness | None = doc(
        "In place of `metric`: `demographic_parity` (rate of positive predictions), `equal_opportunity` (recall) or "
        "`equalized_odds` (recall and the false positive rate). Needs `per_slice` and `max_gap`.",
        default=None,
    )
    min: float | None = doc("The value must be at least this.", default=None)
    max: float | None = doc("The value must be at most this.", default=None)
    max_drop: float | str | None = doc(
        "Non-inferiority, where higher is better: the candidate may be worse than the baseline by at most this margin, "
        "and the whole interval of the difference must say so.",
        default=None,
    )
    max_rise: float | str | None = doc("The same where lower is better.", default=None)
    must_improve: bool | float | str | None = doc(
        "Superiority: `true`, or the least margin by which the candidate must be better; the whole interval of the "
        "difference must say so.",
        default=None,
    )
    no_slice_worse: float | str | None = doc(
        "No slice may be shown to be worse than the baseline by more than this margin: no interval, widened for the "
        "number of slices, may lie wholly beyond it. Needs `per_slice`.",
        default=None,
    )
    per_slice: str | None = doc("Judge every value of this slice column.", default=None)
    max_gap: float | None = doc("Best and worst slice may differ by at most this. Needs `per_slice`.", default=None)
    min_rows: int | None = doc(
        "Fewer rows than this, in any slice that is judged, are inconclusive. At least 30, as without it.",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Demand):
    """A demand, or a choice between several: `any_of` or `all_of` with a `name`, and nothing else but `severity`.

    A demand has a `metric` (or `fairness`) and one or more limits, each judged by itself. A margin is a number in the
    metric's unit, or a text such as `2 %`: that share of the baseline's value. A fact of `training` is a gate too.
    """

    training: Fact | None = doc(
        "In place of `metric`, a fact of training: `clean_tree` (what was trained is what the commit holds), "
        "`duration_s` (at most `max` seconds) or `reproducible` (training a second time gives the same; scores and "
        "values may differ by `max`). With nothing else but `max` and `severity`.",
        default=None,
    )

    any_of: tuple[Demand, ...] = doc("Demands of which one must hold: the best of their verdicts counts.", default=())
    all_of: tuple[Demand, ...] = doc("Demands that must hold together: the worst of their verdicts counts.", default=())
    name: str | None = doc("The name of `any_of` or `all_of`.", default=None)
    family: str | None = doc(
        "Gates of one family are judged together: `max_drop`, `max_rise` and `must_improve` at levels that Holm's "
        "method adjusts for the number of their comparisons.",
        default=None,
    )
    severity: Severity = doc("`fail` closes the gate; `warn` only says so.", default="fail")


def limits_of(gate: Demand) -> tuple[tuple[str, float | str], ...]:
    """The limits a gate states, as (key, what is written there); ``must_improve: true`` is one of 0."""
    improve = 0.0 if gate.must_improve is True else gate.must_improve
    stated: tuple[tuple[str, float | str | None], ...] = (
        ("min", gate.min),
        ("max", gate.max),
        ("max_drop", gate.max_drop),
        ("max_rise", gate.max_rise),
        ("must_improve", None if improve is False else improve),
        ("no_slice_worse", gate.no_slice_worse),
        ("max_gap", gate.max_gap),
    )
    return tuple((name, value) for name, value in stated if value is not None)


def gate_id(gate: Demand, limit: str) -> str:
    """The name of one limit of a gate, as reports and ``/override`` use it: ``recall.max_gap.region``."""
    return ".".join(part for part in (gate.metric or gate.fairness, limit, gate.per_slice) if part)


def group_id(gate: Gate) -> str:
    """The name of ``any_of`` or ``all_of``, such as ``any_of.better-somewhere``; empty for every other gate."""
    kind = "any_of" if gate.any_of else "all_of" if gate.all_of else ""
    return f"{kind}.{gate.name}" if kind else ""


def rates_of(demand: Demand) -> tuple[str, ...]:
    """The metrics that a demand is judged by: those of its ``fairness``, or the one that it names."""
    return RATES[demand.fairness] if demand.fairness else (demand.metric,)


def demands_of(gate: Gate) -> tuple[Demand, ...]:
    """What a gate demands of metrics: the members of a choice, or the gate itself; nothing for a fact of training."""
    return gate.any_of or gate.all_of or (() if gate.training else (gate,))


def gated(gates: tuple[Gate, ...]) -> tuple[str, ...]:
    """The metrics that must be measured for these gates, each once."""
    demands = (demand for gate in gates for demand in demands_of(gate))
    return tuple(dict.fromkeys(metric for demand in demands for metric in rates_of(demand)))
