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


def files_of(archive: bytes) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip with exactly these names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def played(scene: Scene, number: int) -> int:
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

    # The same inputs under another head: that head's own run has to say so, not the evidence of this one.
    other = scene.open_fork({"settings.json": example.settings(0.2), "README.md": "# Other\n"}, branch="other")
    run_id = played(scene, other)
    scene.attach(run_id, *scene.evidence(first))
    end(scene, run_id)
    assert scene.follow().finished.jobs == {"publish": "failure"}
    assert scene.checks(scene.head(other)) == {GATE: "failure"}
    assert "the evidence is for" in scene.comment(other)["body"]
    assert scene.merge(other) == 405
    assert scene.merge(number) == 200


def forged(good: bytes, **changes: object) -> bytes:
    """Good evidence with other words in it."""
    files = files_of(good)
    said = json.loads(files["evidence.json"]) | changes
    return zipped(files | {"evidence.json": json.dumps(said).encode()})


def hostile(good: bytes) -> dict[str, tuple[bytes | None, str]]:
    """Zips that a fork's code might leave in the place of evidence, and what is said of each."""
    files = files_of(good)
    text = files["evidence.json"]
    return {
        "absent": (None, "left no evidence"),
        "with more than belongs there": (forged(good, verdict="pass"), "verdict"),
        "without what was asked for": (forged(good, evaluation=None), "roc_auc"),
        "claiming fewer stages": (forged(good, stages=["data"]), "evidence does not"),
        "not a number": (zipped({"evidence.json": b'{"duration_s": NaN}' + b" " * 9}), "NaN"),
        "unpacking to too much": (zipped(files | {"evidence.json": text + b" " * 60_000_000}), "left no evidence"),
        "too large": (good + b" " * 51_000_000, "left no evidence"),
        "climbing": (zipped(files | {"../../evidence.json": text}), "left no evidence"),
        "no zip": (b"PK\x03\x04 nothing of the kind", "left no evidence"),
    }


def test_hostile_evidence_closes_the_gate(scene: Scene) -> None:
    number = scene.open_fork({"settings.json": example.settings(0.2)})
    head = scene.head(number)
    name, good = scene.evidence(scene.gate("pull_request", "opened"))
    for kind, (archive, said) in hostile(good).items():
        run_id = played(scene, number)
        if archive is not None:
            scene.attach(run_id, name, archive)
        end(scene, run_id)
        ran = scene.follow()
        assert ran.finished.jobs == {"publish": "failure"}, f"{kind}: {ran.finished.text}"
        assert scene.checks(head)[GATE] in ("failure", "action_required"), kind
        assert scene.merge(number) == 405, kind
        body = scene.comment(number)["body"]
        assert "The gate is closed" in body and said in body, f"{kind}: {body}"
        refused = said == "left no evidence" and archive is not None
        assert bool(ran.finished.said("warning")) == refused, f"{kind}: {ran.finished.text}"
        assert "Traceback" not in ran.finished.text, kind


def test_a_run_whose_head_has_moved_on_says_nothing(scene: Scene) -> None:
    number = scene.open_fork({"settings.json": example.settings(0.2)})
    run_id = played(scene, number)
    scene.commit("idea", {"settings.json": example.settings(0.1)}, to=scene.bench.git_url(FORK, "tok_mallory"))
    end(scene, run_id)
    ran = scene.follow()
    assert {call["method"] for call in ran.calls} == {"GET"}
    assert scene.comments(number) == [] and scene.checks(scene.head(number)) == {}
    assert scene.merge(number) == 405
