"""The how-to on contracts: every example in it loads, is measured, and holds on the data that its script makes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sluice.checks import CHECKS

PAGE = (Path(__file__).parents[2] / "docs/howto/write-a-contract.md").read_text(encoding="utf-8")
BLOCKS = [(kind, text) for kind, text in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)]
(SCRIPT,) = [text for kind, text in BLOCKS if kind == "python"]
FRAME, *EXAMPLES = [text for kind, text in BLOCKS if kind == "yaml"]
# Those of the other how-to, and what is never asked for.
ELSEWHERE = {
    "unsupported", "monotonic", "row_change", "group_nulls", "class_balance", "label_leak", "disjoint", "later",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("orders")
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=found, check=True)
    return found


def whole(example: str) -> dict[str, Any]:
    """The frame with an example in its place, which the example's first line names."""
    document = yaml.safe_load(FRAME)
    place, value = example.splitlines()[0].removeprefix("# "), yaml.safe_load(example)
    table = document["schema"][0]
    if place == "properties":
        table["properties"] = value
        return document
    names = ("order_id", "line", "customer_id", "status", "amount", "ordered_at")
    table["properties"] = [{"name": name} for name in names]
    (table if place == "table" else document).update(value)
    return document


def validated(folder: Path, document: Mapping[str, Any], *more: str) -> dict[str, Any]:
    (folder / "orders.odcs.yaml").write_text(yaml.safe_dump(document))
    command = [sys.executable, "-m", "sluice", "validate", "orders.jsonl", "--contract", "orders.odcs.yaml", "--json"]
    done = subprocess.run([*command, *more], cwd=folder, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def results(folder: Path) -> Mapping[str, dict[str, Any]]:
    """What every example comes to, by the example."""
    return {text: validated(folder, whole(text), "--table", "customers=customers.csv") for text in EXAMPLES}


def test_the_frame_is_a_contract_that_the_data_keeps(folder: Path) -> None:
    assert validated(folder, yaml.safe_load(FRAME))["verdict"] == "pass"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[1][:40])
def test_every_example_is_measured_and_holds(results: Mapping[str, dict[str, Any]], example: str) -> None:
    found = results[example]
    wrong = {one["check"]: one["message"] for one in found["results"] if one["verdict"] not in ("pass", "warn")}
    assert wrong == {} and found["verdict"] in ("pass", "warn"), found["message"]


def test_every_check_of_the_standard_has_an_example(results: Mapping[str, dict[str, Any]]) -> None:
    seen = {one["check"] for found in results.values() for one in found["results"]}
    assert seen == set(CHECKS) - ELSEWHERE


def test_without_the_other_table_the_relation_is_inconclusive(folder: Path) -> None:
    (example,) = [text for text in EXAMPLES if "relationships" in text]
    result = validated(folder, whole(example))
    assert result["verdict"] == "inconclusive"
    assert any("--table customers=PATH" in one["message"] for one in result["results"])
