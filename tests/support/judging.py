"""Gates and the evidence that they are judged by, written by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sluice.core.limits import judge_all
from sluice.domain.config import Baseline, Columns, Config, Evaluation, Loaded
from sluice.domain.decision import GateResult
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.gates import Gate

MEASURED = Evaluation(
    task="classification",
    predictions="p.parquet",
    columns=Columns(score="s"),
    slices=("region",),
    baseline=Baseline(ref="base"),
)
FILED = Evaluation(task="classification", metrics="m.json", baseline=Baseline(ref="base"))
LOWER = ("log_loss", "false_positive_rate", "rmse")


def judged_all(
    gates: Iterable[Gate], result: EvaluationResult | None, evaluation: Evaluation = MEASURED
) -> list[GateResult]:
    """Every gate of a policy, judged together; the first gate stands in line 7, its `min` in line 8."""
    policy = Loaded(
        value=Config(version=1, evaluation=evaluation, gates=tuple(gates)),
        sha256="",
        lines={"gates[0]": 7, "gates[0].min": 8},
    )
    return list(judge_all(policy, result))


def judged(gate: Gate, result: EvaluationResult | None, evaluation: Evaluation = MEASURED) -> GateResult:
    """One gate of one limit, or one choice."""
    (found,) = judged_all((gate,), result, evaluation)
    return found


def no_worse(metric: str, margin: float | str, **changed: object) -> Gate:
    """Non-inferiority by the key for the metric's direction."""
    gate = Gate(metric=metric, max_rise=margin) if metric in LOWER else Gate(metric=metric, max_drop=margin)
    return replace(gate, **changed)


def value(metric: str = "recall", number: float | None = 0.8, slice_: str = "", **changed: object) -> MetricValue:
    """A value of 500 rows, 90 of them positive, with an interval of a tenth on both sides."""
    made = MetricValue(
        metric=metric, slice=slice_, value=number, n=500, trials=90.0, ci_low=0.7, ci_high=0.9, ci_level=0.95
    )
    return replace(made, **changed)


def result(*values: MetricValue, comparisons: tuple[Comparison, ...] = ()) -> EvaluationResult:
    """The evidence of an evaluation."""
    return EvaluationResult(n=500, metrics=values, comparisons=comparisons)


def drop(of: float, low: float | None, high: float | None, metric: str = "recall", **changed: object) -> Comparison:
    """A comparison in which the candidate is worse by ``of``; the interval of that is ``low`` to ``high``."""
    sign = 1.0 if metric in LOWER else -1.0
    ends = sorted(sign * end for end in (low, high) if end is not None) or [None, None]
    made = Comparison(
        metric=metric,
        candidate=0.8 + sign * of,
        baseline=0.8,
        difference=0.8 + sign * of - 0.8,
        ci_low=ends[0],
        ci_high=ends[-1],
        ci_level=0.95,
        n=500,
        method="paired by key",
    )
    return replace(made, **changed)


def compared(of: float, low: float, high: float, metric: str = "recall", **changed: object) -> EvaluationResult:
    """The evidence of one comparison over all rows."""
    row = drop(of, low, high, metric, **changed)
    return result(value(metric, row.candidate), comparisons=(row,))


def sliced(*slices: tuple[float, float, float], metric: str = "recall", n: int = 500) -> EvaluationResult:
    """The evidence of slices of ``region``, each with how much worse it is and the interval of that."""
    names = [f"region={index}" for index in range(len(slices))]
    rows = tuple(drop(*ends, metric, slice=name, n=n) for name, ends in zip(names, slices, strict=True))
    return result(*(value(metric, row.candidate, row.slice, n=n) for row in rows), comparisons=rows)
