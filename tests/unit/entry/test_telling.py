"""What people and scripts read: lines that steer no terminal, readers that went away, checks in one line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sluice.domain.validation import CheckResult
from sluice.domain.verdict import Verdict
from sluice.entry import telling


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"from sluice.entry import telling\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def check(**given: object) -> CheckResult:
    facts = {"check": "value_range", "dataset": "d", "column": "age", "verdict": Verdict.FAIL, "observed": 1}
    rest = {"limit": "0 to 9", "n_rows": 3, "n_failed": 1, "message": "1 of 3 rows lie outside", "examples": ("12",)}
    return CheckResult(**{**facts, **rest, **given})  # pyright: ignore[reportArgumentType]


def test_results_and_sentences_go_their_own_ways(capsys: pytest.CaptureFixture[str]) -> None:
    telling.tell("a sentence")
    telling.show("a row")
    telling.print_json({"a": "é"})
    assert capsys.readouterr() == ('a row\n{"a": "\\u00e9"}\n', "a sentence\n")


def test_no_name_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    telling.tell("\x1b[31mred\x1b[0m\t\x1b]0;title\x07 two\nlines é")
    assert capsys.readouterr().err == "red\t?]0;title? two?lines é\n"


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        telling.print_json({"a": float("nan")})


@pytest.mark.parametrize(("say", "number"), [("tell", 2), ("show", 1)])
def test_a_reader_that_went_away_ends_nothing(say: str, number: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code = f"from sluice.entry import telling\n[telling.{say}('x' * 9999) for _ in range(99)]\nraise SystemExit(7)"
    outputs = [writing if stream == number else None for stream in (1, 2)]
    done = subprocess.run([sys.executable, "-c", code], check=False, stdout=outputs[0], stderr=outputs[1])
    os.close(writing)
    assert done.returncode == 7


def test_a_closed_stderr_leaves_stdout_alone() -> None:
    done = run("import sys; sys.stderr = None; telling.tell('a sentence'); telling.show('a row')")
    assert done.stdout == "a row\n"


@pytest.mark.parametrize(("hush", "heard"), [("", True), ("telling.hush_retries(); ", False)])
def test_the_retrying_library_is_not_heard(hush: str, heard: bool) -> None:
    # Unhushed, Python prints warnings of loggers that nobody set up.
    code = f"""{hush}import stamina
calls = []
@stamina.retry(on=ValueError, attempts=2, wait_initial=0.001)
def call():
    calls.append(1)
    if len(calls) == 1: raise ValueError("once")
call()"""
    done = run(code)
    assert done.returncode == 0 and ("stamina.retry_scheduled" in done.stderr) is heard


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "fail         value_range age: 1 of 3 rows lie outside; demanded: 0 to 9; for example 12"),
        ({"message": "outside `0 to 9`", "examples": ()}, "fail         value_range age: outside `0 to 9`"),
        ({"verdict": Verdict.PASS, "examples": ()}, "pass         value_range age: 0 to 9"),
        (
            {"column": None, "check": "row_count", "limit": ""},
            "fail         row_count: 1 of 3 rows lie outside; for example 12",
        ),
    ],
)
def test_a_check_in_one_line(given: dict[str, object], line: str) -> None:
    assert telling.check_line(check(**given)) == line
