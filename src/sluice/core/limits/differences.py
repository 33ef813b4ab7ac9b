"""`max_drop`, `max_rise`, `must_improve`: a candidate against its baseline, judged on the interval of the difference.

`max_drop` and `max_rise` demand that the candidate be no worse than a margin allows (non-inferiority), `must_improve`
that it be better, by a margin where one is stated (superiority). The whole interval must say so: wholly on the right
side of the margin passes, wholly on the wrong side fails, anything between is inconclusive, with the number of rows
that would decide. Two plain numbers (metric files, method `point`) are judged as they are. A difference exactly at its
margin is within it, except that a candidate as good as its baseline is no improvement.

Source: Piaggio et al. 2012, JAMA 308, 2594-2604 (non-inferiority by confidence intervals).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sluice.core.limits.change import Change, changes, margin_of
from sluice.core.limits.finding import Finding, worst_of
from sluice.core.limits.question import Question, Stretch
from sluice.core.limits.words import CONFIDENCE, allowed, moved, reach
from sluice.domain.amounts import amount
from sluice.domain.enough_rows import rows_to_decide
from sluice.domain.margin import measured
from sluice.domain.verdict import Verdict

_CODES = {"max_drop": "drop", "max_rise": "rise", "must_improve": "no-improvement"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The most by which the candidate may be worse: negative where it must be better; ``strict``: less than that."""

    most: Decimal
    strict: bool = False

    def clears(self, worse: Decimal) -> bool:
        """Whether a difference is within the bar."""
        return worse < self.most if self.strict else worse <= self.most


def bar(asked: Question, change: Change) -> Bar | Finding:
    """What a change is held against."""
    margin = margin_of(asked, change)
    if isinstance(margin, Finding):
        return margin
    # Not `strict` with a margin: to be better by exactly the least that is asked for is enough.
    return Bar(most=-margin, strict=margin == 0) if asked.limit == "must_improve" else Bar(most=margin)


def judge(asked: Question) -> Finding:
    """The worst slice's difference against the margin."""
    return worst_of(changes(asked, lambda change: _judged(asked, change)), asked.severity)


def _judged(asked: Question, change: Change) -> Finding:
    held = bar(asked, change)
    if isinstance(held, Finding):
        return held
    if change.least is None or change.most is None:
        verdict = Verdict.PASS if held.clears(change.exact) else Verdict.FAIL
        said = f"{moved(change.worse)}, {_demand(asked, held)} (plain numbers: no interval was available)"
        return finding(asked, change, verdict, said, _CODES[asked.limit])
    stretch = asked.stretched.get(change.compared.slice, Stretch())
    least, most = stretched(change, stretch)
    verdict = verdict_of(held, least, most)
    interval = f"{CONFIDENCE} interval {reach(least, most)}"
    said = f"{moved(change.worse)} ({interval}{stretch.said and f', {stretch.said}'}), {_demand(asked, held)}"
    # How rounds of serving differ does not shrink with their requests as a mean over rows does.
    if verdict is Verdict.INCONCLUSIVE and not asked.served:
        said += _enough(change, held, (least, most))
    return finding(asked, change, verdict, said, _CODES[asked.limit])


def stretched(change: Change, stretch: Stretch) -> tuple[float, float]:
    """Both ends of the interval, at the levels that are asked of them."""
    if change.least is None or change.most is None:
        raise AssertionError("two plain numbers have no interval")
    # An end that is not stretched stays exactly what the evidence has.
    least = change.worse - (change.worse - change.least) * stretch.closing if stretch.closing != 1 else change.least
    most = change.worse + (change.most - change.worse) * stretch.opening if stretch.opening != 1 else change.most
    return least, most


def verdict_of(held: Bar, least: float, most: float) -> Verdict:
    """Pass where the whole interval clears the bar, fail where none of it does."""
    if held.clears(measured(most)):
        return Verdict.PASS
    return Verdict.INCONCLUSIVE if held.clears(measured(least)) else Verdict.FAIL


def finding(asked: Question, change: Change, verdict: Verdict, said: str, code: str) -> Finding:
    """A finding with the numbers of its comparison; ``code`` is that of a failure."""
    compared = change.compared
    codes = {Verdict.PASS: "pass", Verdict.FAIL: code, Verdict.INCONCLUSIVE: "not-enough-evidence"}
    return Finding(
        verdict=verdict,
        code=codes[verdict],
        said=said,
        slice=compared.slice,
        observed=compared.candidate,
        baseline=compared.baseline,
        difference=compared.difference,
        ci_low=compared.ci_low,
        ci_high=compared.ci_high,
        ci_level=compared.ci_level,
        interval_of="difference" if change.least is not None else "",
        n=compared.n,
        badness=change.worse,
    )


def _demand(asked: Question, held: Bar) -> str:
    if asked.limit != "must_improve":
        return f"at most {allowed(asked.bound, held.most)} worse is allowed"
    if held.most == 0:
        return "must be better"
    return f"must be better by at least {allowed(asked.bound, -held.most)}"


def _enough(change: Change, held: Bar, ends: tuple[float, float]) -> str:
    n = change.compared.n
    rows = rows_to_decide(change.worse, *ends, float(held.most), n) if n is not None else None
    if n is None or rows is None or rows <= n:
        return ""
    return f"; were the difference to stay, about {amount(_rounded(rows), 'row')} would decide, there are {n:,}"


def _rounded(rows: int) -> int:
    """Up, to three significant digits: an estimate is no more exact than that."""
    step = 10 ** max(0, len(str(rows)) - 3)
    return -(-rows // step) * step
