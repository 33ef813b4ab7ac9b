"""The reference says what the code does: pages are made from it, and action.yml and the code name the same things."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from sluice.checks import CHECKS
from sluice.domain import config
from sluice.domain.gates import Gate
from sluice.metrics import METRICS

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
ENTRY = "".join(path.read_text() for path in (ROOT / "src/sluice/entry").glob("*.py"))
START = (ROOT / "action/start.sh").read_text()


def _reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools/reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_page_is_stale() -> None:
    made = _reference().pages()
    stale = [name for name, text in made.items() if (ROOT / "docs/reference" / name).read_text() != text]
    assert not stale, "run `make reference`"


def test_every_input_is_handed_on_and_read() -> None:
    step = ACTION["runs"]["steps"][0]
    for name in ACTION["inputs"]:
        variable = "SLUICE_CACHE" if name == "cache" else f"INPUT_{name.upper().replace('-', '_')}"
        assert variable in step["env"], name
        read = variable in START if name == "cache" else f'read_input("{name}"' in ENTRY
        assert read, f"nothing reads the input {name}"


def test_every_output_is_set_by_the_code_and_every_one_that_is_set_is_declared() -> None:
    set_by_code = set(re.findall(r'set_output\("([a-z0-9_]+)"', ENTRY))
    assert set_by_code == set(ACTION["outputs"])
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.sluice.outputs.{name} }}}}"


def test_no_expression_stands_in_a_command() -> None:
    workflows = [yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").glob("*.yml")]
    steps = [step for flow in workflows for job in flow["jobs"].values() for step in job.get("steps", [])]
    for step in (*steps, *ACTION["runs"]["steps"]):
        assert "${{" not in step.get("run", "")


def test_no_third_party_action_is_used() -> None:
    for path in (*(ROOT / ".github/workflows").glob("*.yml"), ROOT / "action.yml"):
        for used in re.findall(r"uses:\s*(\S+)", path.read_text()):
            assert used.startswith("./") or re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", used), used


@pytest.mark.parametrize(
    "kind",
    [
        config.Config,
        config.DataSource,
        config.Training,
        config.Evaluation,
        config.Columns,
        config.Baseline,
        Gate,
    ],
)
def test_every_key_is_documented(kind: type) -> None:
    for field in dataclasses.fields(kind):
        assert field.metadata.get("doc", "").endswith("."), f"{kind.__name__}.{field.name}"


def test_every_check_and_metric_says_what_it_is() -> None:
    checks, metrics = ((ROOT / "docs/reference" / name).read_text() for name in ("checks.md", "metrics.md"))
    assert all(f"\n## {name}\n" in checks for name in CHECKS)
    assert all(f"| `{name}` |" in metrics for name in METRICS)
    assert all(metric.definition and metric.source for metric in METRICS.values())


def test_options_list_their_values() -> None:
    page = (ROOT / "docs/reference/command-line.md").read_text()
    listed = (
        ("--task", ("classification", "regression")),
        ("--format", ("markdown", "html")),
        ("--format", ("auto", "avro", "dbt")),
        ("--compatibility", ("backward", "forward", "full")),
    )
    for option, values in listed:
        rows = [line for line in page.splitlines() if line.startswith(f"| `{option}` |")]
        assert any(all(f"`{value}`" in row for value in values) for row in rows), rows
