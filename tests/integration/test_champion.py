"""A model of MLflow's registry as the baseline: found, recorded or asked about the head's rows, and what goes wrong."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from support.place import Place as Repository

from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.adapters.registered import asking, fetched, version_of
from sluice.adapters.scoring import Rows, score
from sluice.adapters.serving.load import Site
from sluice.core.explaining import explain, lines
from sluice.core.report import render
from sluice.domain.champion import BaselineModel
from sluice.domain.config import Columns, Evaluation, Loaded
from sluice.domain.decision import Decision, GateResult
from sluice.domain.errors import DataError, SluiceError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan
from sluice.domain.verdict import Verdict
from sluice.entry.workshop import workshop
from sluice.pipeline.beside import Rival, beside
from sluice.pipeline.order import Beside, Order

# MLflow's own use of SQLAlchemy, and what it says of models that it is given.
pytestmark = [pytest.mark.filterwarnings("ignore:.*noload"), pytest.mark.filterwarnings("ignore::UserWarning")]

POLICY = """version: 1
training: {run: PYTHON train.py, inputs: ["*.py", "*.csv"]}
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: late, score: p_late, key: id}
  slices: [origin]
  features: test.csv
  baseline: {model: flights@champion}
gates:
  - {metric: roc_auc, max_drop: 0.02}
"""
TRAIN = """import csv, math
rows = list(csv.DictReader(open("test.csv")))
with open("predictions.csv", "w") as out:
    out.write("id,late,p_late,minutes,kind,p_a,p_b,p_c,origin\\n")
    for row in rows:
        x = float(row["COLUMN"]) - MIDDLE
        p = 1 / (1 + math.exp(-x))
        values = (row["id"], row["late"], p, x + 1, row["kind"], p, (1 - p) / 2, (1 - p) / 2, row["origin"])
        out.write(",".join(map(str, values)) + "\\n")
"""
GOOD, BAD = ("delay", 0), ("taxi", 15)
ROWS = 400
MODULE = """import math, os, signal
class Odd:
    def __init__(self, how): self.how = how
    def fit(self, *_): return self
    def predict(self, rows):
        if self.how == "killed": os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "raises": raise LookupError("hunter2")
        if self.how == "well": return [1 / (1 + math.exp(-delay)) for delay in rows["delay"]]
        return [float("nan") if index == 7 else 0.5 for index in range(len(rows))]
"""


def table() -> str:
    draw = random.Random(7)
    lines = ["id,delay,taxi,origin,late,minutes,kind"]
    for index in range(ROWS):
        delay = draw.gauss(0, 2)
        late = int(draw.random() < 1 / (1 + 2.718281828459045**-delay))
        kind = "a" if delay > 1 else "b" if delay > -1 else "c"
        port = draw.choice(["JFK", "LGA"])
        lines.append(f"{index},{delay:.6f},{draw.randint(1, 30)},{port},{late},{delay + draw.gauss(1, 0.3):.4f},{kind}")
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class Registry:
    """An MLflow store in a folder, and what is registered there."""

    address: str

    def train(self, name: str, model: Any, target: str, *, predict: str = "predict", **columns: str) -> None:
        """A fitted model, logged as people do it and made the champion; ``columns`` are other names of its inputs."""
        import mlflow
        from mlflow import sklearn as flavor
        from mlflow.models import infer_signature
        from mlflow.tracking import MlflowClient

        frame = fitted_on().rename(columns=columns)
        inputs = frame[[columns.get("delay", "delay"), "taxi"]]
        experiment = MlflowClient(self.address).get_experiment_by_name("training")
        assert experiment is not None
        # By the environment and by number: what MLflow is told of itself would outlive this test.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MLFLOW_TRACKING_URI", self.address)
            with mlflow.start_run(experiment_id=experiment.experiment_id):
                flavor.log_model(
                    model.fit(inputs, frame[target]),
                    name="model",
                    signature=infer_signature(inputs),
                    pyfunc_predict_fn=predict,
                    registered_model_name=name,
                    serialization_format="cloudpickle",
                )
        self.crown(name)

    def crown(self, name: str) -> None:
        from mlflow.tracking import MlflowClient

        MlflowClient(self.address).set_registered_model_alias(name, "champion", "1")

    def record(self, name: str, kept: dict[str, Path]) -> str:
        """A model whose run keeps these files, by their folders, and nothing that can be loaded; its run's id."""
        from mlflow.tracking import MlflowClient

        client = MlflowClient(self.address)
        experiment = client.get_experiment_by_name("training")
        assert experiment is not None
        run_id = client.create_run(experiment.experiment_id).info.run_id
        for folder, file in kept.items():
            client.log_artifact(run_id, str(file), folder)
        client.create_registered_model(name)
        client.create_model_version(name, source=f"runs:/{run_id}/model", run_id=run_id)
        self.crown(name)
        return run_id


