"""What the pull request's code finds where it runs, and what its names and its output can bring about: nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acting import example
from acting.scene import GATE

if TYPE_CHECKING:
    from acting.scene import Scene

pytestmark = pytest.mark.e2e

# Everything that training can read of the processes that it descends from, and of the clones beside it.
LOOK = """
import os
def read(path):
    try:
        return open(path, "rb").read().decode("utf-8", "replace")
    except OSError as error:
        return str(error)
seen = {"environment": dict(os.environ), "ancestors": [], "files": {}}
pid, name = os.getppid(), ""
while pid > 1 and name != "act":
    name = read(f"/proc/{pid}/comm").strip()
    seen["ancestors"].append({"name": name, **{what: read(f"/proc/{pid}/{what}") for what in ("cmdline", "environ")}})
    pid = int(read(f"/proc/{pid}/stat").rpartition(")")[2].split()[1])
for path in (".git/config", "../.sluice/.git/config"):
    seen["files"][path] = read(path)
Path(LOOT).write_text(json.dumps(seen))
"""
SHOUT = """
print("::set-output name=open::true")
print("::set-output name=verdict::pass")
print("::set-env name=PATH::/nowhere")
print("::add-path::/nowhere")
print("::stop-commands::mine")
print("::warning::from the training")
print("\\r::error::from the training")
print("::mine::")
"""


def bad_names(trap: Path) -> tuple[str, str, str]:
    """A title, a branch and a file, each a command where it is taken for one; the branch keeps git's rules."""
    title = f'"; touch {trap}; $(touch {trap}) `touch {trap}` ' + "${{ github.token }} %0A::set-output name=open::true"
    branch = f"x;$(touch${{IFS}}{trap});`touch${{IFS}}{trap}`"
    file = f"data/$(touch pwned)\n::warning::from a file's name\n::set-output name=open::true\n{'`x`'}.csv"
    return title, branch, file


def test_no_secret_is_within_reach_and_nothing_said_is_obeyed(scene: Scene, tmp_path: Path) -> None:
    loot, trap = tmp_path / "loot.json", tmp_path / "trap"
    title, branch, file = bad_names(trap)
    train = example.TRAIN + LOOK.replace("LOOT", repr(str(loot))) + SHOUT
    files = {"train.py": train, "settings.json": example.settings(0.95), file: "x\n"}
    number = scene.open(branch, files, title=title)

    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success", "run": "success", "publish": "failure"}, ran.finished.text
    assert scene.checks(scene.head(number))[GATE] == "failure"
    assert scene.merge(number) == 405
    assert not trap.exists()
    assert not list(scene.runner.folder.rglob("pwned"))

    told = [row for row in ran.finished.log if row.get("command") in ("warning", "error", "add-path", "set-env")]
    assert not [row for row in told if "from the training" in row["msg"] or "from a file" in row["msg"]], told
    outputs = [row for row in ran.finished.log if row.get("command") == "set-output" and row.get("name") == "open"]
    assert {(row["jobID"], row["arg"]) for row in outputs} <= {
        ("publish", "false"), ("plan", ""), ("run", "")
    }  # fmt: skip

    text = loot.read_text()
    seen = json.loads(text)
    assert ran.finished.token not in text
    assert "AUTHORIZATION" not in text.upper()
    assert not [name for name in seen["environment"] if name.startswith(("INPUT_", "ACTIONS_"))]
    assert not {"GITHUB_TOKEN", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH"} & seen["environment"].keys()
    assert seen["ancestors"][-1]["name"] == "act"
    sluice = next(one for one in seen["ancestors"] if "sluice.entry.action" in one["cmdline"])
    held = dict(entry.split("=", 1) for entry in sluice["environ"].split("\0") if "=" in entry)
    assert held["INPUT_COMMAND"] == "run" and held["INPUT_TOKEN"] == ""
    assert not [name for name in held if name.startswith("ACTIONS_")]
