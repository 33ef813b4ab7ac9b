"""`no_slice_worse`: whatever holds on average, no slice is shown to be worse than a margin allows (Simpson's paradox).

A slice fails where its interval lies wholly beyond the margin. With many slices, one of them does so by chance: each
interval is widened to the level of one among all (Bonferroni), as many times as the normal quantiles differ. A slice
whose interval straddles the margin passes: this rule looks for harm that is shown, and is no proof that there is none;
`max_drop` with `per_slice` is. A slice that could not be compared is never a pass.

Source: Dunn 1961, Journal of the American Statistical Association 56, 52-64.
"""

from __future__ import annotations

from sluice.core.limits.change import Change, changes, margin_of
from sluice.core.limits.differences import Bar, finding, stretched, verdict_of
from sluice.core.limits.families import wider
from sluice.core.limits.finding import Finding, unknown, worst_of
from sluice.core.limits.question import Question, Stretch
from sluice.core.limits.words import CONFIDENCE, allowed, moved, reach
from sluice.domain.amounts import amount
from sluice.domain.verdict import Verdict


def judge(asked: Question) -> Finding:
    """The slice that is worst against the margin."""
    stretch = Stretch(closing=wider(len(asked.values)), opening=wider(len(asked.values)))
    return worst_of(changes(asked, lambda change: _judged(asked, change, stretch)), asked.severity)


def _judged(asked: Question, change: Change, stretch: Stretch) -> Finding:
    slice_, margin = change.compared.slice, margin_of(asked, change)
    if isinstance(margin, Finding):
        return margin
    if change.least is None or change.most is None:
        return unknown("not-enough-evidence", "plain numbers have no interval to show that a slice is worse", slice_)
    least, most = stretched(change, stretch)
    harmed = verdict_of(Bar(most=margin), least, most) is Verdict.FAIL
    over = f"{CONFIDENCE} interval over {amount(len(asked.values), 'slice')} {reach(least, most)}"
    demand = f"no slice may be shown to be worse by more than {allowed(asked.bound, margin)}"
    said = f"{moved(change.worse)} ({over}), {demand}"
    return finding(asked, change, Verdict.FAIL if harmed else Verdict.PASS, said, "slice-worse")
