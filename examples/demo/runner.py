"""GitHub's runner for one event: the jobs of .github/workflows/gate.yml, each in a folder of its own.

The program of each job is the real one, with the environment that the runner and action.yml give it; it speaks with
the emulated GitHub over HTTP. What `action/start.sh` would do first, installing Sluice into the runner's tool cache, is
left out: the working copy's own environment holds the same locked packages, and the demo must not need a network.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from .programs import DemoError, call
from .pulls import Pull
from .world import REPOSITORY, ROOT, Say, World

_WORKFLOW = ROOT / ".github" / "workflows" / "gate.yml"
_ACTION = ROOT / "action.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job that has ended."""

    name: str
    exit_code: int
    duration_s: float
    outputs: Mapping[str, str]
    calls: int
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """All that a runner did for one event; ``report`` is the whole report as a page."""

    jobs: tuple[Job, ...]
    run_id: int
    report: Path

    @property
    def duration_s(self) -> float:
        """The seconds of all jobs; the starts of machines are not part of them."""
        return sum(job.duration_s for job in self.jobs)

    @property
    def calls(self) -> int:
        """The API calls of all jobs."""
        return sum(job.calls for job in self.jobs)

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the last job that decided."""
        return next(job.outputs for job in reversed(self.jobs) if "verdict" in job.outputs)


def play(world: World, pull: Pull, say: Say) -> Played:
    """Do for the event of a pull request what GitHub would: plan, and where the plan says so, run and publish."""
    place = Place(world=world, pull=pull, run_id=_start_run(world, pull), say=say)
    jobs = [place.job("plan", {"command": "plan"})]
    planned = jobs[0].outputs
    if planned.get("applies") == "true":
        head, evidence = place.check_out(planned["head_sha"]), place.folder / "sluice-evidence"
        given = {"working-directory": str(head), "plan": planned["plan"], "evidence": str(evidence)}
        tracked = {"MLFLOW_TRACKING_URI": world.tracking_uri}
        jobs.append(place.job("run", {"command": "run", **given}, tracked))
        kept = _through_artifact(evidence, place.folder / "downloaded")
        given = {"evidence": str(kept), "plan": planned["plan"]}
        jobs.append(place.job("publish", {"command": "publish", **given}))
    decided = jobs[-1]
    conclusion = "success" if all(job.exit_code == 0 for job in jobs) else "failure"
    world.bench.post(f"runs/{place.run_id}", repo=REPOSITORY, status="completed", conclusion=conclusion)
    return Played(jobs=tuple(jobs), run_id=place.run_id, report=_report(decided))


def _start_run(world: World, pull: Pull) -> int:
    shown = {
        "workflow": ".github/workflows/sluice.yml", "event": "pull_request", "status": "in_progress",
        "head_sha": pull.head_sha, "head_branch": pull.story.name, "actor": "bob",
    }  # fmt: skip
    return int(world.bench.post("runs", repo=REPOSITORY, **shown)["id"])


def _through_artifact(evidence: Path, target: Path) -> Path:
    """What upload-artifact and download-artifact do between two machines: plain files go over, links do not."""
    if evidence.is_dir():
        links = {path.name for path in evidence.rglob("*") if path.is_symlink()}
        shutil.copytree(evidence, target, ignore=lambda _, names: links.intersection(names))
    return target


def _report(job: Job) -> Path:
    report = Path(job.outputs.get("report", ""))
    if not report.is_file():
        tail = job.log.read_text(errors="replace")[-3000:]
        raise DemoError(f"the job {job.name} of {job.log.name} ended with {job.exit_code} and left no report:\n{tail}")
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the jobs of one run happen."""

    world: World
    pull: Pull
    run_id: int
    say: Say

    @property
    def folder(self) -> Path:
        """The run's own folder."""
        return self.world.folder / f"run-{self.pull.number}"

    def job(self, name: str, given: Mapping[str, str], extra: Mapping[str, str] | None = None) -> Job:
        """Run one job to its end."""
        self.say(f"#{self.pull.number} {name} ...")
        workspace = self.folder / name
        temp = workspace / "temp"
        temp.mkdir(parents=True)
        log = self.world.logs / f"pull-{self.pull.number}-{name}.txt"
        token = self._mint(name) if given["command"] != "run" else ""
        env = {**self.world.env, **_inputs(given, token), **self._runner(workspace, temp), **(extra or {})}
        label = f"#{self.pull.number} {name}"
        self.world.label(label)
        started = time.monotonic()
        # As action/start.sh ends: isolated, so that nothing of the working directory is ever imported.
        code = call(
            [sys.executable, "-I", "-m", "sluice.entry.action"], cwd=workspace, env=env, log=log, tell=self._tell
        )
        duration_s = time.monotonic() - started
        self.world.label("people")
        if token:
            self.world.bench.post("tokens", token=token, state="revoked")
        outputs = read_outputs((temp / "output").read_bytes().decode())
        calls = len(self.world.calls(label))
        return Job(name=name, exit_code=code, duration_s=duration_s, outputs=outputs, calls=calls, log=log)

    def _tell(self, line: str) -> None:
        self.say(f"   {line[:100]}")

    def check_out(self, sha: str) -> Path:
        """The head in a fresh folder with all history and no credentials, as actions/checkout leaves it."""
        head = self.folder / "head"
        log = f"pull-{self.pull.number}-checkout"
        address = self.world.bench.git_url(REPOSITORY)
        self.world.run("git", "clone", "--quiet", "--no-checkout", address, head, cwd=self.folder, log=log)
        self.world.run("git", "checkout", "--quiet", "--detach", sha, cwd=head, log=log)
        return head

    def _mint(self, name: str) -> str:
        """A GITHUB_TOKEN with the permissions that the workflow grants the job, for this repository alone."""
        granted = yaml.safe_load(_WORKFLOW.read_text(encoding="utf-8"))["jobs"][name]["permissions"]
        permissions = {scope.replace("-", "_"): level for scope, level in granted.items()}
        token = f"ghs_{secrets.token_hex(18)}"
        self.world.bench.post("tokens", token=token, permissions=permissions, repos=[REPOSITORY])
        return token

    def _runner(self, workspace: Path, temp: Path) -> dict[str, str]:
        """The variables that the runner sets for every step."""
        event = temp / "event.json"
        event.write_text(json.dumps(self.pull.event), encoding="utf-8")
        for name in ("output", "summary"):
            (temp / name).touch()
        told = self.pull.event["pull_request"]
        address = self.world.bench.url
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": address,
            "GITHUB_SERVER_URL": address,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REF": f"refs/pull/{self.pull.number}/merge",
            "GITHUB_SHA": str(told["merge_commit_sha"] or self.pull.head_sha),
            "GITHUB_RUN_ID": str(self.run_id),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(temp / "output"),
            "GITHUB_STEP_SUMMARY": str(temp / "summary"),
            "RUNNER_TEMP": str(temp),
            "RUNNER_OS": "Linux",
        }


def _inputs(given: Mapping[str, str], token: str) -> dict[str, str]:
    """The inputs of action.yml with their defaults, as its one step hands them on."""
    inputs = yaml.safe_load(_ACTION.read_text(encoding="utf-8"))["inputs"]
    values = {name: str(spec.get("default", "")) for name, spec in inputs.items()} | dict(given) | {"token": token}
    return {f"INPUT_{name.upper().replace('-', '_')}": value for name, value in values.items()}


def read_outputs(text: str) -> dict[str, str]:
    """The outputs in a GITHUB_OUTPUT file: ``name=value``, or ``name<<END`` with lines up to ``END``."""
    outputs: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, separator, delimiter = line.partition("<<")
        if separator and "=" not in name:
            value: list[str] = []
            for part in lines:
                if part == delimiter:
                    break
                value.append(part)
            outputs[name] = "\n".join(value)
        elif "=" in line:
            name, _, single = line.partition("=")
            outputs[name] = single
    return outputs
