"""Runs a workflow file for an event, as GitHub's runners would, by act on this machine.

What act 0.2.89 does not do is done here: a token for each job with what its ``permissions`` grant (the stand-in for
actions/checkout changes the token when a job begins), triggers, and the run with its artifacts on the emulated GitHub.
It does not know ``job.workflow_repository`` and ``job.workflow_sha``: callers name Sluice by inputs, as on an
Enterprise Server. It ignores ``concurrency``, ``timeout-minutes`` of a job, and which runner has which labels.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from acting.working_copy import REPOSITORY, ROOT, Snapshot

ACT = ROOT / ".tools" / "bin" / "act"
STAND_INS = Path(__file__).resolve().parents[1] / "actions"
TIMEOUT_S = 300
_PINNED = re.compile(r"uses: (actions/[\w-]+)@([0-9a-f]{40})")

UV = ROOT / ".venv" / "bin" / "uv"

Permissions = Mapping[str, str]


@cache
def uv_cache() -> str:
    """Where this machine keeps the packages that it has fetched."""
    return subprocess.run([UV, "cache", "dir"], check=True, capture_output=True, text=True).stdout.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run: a workflow file's text, for an event, as one run of a repository."""

    workflow: str
    event: str
    payload: Mapping[str, Any]
    repository: str
    run_id: int
    sha: str
    ref: str
    read_only: bool = False
    """Whether the token may only read: so it is for a pull request from a fork."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How act ended, and what it logged."""

    code: int
    log: list[dict[str, Any]]
    token: str
    errors: str = ""

    @cached_property
    def jobs(self) -> dict[str, str]:
        """The jobs that ran (of the called workflow) and how they ended; those that were skipped are left out."""
        ended = {row["jobID"]: row["jobResult"] for row in self.log if row.get("jobResult") and row.get("jobID")}
        return {job: result for job, result in ended.items() if result != "skipped"}

    @cached_property
    def text(self) -> str:
        """Everything that people would see in the log."""
        said = (str(row.get("msg", "")).rstrip("\r\n") for row in self.log)
        return "\n".join(line for line in said if not line.startswith("LocalRepositoryCache")) + self.errors

    def said(self, command: str) -> list[str]:
        """What was said by one workflow command (``error``, ``warning``) that the runner obeyed."""
        return [str(row["arg"]) for row in self.log if row.get("command") == command]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """One machine: its folders outlive runs, as those of a self-hosted runner do."""

    folder: Path
    snapshot: Snapshot
    url: str
    tool_cache: Path
    """RUNNER_TOOL_CACHE of every job; several runners may share one."""
    python: str = field(default_factory=lambda: os.path.realpath(sys._base_executable))  # pyright: ignore

    @property
    def act_cache(self) -> Path:
        """Where act keeps actions and workspaces."""
        return self.folder / "act"

    def __post_init__(self) -> None:
        self.tool_cache.mkdir(exist_ok=True)
        self.act_cache.mkdir()
        (self.act_cache / "tool_cache").symlink_to(self.tool_cache)  # where act has it

    @cached_property
    def environment(self) -> dict[str, str]:
        """All that a job finds in its environment beside what act sets; nothing of this session's own."""
        programs = self.folder / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        for name in ("python3", "python"):
            (programs / name).symlink_to(self.python)
        home = self.folder / "home"
        (home / ".config" / "act").mkdir(parents=True)
        (home / ".config" / "act" / "actrc").touch()
        return {
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def start(self, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run action/start.sh as a step of a job would."""
        return subprocess.run(
            ["bash", str(self.snapshot.folder / "action" / "start.sh")],
            cwd=self.folder, env={**self.environment, **env}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def install(self, command: str, cache: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """The first start of a command on a machine: it installs, and then ends for want of an event.

        Packages come from where this machine's own uv gets them, and out of its cache.
        """
        own = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_"))}
        place = {"RUNNER_TOOL_CACHE": str(cache or self.tool_cache), "INPUT_COMMAND": command, "INPUT_TOKEN": "none"}
        uv = {"PATH": f"{self._with_uv}:{self.environment['PATH']}", "UV_CACHE_DIR": uv_cache()}
        return self.start({**own, **uv, **place, **env})

    @cached_property
    def _with_uv(self) -> Path:
        folder = self.folder / "uv"
        folder.mkdir()
        (folder / "uv").symlink_to(UV)
        return folder

    def run(self, order: Order) -> Finished:
        """Run one workflow to its end; the test is skipped where act is missing."""
        if not ACT.is_file():
            pytest.skip("act is not installed: `make setup` builds it where there is Go")
        place = Path(tempfile.mkdtemp(prefix=f"run-{order.run_id}-", dir=self.folder))
        (place / ".github" / "workflows").mkdir(parents=True)
        file = place / ".github" / "workflows" / "called.yml"
        file.write_text(order.workflow)
        (place / "event.json").write_text(json.dumps(order.payload))
        # A token of the form of GitHub's: what looks for one finds it.
        token = f"ghs_{order.run_id:08d}{'e2eToken' * 4}"
        (place / "secrets").write_text(f"GITHUB_TOKEN={token}\n")
        done = subprocess.run(
            [ACT, order.event, *self._arguments(order, place, file)],
            cwd=place, env=self.environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
        (place / "act.log").write_text(done.stdout + done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Finished(code=done.returncode, log=rows, token=token, errors=done.stderr)

    def _arguments(self, order: Order, place: Path, file: Path) -> Iterator[str]:
        yield from ("--workflows", str(file), "--directory", str(place), "--eventpath", str(place / "event.json"))
        yield from ("--platform", "ubuntu-latest=-self-hosted", "--no-skip-checkout", "--rm", "--json")
        yield from ("--secret-file", str(place / "secrets"), "--env-file", os.devnull, "--input-file", os.devnull)
        yield from ("--action-cache-path", str(self.act_cache), "--no-cache-server", "--container-daemon-socket", "-")
        yield from ("--actor", str(order.payload["sender"]["login"]))
        yield from (f"--local-repository={REPOSITORY}@{self.snapshot.sha}={self.snapshot.folder}",)
        for name, commit in sorted(self._used(order.workflow)):
            yield f"--local-repository={name}@{commit}={STAND_INS / name.partition('/')[2]}"
        for key, value in self._facts(order).items():
            yield f"--env={key}={value}"

    def _facts(self, order: Order) -> dict[str, str]:
        return {
            "GITHUB_REPOSITORY": order.repository,
            "GITHUB_RUN_ID": str(order.run_id),
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_API_URL": self.url,
            "GITHUB_REF": order.ref,
            "SHA_REF": order.sha,
            "BENCH_PERMISSIONS": json.dumps(granted(order.workflow, self.snapshot.folder, read_only=order.read_only)),
        }

    def _used(self, workflow: str) -> set[tuple[str, str]]:
        """The actions of GitHub's that the workflow, and what it calls, use; by the commits that they are pinned to."""
        called = (self.snapshot.folder / ".github" / "workflows").glob("gate*.yml")
        texts = [workflow, *(path.read_text() for path in called)]
        return {(found[1], found[2]) for text in texts for found in _PINNED.finditer(text)}


def granted(workflow: str, sluice: Path, *, read_only: bool) -> dict[str, Permissions]:
    """What each job's token may do: its own ``permissions``, refused where a caller does not hold them.

    For a pull request from a fork GitHub turns every ``write`` into ``read``.
    """
    found: dict[str, Permissions] = {}
    parsed = yaml.safe_load(workflow)
    for name, job in parsed["jobs"].items():
        outer = job.get("permissions", parsed.get("permissions", {}))
        found[name] = outer
        called = re.fullmatch(rf"{REPOSITORY}/(\.github/workflows/[\w-]+\.yml)@[0-9a-f]{{40}}", job.get("uses", ""))
        if called:
            for inner_name, inner in yaml.safe_load((sluice / called[1]).read_text())["jobs"].items():
                _check(outer, inner["permissions"], inner_name)
                found[inner_name] = inner["permissions"]
    return {job: _as_bench(held, read_only=read_only) for job, held in found.items()}


def _check(outer: Permissions, inner: Permissions, job: str) -> None:
    """GitHub does not start a workflow whose called jobs ask for more than their caller has."""
    for what, level in inner.items():
        assert level == outer.get(what) or (level, outer.get(what)) == ("read", "write"), f"{job}: {what}: {level}"


def _as_bench(held: Permissions, *, read_only: bool) -> Permissions:
    return {what.replace("-", "_"): "read" if read_only else level for what, level in held.items()}
