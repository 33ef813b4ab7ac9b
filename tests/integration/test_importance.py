"""The importance of features, from `sluice.yaml` through a run to the report: of a model, and of a function."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from support.place import Place as Repository

from sluice.adapters.git import Git
from sluice.core import importance, shuffled
from sluice.core.report import render
from sluice.domain import stats
from sluice.domain.evidence import Evidence
from sluice.domain.importance import FeatureImportance, ImportanceResult

POLICY = """version: 1
training: {run: PYTHON train.py, inputs: ["*.py"]}
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: y, score: p, key: id}
  model: model
  features: rows.csv
  importance: {model: model, rows: 300, repeats: 4, shap: true}
  baseline: {ref: base}
gates:
  - {metric: roc_auc, min: 0.5}
"""
# The model knows `strong` and `noise`; `unused` is not in its signature, `weak` in the base's model alone.
TRAIN = """import shutil, warnings
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
import mlflow.sklearn
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(5)
n = 900
x = pd.DataFrame({"strong": rng.normal(size=n), "weak": rng.normal(size=n), "noise": rng.normal(size=n)})
y = (rng.random(n) < 1 / (1 + np.exp(-1.5 * x["strong"] - 0.7 * x["weak"]))).astype(int)
takes = TAKES
model = LogisticRegression().fit(x[takes][:300], y[:300])
test = x[300:]
chances = model.predict_proba(test[takes])
shutil.rmtree("model", ignore_errors=True)
mlflow.sklearn.save_model(
    model, "model", pyfunc_predict_fn="predict_proba", signature=infer_signature(test[takes], chances),
    serialization_format="skops", pip_requirements=[],
)
rows = test.assign(id=range(300, n), unused="text", y=y[300:])
rows.sample(frac=1, random_state=1).to_csv("rows.csv", index=False)
pd.DataFrame({"id": range(300, n), "y": y[300:], "p": chances[:, 1]}).to_csv("predictions.csv", index=False)
"""
ALL, FEWER = '["strong", "weak", "noise"]', '["strong", "noise"]'


class Place(Repository):
    """A repository whose base has a model of three features, and whose head has whatever is committed next."""

    def __init__(self, above: Path) -> None:
        super().__init__(above, ignored="__pycache__\n")
        (self.root / "train.py").write_text(TRAIN.replace("TAKES", ALL))
        subprocess.run((sys.executable, "train.py"), cwd=self.root, check=True, capture_output=True)
        self.base = self.commit()

    def commit(self, policy: str = POLICY, takes: str = ALL, **files: str) -> str:
        return self.commit_files(policy, train=TRAIN.replace("TAKES", takes), **files)

    def measured(self) -> tuple[ImportanceResult, Evidence]:
        evidence, _decision = self.decided()
        assert evidence.evaluation is not None, evidence.problems
        assert evidence.evaluation.importance is not None
        return evidence.evaluation.importance, evidence


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    above = tmp_path_factory.mktemp("trained")
    Place(above)
    return above


@pytest.fixture
def place(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    shutil.copytree(trained, tmp_path / "copy")
    found = object.__new__(Place)
    found.root, found.scratch, found.out = (tmp_path / "copy" / name for name in ("repo", "scratch", "out"))
    found.base = Git(found.root).head()
    return found


def test_a_models_importance_and_its_change(place: Place) -> None:
    place.commit(takes=FEWER)
    found, evidence = place.measured()
    assert not found.reason, found.reason
    assert (found.metric, found.n, found.repeats, found.message) == ("roc_auc", 300, 4, "")
    assert found.baseline.startswith("model at base ") and not found.baseline_reason
    by_name = {one.feature: one for one in found.features}
    assert next(iter(by_name)) == "strong"
    strong, weak, noise, unused = (by_name[name] for name in ("strong", "weak", "noise", "unused"))
    assert strong.ci_low is not None and strong.ci_low > 0.1
    assert strong.p_adjusted is not None and strong.p_adjusted < 1e-6
    assert noise.ci_low is not None and noise.ci_high is not None and noise.ci_low < 0 < noise.ci_high
    assert (unused.value, unused.ci_low, unused.reason) == (0, None, "no prediction changed")
    assert weak.value == 0 and weak.change_high is not None and weak.change_high < 0
    assert (strong.shap is None) == bool(found.shap_reason)
    _equals_scikit_learn(place, by_name, evidence.fingerprint)


def _equals_scikit_learn(place: Place, by_name: dict[str, FeatureImportance], seed: str) -> None:
    """The values are those of its functions on the same rows and shuffles."""
    pandas, sklearn = import_module("pandas"), import_module("mlflow.sklearn")
    model = sklearn.load_model(str(place.root / "model"))
    rows = pandas.read_csv(place.root / "rows.csv").set_index("id").sort_index()
    rows = rows.iloc[shuffled.sample(600, 300, seed)]
    given = importance.shuffles(stats.generator(seed, "importance", "shuffles"), 300, 4)
    x, y = rows[["strong", "noise"]], rows["y"]
    auc = import_module("sklearn.metrics").roc_auc_score
    for name in x:
        after = [auc(y, model.predict_proba(x.assign(**{name: x[name].to_numpy()[giving]}))[:, 1]) for giving in given]
        expected = auc(y, model.predict_proba(x)[:, 1]) - np.mean(after)
        assert by_name[name].value == pytest.approx(expected, abs=1e-9)


def test_a_base_without_the_model_is_told(place: Place) -> None:
    still = POLICY.replace("PYTHON train.py", "'true'").replace("repeats: 4", "repeats: 2")
    place.git("rm", "-qr", "--cached", "model")
    place.git("commit", "-qm", "x")
    place.base = Git(place.root).head()
    place.commit(still)
    found, _evidence = place.measured()
    assert found.features and not found.baseline
    assert "holds no such model" in found.baseline_reason


CALL = POLICY.replace("model: model, rows", 'call: "own:predict", rows').replace(", shap: true", "")
CALL = CALL.replace("PYTHON train.py", "'true'").replace("repeats: 4", "repeats: 4, timeout_s: 5")
OWN = "import math, time\ndef predict(rows):\n    return [1 / (1 + math.exp(-row['strong'])) for row in rows]\n"


def test_a_functions_importance(place: Place) -> None:
    """How much is asked is the base's to say."""
    place.base = place.commit(CALL, own=OWN)
    place.commit(CALL.replace("rows: 300, repeats: 4", "rows: 30, repeats: 2"), own=OWN)
    found, evidence = place.measured()
    assert (found.n, found.repeats) == (300, 4)
    assert found.features[0].feature == "strong" and found.model == "own:predict"
    assert found.baseline_reason == "a function is of the head's code alone"
    assert found.message == "the model answers otherwise than the predictions say in 300 of 300 rows"
    report = render(evidence, place.decided()[1], figures={})
    assert "Importance of features" in report.html and "<code>strong</code>" in report.html
    assert "| `strong` |" in report.comment and "a function is of the head's code alone" in report.comment


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("def predict(rows): return [0.5]\n", "was answered by 1 predictions for 300 rows"),
        ("def predict(rows): return [float('nan')] * 300\n", "could not be asked: request 1"),
        ("def predict(rows): return [1] * 300\n", "it says 0 or 1 and no probabilities"),
        ("def predict(rows): raise KeyError\n", "could not be asked: request 1"),
        ("import os\ndef predict(rows): os._exit(3)\n", "exit code 3"),
        ("def predict(rows): return [[0.1, 0.9]] * 300\n", "list of numbers that have no names"),
        ("import time\ndef predict(rows): time.sleep(60)\n", "before the time for all requests was over"),
    ],
)
def test_what_does_not_answer_is_told(place: Place, own: str, said: str) -> None:
    place.base = place.commit(CALL, own=own)
    found, evidence = place.measured()
    assert said in found.reason and not found.features
    assert evidence.evaluation is not None and evidence.evaluation.metrics[0].value is not None


def test_what_was_measured_before_the_time_was_over_counts(place: Place) -> None:
    slow = OWN.replace("    return", "    time.sleep(0.6 if calls else 0)\n    calls.append(1)\n    return")
    place.base = place.commit(CALL, own="calls = []\n" + slow)
    found, _evidence = place.measured()
    assert 1 <= len(found.features) < 4
    assert found.n_left_out == 4 - len(found.features) == len(found.left_out)
    assert "before the time for all requests was over" in found.message


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("id,a\n1,2\n", "has no row for 300 of 300 keys"),
        ("a,b\n1,2\n", "there is no column `id`"),
        ("id,y\n1,2\n", "has no column that is a feature"),
        ("id,a\n" + "".join(f"{key},1\n{key},2\n" for key in range(300, 900)), "occurs more than once"),
    ],
)
def test_features_that_do_not_fit_are_told(place: Place, rows: str, said: str) -> None:
    (place.root / "rows.csv").write_text(rows)
    place.base = place.commit(CALL, own=OWN)
    found, _evidence = place.measured()
    assert said in found.reason
