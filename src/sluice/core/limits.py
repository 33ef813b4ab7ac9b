"""One limit of one metric, judged from evidence that nobody vouches for.

The rules: a value exactly at a limit is within it; a difference is at its limit within the rounding of its terms.
`min`, `max` and `max_gap` are judged on the value itself, which must rest on ``MIN_TRIALS`` rows or more.
`max_drop` is judged on the interval of the drop: wholly within the margin passes, wholly beyond it fails, anything
between is inconclusive; two plain numbers (metric files, method `point`) are judged as they are. What could not be
measured, on fewer than ``MIN_ROWS`` rows too, is never a pass, whatever the severity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sluice.core.metric_files import POINT
from sluice.domain.config import Gate, Loaded, gate_id
from sluice.domain.decision import GateResult
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.metric import LEVEL, MIN_ROWS, MIN_TRIALS, outside
from sluice.domain.verdict import Verdict
from sluice.metrics import available, metric_named

CONSISTENT = 1e-9
"""How far a difference may be from the exact one, relative to the size of its terms: rounding, no more."""
CONFIDENCE = f"{LEVEL * 100:g} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one limit came to on one slice; among equal verdicts the one of the most ``badness`` is shown."""

    verdict: Verdict
    code: str
    said: str
    slice: str = ""
    observed: float | None = None
    baseline: float | None = None
    badness: float = 0.0


def judge(gate: Gate, limit: str, bound: float, policy: Loaded, result: EvaluationResult | None) -> GateResult:
    """One limit of one gate. The gate's severity turns a failure into a warning, and nothing else."""
    found = _worst(gate, limit, bound, policy, result)
    warned = found.verdict is Verdict.FAIL and gate.severity == "warn"
    index = policy.value.gates.index(gate)
    line = policy.lines.get(f"gates[{index}].{limit}") or policy.lines.get(f"gates[{index}]", 0)
    return GateResult(
        gate=gate_id(gate, limit),
        stage="evaluation",
        verdict=Verdict.WARN if warned else found.verdict,
        severity=gate.severity,
        observed=found.observed,
        baseline=found.baseline,
        limit=bound,
        reason_code=found.code,
        message=f"{gate.metric}{f' on {found.slice}' if found.slice else ''}: {found.said}",
        line=line,
    )


def _worst(gate: Gate, limit: str, bound: float, policy: Loaded, result: EvaluationResult | None) -> Finding:
    if result is None:
        return _unknown("missing-evidence", "the evidence holds no evaluation")
    values = [value for value in result.metrics if value.metric == gate.metric and _asked(value.slice, gate)]
    if not values:
        where = f" for any value of `{gate.per_slice}`" if gate.per_slice else ""
        return _unknown("missing-evidence", f"the evidence has no value{where}")
    evaluation = policy.value.evaluation
    measured = evaluation is not None and gate.metric in {metric.name for metric in available(evaluation)}
    if limit == "max_gap":
        return _gap(values, bound, measured)
    if limit == "max_drop":
        return _drops(gate, bound, values, result.comparisons, measured)
    return _most(_each(values, lambda value: _unfit(value, measured) or _against(limit, bound, value)))


def _asked(slice_: str, gate: Gate) -> bool:
    return slice_.startswith(f"{gate.per_slice}=") if gate.per_slice else not slice_


def _each(values: Iterable[MetricValue], judged: Callable[[MetricValue], Finding]) -> list[Finding]:
    """A finding for every value; a slice that is stated twice is not believed."""
    seen: set[str] = set()
    found: list[Finding] = []
    for value in values:
        twice = value.slice in seen
        seen.add(value.slice)
        found.append(_bad("evidence", "the evidence states it twice", value.slice) if twice else judged(value))
    return found


def _most(found: list[Finding]) -> Finding:
    return max(found, key=lambda finding: (finding.verdict.rank, finding.badness))


def _unknown(code: str, said: str, slice_: str = "") -> Finding:
    return Finding(verdict=Verdict.INCONCLUSIVE, code=code, said=said, slice=slice_)


def _bad(code: str, said: str, slice_: str = "") -> Finding:
    return Finding(verdict=Verdict.ERROR, code=code, said=said, slice=slice_)


