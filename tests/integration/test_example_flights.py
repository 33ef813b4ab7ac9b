"""The example repository, as a user meets it: extracted, trained, then each of its four pull requests on a clone."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import jsonschema_rs
import numpy as np
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaProperty
from sklearn.metrics import log_loss, roc_auc_score

from sluice.adapters.decode.config import load_config
from sluice.adapters.predictions import read_predictions
from sluice.core.evaluation import evaluate
from sluice.core.limits import judge_all
from sluice.domain.decision import GateResult
from sluice.domain.predictions import Predictions
from sluice.domain.verdict import Verdict

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flights"
CONTRACT = EXAMPLE / "contracts" / "flights.odcs.yaml"
# What running the example leaves behind: a copy starts without it.
MADE_BY_RUNNING = shutil.ignore_patterns(
    "__pycache__",
    "cache",
    "tmp",
    "config.local",
    "*.parquet",
    "*.parquet.dvc",
    "dvc.lock",
    "models",
    "prepared",
    "reports",
)

DATA = "data/flights.parquet"

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A clone of the example and the environment that its commands run in."""

    root: Path
    env: dict[str, str]

    def run(self, command: str) -> str:
        """Run a shell command at the root; its output, or a failure of the test that shows it."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.root, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def change(self, name: str) -> list[str]:
        """Apply one of the example's pull requests; the files that git sees changed."""
        script = EXAMPLE / "pull_requests" / name / "change.py"
        self.run(f"python {script} .")
        return [line[3:] for line in self.run("git status --porcelain").splitlines()]

    def train(self) -> dict[str, float]:
        """Run the command of ``sluice.yaml``; the metrics it leaves."""
        self.run(yaml.safe_load((self.root / "sluice.yaml").read_text())["training"]["run"])
        return json.loads((self.root / "reports/metrics.json").read_text())

    def predictions(self) -> dict[str, Any]:
        """The columns of the predictions, in the order of their key."""
        return self.table("reports/predictions.parquet").order("row_id").fetchnumpy()

    def table(self, path: str) -> duckdb.DuckDBPyRelation:
        """A Parquet file of the clone."""
        return duckdb.read_parquet(str(self.root / path))


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """This environment with this Python first on PATH, no settings of the person who runs the test, and no MLflow."""
    home = tmp_path_factory.mktemp("home")
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "MLFLOW_", "DVC_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**kept, **who, "HOME": str(home), "PATH": path, "DVC_NO_ANALYTICS": "1"}


_PERSON = {"NAME": "Example", "EMAIL": "example@example.org"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, env: dict[str, str]) -> Repository:
    """The main branch: data extracted and pushed to the DVC remote, one training, everything committed."""
    root = tmp_path_factory.mktemp("flights") / "main"
    shutil.copytree(EXAMPLE, root, ignore=MADE_BY_RUNNING)
    repository = Repository(root=root, env=env)
    repository.run("git init --quiet --initial-branch=main")
    repository.run("PYTHONPATH=src python -m flights.extract --out data/flights.parquet")
    repository.run("dvc add --quiet data/flights.parquet && dvc push --quiet data/flights.parquet.dvc")
    repository.train()
    repository.run("git add . && git commit --quiet --message 'Predict late flights'")
    return repository


def clone(base: Repository, name: str) -> Repository:
    root = base.root.with_name(name)
    subprocess.run(["git", "clone", "--quiet", str(base.root), str(root)], env=base.env, check=True)
    return Repository(root=root, env=base.env)


def contract_properties() -> list[SchemaProperty]:
    (table,) = OpenDataContractStandard.from_file(str(CONTRACT)).schema_ or []
    assert table.properties
    return table.properties


def broken_columns(data: duckdb.DuckDBPyRelation) -> dict[str, int]:
    """For every column that breaks the contract: how many rows do, counted without Sluice."""
    broken: dict[str, int] = {}
    for column in contract_properties():
        name, options = str(column.name), column.logicalTypeOptions or {}
        allowed = [tuple(rule.arguments["validValues"]) for rule in column.quality or [] if rule.arguments]
        conditions = [f"{name} IS NULL"] if column.required else []
        conditions += [f"{name} {sign} {options[end]}" for end, sign in _ENDS if end in options]
        conditions += [f"{name} NOT IN {values}" for values in allowed]
        failed = len(data.filter(" OR ".join(conditions))) if conditions else 0
        if column.unique:
            failed += len(data) - len(data.project(name).distinct())
        if failed:
            broken[name] = failed
    return broken


_ENDS = (("minimum", "<"), ("maximum", ">"))


