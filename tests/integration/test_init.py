"""`sluice init` in real repositories: what it writes is valid, passes `sluice doctor`, and carries a first run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.contract import load_contract
from sluice.domain.config import Config
from sluice.domain.contract import Unsupported
from sluice.entry.cli import main

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = (".github/workflows/sluice.yml", ".github/workflows/sluice-fork.yml")

TRAIN = """\
import csv, json, random

rows = list(csv.DictReader(open("data/train.csv")))
rng = random.Random(1)
with open("predictions.csv", "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["row_id", "y_true", "y_score", "region"])
    for row in rows:
        bought = int(row["bought"])
        out.writerow([row["id"], bought, round(0.3 * bought + 0.7 * rng.random(), 4), row["region"]])
json.dump({"train": {"loss": 0.1}}, open("metrics.json", "w"))
"""


class Repository:
    """A small project of its own git repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.call("git", "init", "-q", "-b", "main")

    def call(self, *command: str) -> str:
        env = {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "DVC_NO_ANALYTICS": "true",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def table(self, path: str = "data/train.csv", n: int = 200) -> None:
        rows = [
            f"{i},2024-03-{1 + i % 28:02},{'north south'.split()[i % 2]},{20 + i % 60},{i % 3 % 2}" for i in range(n)
        ]
        self.write(path, "\n".join(["id,day,region,age,bought", *rows]) + "\n")

    def commit(self) -> None:
        self.call("git", "add", "-A")
        self.call("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x")

    def config(self) -> Config:
        return load_config((self.root / "sluice.yaml").read_bytes()).value

    def names(self) -> set[str]:
        listed = self.call("git", "ls-files", "--cached", "--others").splitlines()
        return set(listed)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path / "shop")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def shop(repository: Repository) -> Repository:
    """CSV data, a training script, and the results of one training, all committed."""
    repository.table()
    repository.write("train.py", TRAIN)
    repository.write("requirements.txt", "numpy\n")
    repository.call(sys.executable, "train.py")
    repository.commit()
    return repository


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def _doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """The exit code, and every check's worst verdict."""
    capsys.readouterr()
    code = main(["doctor", "--json"])
    found: dict[str, str] = {}
    for finding in _json(capsys)["findings"]:
        order = ("pass", "warn", "error", "fail")
        found[finding["check"]] = max(finding["verdict"], found.get(finding["check"], "pass"), key=order.index)
    return code, found


def test_what_it_writes(shop: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--json"]) == 0
    said = _json(capsys)
    assert said["files"] == ["sluice.yaml", "contracts/train.odcs.yaml", *WORKFLOWS]
    assert set(said["files"]) <= shop.names()
    assert not list(shop.root.glob(".sluice-init-*"))
    config = shop.config()
    assert config.training is not None and config.training.run == "python train.py"
    assert config.evaluation is not None and config.evaluation.predictions == "predictions.csv"
    assert (config.evaluation.columns.target, config.evaluation.columns.score) == ("y_true", "y_score")
    assert config.evaluation.columns.key == "row_id"
    assert [(gate.metric, gate.min is not None, gate.max_drop is not None) for gate in config.gates] == [
        ("roc_auc", True, False),
        ("roc_auc", False, True),
    ]
    contract = load_contract(
        (shop.root / "contracts/train.odcs.yaml").read_bytes(), path="contracts/train.odcs.yaml", dataset="train"
    )
    assert {column.name: column.logical_type for column in contract.columns} == {
        "id": "integer",
        "day": "date",
        "region": "string",
        "age": "integer",
        "bought": "integer",
    }
    assert not contract.all(Unsupported)
    assert "requirements.txt" in (shop.root / WORKFLOWS[0]).read_text()


def test_doctor_finds_nothing_to_mend(shop: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    shop.commit()
    code, found = _doctor(capsys)
    assert code == 0
    # What it could not look at, and the release's tag, are said; everything else is well.
    assert {check for check, verdict in found.items() if verdict != "pass"} == {"protection", "pin"}


def test_a_commit_in_place_of_the_tag_leaves_no_doubt(shop: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--action", f"acme/sluice@{'a' * 40}"]) == 0
    assert "zizmor: ignore[unpinned" not in (shop.root / WORKFLOWS[0]).read_text()
    assert _doctor(capsys)[1]["pin"] == "pass"


def test_a_first_run_passes(shop: Repository, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shop.call("git", "switch", "-q", "-c", "sluice")
    assert main(["init"]) == 0
    shop.commit()
    out = tmp_path / "evidence"
    assert main(["run", "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["gate", str(out), "--policy", "sluice.yaml", "--json"]) == 0
    decision = _json(capsys)
    verdicts = {result["gate"]: result["verdict"] for result in decision["results"]}
    assert verdicts == {"data.train": "pass", "training": "pass", "roc_auc.min": "pass", "roc_auc.max_drop": "pass"}


def test_the_workflows_pass_every_linter(shop: Repository) -> None:
    assert main(["init"]) == 0
    linter = ROOT / ".tools" / "bin" / "actionlint"
    if not linter.exists():
        pytest.skip("actionlint is not set up")
    shop.call(str(linter), "-shellcheck=", "-pyflakes=", *WORKFLOWS)
    shop.call(str(BIN / "check-jsonschema"), "--quiet", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    found = shop.call(
        str(BIN / "zizmor"), "--offline", "--no-progress", "--persona=auditor", "--format=json", *WORKFLOWS
    )
    assert json.loads(found) == []


@pytest.mark.parametrize("taken", ["sluice.yaml", "contracts/train.odcs.yaml", *WORKFLOWS])
def test_it_overwrites_nothing(shop: Repository, capsys: pytest.CaptureFixture[str], taken: str) -> None:
    shop.write(taken, "mine\n")
    before = shop.names()
    assert main(["init"]) == 2
    assert taken in capsys.readouterr().err.splitlines()[-1]
    assert shop.names() == before and (shop.root / taken).read_text() == "mine\n"


def test_everything_that_is_taken_is_named(shop: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    capsys.readouterr()
    assert main(["init"]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert all(path in last for path in ("sluice.yaml", "contracts/train.odcs.yaml", *WORKFLOWS))


def test_a_link_out_of_the_repository_is_not_followed(shop: Repository, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (shop.root / "contracts").symlink_to(tmp_path / "elsewhere")
    assert main(["init"]) == 2
    assert not any((tmp_path / "elsewhere").iterdir()) and not (shop.root / "sluice.yaml").exists()


def test_a_failure_half_way_leaves_nothing(shop: Repository) -> None:
    # `.github` is a file: the last two files cannot be written.
    shop.write(".github", "not a folder\n")
    assert main(["init"]) == 2
    assert not (shop.root / "sluice.yaml").exists() and not (shop.root / "contracts").exists()
    assert not list(shop.root.glob(".sluice-init-*"))


def test_the_default_branch_is_what_origin_says(shop: Repository, tmp_path: Path) -> None:
    shop.call("git", "branch", "-q", "-m", "main", "trunk")
    clone = tmp_path / "clone"
    shop.call("git", "clone", "-q", str(shop.root), str(clone))
    subprocess.run(("git", "switch", "-q", "-c", "feature"), cwd=clone, check=True, capture_output=True)
    assert main(["init", str(clone)]) == 0
    assert "branches: [trunk]" in (clone / WORKFLOWS[0]).read_text()


def test_outside_of_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path)]) == 2
    assert "not a git repository" in capsys.readouterr().err


def test_without_data(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.write("train.py", "print(1)\n")
    assert main(["init"]) == 2
    assert "--data" in capsys.readouterr().err
    assert repository.names() == {"train.py"}


def test_without_training_and_results_both_are_examples(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.table("train.csv")
    repository.commit()
    assert main(["init"]) == 0
    config = repository.config()
    assert config.training is None and config.evaluation is None and config.gates == ()
    assert _doctor(capsys)[0] == 0


@pytest.mark.parametrize("content", ["", "a,b\n", "a,b\n1\n"])
def test_data_that_cannot_be_read_is_said(repository: Repository, content: str) -> None:
    repository.write("data/train.csv", content)
    assert main(["init", "--train", "make"]) == 2
    assert repository.names() == {"data/train.csv"}


def test_what_is_asked_for_goes_before_what_is_found(shop: Repository) -> None:
    shop.table("other/big table.csv")
    shop.write("out/mine.jsonl", "".join(f'{{"actual": {i}.5, "predicted": {i}.25}}\n' for i in range(60)))
    arguments = ["--data", "other/big table.csv", "--train", "make all", "--predictions", "out/mine.jsonl"]
    assert main(["init", *arguments]) == 0
    config = shop.config()
    assert config.data["big_table"].source == "other/big table.csv"
    assert config.training is not None and config.training.run == "make all"
    assert config.evaluation is not None and config.evaluation.task == "regression"
    assert {gate.metric for gate in config.gates} == {"rmse"}


@pytest.mark.parametrize(
    "arguments", [["--data", "no.csv"], ["--predictions", "no.csv"], ["--data", "../out.csv"], ["--train", " "]]
)
def test_what_is_asked_for_must_be_there(shop: Repository, arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("a\n1\n")
    before = shop.names()
    assert main(["init", *arguments]) == 2
    assert shop.names() == before


def test_predictions_without_usable_columns_are_explained(shop: Repository) -> None:
    shop.write("predictions.csv", "a,b\n1,2\n")
    (shop.root / "metrics.json").unlink()
    assert main(["init"]) == 0
    text = (shop.root / "sluice.yaml").read_text()
    assert shop.config().evaluation is None and "has no column with the true value" in text


def test_results_that_git_ignores_are_compared_by_training_again(shop: Repository) -> None:
    shop.call("git", "rm", "-q", "--cached", "predictions.csv", "metrics.json")
    shop.write(".gitignore", "predictions.csv\nmetrics.json\n")
    shop.commit()
    assert main(["init"]) == 0
    evaluation = shop.config().evaluation
    assert evaluation is not None and evaluation.baseline is not None and evaluation.baseline.rerun


def test_a_metric_file_alone(shop: Repository) -> None:
    (shop.root / "predictions.csv").unlink()
    shop.write("metrics.json", '{"accuracy": 0.91, "loss": NaN}')
    assert main(["init"]) == 0
    config = shop.config()
    assert config.evaluation is not None and config.evaluation.metrics == "metrics.json"
    assert [(gate.metric, gate.min, gate.max_drop) for gate in config.gates] == [
        ("accuracy", 0.86, None),
        ("accuracy", None, 0.01),
    ]


PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [data/train.csv, train.py]
    outs: [predictions.csv]
    metrics: [{metrics.json: {cache: false}}]
"""


@pytest.mark.slow
def test_a_repository_of_dvc(repository: Repository, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    dvc = (sys.executable, "-m", "dvc")
    repository.call(*dvc, "init", "-q")
    repository.call(*dvc, "remote", "add", "-q", "-d", "store", str(tmp_path / "store"))
    repository.table()
    repository.write("train.py", TRAIN)
    repository.write("dvc.yaml", PIPELINE)
    repository.call(*dvc, "add", "-q", "data/train.csv")
    repository.call(*dvc, "repro", "-q")
    repository.call(*dvc, "push", "-q")
    repository.commit()
    assert main(["init"]) == 0
    config = repository.config()
    assert config.data["train"].source == "data/train.csv"
    assert config.training is not None and config.training.run == "dvc repro --pull"
    assert config.evaluation is not None and config.evaluation.predictions == "predictions.csv"
    assert config.evaluation.baseline is not None and not config.evaluation.baseline.rerun
    assert "requirements" not in (repository.root / WORKFLOWS[0]).read_text()
    repository.call("git", "switch", "-q", "-c", "sluice")
    repository.commit()
    out = tmp_path / "evidence"
    assert main(["run", "--out", str(out)]) == 0
    assert main(["gate", str(out), "--policy", "sluice.yaml"]) == 0
    (repository.root / "data" / "train.csv").unlink()
    code, found = _doctor(capsys)
    assert (code, found["data"]) == (0, "pass")


def test_dvc_data_that_is_not_here(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.write("data/train.csv.dvc", "outs:\n- md5: 00\n  path: train.csv\n")
    repository.write("train.py", "print(1)\n")
    assert main(["init"]) == 2
    assert "dvc pull" in capsys.readouterr().err
