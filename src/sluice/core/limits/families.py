"""Gates of one family: their differences are judged together, at levels that Holm's method adjusts.

Every difference of the family is one test in each direction: that it is within its margin, which opens, and that it is
beyond it, which fails. Each direction is adjusted by itself, so that a difference which is clearly beyond its margin
makes no other one easier to pass. The difference with the most evidence is judged at the level of one among all, the
next at that of one among the rest, until one does not clear its margin: that one and all with less evidence are judged
at its level. What cannot be tested counts as a test that shows nothing.

Evidence holds intervals of ``LEVEL``; one of another level is as many times wider as the normal quantiles differ.

Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sluice.core.limits.change import Change, changes
from sluice.core.limits.differences import Bar, bar, stretched, verdict_of
from sluice.core.limits.finding import Finding, unknown
from sluice.core.limits.question import Question, Stretch
from sluice.domain.amounts import amount
from sluice.domain.metric import LEVEL
from sluice.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    gate: str
    change: Change
    held: Bar


def wider(tests: int) -> float:
    """How many times an interval of ``LEVEL`` must be wider to be that of one test among so many (Bonferroni)."""
    error = (1 - LEVEL) / 2
    return NormalDist().inv_cdf(1 - error / tests) / NormalDist().inv_cdf(1 - error) if tests > 1 else 1.0


def adjusted(questions: Mapping[str, Question | Finding], family: str) -> Mapping[str, Mapping[str, Stretch]]:
    """What is asked of each difference of a family, by the gate's name and then by the slice."""
    tests: list[_Test] = []
    total = 0
    for name, asked in questions.items():
        tests += _tests(name, asked) if isinstance(asked, Question) else ()
        total += len(asked.values) if isinstance(asked, Question) else 1
    opening = _holm(tests, total, _margin_left, _opens)
    closing = _holm(tests, total, _margin_passed, _closes)
    said = f"adjusted for {amount(total, 'comparison')} of the family {family}" if total > 1 else ""
    found: dict[str, dict[str, Stretch]] = {}
    for index, test in enumerate(tests):
        stretch = Stretch(opening=opening[index], closing=closing[index], said=said)
        found.setdefault(test.gate, {})[test.change.compared.slice] = stretch
    return found


def _tests(gate: str, asked: Question) -> list[_Test]:
    found: list[_Test] = []

    def noted(change: Change) -> Finding:
        held = bar(asked, change)
        if isinstance(held, Bar) and change.least is not None:
            found.append(_Test(gate=gate, change=change, held=held))
        return unknown("", "")

    changes(asked, noted)
    return found


def _holm(
    tests: Sequence[_Test], total: int, evidence: Callable[[_Test], float], clears: Callable[[_Test, float], bool]
) -> Mapping[int, float]:
    """By a test's position, how many times wider the interval is at the level that it is judged at."""
    asked: dict[int, float] = {}
    factor, stopped = 1.0, False
    by_evidence = sorted(range(len(tests)), key=lambda index: -evidence(tests[index]))
    for before, index in enumerate(by_evidence):
        if not stopped:
            factor = wider(total - before)
            stopped = not clears(tests[index], factor)
        asked[index] = factor
    return asked


def _margin_left(test: _Test) -> float:
    change, most = test.change, float(test.held.most)
    return _in_reaches(most - change.worse, (change.most or 0.0) - change.worse)


def _margin_passed(test: _Test) -> float:
    change, most = test.change, float(test.held.most)
    return _in_reaches(change.worse - most, change.worse - (change.least or 0.0))


def _in_reaches(distance: float, reach: float) -> float:
    return distance / reach if reach > 0 else math.copysign(math.inf, distance) if distance else 0.0


def _opens(test: _Test, factor: float) -> bool:
    ends = stretched(test.change, Stretch(opening=factor))
    return verdict_of(test.held, *ends) is Verdict.PASS


def _closes(test: _Test, factor: float) -> bool:
    ends = stretched(test.change, Stretch(closing=factor))
    return verdict_of(test.held, *ends) is Verdict.FAIL
