"""The JSON Schema says what the decoder does."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest

from sluice.adapters.decode.config import config_schema
from sluice.adapters.decode.shapes import ShapeError, decode
from sluice.domain.config import Config

GOOD: dict[str, Any] = {
    "version": 1,
    "data": {"train": {"source": "a.csv", "contract": "c.yaml"}},
    "training": {"run": "make", "inputs": ["src"], "runs_on": ["gpu"], "timeout_minutes": 5},
    "evaluation": {
        "task": "regression",
        "predictions": "p.csv",
        "columns": {"prediction": "y_hat"},
        "slices": ["region"],
        "baseline": {"ref": "base", "rerun": True},
    },
    "gates": [
        {"metric": "rmse", "max": 3, "severity": "warn"},
        {"metric": "r2", "min": 0.5, "max_drop": None},
        {"metric": "rmse", "max_rise": "2 %", "must_improve": True, "min_rows": 100, "family": "main"},
        {"any_of": [{"metric": "r2", "must_improve": 0.01}, {"metric": "rmse", "max": 2}], "name": "either"},
        {"fairness": "equalized_odds", "per_slice": "region", "max_gap": 0.1},
    ],
}


def validator() -> jsonschema.Draft7Validator:
    schema = config_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_a_whole_config_is_valid() -> None:
    assert not list(validator().iter_errors(GOOD))
    decode(Config, GOOD)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("version",), "1"),
        (("trainin",), {}),
        (("data",), []),
        (("data", "train", "source"), 1),
        (("data", "train", "drift"), {"alpha": "0.01"}),
        (("data", "train", "drift"), {"tests": []}),
        (("data", "train", "reference"), {"ref": "main"}),
        (("data", "train", "compatibility"), "all"),
        (("data", "train", "engine"), None),
        (("training", "inputs"), "src"),
        (("training", "timeout_minutes"), "5"),
        (("evaluation", "task"), "translation"),
        (("evaluation", "baseline", "rerun"), "yes"),
        (("evaluation", "columns", "key"), 5),
        (("gates", 0, "severity"), "error"),
        (("gates", 0, "max"), True),
        (("gates", 0, "metric"), None),
        (("gates", 2, "max_rise"), True),
        (("gates", 2, "must_improve"), []),
        (("gates", 2, "min_rows"), 0.5),
        (("gates", 3, "any_of"), {}),
        (("gates", 3, "any_of", 0, "severity"), "warn"),
        (("gates", 3, "any_of", 0, "any_of"), []),
        (("gates", 4, "fairness"), "parity"),
        (("gates",), {}),
    ],
)
def test_schema_and_decoder_refuse_the_same(path: tuple[str | int, ...], value: object) -> None:
    changed: Any = copy.deepcopy(GOOD)
    target = changed
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    assert list(validator().iter_errors(changed))
    with pytest.raises(ShapeError):
        decode(Config, changed)


@pytest.mark.parametrize(
    "path", [("version",), ("data", "train", "contract"), ("training", "run"), ("evaluation", "task")]
)
def test_schema_and_decoder_demand_the_same(path: tuple[str | int, ...]) -> None:
    changed: Any = copy.deepcopy(GOOD)
    target = changed
    for part in path[:-1]:
        target = target[part]
    del target[path[-1]]
    assert list(validator().iter_errors(changed))
    with pytest.raises(ShapeError):
        decode(Config, changed)


def test_every_property_is_described() -> None:
    def undescribed(schema: dict[str, Any], at: str) -> list[str]:
        found: list[str] = []
        for name, entry in schema.get("properties", {}).items():
            found += [] if entry.get("description") else [f"{at}.{name}"]
            for inner in (
                entry,
                *entry.get("anyOf", ()),
                entry.get("items", {}),
                entry.get("additionalProperties", {}),
            ):
                found += undescribed(inner, f"{at}.{name}") if isinstance(inner, dict) else []
        return found

    assert undescribed(config_schema(), "") == []


def test_defaults_are_those_of_the_records() -> None:
    properties = config_schema()["properties"]
    training = next(entry for entry in properties["training"]["anyOf"] if entry["type"] == "object")
    assert training["properties"]["timeout_minutes"]["default"] == 360.0
    assert training["properties"]["runs_on"]["default"] == ["ubuntu-latest"]
    assert training["required"] == ["run", "inputs"]
