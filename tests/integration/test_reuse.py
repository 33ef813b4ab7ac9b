"""The same inputs are not measured twice: `plan` finds an earlier run's evidence, believes what it may, and posts."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import publishing as p

if TYPE_CHECKING:
    from ghbench.harness import Running

CHANGE = {"train.py": "print('better')\n"}
CALLER = ".github/workflows/sluice.yml"
BASE = {**p.BASE, CALLER: "name: Sluice\non: [pull_request]\njobs: {gate: {runs-on: x, steps: [{run: echo}]}}\n"}


def plan(bench: Running, folder: Path, event: dict[str, Any], **more: str) -> dict[str, str]:
    """One `plan` job for an event of the bench: its outputs."""
    folder.mkdir()
    (folder / "output").touch()
    (folder / "event.json").write_text(json.dumps(bench.get(f"events/{event['id']}/payload")))
    env = p.environment(bench) | {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event["event"], "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_OUTPUT": str(folder / "output"), "RUNNER_TEMP": str(folder), "INPUT_COMMAND": "plan",
        "INPUT_TOKEN": p.TOKEN, **more,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "sluice", "action"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return outputs(folder / "output")


def outputs(file: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    lines = iter(file.read_text().splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        found[name] = "\n".join(iter(lambda: next(lines), end))
    return found


def newest(bench: Running, event: str, action: str) -> dict[str, Any]:
    return bench.get("events", event=event, action=action)[-1]


def measured(place: p.Place, folder: Path, name: str, fingerprint: str, **run: Any) -> None:
    """What the run of this head left behind: its run, and its evidence as an artifact."""
    text = p.write(replace(p.evidence_for(place), fingerprint=fingerprint), folder) / "evidence.json"
    asked = {
        "workflow": CALLER, "event": "pull_request", "head_sha": place.head_sha, "head_branch": "feat",
        "status": "completed", "conclusion": "success", **run,
    }  # fmt: skip
    made = place.bench.post("runs", repo=p.REPO, **asked)
    files = {"evidence.json": base64.b64encode(text.read_bytes()).decode()}
    place.bench.post("artifacts", repo=p.REPO, run=made["id"], name=name, files=files)


@pytest.fixture
def first(checked: Running, tmp_path: Path) -> tuple[p.Place, dict[str, str]]:
    """A pull request whose first head was planned."""
    place = p.opened(checked, CHANGE, base=BASE)
    planned = plan(checked, tmp_path / "first", newest(checked, "pull_request", "opened"))
    assert planned["applies"] == "true" and planned["artifact"].startswith("sluice-evidence-")
    return place, planned


def fingerprint(planned: dict[str, str]) -> str:
    return json.loads(planned["plan"])["fingerprint"]


def documented(place: p.Place) -> p.Place:
    """A push that only documents."""
    return replace(place, head_sha=place.bench.push("feat", {"README.md": "Better.\n"}))


def test_a_push_that_only_documents_is_judged_by_what_was_measured(
    first: tuple[p.Place, dict[str, str]], checked: Running, tmp_path: Path
) -> None:
    place, planned = first
    measured(place, tmp_path / "evidence", planned["artifact"], fingerprint(planned))
    after = documented(place)
    again = plan(checked, tmp_path / "second", newest(checked, "pull_request", "synchronize"))
    assert (again["applies"], again["verdict"], again["open"]) == ("false", "pass", "true")
    assert again["artifact"] == planned["artifact"]
    assert after.conclusions()["sluice/gate"] == "success"
    assert f"measured at {place.head_sha[:12]}" in after.state()["comments"][0]


EVALUATED = """\
version: 1
evaluation:
  task: classification
  metrics: metrics.json
gates:
  - {metric: roc_auc, min: 0.7}
