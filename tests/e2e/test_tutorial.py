"""The second part of the tutorial, typed as it stands; a bare repository stands in for github.com."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
# What another place must answer: a package index, GitHub.
_ELSEWHERE = re.compile(r"venv|pip install|gh auth")
_FILE = re.compile(r"^`(?P<name>[\w.]+)` [^\n]*:\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(
    r"^```console\n(?P<typed>.*?)^```$|^<!-- in the browser: merge (?P<merged>\w+) -->$", re.MULTILINE | re.DOTALL
)

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One command, what it printed and how it ended."""

    command: str
    said: str
    code: int


class Reader:
    """Someone who follows the tutorial in a folder, with this Python first on PATH and no settings of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.github = folder / "github.git"
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT", "GH_", "PYTHON"))}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.env = {**kept, **who, "PATH": path, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
        self.here = folder
        self.typed: list[Typed] = []

    def type(self, command: str) -> Typed:
        command = command.replace("git@github.com:YOU/cells.git", str(self.github))
        done = subprocess.run(
            ["bash", "-c", f"{command}\ncode=$?; pwd > '{self.folder}/pwd'; exit $code"],
            cwd=self.here, env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        self.here = Path((self.folder / "pwd").read_text().strip())
        self.typed.append(Typed(command=command, said=done.stdout, code=done.returncode))
        return self.typed[-1]

    def merge(self, branch: str) -> None:
        subprocess.run(["git", "push", "--quiet", "origin", f"{branch}:main"], cwd=self.here, env=self.env, check=True)


_PERSON = {"NAME": "Reader", "EMAIL": "reader@example.org"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader who has come to the end."""
    reader = Reader(tmp_path_factory.mktemp("tutorial"))
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", str(reader.github)], env=reader.env, check=True)
    _, _, part = TUTORIAL.read_text(encoding="utf-8").partition("\n## Part 2")
    files = {found["name"]: found["text"] for found in _FILE.finditer(part)}
    assert set(files) == {"make_data.py", "train.py", "requirements.txt"}
    for step in _STEP.finditer(part):
        if step["merged"]:
            reader.merge(step["merged"])
            continue
        for command in re.findall(r"^\$ (.*)$", step["typed"], re.MULTILINE):
            if _ELSEWHERE.search(command):
                continue
            reader.type(command)
            if command.startswith("mkdir"):
                for name, text in files.items():
                    (reader.here / name).write_text(text, encoding="utf-8")
    return reader


def last(reader: Reader, command: str) -> Typed:
    return next(typed for typed in reversed(reader.typed) if typed.command.startswith(command))


def test_every_command_works_and_only_the_broken_data_close_the_gate(reader: Reader) -> None:
    failed = [typed for typed in reader.typed if typed.code != 0]
    assert [typed.command for typed in failed] == ["sluice gate ../evidence"], failed
    assert failed[0].code == 1
    assert "value_range of `mean_radius`: 569 of 569 rows" in failed[0].said
    assert "the gate is closed" in failed[0].said


def test_init_says_what_the_tutorial_shows(reader: Reader) -> None:
    said = last(reader, "sluice init").said
    typed = r"^\$ sluice init --action YOU/sluice@main\n(.*?)^```$"
    (shown,) = re.findall(typed, TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
    assert said.startswith(shown)


def test_the_first_pull_request_is_not_enforced(reader: Reader) -> None:
    assert "Not enforced yet" in last(reader, "sluice report ../evidence").said.splitlines()[0]


def test_the_better_model_opens_the_gate(reader: Reader) -> None:
    said = last(reader, "sluice run --out ../evidence && sluice gate ../evidence").said
    assert "sluice: the gate is open (pass)" in said


def test_the_gates_are_those_that_the_tutorial_shows(reader: Reader) -> None:
    shown = re.findall(r"^  - \{metric: .*\}$", TUTORIAL.read_text(), re.MULTILINE)
    written = re.findall(r"^  - \{metric: .*\}$", (reader.here / "sluice.yaml").read_text(), re.MULTILINE)
    assert written == shown