def fitted_on() -> Any:
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(3)
    delay = draw.normal(0, 2, 4000)
    return pd.DataFrame(
        {
            "delay": delay,
            "taxi": draw.integers(1, 30, 4000),
            "late": (draw.random(4000) < 1 / (1 + np.exp(-delay))).astype(int),
            "minutes": delay + draw.normal(1, 0.3, 4000),
            "kind": np.where(delay > 1, "a", np.where(delay > -1, "b", "c")),
        }
    )


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    from mlflow.tracking import MlflowClient
    from sklearn.linear_model import LogisticRegression

    home = tmp_path_factory.mktemp("mlflow")
    found = Registry(f"sqlite:///{home}/mlflow.db")
    MlflowClient(found.address).create_experiment("training", artifact_location=(home / "artifacts").as_uri())
    found.train("flights", LogisticRegression(), "late", predict="predict_proba")
    return found


class Place(Repository):
    """A repository whose training writes predictions."""

    def __init__(self, above: Path) -> None:
        super().__init__(above, ignored="predictions.csv\n")
        (self.root / "test.csv").write_text(table())
        self.base = self.commit()

    def commit(self, policy: str = POLICY, model: tuple[str, int] = GOOD, shop: str = MODULE) -> str:
        train = TRAIN.replace("COLUMN", model[0]).replace("MIDDLE", str(model[1]))
        return self.commit_files(policy, train=train, shop=shop)

    def settle(self, policy: str) -> None:
        """Make this the base's policy, and the head's."""
        self.base = self.commit(policy)

    def judged(self) -> tuple[EvaluationResult, dict[str, GateResult], Evidence, Decision]:
        evidence, decision = self.decided()
        assert evidence.evaluation is not None, evidence.problems
        return evidence.evaluation, {result.gate: result for result in decision.results}, evidence, decision

    def policy_that_calls(self) -> bytes:
        served = "  serving: {call: 'shop:predict', inputs: test.csv}\ngates:"
        return POLICY.replace("gates:", served).encode()

    def digest(self) -> str:
        return hashlib.sha256((self.root / "test.csv").read_bytes()).hexdigest()


@pytest.fixture
def place(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.address)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return Place(tmp_path)


# -- asked ------------------------------------------------------------------------------------------


def test_the_champion_is_asked_about_the_same_rows(place: Place) -> None:
    found, gates, evidence, decision = place.judged()
    assert (evidence.problems, found.message) == ((), "")
    model = found.baseline_model
    assert model is not None
    assert (model.name, model.version, model.how, model.data) == ("flights", "1", "scored", "test.csv")
    assert model.data_sha256 == place.digest()
    assert (
        found.baseline == f"flights version 1, run {model.run_id[:12]}, SHA-256 {model.sha256[:12]}, scored on test.csv"
    )
    assert {one.method.partition(";")[0] for one in found.comparisons} == {"paired by key"}
    assert {one.slice for one in found.comparisons} == {"", "origin=JFK", "origin=LGA"}
    assert gates["roc_auc.max_drop"].verdict is Verdict.PASS
    assert decision.open
    assert found.baseline in render(evidence, decision).html


def test_a_candidate_that_is_worse_than_the_champion_is_refused(place: Place) -> None:
    """However the head calls its baseline: which it is, the base says."""
    easier = POLICY.replace("baseline: {model: flights@champion}", "baseline: {ref: base}").replace(
        "  features: test.csv\n", ""
    )
    place.commit(easier, BAD)
    found, gates, _evidence, decision = place.judged()
    assert found.baseline.startswith("flights version 1")
    assert gates["roc_auc.max_drop"].verdict is Verdict.FAIL
    assert not decision.open


