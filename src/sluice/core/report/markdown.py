"""The report as Markdown: the sticky comment, the check runs' summaries and the job summary, each within its limit.

Where a report is too long, it is made again with less detail, the least important first: logs and differences, then
slices, then passing rows. What a gate failed on goes last, and what is left out is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from sluice.core import drift_words, explaining
from sluice.core.explaining import Explanation
from sluice.core.report import drift, escape, view
from sluice.core.report.environment import environment
from sluice.core.report.view import View
from sluice.domain.evaluation import Comparison, MetricValue
from sluice.domain.planning import Stage
from sluice.domain.verdict import Verdict

MARKER = "<!-- sluice:report -->"
COMMENT_LIMIT = 65_536
CHECK_LIMIT = 65_535
SUMMARY_LIMIT = 1_000_000
EXPLAINED_LIMIT = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of each part is shown: numbers of rows, and of characters for texts."""

    closing: int
    gates: int
    checks: int
    metrics: int
    log: int
    diff: int
    drift: int
    explained: int


# From all there is to what always fits; each step gives up what matters least of what is left.
DETAILS = (
    Detail(closing=200, gates=200, checks=200, metrics=400, log=16_000, diff=16_000, drift=100, explained=20),
    Detail(closing=100, gates=100, checks=100, metrics=100, log=4_000, diff=8_000, drift=50, explained=10),
    Detail(closing=100, gates=100, checks=50, metrics=40, log=2_000, diff=2_000, drift=30, explained=5),
    Detail(closing=50, gates=50, checks=20, metrics=20, log=1_000, diff=0, drift=15, explained=0),
    Detail(closing=30, gates=20, checks=10, metrics=0, log=0, diff=0, drift=5, explained=0),
    Detail(closing=10, gates=0, checks=0, metrics=0, log=0, diff=0, drift=0, explained=0),
)
FULL = Detail(
    closing=2_000, gates=2_000, checks=2_000, metrics=4_000, log=65_536, diff=65_536, drift=2_000, explained=200
)


def comment(shown: View) -> str:
    """The sticky comment, its marker on the first line, at most ``COMMENT_LIMIT`` characters."""
    return _fitted("comment.md.j2", shown, COMMENT_LIMIT, DETAILS)


def summary(shown: View) -> str:
    """The job summary: everything, at most ``SUMMARY_LIMIT`` characters."""
    return _fitted("summary.md.j2", shown, SUMMARY_LIMIT, (FULL, *DETAILS))


def stage_summary(shown: View, stage: str) -> str:
    """The summary of one check run (``data``, ``training``, ``evaluation`` or ``gate``)."""
    return _fitted(f"check_{stage}.md.j2", shown, CHECK_LIMIT, DETAILS)


def _fitted(template: str, shown: View, limit: int, details: tuple[Detail, ...]) -> str:
    made = ""
    for detail in details:
        made = _ENVIRONMENT.get_template(template).render(view=shown, detail=detail, marker=escape.Markdown(MARKER))
        # GitHub counts UTF-16 code units in places: an emoji counts twice.
        if len(made) + sum(char > "\uffff" for char in made) <= limit:
            return made
    return made[: limit // 2]


def _finalize(value: object) -> escape.Markdown:
    return value if isinstance(value, escape.Markdown) else escape.said(value)


def _number(value: float | str | None, *, signed: bool = False) -> escape.Markdown:
    return escape.code(value) if isinstance(value, str) else escape.Markdown(view.number(value, signed=signed))


def _interval(row: MetricValue | Comparison, *, signed: bool = False) -> escape.Markdown:
    return escape.Markdown(view.interval(row, signed=signed))


def _ends(low: float | None, high: float | None, *, signed: bool = False) -> escape.Markdown:
    return escape.Markdown(view.ends(low, high, signed=signed))


def _more(total: int, shown: int, what: str) -> escape.Markdown:
    if total <= shown:
        return escape.Markdown("")
    return escape.Markdown(f"\n… and {total - shown:,} more {what}: the job summary and report.html show all.\n")


def _address(text: str) -> escape.Markdown:
    """An address from the runtime, percent-encoded where Markdown would end it early."""
    safe = "".join(char if char.isalnum() or char in "-._~:/?#&=%+" else f"%{ord(char):02X}" for char in text[:2000])
    return escape.Markdown(safe)


def _explained(shown: tuple[Explanation, ...]) -> escape.Markdown:
    text = "\n\n".join("\n".join(explaining.lines(one)) for one in shown)
    return escape.block(text, limit=EXPLAINED_LIMIT)


def _sha(digest: str) -> escape.Markdown:
    return escape.code(digest[:12])


def _icon(verdict: Verdict | None) -> escape.Markdown:
    return escape.Markdown(view.ICONS[verdict] if verdict else "➖")


def _stage(stage: Stage) -> str:
    return view.STAGE_NAMES[stage]


# What leaves an expression is escaped as a sentence unless a tool has made it Markdown.
_ENVIRONMENT = environment(
    escapes_html=False,
    finalize=_finalize,
    tools={
        "address": _address,
        "chance": drift_words.chance,
        "change_lines": drift.change_lines,
        "drift_part": drift.drift_part,
        "effect": drift.effect,
        "ends": _ends,
        "measure": drift_words.measure,
        "rows_of": drift.rows,
        "block": escape.block,
        "code": escape.code,
        "duration": view.duration,
        "explained": _explained,
        "failing": view.failing,
        "icon": _icon,
        "interval": _interval,
        "more": _more,
        "number": _number,
        "observed": view.observed,
        "sha": _sha,
        "stage": _stage,
        "word": view.WORDS.__getitem__,
    },
)
