"""The Actions runtime: whatever a value holds, it stays a value."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.adapters import actions
from sluice.domain.errors import UsageError

ANY_TEXT = st.text(alphabet=st.characters(categories=None), max_size=200)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@pytest.fixture(autouse=True)
def job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A job of its own: no file of the machine's real one is written."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("OUTPUT", "STEP_SUMMARY"):
        monkeypatch.setenv(f"GITHUB_{name}", str(tmp_path / name))
        (tmp_path / name).touch()
    return tmp_path


def outputs(job: Path) -> dict[str, str]:
    """The file as the runner reads it."""
    found: dict[str, str] = {}
    lines = (job / "OUTPUT").read_bytes().decode().split("\n")
    assert lines.pop() == ""
    while lines:
        name, delimiter = lines.pop(0).split("<<", 1)
        value: list[str] = []
        while (line := lines.pop(0)) != delimiter:
            value.append(line)
        found[name] = "\n".join(value)
    return found


@QUIET
@given(value=ANY_TEXT)
def test_an_output_holds_anything(job: Path, value: str) -> None:
    (job / "OUTPUT").write_text("")
    actions.set_output("verdict", value)
    actions.set_output("open", "true")
    fine = value.encode("utf-8", "replace").decode()
    assert outputs(job) == {"verdict": fine, "open": "true"}


@pytest.mark.parametrize("guess", ["x\nopen=true", "x\nEOF\nopen=true", "open<<EOF\ntrue\nEOF", "ghadelimiter_1\ny=z"])
def test_an_output_cannot_become_another(job: Path, guess: str) -> None:
    actions.set_output("verdict", guess)
    assert outputs(job) == {"verdict": guess}


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "a=b", "a<<EOF"])
def test_the_names_of_outputs_are_ours(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of an output"):
        actions.set_output(name, "x")


def test_nothing_is_written_outside_a_job(
    monkeypatch: pytest.MonkeyPatch, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name)
    actions.set_output("verdict", "pass")
    actions.append_summary("# Report")
    with actions.guarded_output():
        print("training")
    assert capsys.readouterr().out == "training\n"
    assert not (job / "OUTPUT").read_text() and not (job / "STEP_SUMMARY").read_text()


# -- the summary ----------------------------------------------------------------------------


def test_the_summary_grows(job: Path) -> None:
    actions.append_summary("# One")
    actions.append_summary("# Two\n\n")
    assert (job / "STEP_SUMMARY").read_text() == "# One\n# Two\n"


@pytest.mark.parametrize("text", ["a line of the report: ä\n" * 60_000, "x" * 2_000_000])
def test_the_summary_keeps_githubs_limit_and_says_so(job: Path, text: str) -> None:
    actions.append_summary(text)
    written = (job / "STEP_SUMMARY").read_bytes()
    assert actions.SUMMARY_BYTES - 100 < len(written) <= actions.SUMMARY_BYTES
    assert written.decode().rstrip().endswith("holds the whole report.")
    actions.append_summary("# One more")
    assert len((job / "STEP_SUMMARY").read_bytes()) <= actions.SUMMARY_BYTES


# -- the log --------------------------------------------------------------------------------


@QUIET
@given(message=ANY_TEXT, title=ANY_TEXT, file=ANY_TEXT)
def test_a_remark_is_one_command_whatever_it_says(
    capsys: pytest.CaptureFixture[str], message: str, title: str, file: str
) -> None:
    capsys.readouterr()
    actions.say("error", message, title=title, file=file, line=3)
    said = capsys.readouterr().out
    assert said.endswith("\n") and not re.search(r"[\r\n]", said[:-1])
    properties, _, _ = said.removeprefix("::error").removeprefix(" ").partition("::")
    keys = [part.split("=")[0] for part in properties.split(",") if part]
    assert keys == [key for key, value in (("title", title), ("file", file), ("line", file)) if value]


def test_the_words_of_a_remark(capsys: pytest.CaptureFixture[str]) -> None:
    actions.say("warning", "100% of\nrows", title="range: a,b", file="data/a.csv", line=7)
    actions.say("notice", "plain", line=7)
    said = capsys.readouterr().out.splitlines()
    assert said == ["::warning title=range%3A a%2Cb,file=data/a.csv,line=7::100%25 of%0Arows", "::notice::plain"]


def test_secrets_are_masked_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    actions.mask("one\ntwo")
    actions.mask("")
    said = capsys.readouterr().out.splitlines()
    assert said == ["::add-mask::one%0Atwo", "::add-mask::one", "::add-mask::two"]


def test_groups_close_whatever_happens(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), actions.group("Training\n::error::x"):
        print(1 / 0)
    assert capsys.readouterr().out.splitlines() == ["::group::Training%0A::error::x", "::endgroup::"]


def test_the_output_of_others_is_guarded() -> None:
    """A child's words stand between the brackets, in order, also where they end within a line."""
    code = (
        "import subprocess, sys\nfrom sluice.adapters import actions\n"
        "for _ in range(2):\n    with actions.guarded_output():\n"
        "        subprocess.run([sys.executable, '-c', \"print('::set-output name=open::true', end='')\"])\n"
        "actions.say('notice', 'after')\n"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.splitlines()
    tokens = [line.removeprefix("::stop-commands::") for line in (said[0], said[3])]
    assert tokens[0] != tokens[1] and all(re.fullmatch("[0-9a-f]{64}", token) for token in tokens)
    guarded = "::set-output name=open::true"
    assert said[1:3] == [guarded, f"::{tokens[0]}::"] and said[4:6] == [guarded, f"::{tokens[1]}::"]
    assert said[6:] == ["::notice::after"]


def test_the_guard_opens_again_after_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), actions.guarded_output():
        raise KeyboardInterrupt
    first, *_, last = capsys.readouterr().out.splitlines()
    assert last == f"::{first.removeprefix('::stop-commands::')}::"


# -- inputs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["INPUT_GITHUB-TOKEN", "INPUT_GITHUB_TOKEN"])
def test_an_input(key: str) -> None:
    assert actions.read_input("github-token", environ={key: "  x \n"}) == "x"


def test_an_input_that_is_missing() -> None:
    assert actions.read_input("config", environ={}) == ""
    with pytest.raises(UsageError, match="the input `config` is missing; give `config` under `with:`"):
        actions.read_input("config", required=True, environ={"INPUT_CONFIG": " "})


def test_the_runtime() -> None:
    environ = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REPOSITORY": "acme/churn",
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": "https://ghe.example.com/",
        "GITHUB_API_URL": "https://ghe.example.com/api/v3",
    }
    found = actions.runtime(environ)
    assert (found.run_id, found.api_url) == (7, "https://ghe.example.com/api/v3")
    assert found.run_url == "https://ghe.example.com/acme/churn/actions/runs/7"
    bare = actions.runtime({"GITHUB_RUN_ID": "seven"})
    assert (bare.run_id, bare.run_url, bare.api_url) == (None, "", "https://api.github.com")
    assert actions.is_runner({"GITHUB_ACTIONS": "true"}) and not actions.is_runner({})
