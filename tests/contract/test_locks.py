"""What is installed is what was resolved: exact versions, digests for each, and no index named in the repository."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(path.name for path in (ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)(?: *;([^\\]*))? *\\?$")


def entries(lock: str) -> dict[str, set[str]]:
    """Each package of a lock with its versions: more than one where Python's version decides."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            found.setdefault(pin[1], set()).add(pin[2])
    return found


def required_names(requirements: list[str]) -> set[str]:
    """The normalised names of a list of requirements."""
    names = {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in requirements}
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def project() -> dict[str, list[str]]:
    """What pyproject.toml asks for: the core, and the extras by name."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"core": declared["dependencies"], **declared["optional-dependencies"]}


def test_the_locks_are_those_that_are_made() -> None:
    assert LOCKS == ["bootstrap.txt", "dev.txt", "go.txt", "publish.txt", "runtime.txt"]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_package_is_pinned_and_carries_its_digests(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text)
    assert entries(lock)
    for block in blocks:
        head = block.splitlines()[0]
        assert PIN.match(head), head
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), head


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?:|index-url|find-links", text)


def test_the_runtime_lock_holds_the_core_and_its_two_extras() -> None:
    asked = project()
    needed = required_names(asked["core"] + asked["dvc"] + asked["mlflow"])
    assert needed <= entries("runtime.txt").keys()


@pytest.mark.parametrize("lock", ["runtime.txt", "publish.txt"])
def test_what_is_tested_is_what_is_installed(lock: str) -> None:
    tested = entries("dev.txt")
    assert {name: versions for name, versions in entries(lock).items() if tested.get(name) != versions} == {}


def test_publishing_installs_a_part_of_what_running_does_and_nothing_that_computes() -> None:
    assert entries("publish.txt").keys() <= entries("runtime.txt").keys()
    assert not {"numpy", "pyarrow", "duckdb", "scikit-learn", "dvc", "mlflow-skinny"} & entries("publish.txt").keys()


def test_the_bootstrap_has_the_uv_that_is_tested() -> None:
    tested = entries("dev.txt")
    assert entries("bootstrap.txt")["uv"] == tested["uv"]


@pytest.mark.parametrize("lock", LOCKS)
def test_torch_is_never_locked(lock: str) -> None:
    assert "torch" not in entries(lock)