def _unusable(value: MetricValue, measured: bool) -> Finding | None:
    """Why a value cannot be judged, or ``None`` where it can."""
    if value.value is None:
        said = value.reason or "there is no value"
        if value.slice or value.reason_code == "not-enough-evidence":
            return _unknown("not-enough-evidence", said, value.slice)
        return _bad("range" if value.reason_code == "range" else "metric", said, value.slice)
    metric = metric_named(value.metric)
    if metric is not None and (wrong := outside(metric, value.value)):
        return _bad("range", wrong, value.slice)
    if measured and value.source != "predictions":
        said = "the policy has it measured from predictions, and the evidence has it from a metric file"
        return _unknown("missing-evidence", said, value.slice)
    return _too_few(value.n, value.slice, needed=value.source == "predictions")


def _unfit(value: MetricValue, measured: bool) -> Finding | None:
    """Why a value cannot be held against a limit by itself; an interval tells by its width what it rests on."""
    if unusable := _unusable(value, measured):
        return unusable
    if value.source != "predictions":
        return None
    if value.trials is None or value.trials < MIN_TRIALS:
        said = "what it rests on is not stated" if value.trials is None else f"it rests on {value.trials:.3g} rows only"
        return _unknown("not-enough-evidence", f"{said}, at least {MIN_TRIALS} are needed", value.slice)
    return None


def _too_few(n: int | None, slice_: str, *, needed: bool) -> Finding | None:
    if n is None and not needed:
        return None
    if n is None or n < MIN_ROWS:
        said = "the number of rows is not stated" if n is None else f"only {n} rows, at least {MIN_ROWS} are needed"
        return _unknown("not-enough-evidence", said, slice_)
    return None


def _against(limit: str, bound: float, value: MetricValue) -> Finding:
    observed = value.value
    if observed is None:
        raise AssertionError("unusable values are sorted out before")
    within = observed >= bound if limit == "min" else observed <= bound
    code = "pass" if within else ("below-min" if limit == "min" else "above-max")
    demand = "at least" if limit == "min" else "at most"
    return Finding(
        verdict=Verdict.PASS if within else Verdict.FAIL,
        code=code,
        said=f"{_shown(observed, bound)}{_between(value.ci_low, value.ci_high)}, must be {demand} {bound:g}",
        slice=value.slice,
        observed=observed,
        badness=-observed if limit == "min" else observed,
    )


def _gap(values: list[MetricValue], bound: float, measured: bool) -> Finding:
    worst = _most(_each(values, lambda value: _unfit(value, measured) or _usable(value)))
    if not worst.verdict.opens:
        return worst
    usable = sorted((value.value, value.slice) for value in values if value.value is not None)
    if len(usable) < 2:
        return _unknown("not-enough-evidence", "there is one slice only, a gap needs two", usable[0][1])
    (low, lowest), (high, highest) = usable[0], usable[-1]
    gap, within = high - low, _at_most(high - low, bound, high, low)
    return Finding(
        verdict=Verdict.PASS if within else Verdict.FAIL,
        code="pass" if within else "gap",
        said=f"the gap of {_shown(gap, bound)} between {low:.4g} ({lowest}) and {high:.4g} ({highest}) "
        f"must be at most {bound:g}",
        observed=gap,
    )


def _at_most(difference: float, bound: float, *terms: float) -> bool:
    """0.9 less 0.895 is a little over 0.005, by rounding alone."""
    return difference <= bound + CONSISTENT * max(map(abs, terms))


def _usable(value: MetricValue) -> Finding:
    return Finding(verdict=Verdict.PASS, code="pass", said="", slice=value.slice)


def _drops(
    gate: Gate, bound: float, values: list[MetricValue], comparisons: tuple[Comparison, ...], measured: bool
) -> Finding:
    if metric_named(gate.metric) is None:
        return _bad("direction", "whether more or less is better is not known; use `min` or `max`")
    compared = [found for found in comparisons if found.metric == gate.metric and _asked(found.slice, gate)]
    by_slice: dict[str, Comparison] = {}
    for found in compared:
        if found.slice in by_slice:
            return _bad("evidence", "the evidence states the comparison twice", found.slice)
        by_slice[found.slice] = found
    known = {value.slice for value in values}
    stray = next((slice_ for slice_ in by_slice if slice_ not in known), None)
    if stray is not None:
        return _unknown("missing-evidence", "there is a comparison but no value", stray)

    def judged(value: MetricValue) -> Finding:
        return _unusable(value, measured) or _drop(bound, by_slice.get(value.slice), value.slice, measured)

    return _most(_each(values, judged))


