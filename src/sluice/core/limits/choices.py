"""`any_of` and `all_of`: several demands as one gate, by the order of the verdicts (pass, inconclusive, error, fail).

The best of `any_of` counts, the worst of `all_of`: one demand that holds is enough for the first, whatever became of
the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sluice.core.limits.finding import Finding, gravity
from sluice.domain.drift_limits import Severity
from sluice.domain.verdict import Verdict

MAX_TOLD = 3

Judged = tuple[str, float | str, Finding]
"""A demand's name, its limit, and what became of it."""


def choose(members: Sequence[Judged], severity: Severity, *, any_of: bool) -> tuple[Finding, float | str]:
    """The finding that counts, with a message that tells of the others, and the limit that it was judged by."""
    if any_of:
        # By the verdict itself: what failed does not stand before what could not be measured.
        name, bound, chosen = min(members, key=lambda member: member[2].verdict.rank)
    else:
        name, bound, chosen = max(members, key=lambda member: gravity(member[2], severity))
    passed = chosen.verdict is Verdict.PASS
    if passed:
        told = [(name, bound, chosen)] if any_of else list(members)
        said = "one is enough, and this holds" if any_of else f"all {len(members)} hold"
    else:
        told = [member for member in members if member[2].verdict is not Verdict.PASS]
        said = f"none of {len(members)} holds" if any_of else f"{len(told)} of {len(members)} do not hold"
    clauses = [f"`{name}`: {_placed(name, found)}{found.said}" for name, _, found in told[:MAX_TOLD]]
    more = f"; and {len(told) - MAX_TOLD} more" if len(told) > MAX_TOLD else ""
    return replace(chosen, said=f"{said}: {'; '.join(clauses)}{more}"), bound


def _placed(name: str, found: Finding) -> str:
    """The metric where the name lacks it, and the slice."""
    metric = "" if name.startswith(f"{found.metric}.") else found.metric
    places = (metric, f"on {found.slice}" if found.slice else "")
    said = " ".join(place for place in places if place)
    return f"{said}: " if said else ""
