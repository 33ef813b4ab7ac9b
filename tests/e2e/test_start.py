"""action/start.sh: installs once for a machine, by two at once if need be, and says in one line what is missing.

None of it needs act.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acting import example
from acting.scene import GATE, TEAM
from acting.working_copy import git

if TYPE_CHECKING:
    from acting.runner import Runner
    from acting.scene import Scene

pytestmark = pytest.mark.e2e

Start = Callable[..., subprocess.CompletedProcess[str]]
# What start.sh calls, beside Python.
TOOLS = ("bash", "cat", "cut", "dirname", "env", "mkdir", "mktemp", "mv", "rm", "sha256sum")


def homes(cache: Path) -> list[Path]:
    """The finished installations of a cache."""
    return [path for path in everything(cache) if not path.name.startswith(".")]


def everything(cache: Path) -> list[Path]:
    """What lies in a cache, unfinished installations too."""
    return sorted((cache / "sluice").iterdir())


def test_a_second_start_installs_nothing(runner: Runner, start: Start) -> None:
    assert len(homes(runner.tool_cache)) == 2  # the small one and the whole one, made by the first starts
    before = {home: (home.stat().st_mtime_ns, home.stat().st_ino) for home in homes(runner.tool_cache)}
    for command in ("plan", "publish", "run", "auto"):
        done = start(RUNNER_TOOL_CACHE=str(runner.tool_cache), INPUT_COMMAND=command, INPUT_TOKEN="none")
        assert "installing" not in done.stderr
        assert "there is no event to read" in done.stdout and done.returncode == 2, done.stdout + done.stderr
    assert {home: (home.stat().st_mtime_ns, home.stat().st_ino) for home in homes(runner.tool_cache)} == before


def test_two_first_starts_at_once_leave_one_installation(runner: Runner, start: Start, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(runner.install, "plan", tmp_path) for _ in range(2)]
        done = [one.result() for one in both]
    assert {one.returncode for one in done} == {2}, [one.stderr for one in done]
    assert all("there is no event to read" in one.stdout for one in done)
    assert len(everything(tmp_path)) == 1
    assert "installing" not in start(RUNNER_TOOL_CACHE=str(tmp_path), INPUT_COMMAND="publish").stderr


def test_an_installation_that_fails_leaves_nothing_behind(runner: Runner, tmp_path: Path) -> None:
    done = runner.install("plan", tmp_path, UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "empty"))
    assert done.returncode == 3
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert len(errors) == 1 and "could not be installed" in errors[0], done.stdout
    assert everything(tmp_path) == []


@pytest.mark.slow
def test_where_there_is_no_uv_pip_installs(runner: Runner, tmp_path: Path) -> None:
    done = runner.install("plan", tmp_path, PATH=runner.environment["PATH"])
    assert done.returncode == 2 and "there is no event to read" in done.stdout, done.stdout + done.stderr
    assert len(homes(tmp_path)) == 1


@pytest.mark.parametrize("python", ["none", "old"])
def test_without_a_python_one_sentence_says_so(start: Start, tmp_path: Path, python: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    if python == "old":
        (folder / "python3").write_text("#!/bin/bash\nexit 1\n")
        (folder / "python3").chmod(0o755)
    done = start(PATH=str(folder), INPUT_COMMAND="plan", RUNNER_TOOL_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 3
    assert done.stdout.startswith("::error title=Sluice could not start::no Python 3.11 or newer is on PATH")
    assert done.stdout.count("\n") == 1 and not done.stderr
    assert not (tmp_path / "cache").exists()


def outputs(file: Path) -> dict[str, str]:
    """What a step wrote for the steps after it."""
    found = re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", file.read_text(), re.DOTALL | re.MULTILINE)
    return {name: value for name, _delimiter, value in found}


def step(scene: Scene, command: str, folder: Path, **env: str) -> dict[str, str]:
    """One step of a job for the newest pull request that was opened; its outputs."""
    payload = folder / "event.json"
    payload.write_text(json.dumps(scene.event("pull_request", "opened")))
    written = folder / f"{command}.out"
    written.touch()
    facts = {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(payload),
        "GITHUB_REPOSITORY": TEAM, "GITHUB_RUN_ID": "7", "GITHUB_API_URL": scene.bench.url, "GITHUB_SHA": "0" * 40,
        "GITHUB_SERVER_URL": scene.bench.url, "GITHUB_OUTPUT": str(written), "RUNNER_TEMP": str(folder),
        "RUNNER_TOOL_CACHE": str(scene.runner.tool_cache), "INPUT_COMMAND": command,
    }  # fmt: skip
    done = scene.runner.start({**facts, **env})
    assert done.returncode == 0, done.stdout + done.stderr
    return outputs(written)


def test_a_small_installation_plans_and_publishes_what_the_whole_one_measured(scene: Scene, tmp_path: Path) -> None:
    homes_by_size = sorted(homes(scene.runner.tool_cache), key=lambda home: len(list(home.rglob("*.dist-info"))))
    packages = [{path.name.lower() for path in home.glob("venv/lib/*/site-packages/*")} for home in homes_by_size]
    assert "numpy" not in packages[0] and "numpy" in packages[1]

    number = scene.open("better", {"settings.json": example.settings(0.2)})
    token = "ghs_of_the_job"
    held = {"contents": "read", "pull_requests": "write", "checks": "write"}
    scene.bench.post("tokens", token=token, permissions=held)
    planned = step(scene, "plan", tmp_path, INPUT_TOKEN=token)
    assert planned["applies"] == "true" and planned["head_sha"] == scene.head(number)
    git(tmp_path, "clone", "--quiet", "--branch", "better", scene.bench.git_url(TEAM, "tok_alice"), "head")
    evidence = {"INPUT_PLAN": planned["plan"], "INPUT_EVIDENCE": str(tmp_path / "evidence")}
    step(scene, "run", tmp_path, INPUT_WORKING_DIRECTORY=str(tmp_path / "head"), **evidence)
    published = step(scene, "publish", tmp_path, INPUT_TOKEN=token, **evidence)
    assert (published["open"], published["verdict"]) == ("true", "pass")
    assert published["comment_id"] == str(scene.comment(number)["id"])
    assert scene.checks(scene.head(number))[GATE] == "success"
