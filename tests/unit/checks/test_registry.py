"""The checks as a whole."""

from __future__ import annotations

from pathlib import Path

from sluice.checks import CHECKS

TESTS = Path(__file__).parent
SOURCES = TESTS.parents[2] / "src" / "sluice" / "checks"


def test_every_file_is_a_registered_check_with_tests_of_its_own() -> None:
    files = {path.stem for path in SOURCES.glob("*.py")} - {"__init__"}
    files |= {path.parent.name for path in SOURCES.glob("*/__init__.py")}
    assert files == set(CHECKS)
    assert {f"test_{name}.py" for name in CHECKS} <= {path.name for path in TESTS.glob("test_*.py")}


def test_checks_go_by_their_own_names() -> None:
    assert all(name == check.name for name, check in CHECKS.items())
