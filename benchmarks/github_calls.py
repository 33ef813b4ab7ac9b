"""How many calls of GitHub's API a pull request's event costs, counted by the emulated GitHub of the tests.

The bars for the sticky comment are those of CML 0.20.6, counted on the same emulated GitHub: two calls on the first
page of comments; behind 150 comments also two, but it reads only 30 comments and posts its report anew every time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from measuring import ROOT, Row, present

sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "tests" / "github"))
from support import publishing as p

from ghbench import harness
from sluice.domain.evidence import Evidence

PUBLISH_CALLS = 12
NOT_APPLICABLE_CALLS = 4
STICKY_CALLS = 2
BEHIND = 150
BEHIND_CALLS = 3  # 100 comments a page: two pages, one write
LAST_CALL_OF_PLANNING = "pulls/list-files"


def measure(quick: bool) -> Iterator[Row]:
    """All rows, one after the other; nothing here is shorter with ``quick``."""
    with tempfile.TemporaryDirectory() as name, harness.start(Path(name, "bench"), openapi=True) as bench:
        yield from published(bench, Path(name, "published"))
        bench.post("reset")
        yield from not_applicable(bench, Path(name, "skipped"))
        bench.post("reset")
        yield from behind_comments(bench, Path(name, "behind"))


def published(bench: harness.Running, folder: Path) -> Iterator[Row]:
    """A pull request that is planned, run and published, and then published again with other numbers."""
    place = p.opened(bench, {"train.py": "print('better')\n"})
    evidence = p.evidence_for(place)
    for when in ("first report", "next report"):
        calls = act(place, "plan", folder)
        yield Row(what=f"Action, plan, {when}", measured=len(calls), unit="calls")
        planned = p.outputs(folder)["plan"]
        p.write(evidence, folder / "evidence")
        calls = act(place, "publish", folder, ("plan", planned), ("evidence", str(folder / "evidence")))
        yield Row(what=f"Action, publish, {when}", measured=len(calls), unit="calls", limit=PUBLISH_CALLS)
        evidence = other_numbers(evidence)
    yield sticky("sticky comment on the first page", calls, STICKY_CALLS)
    calls = command_line(place, p.write(other_numbers(evidence), folder / "evidence"))
    yield Row(what="sluice publish, which plans itself", measured=len(calls), unit="calls", limit=PUBLISH_CALLS)


def not_applicable(bench: harness.Running, folder: Path) -> Iterator[Row]:
    """A change of documentation: the job that plans publishes at once."""
    place = p.opened(bench, {"README.md": "Documented.\n"})
    calls = act(place, "plan", folder)
    after = len(calls) - 1 - calls.index(LAST_CALL_OF_PLANNING)
    yield Row(what="Action, not applicable, after the plan", measured=after, unit="calls", limit=NOT_APPLICABLE_CALLS)


def behind_comments(bench: harness.Running, folder: Path) -> Iterator[Row]:
    """A pull request where people talked much before the first report, which then is on the second page."""
    place = p.opened(bench, {"train.py": "print('better')\n"})
    for index in range(BEHIND):
        body = {"body": f"Comment {index}."}
        bench.raw("POST", f"/repos/{p.REPO}/issues/{place.number}/comments", json=body).raise_for_status()
    evidence = p.evidence_for(place)
    command_line(place, p.write(evidence, folder))
    calls = command_line(place, p.write(other_numbers(evidence), folder))
    yield sticky(f"sticky comment behind {BEHIND}", calls, BEHIND_CALLS)
    query = "per_page=100&page=2"
    found = bench.raw("GET", f"/repos/{p.REPO}/issues/{place.number}/comments?{query}").json()
    reports = sum(comment["body"].startswith(p.MARKER) for comment in found)
    yield Row(what=f"reports behind {BEHIND} comments, after two runs", measured=reports, unit="comments", limit=1)


def sticky(what: str, calls: list[str], limit: int) -> Row:
    """The calls among these that read or write comments."""
    mine = [call for call in calls if call.startswith("issues/") and "comment" in call]
    if not any("update" in call for call in mine):
        raise SystemExit(f"the comment was not written again: {calls}")
    return Row(what=what, measured=len(mine), unit="calls", limit=limit, than="CML 0.20.6: 2")


def other_numbers(evidence: Evidence) -> Evidence:
    """The evidence of a run that ended otherwise, so that the comment must be written again."""
    made = evidence.evaluation
    if made is None or made.metrics[0].value is None or made.comparisons[0].baseline is None:
        raise SystemExit("the evidence has no metric to change")
    value = made.metrics[0].value + 0.01
    metric = replace(made.metrics[0], value=value)
    compared = replace(made.comparisons[0], candidate=value, difference=value - made.comparisons[0].baseline)
    return replace(evidence, evaluation=replace(made, metrics=(metric,), comparisons=(compared,)))


def act(place: p.Place, command: str, folder: Path, *inputs: tuple[str, str]) -> list[str]:
    """The operations that one step of the Action calls."""
    place.bench.delete("calls")
    done = p.act(place, command, folder, **dict(inputs))
    return operations(place, done.returncode, done.stdout + done.stderr)


def command_line(place: p.Place, folder: Path) -> list[str]:
    """The operations that ``sluice publish`` calls."""
    place.bench.delete("calls")
    done = p.publish(place, folder)
    return operations(place, done.returncode, done.stderr)


def operations(place: p.Place, returncode: int, said: str) -> list[str]:
    """What has been called since the calls were last cleared."""
    if returncode:
        raise SystemExit(f"a step ended with {returncode}: {said[-2000:]}")
    return [str(call["operation"]) for call in place.bench.get("calls")]


if __name__ == "__main__":
    present(measure)
