"""Pull requests from a fork: its own run may write nothing; the run after it publishes, and believes nothing."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from acting import example
from acting.scene import FORK, GATE, TEAM
from sluice.core.setup.documents import WORKFLOW_PATH

if TYPE_CHECKING:
    from acting.scene import Scene

pytestmark = pytest.mark.e2e


def evidence_of(scene: Scene, run_id: int) -> dict[str, bytes]:
    """The files of a run's evidence."""
    rows = scene.read(f"/actions/runs/{run_id}/artifacts")["artifacts"]
    found = next(row for row in rows if row["name"] == "sluice-evidence")
    answer = scene.bench.raw("GET", f"/repos/{TEAM}/actions/artifacts/{found['id']}/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip with exactly these names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def ended(scene: Scene, number: int) -> int:
    """A run of the fork's head that somebody else played; its number."""
    pull = scene.read(f"/pulls/{number}")
    made = scene.bench.post(
        "runs", repo=TEAM, workflow=WORKFLOW_PATH, event="pull_request", head_sha=pull["head"]["sha"],
        head_branch=pull["head"]["ref"], head_repo=FORK, actor="mallory", status="in_progress",
    )  # fmt: skip
    return made["id"]


def end(scene: Scene, run_id: int) -> None:
    scene.bench.post(f"runs/{run_id}", repo=TEAM, status="completed", conclusion="success")


def test_a_forks_run_posts_nothing_and_the_run_after_it_publishes(scene: Scene) -> None:
    number = scene.open_fork({"settings.json": example.settings(0.2)})
    head = scene.head(number)
    first = scene.gate("pull_request", "opened", finish=False)
    assert first.finished.jobs == {"plan": "success", "run": "success"}, first.finished.text
    assert {call["method"] for call in first.calls} == {"GET"}
    assert scene.comments(number) == [] and scene.checks(head) == {}
    assert scene.merge(number) == 405

    scene.end(first)
    second = scene.follow()
    assert second.finished.jobs == {"publish": "success"}, second.finished.text
    assert scene.checks(head)[GATE] == "success"
    assert "The gate is open" in scene.comment(number)["body"]
    assert scene.merge(number) == 200

    # The very same evidence for another head of the same fork is another head's, whatever it says.
    good = evidence_of(scene, first.id)
    other = scene.open_fork({"settings.json": example.settings(0.9)}, branch="other")
    run_id = ended(scene, other)
    scene.attach(run_id, good)
    end(scene, run_id)
    assert scene.follow().finished.jobs == {"publish": "failure"}
    assert scene.checks(scene.head(other)) == {GATE: "failure"}
    body = scene.comment(other)["body"]
    assert "another" in body or "evidence is for" in body
    assert scene.merge(other) == 405


def forged(scene: Scene, head: str) -> dict[str, bytes]:
    """Evidence that claims everything, and lacks what it claims."""
    return {"evidence.json": json.dumps({"schema_version": 1, "verdict": "pass", "head_sha": head}).encode()}


def hostile(scene: Scene, head: str) -> dict[str, bytes | None]:
    """Zips that a fork's code might leave in the place of evidence."""
    bomb = {"evidence.json": b" " * 60_000_000}
    return {
        "absent": None,
        "forged": zipped(forged(scene, head)),
        "oversized": zipped(bomb),
        "climbing": zipped({"../../evidence.json": b"{}", **forged(scene, head)}),
        "no zip": b"PK\x03\x04 nothing of the kind",
        "not a number": zipped({"evidence.json": b'{"schema_version": 1, "duration_s": NaN}'}),
    }


def test_hostile_evidence_closes_the_gate(scene: Scene) -> None:
    number = scene.open_fork({"settings.json": example.settings(0.2)})
    head = scene.head(number)
    for name, archive in hostile(scene, head).items():
        run_id = ended(scene, number)
        if archive is not None:
            scene.attach(run_id, zipped=archive)
        end(scene, run_id)
        ran = scene.follow()
        assert ran.finished.jobs == {"publish": "failure"}, f"{name}: {ran.finished.text}"
        assert scene.checks(head) == {GATE: "failure"}, name
        assert "The gate is closed" in scene.comment(number)["body"], name
        assert "Traceback" not in ran.finished.text, name
    assert scene.merge(number) == 405


def test_a_run_whose_head_has_moved_on_says_nothing(scene: Scene) -> None:
    number = scene.open_fork({"settings.json": example.settings(0.2)})
    run_id = ended(scene, number)
    scene.commit("idea", {"settings.json": example.settings(0.1)}, to=scene.bench.git_url(FORK, "tok_mallory"))
    end(scene, run_id)
    ran = scene.follow()
    assert {call["method"] for call in ran.calls} == {"GET"}
    assert scene.comments(number) == [] and scene.checks(scene.head(number)) == {}
    assert scene.merge(number) == 405
