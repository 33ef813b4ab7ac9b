"""The how-to about leakage, as its reader follows it: every file it shows is made, every command run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.contract import load_contract
from sluice.domain.contract import RowChange

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "howto" / "find-leakage.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The page's blocks of one language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_what_the_page_shows_comes_out(tmp_path: Path) -> None:
    (script,) = blocks("python")
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    for block in blocks("yaml"):
        if name := re.match(r"# (\S+\.odcs\.yaml)\n", block):
            (tmp_path / name[1]).write_text(block)
    commands = [line.removeprefix("$ sluice ") for block in blocks("console") for line in block.splitlines()]
    shown = blocks("text")
    assert len(commands) == len(shown) == 2
    for command, expected in zip(commands, shown, strict=True):
        done = subprocess.run(
            [sys.executable, "-m", "sluice", *command.split()],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert [line for line in done.stdout.splitlines() if not line.startswith("pass")] == expected.splitlines()


def test_the_other_blocks_are_what_they_say() -> None:
    whole, custom, part = (block for block in blocks("yaml") if ".odcs.yaml\n" not in block.splitlines()[0] + "\n")
    assert set(load_config(whole.encode()).value.data) == {"train", "test"}
    assert load_config(b"version: 1\n" + part.encode()).value.data["train"].reference is not None
    train = next(yaml.safe_load(block) for block in blocks("yaml") if block.startswith("# train.odcs.yaml"))
    train["schema"][0]["customProperties"] += yaml.safe_load(custom)
    contract = load_contract(yaml.safe_dump(train).encode(), path="train.odcs.yaml", dataset="train")
    assert [(demand.max_fall, demand.max_rise) for demand in contract.all(RowChange)] == [(0.2, 1.0)]
