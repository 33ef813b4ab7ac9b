"""What a limit is asked of: the demand, the evidence that speaks of it, and whether that evidence can be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sluice.core.limits.finding import Finding, unknown, wrong
from sluice.domain.config import Loaded
from sluice.domain.drift_limits import Severity
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.gates import Demand
from sluice.domain.metric import MIN_ROWS, MIN_TRIALS, Metric, outside
from sluice.domain.serving import LATENCIES, PEAK_MEMORY, SERVING_NAMES
from sluice.metrics import available, metric_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """How much farther the ends of a difference's interval lie at the level that is asked of it, relative to 95 %.

    ``opening`` is asked of the worse end, which must be within the margin; ``closing`` of the better end, which must be
    beyond it. ``said`` names the adjustment.
    """

    opening: float = 1.0
    closing: float = 1.0
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One limit of one demand, and the values and comparisons that it is judged by.

    ``measured`` is whether the policy has the metric measured from predictions; numbers of a metric file do not count
    then. ``known`` says what the metric is, where Sluice or the policy does; ``served`` is whether the policy has it
    measured by serving the model. ``stretched`` holds, by slice, what the gate's family asks of its differences.
    """

    demand: Demand
    metric: str
    limit: str
    bound: float | str
    values: tuple[MetricValue, ...]
    comparisons: tuple[Comparison, ...]
    measured: bool
    known: Metric | None = None
    served: bool = False
    severity: Severity = "fail"
    stretched: Mapping[str, Stretch] = field(default_factory=dict[str, Stretch])

    @property
    def number(self) -> float:
        """The limit of a rule that takes plain numbers only."""
        if isinstance(self.bound, str):
            raise TypeError(f"`{self.limit}` takes no share")
        return self.bound

    @property
    def plain(self) -> bool:
        """Whether two plain numbers may be compared: of what the policy has measured, only the peak of memory."""
        return not self.measured and (not self.served or self.metric == PEAK_MEMORY)

    @property
    def least_rows(self) -> int:
        """Fewer rows than this are inconclusive."""
        return max(MIN_ROWS, self.demand.min_rows or 0)


def question(
    demand: Demand, limit: tuple[str, float | str], policy: Loaded, result: EvaluationResult, metric: str
) -> Question | Finding:
    """What a limit is judged by, or why there is nothing to judge."""
    values = tuple(value for value in result.metrics if value.metric == metric and _asked(value.slice, demand))
    if not values:
        where = f" for any value of `{demand.per_slice}`" if demand.per_slice else ""
        return unknown("missing-evidence", f"the evidence has no value{where}")
    if left_out := _left_out(values, result, demand):
        return unknown("missing-evidence", "other metrics have a value there, this has none", left_out)
    name, bound = limit
    return Question(
        demand=demand,
        metric=metric,
        limit=name,
        bound=bound,
        values=values,
        comparisons=tuple(
            found for found in result.comparisons if found.metric == metric and _asked(found.slice, demand)
        ),
        measured=_is_measured(metric, policy),
        known=metric_of(metric, policy.value.evaluation),
        served=_is_served(metric, policy),
    )


def _asked(slice_: str, demand: Demand) -> bool:
    return slice_.startswith(f"{demand.per_slice}=") if demand.per_slice else not slice_


def _left_out(values: tuple[MetricValue, ...], result: EvaluationResult, demand: Demand) -> str:
    """The first slice that only other metrics speak of; all that are measured from predictions speak of the same."""
    if not demand.per_slice:
        return ""
    own = {value.slice for value in values if value.source == "predictions"}
    known = {value.slice for value in result.metrics if value.source == "predictions" and _asked(value.slice, demand)}
    return min(known - own, default="") if own else ""


def _is_measured(metric: str, policy: Loaded) -> bool:
    evaluation = policy.value.evaluation
    if evaluation is None:
        return False
    named = replace(evaluation, report=(*evaluation.report, metric))
    return metric in evaluation.functions or any(one.name == metric for one in available(named))


def _is_served(metric: str, policy: Loaded) -> bool:
    evaluation = policy.value.evaluation
    return evaluation is not None and evaluation.serving is not None and metric in SERVING_NAMES


def unusable(asked: Question, value: MetricValue) -> Finding | None:
    """Why a value cannot be judged, or ``None`` where it can."""
    if value.value is None:
        said = value.reason or "there is no value"
        if value.slice or value.reason_code == "not-enough-evidence":
            return unknown("not-enough-evidence", said, value.slice)
        if value.reason_code == "missing-evidence":
            return unknown("missing-evidence", said)
        return wrong("range" if value.reason_code == "range" else "metric", said, value.slice)
    if asked.known is not None and (told := outside(asked.known, value.value)):
        return wrong("range", told, value.slice)
    if asked.measured and value.source != "predictions":
        said = "the policy has it measured from predictions, and the evidence has it from a metric file"
        return unknown("missing-evidence", said, value.slice)
    if asked.served and value.source != "serving":
        said = "the policy has it measured by serving the model, and the evidence has it from elsewhere"
        return unknown("missing-evidence", said, value.slice)
    return too_few(asked, value.n, value.slice, needed=asked.served or value.source == "predictions")


def unfit(asked: Question, value: MetricValue) -> Finding | None:
    """Why a value cannot be held against a limit by itself; an interval tells by its width what it rests on."""
    if found := unusable(asked, value):
        return found
    if asked.served and asked.metric in LATENCIES and value.ci_high is None:
        return unknown("not-enough-evidence", value.reason or "the upper end of its interval is not stated")
    if value.source != "predictions":
        return None
    if value.trials is None or value.trials < MIN_TRIALS:
        said = "what it rests on is not stated" if value.trials is None else f"it rests on {value.trials:.3g} rows only"
        return unknown("not-enough-evidence", f"{said}, at least {MIN_TRIALS} are needed", value.slice)
    return None


def too_few(asked: Question, n: int | None, slice_: str, *, needed: bool) -> Finding | None:
    """Why a number of rows does not do; a metric file need not state one, unless the gate asks for ``min_rows``."""
    if n is None and not needed and asked.demand.min_rows is None:
        return None
    if n is None or n < asked.least_rows:
        said = "the number of rows is not stated" if n is None else f"only {n} rows"
        return unknown("not-enough-evidence", f"{said}, at least {asked.least_rows} are needed", slice_)
    return None
