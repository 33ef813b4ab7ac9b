"""The command line as people and scripts rely on it: JSON shapes, exit codes, one sentence on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECK = {"check", "column", "verdict", "observed", "limit", "n_rows", "n_failed", "examples", "message"}
METRIC = {"metric", "slice", "value", "ci_low", "ci_high", "ci_level", "n", "unit", "direction"}
COMPARISON = {"metric", "slice", "candidate", "baseline", "difference", "ci_low", "ci_high", "method"}
GATE = {"verdict", "open", "head_sha", "base_sha", "policy_sha256", "evidence_sha256", "results", "overridden_by"}
RESULT = {"gate", "verdict", "severity", "observed", "baseline", "limit", "reason_code", "message"}

CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: train
version: 1.0.0
status: active
schema:
  - name: train
    properties:
      - {name: id, logicalType: integer, required: true, unique: true}
      - {name: x, logicalType: number, logicalTypeOptions: {minimum: 0, maximum: 1}}
"""
POLICY = """version: 1
data:
  train: {source: train.csv, contract: contract.yaml}
training: {run: python3 train.py, inputs: [train.py, train.csv]}
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: y, score: p, key: id}
  baseline: {ref: base}
gates:
  - {metric: roc_auc, min: 0.7}
  - {metric: roc_auc, max_drop: 0.2}
"""
TRAIN = """import random
random.seed(1)
with open("predictions.csv", "w") as out:
    out.write("id,y,p\\n")
    for i in range(400):
        y = i % 2
        out.write(f"{i},{y},{min(1.0, max(0.0, 0.5 * y + 0.5 * random.random())):.4f}\\n")
"""


def sluice(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "MLFLOW_"))}
    return subprocess.run(
        [sys.executable, "-m", "sluice", *arguments], cwd=root, env=env, capture_output=True, text=True, check=False
    )


