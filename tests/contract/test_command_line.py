"""The command line as people and scripts rely on it: JSON shapes, exit codes, one sentence on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sluice import __version__

CHECK = {"check", "column", "verdict", "observed", "limit", "n_rows", "n_failed", "examples", "message"}
METRIC = {"metric", "slice", "value", "ci_low", "ci_high", "ci_level", "n", "unit", "direction"}
COMPARISON = {"metric", "slice", "candidate", "baseline", "difference", "ci_low", "ci_high", "method"}
GATE = {"verdict", "open", "head_sha", "base_sha", "policy_sha256", "evidence_sha256", "results", "overridden_by"}
RESULT = {"gate", "verdict", "severity", "observed", "baseline", "limit", "reason_code", "message"}
EXPLANATION = {
    "measured", "baseline", "difference", "limit", "interval", "n", "slice", "rule", "opens", "where", "text",
}  # fmt: skip

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


EVALUATE = "evaluate predictions.csv --task classification --target y --score p --key id".split()


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


def test_gate_explains_each_result(repository: Path) -> None:
    done = sluice(repository, "gate", "evidence", "--explain", "--json")
    printed = shape(done)
    assert done.returncode == 0 and printed.keys() >= GATE, done.stderr
    assert all(result.keys() >= RESULT | {"explanation"} for result in printed["results"])
    explained = {result["gate"]: result["explanation"] for result in printed["results"]}
    assert all(one.keys() >= EXPLANATION and one["rule"] for one in explained.values())
    drop = explained["roc_auc.max_drop"]
    assert drop["interval"]["low"] < drop["interval"]["high"] and drop["n"] == 400 and drop["opens"] is None
    assert drop["where"] == "sluice.yaml:12"
    said = sluice(repository, "gate", "evidence", "--explain").stdout
    assert "pass         roc_auc.max_drop\n" in said and "    rule       " in said and "(95 %, of the" in said


def test_gate_explains_what_would_open_it(repository: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.yaml"
    strict.write_text(POLICY.replace("min: 0.7", "max: 0.5"))
    done = sluice(repository, "gate", "evidence", "--policy", str(strict), "--explain")
    assert done.returncode == 1
    assert "fail         roc_auc.max\n" in done.stdout and "    to open it " in done.stdout


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


def test_tables_are_on_stdout_and_sentences_on_stderr(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("id,x\n1,0.5\n1,7\n,0.1\n")
    done = sluice(repository, "validate", str(tmp_path / "bad.csv"), "--contract", "contract.yaml")
    rows = done.stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["pass"] * 3 + ["fail"] * 3, "the worst stand last"
    (ranged,) = (row for row in rows if "value_range x: " in row)
    assert "0 <= value <= 1" in ranged and ranged.endswith("; for example id=1: 7.0")
    assert ranged.count("0 <= value <= 1") == 1
    assert all(" :" not in row for row in rows)
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("sluice: ")
    assert "roc_auc" in sluice(repository, *EVALUATE).stdout
    assert "roc_auc.min" in sluice(repository, "gate", "evidence").stdout
    assert "config: " in sluice(repository, "doctor").stdout


def test_a_table_without_columns_to_check_has_no_stray_space(repository: Path, tmp_path: Path) -> None:
    contract = tmp_path / "contract.yaml"
    contract.write_text(
        CONTRACT.replace(
            "    properties:", "    quality: [{metric: rowCount, mustBeGreaterThan: 999}]\n    properties:"
        )
    )
    done = sluice(repository, "validate", "train.csv", "--contract", str(contract))
    assert "fail         row_count: the table has 400 rows" in done.stdout


def test_unreadable_data_is_said_without_its_code(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    done = sluice(repository, "validate", str(tmp_path / "empty.csv"), "--contract", "contract.yaml")
    assert done.returncode == 1
    assert "(empty.csv: the file has no bytes" in done.stderr and "data-empty" not in done.stderr


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


def test_evaluate_measures_what_is_named_besides(repository: Path) -> None:
    done = sluice(repository, *EVALUATE, "--metric", "fbeta@2", "--metric", "ece", "--metric", "fbeta@2", "--json")
    printed = shape(done)
    assert done.returncode == 0, done.stderr
    assert [value["metric"] for value in printed["metrics"]][-2:] == ["fbeta@2", "ece"]
    assert all(value["value"] is not None and value["ci_low"] is not None for value in printed["metrics"])
    assert [len(row) for row in printed["confusion"]["candidate"]] == [2, 2]
    assert sum(map(sum, printed["confusion"]["candidate"])) == 400


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fbeta", "--metric: `fbeta` is no metric that Sluice measures: it needs a number, such as `fbeta@2`"),
        ("roc_acu", "--metric: `roc_acu` is no metric that Sluice measures; did you mean `roc_auc` or `roc_auc_ovr`?"),
        ("rmse", "--metric: `rmse` is a metric of regression and forecasting, and the task is classification"),
        ("roc_auc_ovr", "--metric: `roc_auc_ovr` needs a column of `probabilities`, and none is named"),
    ],
)
def test_evaluate_refuses_a_metric_that_it_would_not_measure(repository: Path, name: str, said: str) -> None:
    done = sluice(repository, *EVALUATE, "--metric", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_doctor(repository: Path) -> None:
    done = sluice(repository, "doctor", "--json")
    printed = shape(done)
    assert printed.keys() >= {"verdict", "findings"}
    assert all(finding.keys() >= {"check", "verdict", "message", "remedy"} for finding in printed["findings"])
    assert done.returncode == (0 if printed["verdict"] in ("pass", "warn") else 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["gate", "nowhere"], 2),
        (["gate", "."], 2),
        (["report", "nowhere"], 2),
        (["validate", "nowhere.csv", "--contract", "contract.yaml"], 2),
        (["evaluate", "nowhere.csv", "--task", "regression"], 2),
        (["evaluate", "predictions.csv", "--task", "classification", "--target", "y", "--score", "no"], 2),
        (["evaluate", "predictions.csv", "--task", "classification", "--target", "y", "--slice", "no"], 2),
        ([*EVALUATE, "--baseline", "nowhere.csv"], 2),
        ([*EVALUATE, "--threshold", "nan"], 2),
        ([*EVALUATE, "--threshold", "inf"], 2),
        (["init", "nowhere"], 2),
        (["doctor", "nowhere"], 2),
        (["run", "--out", "train.py"], 2),
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
    # The Action's log is one stream, and its errors are commands to the runner on stdout.
    assert done.stdout.startswith("::error") if arguments == ["action"] else done.stderr.strip() and not done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["gate", "nowhere"], 2),
        (["init", "nowhere"], 2),
        (["doctor", "nowhere"], 2),
        (["run", "--stage", "cooking"], 2),
        (["publish", "--evidence", "evidence", "--repo", "acme/churn", "--pr", "1"], 2),
        (["validate", "nowhere.csv", "--contract", "contract.yaml"], 2),
        (["evaluate", "predictions.csv"], 2),
        ([*EVALUATE, "--threshold", "much"], 2),
        (["gate"], 2),
        (["cook"], 2),
        (["gate", "broken"], 1),
    ],
)
def test_an_error_is_one_json_document_where_json_is_asked_for(
    repository: Path, arguments: list[str], code: int
) -> None:
    (repository / "broken").mkdir(exist_ok=True)
    (repository / "broken/evidence.json").write_text("{}")
    done = sluice(repository, *arguments, "--json")
    assert done.returncode == code, done.stderr
    printed = shape(done)
    assert printed.keys() == {"error"} and printed["error"].keys() == {"message", "exit_code"}
    assert printed["error"]["exit_code"] == code and printed["error"]["message"] and done.stderr.strip()


@pytest.mark.parametrize("options", [["--version"], ["--debug", "--version"]])
def test_the_version_needs_no_command(tmp_path: Path, options: list[str]) -> None:
    done = sluice(tmp_path, *options)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, __version__, "")


def test_a_bare_repository_is_said(repository: Path, tmp_path: Path) -> None:
    git(repository, "clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    for command in ("run", "doctor", "init"):
        done = sluice(tmp_path / "bare.git", command)
        assert done.returncode == 2 and "bare" in done.stderr and "clone" in done.stderr, done.stderr


def test_a_missing_folder_is_said_not_a_missing_git(tmp_path: Path) -> None:
    done = sluice(tmp_path, "init", "nowhere")
    assert "nowhere: there is no such folder" in done.stderr and "cannot start" not in done.stderr


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


# -- runs on repositories of their own --------------------------------------------------------------


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    """A clone whose branch is even with main, and which has no evidence."""
    root = tmp_path / "copied"
    git(repository, "clone", "-q", "-b", "main", ".", str(root))
    git(root, "switch", "-q", "-c", "change")
    return root


def commit(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).write_text(text)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "change")


def test_a_change_of_words_alone_opens_the_gate(copied: Path) -> None:
    commit(copied, {"README.md": "Documented.\n"})
    assert sluice(copied, "run").returncode == 0
    done = sluice(copied, "gate", "evidence", "--json")
    printed = shape(done)
    assert (done.returncode, printed["verdict"], printed["open"]) == (0, "pass", True), done.stderr
    assert "touches nothing" in done.stderr and printed["evidence_sha256"]
    assert "not applicable" in sluice(copied, "report", "evidence").stdout.lower()


def test_a_change_of_code_without_evidence_for_it_stays_closed(copied: Path) -> None:
    """Evidence of no stage says nothing of a head that asks for one."""
    commit(copied, {"README.md": "Documented.\n"})
    assert sluice(copied, "run").returncode == 0
    commit(copied, {"train.py": TRAIN.replace("seed(1)", "seed(2)")})
    found = copied / "evidence/evidence.json"
    text = json.loads(found.read_text())
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=copied, check=True, capture_output=True, text=True)
    text["subject"]["head_sha"] = head.stdout.strip()
    found.write_text(json.dumps(text))
    assert sluice(copied, "gate", "evidence").returncode == 1


def test_the_folder_for_evidence_is_tried_before_training(copied: Path) -> None:
    (copied / "taken").write_text("")
    commit(copied, {"train.py": "open('trained', 'w').close()\n"})
    done = sluice(copied, "run", "--out", "taken/evidence")
    assert done.returncode == 2 and "taken/evidence: cannot be written to" in done.stderr
    assert "--out" in done.stderr and not (copied / "trained").exists()


def test_a_run_outlives_the_reader_of_its_words(copied: Path) -> None:
    commit(copied, {"train.py": TRAIN + "for i in range(2000): print('line', i, flush=True)\n"})
    command = f"set -o pipefail; {sys.executable} -m sluice run 2>&1 | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=copied, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.returncode == 0, done.stderr
    evidence = json.loads((copied / "evidence/evidence.json").read_text())
    assert evidence["training"]["status"] == "success" and evidence["problems"] == []


def test_a_run_says_why_a_stage_failed(copied: Path) -> None:
    commit(copied, {"train.py": "import os; os.remove('predictions.csv')\n"})
    done = sluice(copied, "run")
    assert "evaluation: predictions.csv: there is no such file; let training write it" in done.stderr
    commit(copied, {"train.csv": "id,x\n1,7\n"})
    done = sluice(copied, "run")
    assert "data train: fail         value_range x: 1 of 1 rows lie outside the range" in done.stderr
    assert "training: not started: " in done.stderr


def test_contracts_that_are_not_committed_yet_are_read_beside_their_configuration(copied: Path) -> None:
    git(copied, "rm", "-q", "--cached", "sluice.yaml", "contract.yaml")
    git(copied, "commit", "-q", "-m", "without")
    git(copied, "branch", "-q", "-f", "main", "HEAD")
    git(copied, "add", ".")
    done = sluice(copied, "run", "--base", "main", "--stage", "data", "--json")
    printed = shape(done)
    assert done.returncode == 0, done.stderr
    assert printed["problems"] == [] and [data["verdict"] for data in printed["data"]] == ["pass"]
    assert shape(sluice(copied, "gate", "evidence", "--json"))["open"] is True


def test_a_changed_contract_that_is_not_committed_loosens_nothing(copied: Path) -> None:
    commit(copied, {"train.csv": "id,x\n1,7\n"})
    (copied / "contract.yaml").write_text(CONTRACT.replace("maximum: 1}", "maximum: 9}"))
    printed = shape(sluice(copied, "run", "--stage", "data", "--json"))
    assert [data["verdict"] for data in printed["data"]] == ["fail"]


def test_a_reference_given_by_hand_is_what_rows_are_compared_with(tmp_path: Path) -> None:
    (tmp_path / "now.csv").write_text("x\n1\n2\n")
    (tmp_path / "before.csv").write_text("x\n" + "1\n" * 4)
    (tmp_path / "c.yaml").write_text(
        "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\nschema:\n"
        "  - name: now\n    properties: [{name: x}]\n"
        "    customProperties: [{property: sluice.rowChange, value: {maxFall: 0.2}}]\n"
    )

    def told(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sluice", "validate", "now.csv", "--contract", "c.yaml", *more]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    without = told()
    assert without.returncode == 1 and "or use `--reference DATA`" in without.stdout
    fell = told("--reference", "before.csv")
    assert fell.returncode == 1 and "2 rows: 50.0% fewer than the reference" in fell.stdout
    same = told("--reference", "now.csv")
    assert (same.returncode, "row_change: at most 20 % fewer rows" in same.stdout) == (0, True)
    absent = told("--reference", "gone.csv")
    assert (absent.returncode, absent.stderr) == (2, "sluice: gone.csv: there is no such file; name the reference\n")
