"""The how-tos of the tasks: every configuration in them is one, and every option of a command exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from sluice.adapters.decode.config import load_config
from sluice.entry.cli import app
from sluice.metrics import available

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
PAGES = [HOWTO / f"evaluate-{task}.md" for task in ("a-regression-or-forecast", "a-ranking", "event-detection")]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_configures_measures_what_it_shows(page: Path) -> None:
    configured = [f"version: 1\n{block}" for block in blocks(page, "yaml") if "evaluation:" in block]
    assert configured
    shown = {line.split()[0] for block in blocks(page, "text") for line in block.splitlines() if "…" in line}
    for text in configured:
        config = load_config(text.encode()).value
        assert config.evaluation is not None
        measured = {metric.name for metric in available(config.evaluation)} | {gate.metric for gate in config.gates}
        assert shown <= measured


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_option_that_a_page_shows_is_one_of_the_command(page: Path) -> None:
    group: Any = typer.main.get_command(app)
    command = group.commands["evaluate"]
    known = {name for parameter in command.params for name in parameter.opts}
    commands = [block for block in blocks(page, "sh") if "sluice evaluate" in block]
    assert commands
    assert {option for block in commands for option in re.findall(r"--[a-z-]+", block)} <= known