def test_the_contract_is_valid_odcs_and_names_every_column(base: Repository) -> None:
    document = yaml.safe_load(CONTRACT.read_text())
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(document)] == []

    data = base.table(DATA)
    physical = dict(zip(data.columns, map(str, data.types), strict=True))
    assert {p.name: p.physicalType for p in contract_properties()} == physical


def test_the_data_keeps_the_contract(base: Repository) -> None:
    assert broken_columns(base.table(DATA)) == {}


def test_sluice_reads_the_configuration_and_its_paths_exist(base: Repository) -> None:
    config = load_config((EXAMPLE / "sluice.yaml").read_bytes()).value
    assert config.evaluation is not None and config.evaluation.metrics is not None
    named = [path for source in config.data.values() for path in (source.source, source.contract)]
    named += [str(config.evaluation.predictions), config.evaluation.metrics]
    assert [path for path in named if not (base.root / path).is_file()] == []


def test_only_sources_are_in_git(base: Repository) -> None:
    tracked = set(base.run("git ls-files").splitlines())
    assert {"data/flights.parquet.dvc", "dvc.lock", "reports/metrics.json"} <= tracked
    assert not [name for name in tracked if name.endswith((".parquet", ".joblib"))]
    assert base.run("git status --porcelain") == ""


def test_metrics_are_those_of_the_predictions(base: Repository) -> None:
    metrics = json.loads((base.root / "reports/metrics.json").read_text())
    found = base.predictions()

    assert list(found) == ["row_id", "y_true", "origin", "carrier", "y_score"]
    assert len(np.unique(found["row_id"])) == len(found["row_id"]) == metrics["n_rows"]
    assert set(found["origin"]) == {"EWR", "JFK", "LGA"}
    assert metrics["roc_auc"] == pytest.approx(roc_auc_score(found["y_true"], found["y_score"]), abs=1e-12)
    assert metrics["log_loss"] == pytest.approx(log_loss(found["y_true"], found["y_score"]), abs=1e-12)
    assert (base.root / "reports/predictions.parquet").stat().st_size < 1_000_000


def test_the_model_is_tested_on_later_months_than_it_was_trained_on(base: Repository) -> None:
    data = base.table(DATA)
    for split, months in (("train", (1, 9)), ("test", (10, 12))):
        rows = base.table(f"data/prepared/{split}.parquet").project("row_id AS flight_id")
        joined = data.join(rows, "flight_id")
        assert joined.aggregate("min(month), max(month)").fetchall() == [months]
        assert len(joined) == len(rows) == len(joined.filter("arr_delay IS NOT NULL"))


def test_the_main_branch_keeps_its_gates_with_room_to_spare(base: Repository) -> None:
    metrics = json.loads((base.root / "reports/metrics.json").read_text())
    limits = {gate["metric"]: gate for gate in yaml.safe_load((base.root / "sluice.yaml").read_text())["gates"]}
    assert 0.67 < metrics["roc_auc"] < 0.75
    assert metrics["log_loss"] + 0.015 < limits["log_loss"]["max"]


@pytest.fixture(scope="module")
def reseeded(base: Repository) -> Repository:
    """The main branch, trained with another seed."""
    candidate = clone(base, "reseeded")
    candidate.run("sed -i 's/random_state: 2013/random_state: 7/' params.yaml")
    candidate.train()
    return candidate


