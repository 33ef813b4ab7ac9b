"""`make setup` does a step again when, and only when, what it was made from has changed."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up script, working on an empty folder."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TOOLS", tmp_path)
    monkeypatch.setattr(module, "BIN", tmp_path / "bin")
    return module


def step(bootstrap: ModuleType, folder: Path, code: str, without: str | None = None) -> object:
    """A step that runs a line of Python in the folder, made from lock.txt."""
    product = folder / "product"
    line = f"import pathlib, sys; product = pathlib.Path({str(product)!r}); {code}"

    def make(log: Path) -> None:
        bootstrap.call([sys.executable, "-c", line], log)

    return bootstrap.Step("made", "something", [folder / "lock.txt"], product, make, without)


def test_a_finished_step_is_done_until_its_lock_or_its_product_changes(bootstrap: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("one")
    made = step(bootstrap, tmp_path, "product.touch()")
    with bootstrap.alone():
        assert not bootstrap.is_done(made)
        assert bootstrap.perform(made)
        assert bootstrap.is_done(made)
        lock.write_text("two")
        assert not bootstrap.is_done(made)
        assert bootstrap.perform(made)
        (tmp_path / "product").unlink()
        assert not bootstrap.is_done(made)


@pytest.mark.parametrize("code", ["print('it broke'); sys.exit(3)", "pass"], ids=["it fails", "it makes nothing"])
def test_a_step_that_must_be_done_says_what_failed(
    bootstrap: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    (tmp_path / "lock.txt").touch()
    made = step(bootstrap, tmp_path, code)
    with bootstrap.alone(), pytest.raises(bootstrap.StepFailed, match=r"ended with 3|is not there afterwards"):
        bootstrap.perform(made)
    assert not bootstrap.is_done(made)
    shown = capsys.readouterr()
    assert shown.out.endswith("failed\n")
    assert ("it broke" in shown.err) == ("broke" in code)


def test_a_step_that_may_be_left_out_says_what_is_not_tested(
    bootstrap: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lock.txt").touch()
    made = step(bootstrap, tmp_path, "sys.exit(1)", without="reports in a browser")
    with bootstrap.alone():
        assert not bootstrap.perform(made)
        assert not bootstrap.is_done(made)
    assert "this will not be tested: reports in a browser" in capsys.readouterr().out


def test_the_demo_needs_less_than_the_tests(bootstrap: ModuleType) -> None:
    demo = {step.name for step in bootstrap.steps(demo=True)}
    everything = {step.name for step in bootstrap.steps(demo=False)}
    assert demo == {"environment", "packages", "npm-tests-github-npm-run"}
    assert demo < everything
    assert {"act", "actionlint", "npm-tools-npm", "npm-tests-github-npm-openapi"} <= everything


def test_every_go_program_is_pinned_to_a_release(bootstrap: ModuleType) -> None:
    assert all(re.search(r"@v\d+\.\d+\.\d+$", module) for module, _untested in bootstrap.GO_TOOLS.values())
