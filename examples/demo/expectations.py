"""What must have happened to a pull request of the demo; everything else makes the demo fail."""

from __future__ import annotations

from collections.abc import Iterator

from .conversation import Conversation
from .pulls import Story

MOST_SKIP_S = 30.0
# After the plan: read the old checks, set the gate, look for the comment, write it.
MOST_SKIP_CALLS = 4
# What a plan reads: the pull request, the policy of its base, the changed files.
PLAN_CALLS = 3


def unmet(story: Story, shown: Conversation) -> tuple[str, ...]:
    """One sentence for each thing that is not as the story says."""
    found = (*_gate(story, shown), *_merge(story, shown), *_report(shown), *_skip(story, shown))
    return tuple(f"#{shown.number} {story.name}: {problem}" for problem in found)


def _gate(story: Story, shown: Conversation) -> Iterator[str]:
    verdict = shown.played.outputs["verdict"]
    if verdict != story.verdict:
        yield f"the verdict is {verdict}, not {story.verdict}"
    wanted = "success" if story.merges else "failure"
    conclusion = shown.gate.conclusion if shown.gate else "missing"
    if conclusion != wanted:
        yield f"sluice/gate is {conclusion}, not {wanted}"


def _merge(story: Story, shown: Conversation) -> Iterator[str]:
    if story.merges and (shown.state, shown.merge.status) != ("merged", 200):
        yield f"it was not merged: {shown.merge.status} {shown.merge.message}"
    if story.merges and shown.merge.state != "clean":
        yield f"GitHub called it {shown.merge.state} before the merge, not clean"
    if not story.merges and (shown.state, shown.merge.status) != ("open", 405):
        yield f"the merge was not refused: {shown.merge.status} {shown.merge.message}"
    if not story.merges and shown.merge.state != "blocked":
        yield f"GitHub called it {shown.merge.state}, not blocked"


def _report(shown: Conversation) -> Iterator[str]:
    if len(shown.reports) != 1:
        yield f"it has {len(shown.reports)} reports, not one"


def _skip(story: Story, shown: Conversation) -> Iterator[str]:
    jobs = [job.name for job in shown.played.jobs]
    if story.applies:
        if jobs != ["plan", "run", "publish"]:
            yield f"the jobs were {', '.join(jobs)}"
        return
    if jobs != ["plan"]:
        yield f"the plan did not skip it: {', '.join(jobs)}"
    if shown.gate and not shown.gate.title.startswith("Not applicable"):
        yield f"its gate says {shown.gate.title!r}"
    if shown.played.duration_s > MOST_SKIP_S:
        yield f"skipping it took {shown.played.duration_s:.1f} s, more than {MOST_SKIP_S:.0f}"
    if shown.played.calls > PLAN_CALLS + MOST_SKIP_CALLS:
        yield f"skipping it took {shown.played.calls - PLAN_CALLS} calls after the plan, more than {MOST_SKIP_CALLS}"
