"""SHAP values by the harness that asks models: they are those of `shap` itself, where it is installed."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sluice.adapters.asking import answers
from sluice.adapters.serving.load import Site
from sluice.core.shap_values import mean_absolute
from sluice.core.shuffled import Shuffle, body

SKIPPED = "`shap` is not installed: `pip install shap` beside Sluice's own packages runs this test"


def asked(folder: Path, rows: list[dict[str, Any]]) -> list[object]:
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    site = Site(root=folder, env=env, say=print)
    return next(answers("shap", "model", (body(rows, Shuffle()),), site, total_s=300.0))


@pytest.mark.parametrize("kind", ["linear", "forest", "pipeline"])
def test_values_are_those_of_shap(kind: str, tmp_path: Path) -> None:
    shap = pytest.importorskip("shap", reason=SKIPPED)
    pandas, mlflow = import_module("pandas"), import_module("mlflow.sklearn")
    signature = import_module("mlflow.models").infer_signature
    linear = import_module("sklearn.linear_model").LogisticRegression()
    scaler = import_module("sklearn.preprocessing").StandardScaler()
    model: Any = {
        "linear": linear,
        "forest": import_module("sklearn.ensemble").RandomForestClassifier(10, random_state=1),
        "pipeline": import_module("sklearn.pipeline").make_pipeline(scaler, linear),
    }[kind]
    rng = np.random.default_rng(1)
    x = pandas.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)})
    model.fit(x, x["a"] > 0)
    mlflow.save_model(
        model, str(tmp_path / "model"), signature=signature(x), serialization_format="cloudpickle", pip_requirements=[]
    )
    said = asked(tmp_path, x.assign(unused=1).to_dict(orient="records"))
    found = mean_absolute(said, 80, ("a", "b", "unused"), None, None)
    if kind == "pipeline":
        assert isinstance(found, str) and "within a pipeline" in found
        return
    assert not isinstance(found, str) and set(found) == {"a", "b"}
    explainer = shap.LinearExplainer(model, x) if kind == "linear" else shap.TreeExplainer(model)
    values = np.abs(explainer(x).values)
    values = values.mean(axis=2) if values.ndim == 3 else values
    assert [found[name][0] for name in x] == pytest.approx(values.mean(axis=0).tolist())
