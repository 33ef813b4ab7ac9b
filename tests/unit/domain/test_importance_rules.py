"""The rules of `evaluation.importance`, and what is the base's to say of it."""

from __future__ import annotations

import pytest

from sluice.adapters.decode.config import load_config
from sluice.core.fingerprint import depends
from sluice.domain.config import Evaluation
from sluice.domain.errors import ConfigError
from sluice.domain.importance_rules import governed_importance
from sluice.domain.probes import Importance

FILE = """version: 1
evaluation:
  task: classification
  predictions: p.csv
  columns: {target: y, score: p, key: id}
  model: models/model
  features: rows.csv
  importance: {model: models/model}
"""


def test_the_section_is_read() -> None:
    evaluation = load_config(FILE.encode()).value.evaluation
    assert evaluation is not None
    assert evaluation.importance == Importance(model="models/model")


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("importance: {model: models/model}", "slices: []", "is read by `importance` and `baseline.model` alone"),
        ("features: rows.csv", "slices: []", "needs `evaluation.features`"),
        (", key: id", "", "needs `evaluation.predictions` and `evaluation.columns.key`"),
        ("{model: models/model}", "{rows: 50}", "needs exactly one of `model` and `call`"),
        ("{model: models/model}", "{model: models/model, call: 'a:b'}", "needs exactly one of `model` and `call`"),
        ("{model: models/model}", "{model: other}", "must be `evaluation.model` or lie in it"),
        ("{model: models/model}", "{call: nothing}", "names no function"),
        ("{model: models/model}", "{call: 'a:b', shap: true}", "a function cannot be looked into"),
        ("models/model}", "models/model, metric: nonsense}", "nonsense"),
        ("models/model}", "models/model, columns: ['']}", "holds an empty text"),
        ("models/model}", "models/model, rows: 29}", "must be from 30 to 10,000"),
        ("models/model}", "models/model, repeats: 1}", "must be from 2 to 100"),
        ("models/model}", "models/model, rows: 10000, repeats: 11}", "times `rows` must be at most 100,000"),
        ("models/model}", "models/model, timeout_s: 0}", "must be over 0"),
        ("features: rows.csv", "features: ../rows.csv", "must not lead out of the repository"),
    ],
)
def test_what_would_not_be_measured_is_refused(written: str, instead: str, said: str) -> None:
    assert written in FILE
    with pytest.raises(ConfigError, match=said):
        load_config(FILE.replace(written, instead).encode())


def test_how_much_is_asked_is_the_bases_to_say() -> None:
    base = Evaluation(task="regression", importance=Importance(model="a", rows=500, timeout_s=9))
    head = Evaluation(task="regression", importance=Importance(call="own:predict", rows=9_000, timeout_s=7_000))
    assert governed_importance(base, head) == Importance(call="own:predict", rows=500, timeout_s=9)
    nothing = Evaluation(task="regression")
    assert governed_importance(base, nothing) == base.importance
    assert governed_importance(nothing, head) == head.importance
    assert governed_importance(nothing, nothing) is None


def test_the_code_that_is_asked_counts() -> None:
    config = load_config(FILE.replace("{model: models/model}", "{call: 'own.asked:predict'}").encode()).value
    assert depends("own/asked.py", config) and not depends("other.py", config)
