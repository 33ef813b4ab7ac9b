"""A small repository on the emulated GitHub, evidence for its pull request, and `sluice publish` as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluice.adapters.decode import evidence as evidence_file
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.training import TrainResult
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict

if TYPE_CHECKING:
    from ghbench.harness import Running

REPO = "acme/churn"
TOKEN = "ghs_job"
MARKER = "<!-- sluice:report -->"

POLICY = """version: 1
data:
  train: {source: data/train.csv, contract: contracts/train.yaml}
training: {run: python train.py, inputs: [train.py, data]}
evaluation: {task: classification, metrics: metrics.json, baseline: {ref: base}}
gates:
  - {metric: roc_auc, min: 0.7}
  - {metric: roc_auc, max_drop: 0.02}
"""
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: train
version: 1.0.0
status: active
schema:
  - name: train
    properties:
      - {name: id, logicalType: integer, required: true}
"""
BASE = {
    "sluice.yaml": POLICY,
    "contracts/train.yaml": CONTRACT,
    "data/train.csv": "id\n1\n2\n",
    "train.py": "print('training')\n",
    "README.md": "A model of churn.\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One pull request on the bench."""

    bench: Running
    number: int
    head_sha: str
    base_sha: str

    def state(self) -> dict[str, Any]:
        """What people see: comments, and the newest check run of each name on the head, without times and ids."""
        comments = self.bench.raw("GET", f"/repos/{REPO}/issues/{self.number}/comments").json()
        runs = self.bench.raw("GET", f"/repos/{REPO}/commits/{self.head_sha}/check-runs?filter=all&per_page=100").json()
        return {
            "comments": [comment["body"] for comment in comments],
            "checks": sorted(
                (r["name"], r["status"], r["conclusion"], r["output"]["title"]) for r in runs["check_runs"]
            ),
        }

    def conclusions(self) -> dict[str, str]:
        return {name: conclusion for name, _, conclusion, _ in self.state()["checks"]}


def opened(bench: Running, changes: Mapping[str, Any], base: Mapping[str, str] = BASE) -> Place:
    """A repository with ``base`` on main, protected, and a pull request with ``changes``."""
    base_sha = bench.push("main", dict(base))
    bench.protect("sluice/gate")
    pull = bench.pull("feat", dict(changes))
    return Place(bench=bench, number=pull.number, head_sha=pull.head.sha, base_sha=base_sha)


def evidence_for(place: Place, **more: Any) -> Evidence:
    """Evidence of a run in which everything went well."""
    passed = CheckResult(
        check="column_type", dataset="train", column="id", verdict=Verdict.PASS, observed="int64", limit="integer",
        n_rows=2, n_failed=0,
    )  # fmt: skip
    required = replace(passed, check="required", observed=0, limit="no missing values")
    rows = replace(passed, check="row_count", column=None, observed=2, limit="at least 1 row", n_failed=None)
    made = Evidence(
        sluice_version="0.1.0",
        subject=Subject(repository=REPO, head_sha=place.head_sha, base_sha=place.base_sha, pr_number=place.number),
        stages=("data", "training", "evaluation"),
        data=(
            DatasetResult(
                dataset="train", source="data/train.csv", verdict=Verdict.PASS, data_sha256="d" * 64,
                contract_path="contracts/train.yaml", contract_sha256="c" * 64, n_rows=2, n_columns=1,
                results=(rows, passed, required),
            ),
        ),
        training=TrainResult(status="success", command="python train.py", exit_code=0, duration_s=1.0),
        evaluation=EvaluationResult(
            n=None, baseline="base",
            metrics=(MetricValue(metric="roc_auc", value=0.81, source="file", direction="higher"),),
            comparisons=(
                Comparison(
                    metric="roc_auc", candidate=0.81, baseline=0.80, difference=0.01, method="point", direction="higher"
                ),
            ),
        ),
    )  # fmt: skip
    return replace(made, **more)


def write(evidence: Evidence, folder: Path) -> Path:
    evidence_file.write(evidence, folder)
    return folder


def environment(bench: Running, token: str = TOKEN) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept, "GITHUB_TOKEN": token, "GITHUB_API_URL": bench.url, "GITHUB_SERVER_URL": bench.url,
        "GITHUB_REPOSITORY": REPO,
    }  # fmt: skip


def command(folder: Path, number: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "sluice", "publish", "--evidence", str(folder), "--pr", str(number), "--json", *more]


def publish(place: Place, folder: Path, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """`sluice publish`, to its end."""
    return subprocess.run(
        command(folder, place.number),
        env=environment(place.bench, token),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def publish_killed_after(place: Place, folder: Path, calls: int) -> bool:
    """`sluice publish`, killed once its call number ``calls`` has had its effect; whether it got that far."""
    place.bench.delete("faults")
    place.bench.delete("calls")
    place.bench.fault(kind="hang", delay=6, when="after", times=1, skip=calls - 1, match={"login": "github-actions.*"})
    process = subprocess.Popen(
        command(folder, place.number), env=environment(place.bench), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 30
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if any(call.get("fault") for call in place.bench.get("calls")):
                process.send_signal(signal.SIGKILL)
                process.wait(10)
                return True
            time.sleep(0.02)
        return False
    finally:
        process.kill()
        process.communicate()
        place.bench.delete("faults")


def shape(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(done.stdout)


# -- a job of the Action --------------------------------------------------------------------


def act(place: Place, command: str, folder: Path, *, run: str = "", **inputs: str) -> subprocess.CompletedProcess[str]:
    """One step of the Action for the pull request's event; ``folder`` is the job's, ``run`` Python in its place."""
    told = job(folder, payload(place.number, place.head_sha, place.base_sha), place.head_sha, place.bench.url)
    given = {f"INPUT_{name.upper()}": value for name, value in (inputs | {"command": command}).items()}
    program = ["-c", run] if run else ["-m", "sluice.entry.action"]
    return subprocess.run(
        [sys.executable, *program], env=told | given, check=False, capture_output=True, text=True, timeout=120
    )


def job(folder: Path, event: str, sha: str, api_url: str) -> dict[str, str]:
    """The variables that the runner and action.yml set for a pull request's job, which owns ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "event.json").write_text(event, encoding="utf-8")
    (folder / "output").write_text("", encoding="utf-8")
    return {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "INPUT_TOKEN": TOKEN, "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": api_url, "GITHUB_SERVER_URL": api_url, "GITHUB_REPOSITORY": REPO,
        "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(folder / "event.json"), "GITHUB_SHA": sha,
        "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_RUN_ID": "1", "RUNNER_TEMP": str(folder),
    }  # fmt: skip


def outputs(folder: Path) -> dict[str, str]:
    """What the last step handed on: ``NAME<<DELIMITER``, the value, and the delimiter again."""
    found: dict[str, str] = {}
    lines = iter((folder / "output").read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, delimiter = line.split("<<", 1)
        found[name] = "\n".join(iter(lines.__next__, delimiter))
    return found


def payload(number: int, head_sha: str, base_sha: str) -> str:
    """As much of a pull request's event as is ever read."""
    sides = {
        name: {"sha": sha, "ref": ref, "repo": {"full_name": REPO}}
        for name, sha, ref in (("head", head_sha, "feat"), ("base", base_sha, "main"))
    }
    pull = {"number": number, "draft": False, "labels": [], **sides}
    return json.dumps({"action": "synchronize", "pull_request": pull, "repository": {"full_name": REPO}})
