"""The rooms that decide read no clock, environment, chance or file: the same input gives the same decision."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "sluice"
PURE_ROOMS = ("domain", "checks", "drift", "metrics", "commands", "core")

BANNED_MODULES = frozenset(
    "asyncio builtins ctypes glob http importlib io logging multiprocessing os psutil pty random requests "
    "secrets shutil signal socket sqlite3 subprocess sys tempfile threading time urllib uuid".split()
)
# Importing a type such as datetime or PurePath is fine; these reach outside only where they are called.
BANNED_CALLS = frozenset(
    "open input print eval exec compile __import__ breakpoint "
    "datetime.now datetime.utcnow datetime.today date.today Path pathlib.Path".split()
)
FILE_METHODS = frozenset(
    "read_text read_bytes write_text write_bytes unlink mkdir rmdir iterdir glob rglob touch is_file is_dir "
    "read_csv read_parquet read_json to_csv to_parquet to_json execute to_pandas".split()
)
GLOBAL_CHANCE = frozenset("rand randn randint random choice shuffle permutation normal uniform seed".split())


def dotted(node: ast.expr) -> str:
    """The dotted name of an expression such as `datetime.datetime.now`; empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The top-level modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (name.name.split(".")[0] for name in node.names)
    elif node.module and node.level == 0:
        yield node.module.split(".")[0]


def reaches_outside(call: ast.Call) -> str | None:
    """The name of what a call reaches outside with, or None."""
    name = dotted(call.func)
    parts = name.split(".")
    if name in BANNED_CALLS or ".".join(parts[-2:]) in BANNED_CALLS:
        return name
    if parts[-1] == "default_rng" and not call.args and not call.keywords:
        return f"{name} without a seed"
    if parts[:2] in (["np", "random"], ["numpy", "random"]) and parts[-1] in GLOBAL_CHANCE:
        return f"{name}, which draws from the process's one generator"
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return f".{method}" if method in FILE_METHODS else None


def offences(source: str) -> list[str]:
    """Everything in a module's source that its room forbids, with its line."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found += [f"line {node.lineno}: import {name}" for name in imported(node) if name in BANNED_MODULES]
        if isinstance(node, ast.Call) and (name := reaches_outside(node)):
            found.append(f"line {node.lineno}: {name}")
    return found


def pure_modules() -> list[Path]:
    return sorted(path for room in PURE_ROOMS for path in (PACKAGE / room).rglob("*.py"))


def test_there_are_rooms_to_look_at() -> None:
    assert {path.relative_to(PACKAGE).parts[0] for path in pure_modules()} >= {"domain", "checks", "metrics", "core"}


@pytest.mark.parametrize("path", pure_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_decides_touches_nothing_outside(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from os import environ",
        "import urllib.request",
        "def f():\n    from time import monotonic",
        "open('x')",
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "date.today()",
        "Path('x')",
        "pathlib.Path('x')",
        "np.random.default_rng()",
        "np.random.normal(0, 1)",
        "somewhere.read_text()",
        "table.execute()",
    ],
)
def test_each_way_out_is_seen(line: str) -> None:
    assert offences(line) != []


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime, timedelta",
        "from pathlib import PurePosixPath\nPurePosixPath('a') / 'b'",
        "np.random.default_rng(7)",
        "generator.normal(0, 1)",
        "re.compile('x')",
    ],
)
def test_what_is_pure_passes(line: str) -> None:
    assert offences(line) == []
