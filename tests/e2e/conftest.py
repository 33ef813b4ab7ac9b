"""The stage: an emulated GitHub with Sluice on it, a runner with its tool cache, and a team's repository."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from acting.runner import Runner
    from acting.scene import Scene
    from ghbench.harness import Running

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The emulated GitHub of these tests, every call checked against GitHub's description."""
    from ghbench import harness

    run_dir = tmp_path_factory.mktemp("stage")
    with harness.start(run_dir, openapi=True, config=HERE / "bench.yaml") as running:
        yield running


@pytest.fixture(scope="session")
def runner(stage: Running, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A machine on which Sluice is installed, once for all tests."""
    from acting.runner import Runner
    from acting.working_copy import snapshot

    folder = tmp_path_factory.mktemp("runner")
    # The workers of one session have neighbouring folders: they install once.
    shared = tmp_path_factory.getbasetemp()
    tools = (shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared) / "tool_cache"
    made = Runner(folder=folder, snapshot=snapshot(folder / "sluice"), url=stage.url, tool_cache=tools)
    with (tools / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in ("plan", "run"):
            made.install(command)
    return made


@pytest.fixture
def scene(stage: Running, runner: Runner, tmp_path: Path) -> Iterator[Scene]:
    """The team's repository; the test must end without a call, an answer or a payload that GitHub would not know."""
    from acting import example
    from acting.scene import Scene

    stage.post("reset")
    yield Scene(bench=stage, runner=runner, folder=tmp_path, files=example.files(runner.snapshot.sha))
    problems = stage.problems()
    assert not problems, json.dumps(problems, indent=1)[:4000]


@pytest.fixture
def start(runner: Runner) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``start(**env)`` runs action/start.sh of the snapshot, with the runner's environment and these variables."""

    def run(**env: str) -> subprocess.CompletedProcess[str]:
        return runner.start(env)

    return run