def test_where_the_bases_code_evaluates_its_rows_are_asked_about(place: Place) -> None:
    """A head that makes the rows easier changes nothing of the comparison."""
    policy = POLICY.replace("  predictions", "  code: base\n  run: PYTHON judge.py\n  model: model.json\n  predictions")
    judge = TRAIN.replace("COLUMN", GOOD[0]).replace("MIDDLE", str(GOOD[1]))
    train = 'open("model.json", "w").write("{}")'
    place.base = place.commit_files(policy, train=train, judge=judge)
    (place.root / "test.csv").write_text("id,delay,taxi,origin,late,minutes,kind\n")
    place.commit_files(policy, train=train, judge="")
    found, gates, _evidence, _decision = place.judged()
    assert found.code == "base"
    assert found.baseline.startswith("flights version 1"), found.message
    assert found.n == ROWS
    assert gates["roc_auc.max_drop"].verdict is Verdict.PASS


def test_a_regression(place: Place, registry: Registry) -> None:
    from sklearn.linear_model import LinearRegression

    registry.train("minutes", LinearRegression(), "minutes")
    policy = POLICY.replace("classification", "regression").replace("flights@", "minutes@")
    policy = policy.replace("target: late, score: p_late", "target: minutes, prediction: minutes_said")
    policy = policy.replace("roc_auc, max_drop: 0.02", "rmse, max_rise: 10 %")
    train = TRAIN.replace("p_late,minutes,kind", "p_late,minutes_said,kind").replace("id,late", "id,minutes")
    train = train.replace('row["late"], p', 'row["minutes"], p').replace("COLUMN", "delay").replace("MIDDLE", "0")
    place.base = place.commit_files(policy, train=train, shop=MODULE)
    found, gates, evidence, _decision = place.judged()
    assert (evidence.problems, found.message) == ((), "")
    assert gates["rmse.max_rise"].verdict is Verdict.PASS
    (whole,) = (one for one in found.comparisons if one.metric == "rmse" and not one.slice)
    assert whole.baseline == pytest.approx(0.3, abs=0.05)


def test_classes_with_names(place: Place, registry: Registry) -> None:
    from sklearn.tree import DecisionTreeClassifier

    registry.train("kinds", DecisionTreeClassifier(max_depth=4, random_state=1), "kind", predict="predict_proba")
    policy = POLICY.replace("flights@", "kinds@")
    # In another order than the model's own.
    policy = policy.replace("target: late, score: p_late", "target: kind, probabilities: {c: p_c, a: p_a, b: p_b}")
    place.settle(policy.replace("roc_auc, max_drop", "log_loss_multiclass, max_rise"))
    found, gates, evidence, _decision = place.judged()
    assert (evidence.problems, found.message) == ((), "")
    accuracy = {one.slice: one for one in found.comparisons if one.metric == "accuracy"}[""]
    assert accuracy.baseline is not None and accuracy.baseline > 0.97
    assert gates["log_loss_multiclass.max_rise"].verdict is Verdict.FAIL


def test_classes_that_are_numbered_otherwise_are_no_baseline(place: Place, registry: Registry) -> None:
    """A champion that answers with the places of its classes would be always wrong, and everything better."""
    from sklearn.tree import DecisionTreeClassifier

    registry.train("places", DecisionTreeClassifier(max_depth=4, random_state=1), "taxi")
    policy = POLICY.replace("flights@", "places@").replace("score: p_late", "prediction: said")
    place.settle(policy.replace("roc_auc", "accuracy"))
    train = TRAIN.replace("p_late,", "said,").replace("COLUMN", GOOD[0]).replace("MIDDLE", str(GOOD[1]))
    place.commit_files(
        policy.replace("roc_auc", "accuracy"),
        train=train.replace('row["late"], p,', 'row["late"], int(p > 0.5),'),
        shop=MODULE,
    )
    found, gates, _evidence, _decision = place.judged()
    assert "a class that no row's target is" in found.message, found.message
    assert gates["accuracy.max_drop"].verdict is Verdict.INCONCLUSIVE