def _drop(bound: float, compared: Comparison | None, slice_: str, measured: bool) -> Finding:
    if compared is None:
        return _unknown("no-baseline", "there is no baseline to compare with", slice_)
    if compared.candidate is None or compared.baseline is None or compared.difference is None:
        code = "not-enough-evidence" if compared.candidate is None else "no-baseline"
        return _unknown(code, compared.reason or "there is no baseline to compare with", slice_)
    metric = metric_named(compared.metric)
    if metric is None:
        return _bad("direction", "whether more or less is better is not known", slice_)
    if wrong := outside(metric, compared.candidate) or outside(metric, compared.baseline):
        return _bad("range", wrong, slice_)
    stated, actual = compared.difference, compared.candidate - compared.baseline
    if not abs(stated - actual) <= CONSISTENT * max(1.0, abs(compared.candidate), abs(compared.baseline)):
        return _bad("evidence", "the stated difference is not candidate minus baseline", slice_)
    sign = -1.0 if metric.direction == "higher" else 1.0
    if compared.method == POINT and not measured:
        within = _at_most(sign * stated, bound, compared.candidate, compared.baseline)
        return _point_drop(bound, sign * stated, compared, within=within)
    return _interval_drop(bound, sign, compared)


def _point_drop(bound: float, drop: float, compared: Comparison, *, within: bool) -> Finding:
    said = f"{_moved(drop)}, at most {bound:g} worse is allowed (plain numbers: no interval was available)"
    return _drop_finding(Verdict.PASS if within else Verdict.FAIL, said, compared, drop)


def _interval_drop(bound: float, sign: float, compared: Comparison) -> Finding:
    low, high, difference = compared.ci_low, compared.ci_high, compared.difference
    if compared.method == POINT:
        said = "the policy has it measured from predictions, and the evidence compares plain numbers"
        return _unknown("missing-evidence", said, compared.slice)
    if low is None or high is None or difference is None or compared.ci_level is None:
        said = compared.reason or "the difference has no interval"
        return _unknown("not-enough-evidence", said, compared.slice)
    slack = CONSISTENT * max(1.0, abs(difference))
    if compared.ci_level < LEVEL or not low - slack <= difference <= high + slack:
        return _bad("evidence", f"the interval is not one of {CONFIDENCE} around the difference", compared.slice)
    if few := _too_few(compared.n, compared.slice, needed=True):
        return few
    least, most = sorted((sign * low, sign * high))
    verdict = Verdict.PASS if most <= bound else Verdict.FAIL if least > bound else Verdict.INCONCLUSIVE
    moved = f"{_moved(sign * difference)} ({CONFIDENCE} interval {_reach(least, most)})"
    said = f"{moved}, at most {bound:g} worse is allowed"
    return _drop_finding(verdict, said, compared, sign * difference)


def _drop_finding(verdict: Verdict, said: str, compared: Comparison, drop: float) -> Finding:
    codes = {Verdict.PASS: "pass", Verdict.FAIL: "drop", Verdict.INCONCLUSIVE: "not-enough-evidence"}
    return Finding(
        verdict=verdict,
        code=codes[verdict],
        said=said,
        slice=compared.slice,
        observed=compared.candidate,
        baseline=compared.baseline,
        badness=drop,
    )


def _moved(drop: float) -> str:
    return f"worse by {drop:.4g}" if drop > 0 else f"better by {-drop:.4g}" if drop < 0 else "as good as the baseline"


def _reach(least: float, most: float) -> str:
    """The ends of a drop's interval in the words of `_moved`, so that nobody has to know which sign is worse."""
    if least == most == 0:
        return "0 to 0"
    if (least < 0) == (most < 0):
        ends = sorted((abs(least), abs(most)))
        return f"{_short(ends[0])} to {_short(ends[1])} {'better' if least < 0 else 'worse'}"
    return f"{_short(-least)} better to {_short(most)}{' worse' if most else ''}"


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({CONFIDENCE} interval {_short(low)} to {_short(high)})"


def _short(value: float) -> str:
    # Adding zero takes the sign off a negative zero.
    return f"{value + 0.0:.4g}"


def _shown(value: float, bound: float) -> str:
    """The value, with as many digits as it takes to tell it from the limit."""
    short = _short(value)
    return repr(value) if float(short) == bound and value != bound else short
