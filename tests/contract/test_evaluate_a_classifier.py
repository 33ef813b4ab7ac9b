"""The how-to of classifiers: what it configures is measured, and what it shows is what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from sluice.adapters.decode.config import load_config
from sluice.core.asked_metrics import asked
from sluice.domain.gates import gated
from sluice.entry.cli import main
from sluice.metrics import available

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "evaluate-a-classifier.md").read_text(encoding="utf-8")
SPECIES = np.array(["cat", "dog", "cow"])


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def churn(path: Path, noise: float, sharpness: float, rng: np.random.Generator, known: np.ndarray) -> None:
    truth = rng.random(len(known)) < 1 / (1 + np.exp(1.2 - 1.4 * known))
    seen = 1.4 * (known + noise * rng.normal(size=len(known))) - 1.2
    columns = {
        "id": np.arange(len(known)),
        "churned": truth.astype(int),
        "p_churn": 1 / (1 + np.exp(-sharpness * seen)),
    }
    parquet.write_table(pa.table(columns), path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    known = np.random.default_rng(7).normal(size=2000)
    for name, noise, sharpness in (("candidate.parquet", 0.25, 1.0), ("baseline.parquet", 0.4, 1.3)):
        churn(tmp_path / name, noise, sharpness, np.random.default_rng(8), known)
    rng = np.random.default_rng(9)
    y = rng.choice(3, 900, p=[0.5, 0.3, 0.2])
    raw = np.exp(1.5 * (y[:, None] == np.arange(3)) + rng.normal(size=(900, 3)))
    chances = np.round(raw / raw.sum(axis=1, keepdims=True), 4)
    columns = {"id": np.arange(900), "species": SPECIES[y], **{f"p_{SPECIES[k]}": chances[:, k] for k in range(3)}}
    csv.write_csv(pa.table(columns), tmp_path / "candidate.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", blocks("yaml"), ids=["two classes", "many classes"])
def test_every_gate_and_report_of_a_configuration_is_measured(text: str) -> None:
    config = load_config(text.encode()).value
    assert config.evaluation is not None
    named = {*gated(config.gates), *config.evaluation.report}
    assert named <= {metric.name for metric in available(asked(config.evaluation, config))}


@pytest.mark.parametrize("index", [0, 1], ids=["two classes", "many classes"])
def test_a_command_prints_what_the_page_says(index: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = shlex.split(blocks("sh")[index].replace("\\\n", " "))
    assert command[:2] == ["sluice", "evaluate"]
    assert main(command[1:]) == 0
    printed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    shown = [line.split()[0] for line in blocks("text")[0].splitlines()]
    many = re.search(r"Measured are (.*?)\.", PAGE, re.DOTALL)
    assert many is not None
    assert printed == (shown if index == 0 else re.findall(r"`(\w+)`", many[1]))
