"""A result for one base never stands for another, also where a pull request is pointed elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import publishing as p

if TYPE_CHECKING:
    from ghbench.harness import Running


def act(bench: Running, folder: Path, command: str, event: str, action: str | None, **inputs: str) -> tuple[int, str]:
    """One job of the Action for the bench's newest event of a kind: exit code, and what it printed and set."""
    folder.mkdir(exist_ok=True)
    found = bench.get("events", event=event, **({"action": action} if action else {}))[-1]
    (folder / "event.json").write_text(json.dumps(bench.get(f"events/{found['id']}/payload")))
    (folder / "output").write_text("")
    env = p.environment(bench) | {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_OUTPUT": str(folder / "output"), "RUNNER_TEMP": str(folder), "INPUT_COMMAND": command,
        "INPUT_TOKEN": p.TOKEN, **inputs,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "sluice", "action"], env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + (folder / "output").read_text()


def output(text: str, name: str) -> str:
    lines = text.splitlines()
    return next((lines[i + 1] for i, line in enumerate(lines) if line.startswith(f"{name}<<")), "")


@pytest.fixture
def place(checked: Running) -> p.Place:
    """A pull request into main, and a branch with a policy that lets everything pass."""
    made = p.opened(checked, {"train.py": "print('better')\n"})
    checked.push("lenient", {**p.BASE, "sluice.yaml": p.POLICY.replace("min: 0.7", "min: 0.0")}, base="main")
    return made


def test_a_result_planned_for_another_base_is_not_posted(place: p.Place, checked: Running, tmp_path: Path) -> None:
    code, text = act(checked, tmp_path / "plan", "plan", "pull_request", "opened")
    assert code == 0
    checked.hub("tok_alice").get_repo(p.REPO).get_pull(place.number).edit(base="lenient")
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    inputs = {"INPUT_PLAN": output(text, "plan"), "INPUT_EVIDENCE": str(folder)}
    code, said = act(checked, tmp_path / "publish", "publish", "pull_request", "opened", **inputs)
    assert code == 1 and "is for lenient now" in said
    assert place.state() == {"comments": [], "checks": []}


def test_a_green_gate_is_closed_at_once_when_the_base_changes(place: p.Place, checked: Running, tmp_path: Path) -> None:
    assert p.publish(place, p.write(p.evidence_for(place), tmp_path / "evidence")).returncode == 0
    assert place.conclusions()["sluice/gate"] == "success"
    checked.hub("tok_alice").get_repo(p.REPO).get_pull(place.number).edit(base="lenient")
    code, _ = act(checked, tmp_path / "plan", "plan", "pull_request", "edited")
    assert code == 0
    answer = checked.raw("GET", f"/repos/{p.REPO}/commits/{place.head_sha}/check-runs?check_name=sluice/gate").json()
    assert [run["conclusion"] for run in answer["check_runs"]] == ["action_required"]


def test_a_push_beside_the_default_branch_judges_nothing(place: p.Place, checked: Running, tmp_path: Path) -> None:
    checked.push("feat", {"train.py": "print('again')\n"})
    code, text = act(checked, tmp_path / "push", "plan", "push", None)
    assert code == 0 and output(text, "applies") == "false"
    head_sha = checked.hub("tok_alice").get_repo(p.REPO).get_pull(place.number).head.sha
    assert checked.raw("GET", f"/repos/{p.REPO}/commits/{head_sha}/check-runs").json()["total_count"] == 0