def odd_champion(place: Place, registry: Registry, how: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a model whose class is the repository's own the champion, and the base's baseline."""
    monkeypatch.syspath_prepend(str(place.root))
    sys.modules.pop("shop", None)
    import shop  # pyright: ignore[reportMissingImports]

    registry.train(how, shop.Odd(how), "late")
    policy = POLICY.replace("flights@", f"{how}@").replace("  features", "  model_modules: [shop]\n  features")
    place.settle(policy)
    return policy


def test_the_code_that_a_champion_needs_is_the_bases(
    place: Place, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = odd_champion(place, registry, "well", monkeypatch)
    monkeypatch.setenv("PYTHONPATH", str(place.root))
    place.commit(policy, BAD, MODULE.replace("math.exp(-delay)", "math.exp(delay)"))
    found, gates, _evidence, _decision = place.judged()
    (whole,) = (one for one in found.comparisons if one.metric == "roc_auc" and not one.slice)
    assert whole.baseline is not None and whole.baseline > 0.8
    assert gates["roc_auc.max_drop"].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("killed", "the request from row 1 on was not answered, the process was ended by SIGKILL"),
        ("raises", "was answered by an error: LookupError"),
        ("nan", "what it says of row 8 is no finite number"),
    ],
)
def test_a_champion_that_does_not_answer(
    place: Place, registry: Registry, how: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd_champion(place, registry, how, monkeypatch)
    found, gates, _evidence, decision = place.judged()
    assert f"no baseline: {how} version 1: " in found.message
    assert says in found.message
    assert "hunter2" not in found.message
    assert (gates["roc_auc.max_drop"].verdict, gates["roc_auc.max_drop"].reason_code) == (
        Verdict.INCONCLUSIVE,
        "no-baseline",
    )
    assert found.baseline == "" and found.comparisons == () and not decision.open


# -- not asked --------------------------------------------------------------------------------------


def test_a_champion_that_must_not_be_loaded_is_a_problem(place: Place, registry: Registry, tmp_path: Path) -> None:
    canary, folder = tmp_path / "canary", tmp_path / "model"
    folder.mkdir()

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {canary}",)

    (folder / "model.pkl").write_bytes(pickle.dumps(Evil()))
    (folder / "MLmodel").write_text(
        "flavors: {python_function: {loader_module: mlflow.sklearn, model_path: model.pkl}}\n"
    )
    run_id = registry.record("evil", {})
    from mlflow.tracking import MlflowClient

    MlflowClient(registry.address).log_artifacts(run_id, str(folder), "model")
    place.settle(POLICY.replace("flights@", "evil@").replace("roc_auc, max_drop: 0.02", "roc_auc, min: 0.5"))
    found, gates, _evidence, decision = place.judged()
    assert not canary.exists()
    assert "system" in found.message
    assert (gates["evaluation"].verdict, gates["evaluation"].reason_code) == (Verdict.ERROR, "champion-unsafe")
    assert gates["roc_auc.min"].verdict is Verdict.PASS
    assert not decision.open


def test_columns_that_the_model_takes_are_not_there(place: Place, registry: Registry) -> None:
    from sklearn.linear_model import LogisticRegression

    registry.train("wider", LogisticRegression(), "late", predict="predict_proba", delay="wind")
    place.settle(POLICY.replace("flights@", "wider@"))
    found, gates, _evidence, _decision = place.judged()
    assert "test.csv: there is no column `wind`, which wider version 1 takes" in found.message
    assert gates["roc_auc.max_drop"].verdict is Verdict.INCONCLUSIVE


def test_an_alias_alone_means_the_one_model_that_has_it(registry: Registry) -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(registry.address)
    for name in ("first", "second"):
        client.create_registered_model(name)
        client.create_model_version(name, source="runs:/none/model")
    client.set_registered_model_alias("first", "best", "1")
    found = version_of(client, "best")
    assert (found.name, found.version) == ("first", "1")
    with pytest.raises(DataError, match="model nobody: no model of the registry has this alias"):
        version_of(client, "nobody")
    client.set_registered_model_alias("second", "best", "1")
    with pytest.raises(DataError, match="2 models of the registry have this alias, first and second among them"):
        version_of(client, "best")


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("flights@nobody", "the registry does not have it (Registered model alias nobody not found.)"),
        ("nothing@champion", "the registry does not have it"),
        ("flights/99", "the registry does not have it"),
    ],
)
def test_there_is_no_champion_yet(place: Place, model: str, says: str) -> None:
    place.settle(POLICY.replace("flights@champion", model))
    found, gates, evidence, decision = place.judged()
    assert f"no baseline: model {model}: {says}" in found.message
    assert "register the model that is in use now, and give it this alias" in found.message
    assert gates["roc_auc.max_drop"].verdict is Verdict.INCONCLUSIVE
    assert not decision.open
    assert f"There is no baseline: model {model}: {says}" in "\n".join(
        line for one in explain(decision, evidence) for line in lines(one)
    )


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (
            "",
            "there is no model registry to ask; set MLFLOW_TRACKING_URI for this job; a pull request from a fork",
        ),
        ("http://127.0.0.1:9", "the registry does not answer for it"),
    ],
)
def test_a_registry_that_does_not_answer(
    place: Place, address: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    found, gates, _evidence, decision = place.judged()
    assert f"no baseline: model flights@champion: {says}" in found.message
    assert gates["roc_auc.max_drop"].verdict is Verdict.INCONCLUSIVE
    assert not decision.open


def test_a_model_whose_files_are_gone(place: Place, registry: Registry) -> None:
    registry.record("gone", {})
    place.settle(POLICY.replace("flights@", "gone@"))
    found, gates, _evidence, _decision = place.judged()
    assert "no baseline: model gone version 1: the registry does not" in found.message
    assert gates["roc_auc.max_drop"].verdict is Verdict.INCONCLUSIVE


def test_rows_that_are_not_there(place: Place) -> None:
    place.settle(POLICY.replace("features: test.csv", "features: rows/none.csv"))
    found, _gates, _evidence, decision = place.judged()
    assert "no baseline: rows/none.csv: " in found.message
    assert not decision.open


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "test.csv: the file has no bytes"),
        ("id,delay,taxi,late\n", "test.csv: holds no rows"),
        ("delay,taxi,late\n1,2,1\n", "test.csv: there is no column `id`, which is `evaluation.columns.key`"),
        ("id,delay,late\n1,2,1\n", "test.csv: there is no column `taxi`, which m takes"),
        ("id,delay,taxi,late\n1,0.5,,1\n", "was answered by an error: MlflowFailedTypeConversion"),
    ],
)
def test_rows_that_cannot_be_asked_about(registry: Registry, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "test.csv").write_text(text)
    with pytest.raises(SluiceError) as caught:
        ask(registry, tmp_path, "test.csv")
    assert says in caught.value.sentence


def test_rows_that_break_off(registry: Registry, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = random.Random(1)
    columns = {"delay": [draw.random() for _ in range(20_000)], "taxi": [1] * 20_000, "late": [0, 1] * 10_000}
    pq.write_table(pa.table({"id": list(range(20_000)), **columns}), tmp_path / "t.parquet", row_group_size=2_000)
    data = bytearray((tmp_path / "t.parquet").read_bytes())
    data[len(data) // 2 : len(data) * 3 // 4] = bytes(len(data) // 4)
    (tmp_path / "t.parquet").write_bytes(data)
    with pytest.raises(SluiceError) as caught:
        ask(registry, tmp_path, "t.parquet")
    assert "t.parquet: is not readable to its end" in caught.value.sentence


@pytest.mark.parametrize("data", ["rows.arrow", "folder"])
def test_rows_in_what_is_not_one_file(registry: Registry, tmp_path: Path, data: str) -> None:
    (tmp_path / "rows.arrow").write_bytes(b"ARROW1")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.csv").write_text(table())
    with pytest.raises(SluiceError, match="must be one file: Parquet, CSV or JSON lines"):
        ask(registry, tmp_path, data)


def test_a_model_that_takes_the_truth(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(table())
    with pytest.raises(SluiceError, match="its signature names `taxi`, the true value"):
        ask(registry, tmp_path, "test.csv", target="taxi")


def ask(registry: Registry, root: Path, data: str, target: str = "late") -> None:
    """Ask the champion itself, without a run around it."""
    columns = Columns(target=target, score="p", key="id")
    evaluation = Evaluation(task="classification", predictions="p.csv", columns=columns)
    with asking("flights/1", registry.address) as client:
        (root / "to").mkdir()
        model = fetched(client, version_of(client, "flights/1"), registry.address, root / "to")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    site = Site(root=root, env={**os.environ, "PATH": path}, say=print)
    score(model, "m", Rows(root=root, data=data, evaluation=evaluation), site, root / "out.parquet")


# -- recorded ---------------------------------------------------------------------------------------


def recorded(place: Place, registry: Registry, name: str, text: str, sha256: str, above: Path) -> EvaluationResult:
    file = above / "theirs.csv"
    file.write_text(text)
    registry.record(name, {f"sluice/predictions/{sha256}": file})
    place.settle(POLICY.replace("flights@", f"{name}@"))
    return place.judged()[0]


def scores(flip: int = 0) -> str:
    rows = [line.split(",") for line in table().splitlines()[1:]]
    lines = (f"{row[0]},{1 - int(row[4]) if int(row[0]) < flip else row[4]},0.{row[2]}" for row in reversed(rows))
    return "\n".join(["id,late,p_late", *lines, ""])


def test_recorded_predictions_are_read_and_nothing_is_loaded(place: Place, registry: Registry, tmp_path: Path) -> None:
    found = recorded(place, registry, "told", scores(), place.digest(), tmp_path)
    assert found.message == ""
    assert found.baseline_model is not None
    assert (found.baseline_model.how, found.baseline_model.sha256) == ("recorded", "")
    assert found.baseline.endswith("by its recorded predictions for test.csv")
    assert {one.method for one in found.comparisons} == {"paired by key"}


def test_recorded_predictions_of_other_rows_are_not_read(place: Place, registry: Registry, tmp_path: Path) -> None:
    found = recorded(place, registry, "other", scores(), "0" * 64, tmp_path)
    assert "no baseline: model other version 1" in found.message
    assert found.comparisons == ()


def test_recorded_predictions_with_other_truths_are_not_paired(
    place: Place, registry: Registry, tmp_path: Path
) -> None:
    found = recorded(place, registry, "truths", scores(flip=3), place.digest(), tmp_path)
    assert {one.method for one in found.comparisons} == {"unpaired (the target differs in 3 of 400 rows)"}


@pytest.mark.parametrize("text", ["", "id,late\n1,1\n", "id,late,p_late\n1,1,nan\n", "\0"])
def test_recorded_predictions_that_cannot_be_read(place: Place, registry: Registry, text: str, tmp_path: Path) -> None:
    name = f"broken{len(text)}"
    found = recorded(place, registry, name, text, place.digest(), tmp_path)
    assert f"no baseline: {name} version 1: " in found.message


# -- the base's to say ------------------------------------------------------------------------------


def test_a_head_cannot_have_the_base_not_trained_again(place: Place) -> None:
    again = POLICY.replace("{model: flights@champion}", "{ref: base, rerun: true}").replace(
        "  features: test.csv\n", ""
    )
    place.settle(again)
    place.commit(again.replace(", rerun: true", ""), BAD)
    found, gates, _evidence, _decision = place.judged()
    assert found.baseline.endswith(", rerun")
    assert gates["roc_auc.max_drop"].verdict is Verdict.FAIL
    place.commit(again.replace("  baseline: {ref: base, rerun: true}\n", "").replace("max_drop", "min"), BAD)
    assert place.judged()[0].baseline.endswith(", rerun")


# -- served -----------------------------------------------------------------------------------------


def test_a_champion_is_served_by_itself_once_it_was_looked_at(place: Place, tmp_path: Path) -> None:
    served = "  model: model\n  serving: {model: model, inputs: test.csv}\ngates:"
    place.settle(POLICY.replace("gates:", served))
    git = Git(place.root)
    policy = load_config(git.show("HEAD", "sluice.yaml") or b"")
    evaluation = policy.value.evaluation
    assert evaluation is not None
    subject = Subject(repository="o/r", head_sha=git.head(), base_sha=place.base)
    plan = Plan(stages=("evaluation",), runs_on=(), head_sha=git.head(), base_sha=place.base, policy_sha256="")
    order = Order(subject=subject, plan=plan, head=policy, policy=policy, version="0")
    shop = workshop(git, subject, tmp_path, lambda _: None)
    known = shop.champions.named("flights@champion")
    model = BaselineModel(
        name=known.name, version=known.version, run_id=known.run_id, how="scored", data="test.csv", data_sha256=""
    )
    with ExitStack() as stack:
        found = beside(evaluation, order, shop, stack, Rival(registered=model))
        assert isinstance(found, Beside), found
        assert (found.root / (found.serving.model or "") / "MLmodel").is_file()
        assert found.model is not None and shop.champions.digest(found.model) == found.sha256
        assert beside(evaluation, order, shop, stack, Rival()) == "the registered model was not found"
        called = Loaded(value=load_config(place.policy_that_calls()).value, sha256="")
        said = beside(evaluation, replace(order, policy=called), shop, stack, Rival(registered=model))
        assert "where the base has `evaluation.serving.model`" in str(said)