@pytest.fixture(scope="module")
def improved(base: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The pull request ``improve``, trained while MLflow listens."""
    candidate = clone(base, "improve")
    assert candidate.change("improve") == ["src/flights/features.py"]
    store = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    tracked = Repository(root=candidate.root, env={**candidate.env, "MLFLOW_TRACKING_URI": store})
    tracked.train()
    return tracked


def judged(candidate: Repository, baseline: Repository, rows: int | None = None) -> GateResult:
    """The example's own ``roc_auc.max_drop`` on the predictions of two trainings, or on the first so many of them."""
    policy = load_config((EXAMPLE / "sluice.yaml").read_bytes())
    assert policy.value.evaluation is not None and policy.value.evaluation.predictions is not None
    evaluation, sides = policy.value.evaluation, list[Predictions]()
    for repository in (candidate, baseline):
        path = repository.root / policy.value.evaluation.predictions
        if rows is not None:
            few = path.with_name("few.parquet")
            repository.table(policy.value.evaluation.predictions).order("hash(row_id)").limit(rows).to_parquet(str(few))
            path = few
        sides.append(read_predictions(path, evaluation))
    result = evaluate(sides[0], evaluation, sides[1])
    return next(found for found in judge_all(policy, result) if found.gate == "roc_auc.max_drop")


def test_a_model_that_ranks_002_worse_is_refused(base: Repository, improved: Repository) -> None:
    found = judged(base, improved)
    assert found.difference == pytest.approx(-0.02, abs=0.003)
    assert (found.verdict, found.reason_code) == (Verdict.FAIL, "drop")


def test_an_equal_model_of_another_seed_passes(base: Repository, reseeded: Repository) -> None:
    assert not np.array_equal(base.predictions()["y_score"], reseeded.predictions()["y_score"])
    for candidate, baseline in ((base, reseeded), (reseeded, base)):
        found = judged(candidate, baseline)
        assert found.difference is not None and abs(found.difference) < 0.003
        assert found.verdict is Verdict.PASS


def test_neither_can_be_told_on_200_rows_and_the_rows_that_would_decide_are_named(
    base: Repository, improved: Repository, reseeded: Repository
) -> None:
    for candidate, baseline in ((base, improved), (reseeded, base)):
        found = judged(candidate, baseline, rows=200)
        assert (found.verdict, found.reason_code, found.n) == (Verdict.INCONCLUSIVE, "not-enough-evidence", 200)
        assert re.search(r"about [\d,]+ rows would decide", found.message), found.message


def test_improve_ranks_better_on_the_same_rows_and_is_recorded(base: Repository, improved: Repository) -> None:
    before, after = base.predictions(), improved.predictions()
    assert (before["row_id"] == after["row_id"]).all() and (before["y_true"] == after["y_true"]).all()
    low, high = difference_interval(before["y_true"], before["y_score"], after["y_score"])
    assert 0.01 < low < high < 0.05
    with closing(sqlite3.connect(improved.env["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///"))) as store:
        logged = store.execute("SELECT key, value FROM latest_metrics").fetchall()
    assert dict(logged) == pytest.approx(json.loads((improved.root / "reports/metrics.json").read_text()))


def difference_interval(y_true: Any, before: Any, after: Any) -> tuple[float, float]:
    """99 % percentile interval of the gain in ROC AUC: 200 paired resamples of the rows."""
    rng = np.random.default_rng(2013)
    picks = (rng.integers(0, len(y_true), len(y_true)) for _ in range(200))
    gains = [roc_auc_score(y_true[i], after[i]) - roc_auc_score(y_true[i], before[i]) for i in picks]
    low, high = np.quantile(gains, [0.005, 0.995])
    return float(low), float(high)


def test_break_data_changes_one_pointer_breaks_four_columns_and_still_trains(base: Repository) -> None:
    candidate = clone(base, "break_data")
    candidate.run("dvc pull --quiet data/flights.parquet.dvc")
    assert candidate.change("break_data") == ["data/flights.parquet.dvc"]

    data = candidate.table(DATA)
    broken = broken_columns(data)
    assert set(broken) == {"flight_id", "carrier", "dest", "distance"}
    assert min(broken.values()) > 100
    miles, kilometres = (table.mean("distance").fetchall()[0][0] for table in (base.table(DATA), data))
    assert kilometres / miles == pytest.approx(1.609, abs=0.01)

    candidate.run("dvc push --quiet data/flights.parquet.dvc")
    metrics = candidate.train()
    assert metrics["n_rows"] == len(base.predictions()["row_id"])


def test_break_data_asks_for_the_data_where_it_is_missing(base: Repository) -> None:
    candidate = clone(base, "without_data")
    script = EXAMPLE / "pull_requests/break_data/change.py"
    command = [sys.executable, str(script), str(candidate.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "dvc pull" in done.stderr


def test_simplify_changes_one_source_file_and_only_once(base: Repository) -> None:
    candidate = clone(base, "simplify")
    assert candidate.change("simplify") == ["src/flights/features.py"]
    script = EXAMPLE / "pull_requests/simplify/change.py"
    again = subprocess.run(
        [sys.executable, str(script), str(candidate.root)], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1 and "does not list the weather columns" in again.stderr


def test_docs_touches_the_readme_alone(base: Repository) -> None:
    candidate = clone(base, "docs")
    assert candidate.change("docs") == ["README.md"]
    assert "## Words" in (candidate.root / "README.md").read_text()


@pytest.mark.parametrize("name", ["improve", "break_data", "docs", "simplify"])
def test_every_pull_request_has_a_title_and_a_body(name: str) -> None:
    folder = EXAMPLE / "pull_requests" / name
    assert 10 < len((folder / "title.txt").read_text().strip()) <= 72
    assert len((folder / "body.md").read_text().split()) > 20