def shape(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(done.stdout)


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose main branch is trained, and a branch that changes the training code."""
    root = tmp_path_factory.mktemp("repository")
    rows = "".join(f"{i},{i / 400}\n" for i in range(400))
    for name, text in {
        "sluice.yaml": POLICY, "contract.yaml": CONTRACT, "train.py": TRAIN, "train.csv": "id,x\n" + rows,
        ".gitignore": "/evidence/\n",
    }.items():  # fmt: skip
        (root / name).write_text(text)
    subprocess.run([sys.executable, "train.py"], cwd=root, check=True)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "base")
    git(root, "switch", "-q", "-c", "feature")
    (root / "train.py").write_text(TRAIN.replace("seed(1)", "seed(2)"))
    git(root, "commit", "-q", "-a", "-m", "another seed")
    done = sluice(root, "run", "--json")
    assert done.returncode == 0, done.stderr
    (root / "run.json").write_text(done.stdout)
    return root


def test_run_prints_its_evidence(repository: Path) -> None:
    printed = json.loads((repository / "run.json").read_text())
    assert printed["stages"] == ["training", "evaluation"], "the data was not touched"
    assert printed["training"]["status"] == "success" and printed["problems"] == []
    assert (repository / "evidence/evidence.json").is_file()


def test_gate_is_open(repository: Path) -> None:
    done = sluice(repository, "gate", "evidence", "--json")
    printed = shape(done)
    assert done.returncode == 0, done.stderr
    assert printed.keys() >= GATE and printed["open"] is True and printed["verdict"] == "pass"
    assert {result["gate"] for result in printed["results"]} == {"training", "roc_auc.min", "roc_auc.max_drop"}
    assert all(result.keys() >= RESULT for result in printed["results"])


def test_gate_is_closed_under_another_policy(repository: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.yaml"
    strict.write_text(POLICY.replace("min: 0.7", "max: 0.5"))
    done = sluice(repository, "gate", "evidence", "--policy", str(strict), "--json")
    assert done.returncode == 1 and shape(done)["open"] is False


def test_report_is_markdown_or_a_page(repository: Path) -> None:
    assert "The gate is open" in sluice(repository, "report", "evidence").stdout
    assert sluice(repository, "report", "evidence", "--format", "html").stdout.startswith("<!doctype html>")


def test_validate(repository: Path) -> None:
    done = sluice(repository, "validate", "train.csv", "--contract", "contract.yaml", "--json")
    printed = shape(done)
    assert done.returncode == 0, done.stderr
    assert printed.keys() >= {"verdict", "dataset", "n_rows", "n_columns", "results"}
    assert (printed["verdict"], printed["n_rows"], printed["n_columns"]) == ("pass", 400, 2)
    assert all(result.keys() >= CHECK for result in printed["results"])


def test_validate_names_what_is_broken(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("id,x\n1,0.5\n1,7\n,0.1\n")
    done = sluice(repository, "validate", str(tmp_path / "bad.csv"), "--contract", "contract.yaml", "--json")
    failed = {result["check"]: result["n_failed"] for result in shape(done)["results"] if result["verdict"] == "fail"}
    assert done.returncode == 1
    assert failed.keys() == {"required", "unique", "value_range"} and failed["value_range"] == 1


def test_evaluate(repository: Path) -> None:
    arguments = ("--task", "classification", "--target", "y", "--score", "p", "--key", "id")
    done = sluice(repository, "evaluate", "predictions.csv", "--baseline", "predictions.csv", *arguments, "--json")
    printed = shape(done)
    assert done.returncode == 0, done.stderr
    assert printed.keys() >= {"verdict", "n", "metrics", "comparisons"} and printed["n"] == 400
    assert all(value.keys() >= METRIC for value in printed["metrics"])
    assert all(row.keys() >= COMPARISON and row["difference"] == 0 for row in printed["comparisons"])


def test_doctor(repository: Path) -> None:
    done = sluice(repository, "doctor", "--json")
    printed = shape(done)
    assert printed.keys() >= {"verdict", "findings"}
    assert all(finding.keys() >= {"check", "verdict", "message", "remedy"} for finding in printed["findings"])
    assert done.returncode == (0 if printed["verdict"] in ("pass", "warn") else 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["gate", "nowhere"], 1),
        (["validate", "train.csv", "--contract", "nowhere.yaml"], 2),
        (["run", "--stage", "cooking"], 2),
        (["run", "--base", "no-such-ref"], 2),
        (["publish", "--evidence", "evidence", "--repo", "acme/churn", "--pr", "1"], 2),
        (["action"], 2),
        (["--no-such-option"], 2),
        (["cook"], 2),
    ],
)
def test_an_error_is_one_sentence_and_its_exit_code(repository: Path, arguments: list[str], code: int) -> None:
    done = sluice(repository, *arguments)
    assert done.returncode == code, done.stderr
    assert done.stderr.strip() or done.stdout.strip()
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POLICY.replace("min: 0.7", "mni: 0.7"), "sluice.yaml:11: gates[0].mni"),
        (POLICY.replace("0.7}", ".nan}"), "sluice.yaml:11: gates[0].min"),
        ("version: 1\nversion: 1\n", "sluice.yaml:2: version"),
        ("a: " + "[" * 3000, "sluice.yaml:1"),
    ],
)
def test_a_wrong_configuration_is_exit_2_with_line_and_key(
    repository: Path, tmp_path: Path, text: str, told: str
) -> None:
    policy = tmp_path / "sluice.yaml"
    policy.write_text(text)
    done = sluice(repository, "gate", "evidence", "--policy", str(policy))
    assert done.returncode == 2
    assert told in done.stderr and done.stderr.strip().count("\n") == 0


def test_help_names_every_command(repository: Path) -> None:
    said = sluice(repository, "--help").stdout
    for name in ("init", "run", "publish", "action", "validate", "evaluate", "gate", "report", "doctor"):
        assert f"\n  {name} " in said
