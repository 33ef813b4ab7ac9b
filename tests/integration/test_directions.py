"""Numbers of metric files whose direction the base states, from `sluice.yaml` to the gate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.place import Place

from sluice.adapters.decode.config import load_config
from sluice.domain.errors import ConfigError

POLICY = """version: 1
training:
  run: PYTHON train.py
  inputs: [train.py]
evaluation:
  task: classification
  metrics: metrics.json
  directions: {money.profit: higher, cost_eur: lower}
  baseline: {ref: base}
gates:
  - {metric: money.profit, max_drop: 1}
  - {metric: cost_eur, max_rise: 5 %}
"""


def training(profit: float, cost: float) -> str:
    return f"open('metrics.json', 'w').write('{json.dumps({'money': {'profit': profit}, 'cost_eur': cost})}')\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, ignored="")
    (made.root / "metrics.json").write_text(json.dumps({"money": {"profit": 10}, "cost_eur": 100}))
    made.base = made.commit_files(POLICY, train=training(10, 100))
    return made


@pytest.mark.parametrize(
    ("profit", "cost", "verdicts"),
    [(9, 105, ("pass", "pass")), (12, 90, ("pass", "pass")), (8.9, 105.1, ("fail", "fail"))],
)
def test_the_base_says_which_way_is_better(place: Place, profit: float, cost: float, verdicts: tuple[str, str]) -> None:
    theirs = POLICY.replace("money.profit: higher, cost_eur: lower", "money.profit: lower, cost_eur: higher")
    place.commit_files(theirs.partition("gates:")[0], train=training(profit, cost))
    evidence, decision = place.decided()
    found = {one.gate: one for one in decision.results}
    assert (found["money.profit.max_drop"].verdict, found["cost_eur.max_rise"].verdict) == verdicts
    assert "plain numbers: no interval was available" in found["cost_eur.max_rise"].message
    assert evidence.evaluation is not None
    assert {one.metric: one.direction for one in evidence.evaluation.metrics} == {
        "money.profit": "higher",
        "cost_eur": "lower",
    }


@pytest.mark.parametrize(
    ("directions", "said"),
    [
        ("{roc_auc: lower}", "is a metric whose direction is known"),
        ("{ndcg@10: lower}", "is a metric whose direction is known"),
        ("{cost: up}", "directions.cost"),
        ("{'': lower}", "a key that is empty"),
        ("{latency_p99_ms: higher}\n  serving: {call: 'a:b', inputs: r.csv}", "is a metric whose direction is known"),
        ("{model_size_bytes: higher}\n  model: m", "is a metric whose direction is known"),
    ],
)
def test_what_is_no_direction_is_refused(directions: str, said: str) -> None:
    text = f"version: 1\nevaluation:\n  task: regression\n  metrics: m.json\n  directions: {directions}\n"
    with pytest.raises(ConfigError, match=said):
        load_config(text.encode())


def test_a_direction_of_nothing_is_refused() -> None:
    text = "version: 1\nevaluation:\n  task: regression\n  tests: [t.xml]\n  directions: {cost: lower}\n"
    with pytest.raises(ConfigError, match="needs `metrics` or `mlflow`"):
        load_config(text.encode())