"""


def test_evidence_of_other_committed_results_is_not_believed(checked: Running, tmp_path: Path) -> None:
    base = {**BASE, "sluice.yaml": EVALUATED, "metrics.json": '{"roc_auc": 0.80}\n'}
    place = p.opened(checked, {"metrics.json": '{"roc_auc": 0.81}\n'}, base=base)
    planned = plan(checked, tmp_path / "first", newest(checked, "pull_request", "opened"))
    measured(place, tmp_path / "evidence", planned["artifact"], fingerprint(planned))
    checked.push("feat", {"metrics.json": '{"roc_auc": 0.10}\n'})
    again = plan(checked, tmp_path / "second", newest(checked, "pull_request", "synchronize"))
    assert again["applies"] == "true" and "verdict" not in again


@pytest.mark.parametrize("workflow", [CALLER, ".github/workflows/train.yml"])
def test_evidence_that_another_workflow_made_is_not_believed(checked: Running, tmp_path: Path, workflow: str) -> None:
    """The first head's workflow could have written any evidence; the second takes the workflow back."""
    base = {**BASE, workflow: BASE[CALLER]}
    place = p.opened(checked, {**CHANGE, workflow: BASE[CALLER].replace("echo", "forge")}, base=base)
    planned = plan(checked, tmp_path / "first", newest(checked, "pull_request", "opened"))
    measured(place, tmp_path / "evidence", planned["artifact"], fingerprint(planned))
    checked.push("feat", {workflow: BASE[CALLER]})
    again = plan(checked, tmp_path / "second", newest(checked, "pull_request", "synchronize"))
    assert again["applies"] == "true" and "verdict" not in again


def test_a_run_again_by_hand_measures_anew(
    first: tuple[p.Place, dict[str, str]], checked: Running, tmp_path: Path
) -> None:
    place, planned = first
    measured(place, tmp_path / "evidence", planned["artifact"], fingerprint(planned))
    event = newest(checked, "pull_request", "opened")
    assert plan(checked, tmp_path / "second", event, GITHUB_RUN_ATTEMPT="2")["applies"] == "true"


@pytest.mark.parametrize("spoil", ["other inputs", "workflow", "event", "claim", "head", "went wrong"])
def test_what_may_not_be_believed_is_measured_anew(
    first: tuple[p.Place, dict[str, str]], checked: Running, tmp_path: Path, spoil: str
) -> None:
    place, planned = first
    mark, name = fingerprint(planned), planned["artifact"]
    if spoil == "other inputs":
        # The artifact's name lies: the head of its run has other inputs.
        other = replace(place, head_sha=checked.push("other", {"train.py": "print('worse')\n"}, base="main"))
        measured(other, tmp_path / "evidence", name, mark, head_branch="other")
    elif spoil == "workflow":
        checked.push("main", {".github/workflows/evil.yml": BASE[CALLER]})
        measured(place, tmp_path / "evidence", name, mark, workflow=".github/workflows/evil.yml")
    elif spoil == "event":
        measured(place, tmp_path / "evidence", name, mark, event="workflow_dispatch")
    elif spoil == "claim":
        measured(place, tmp_path / "evidence", name, "0" * 64)
    elif spoil == "head":
        measured(replace(place, base_sha="0" * 40), tmp_path / "evidence", name, mark)
    else:
        evidence = p.evidence_for(place)
        assert evidence.training is not None
        failed = replace(evidence, training=replace(evidence.training, status="failure", exit_code=1))
        text = p.write(replace(failed, fingerprint=mark), tmp_path / "evidence") / "evidence.json"
        run = checked.post(
            "runs", repo=p.REPO, workflow=CALLER, event="pull_request", head_sha=place.head_sha, head_branch="feat",
            status="completed", conclusion="success",
        )  # fmt: skip
        files = {"evidence.json": base64.b64encode(text.read_bytes()).decode()}
        checked.post("artifacts", repo=p.REPO, run=run["id"], name=name, files=files)
    documented(place)
    again = plan(checked, tmp_path / "second", newest(checked, "pull_request", "synchronize"))
    assert again["applies"] == "true" and "verdict" not in again


def test_a_base_whose_contract_is_not_valid_is_measured_anew_so_that_publishing_says_it(
    checked: Running, tmp_path: Path
) -> None:
    place = p.opened(checked, CHANGE, base={**BASE, "contracts/train.yaml": "no: contract\n"})
    planned = plan(checked, tmp_path / "first", newest(checked, "pull_request", "opened"))
    measured(place, tmp_path / "evidence", planned["artifact"], fingerprint(planned))
    documented(place)
    again = plan(checked, tmp_path / "second", newest(checked, "pull_request", "synchronize"))
    assert again["applies"] == "true" and "verdict" not in again
