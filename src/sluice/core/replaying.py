"""What a proposed policy would have changed: which evidence to judge again, and how the two verdicts differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sluice.domain.amounts import amount
from sluice.domain.decision import Decision, GateResult
from sluice.domain.replay import GateChange, Glance, Replayed

MAX_CHANGES = 3
MAX_UNJUDGED = 50
LOCAL = "local"
"""The repository that evidence of a run by hand names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is judged again, what is named and not judged, and how many older runs of the same changes there were."""

    judged: tuple[Glance, ...]
    unjudged: tuple[Glance, ...]
    older: int


def chosen(found: Iterable[Glance], n: int, repository: str) -> Chosen:
    """The newest evidence of each of the last ``n`` pull requests; one without a number counts by its head.

    Evidence of another repository than ``repository`` (``OWNER/NAME``, empty where it is not known) is not judged.
    """
    judged: dict[object, Glance] = {}
    unjudged: list[Glance] = []
    older = 0
    for seen in sorted(found, key=lambda one: one.started_at, reverse=True):
        if problem := seen.problem or other_repository(seen, repository):
            unjudged.append(replace(seen, problem=problem))
        elif (key := change_of(seen)) in judged:
            older += 1
        elif len(judged) < n:
            judged[key] = seen
    return Chosen(judged=tuple(judged.values()), unjudged=tuple(unjudged), older=older)


def change_of(seen: Glance) -> object:
    """What tells one pull request from another."""
    return seen.pr_number if seen.pr_number is not None else seen.head_sha


def other_repository(seen: Glance, repository: str) -> str:
    """Why evidence is not of this repository; empty where it is, or where that is not known."""
    named = seen.repository.casefold()
    if not repository or named in (repository.casefold(), LOCAL):
        return ""
    return f"it is evidence of another repository, `{seen.repository}`"


def changes(before: Decision, after: Decision) -> tuple[GateChange, ...]:
    """The gates whose verdicts differ, in the order of the later decision, then those that are gone."""
    old, new = _by_gate(before), _by_gate(after)
    found = [
        GateChange(
            gate=gate,
            before=old[gate].verdict if gate in old else None,
            after=new[gate].verdict if gate in new else None,
            message=(new.get(gate) or old[gate]).message,
        )
        for gate in dict.fromkeys((*new, *old))
    ]
    return tuple(change for change in found if change.before is not change.after)


def _by_gate(decision: Decision) -> dict[str, GateResult]:
    """The worst result of each gate: a stage may have several problems."""
    found: dict[str, GateResult] = {}
    for result in decision.results:
        if result.gate not in found or result.verdict.rank > found[result.gate].verdict.rank:
            found[result.gate] = result
    return found


def table(rows: tuple[Replayed, ...]) -> tuple[str, ...]:
    """The table as plain text: one line for each evidence, what could not be judged with its reason.

    Of evidence that was not judged at all at most ``MAX_UNJUDGED`` are named one by one, the rest are counted.
    """
    unjudged = [row for row in rows if row.seen.problem]
    left_out = len(unjudged[MAX_UNJUDGED:])
    shown = [row for row in rows if row not in unjudged[MAX_UNJUDGED:]]
    cells = [("pull request", "head", "then", "proposed", "what changes"), *(_cells(row) for row in shown)]
    if left_out:
        cells.append(("–", "–", "not judged", "not judged", f"{left_out:,} more that could not be judged"))
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    return tuple("  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4])).rstrip()
                 for row in cells)  # fmt: skip


def _cells(row: Replayed) -> tuple[str, str, str, str, str]:
    said = [_change(change) for change in row.changes[:MAX_CHANGES]]
    if len(row.changes) > MAX_CHANGES:
        said.append(f"and {len(row.changes) - MAX_CHANGES} more")
    note = f"{row.note} [{row.seen.evidence}]" if row.note else ""
    number = row.seen.pr_number
    name = f"#{number}" if number is not None else row.seen.repository or "–"
    told = "; ".join(part for part in ("; ".join(said), note) if part) or "nothing"
    return name, row.seen.head_sha[:12] or "–", _verdict(row.before), _verdict(row.after), told


def _verdict(decision: Decision | None) -> str:
    if decision is None:
        return "not judged"
    return decision.verdict.value if decision.enforced else f"{decision.verdict.value} (not enforced)"


def _change(change: GateChange) -> str:
    return f"{change.gate}: {change.before or 'no such gate'} → {change.after or 'no such gate'}"


def summary(rows: tuple[Replayed, ...]) -> str:
    """What the proposed policy would have done, in one sentence."""
    judged = [row for row in rows if row.before is not None and row.after is not None]
    closes, opens = sum(row.closes for row in judged), sum(row.opens for row in judged)
    left = len(rows) - len(judged)
    unjudged = f"; {left} could not be judged under both policies" if left else ""
    return (
        f"of {amount(len(judged), 'pull request')} judged, the proposed policy would have closed {closes} that "
        f"{'was' if closes == 1 else 'were'} open and opened {opens} that {'was' if opens == 1 else 'were'} "
        f"closed{unjudged}"
    )
