"""Patterns of `training.inputs`, against a plain oracle."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.core.globs import matches
from sluice.domain.errors import ConfigError


@pytest.mark.parametrize(
    ("pattern", "path", "named"),
    [
        ("data", "data", True),
        ("data", "data/a/b.csv", True),
        ("data/", "data/a/b.csv", True),
        ("./data", "data/a.csv", True),
        ("data", "data2/a.csv", False),
        ("data", "src/data/a.csv", False),
        ("data", "data.dvc", True),
        ("data/train.csv", "data/train.csv.dvc", True),
        ("data/raw/train.csv", "data/raw.dvc", True),
        ("data/raw/**", "data/raw.dvc", True),
        ("data/*.csv", "data/train.csv.dvc", True),
        ("data/train.csv", "data/test.csv.dvc", False),
        ("data/train.csv", "other.dvc", False),
        ("src/train/**", "src/train/model/net.py", True),
        ("src/train/**", "src/other.py", False),
        ("src/**/net.py", "src/net.py", True),
        ("src/**/net.py", "src/a/b/net.py", True),
        ("src/**.py", "src/a/b/net.py", True),
        ("src/*.py", "src/a/net.py", False),
        ("*.yaml", "conf/model/a.yaml", True),
        ("/*.yaml", "conf/a.yaml", False),
        ("/*.yaml", "a.yaml", True),
        ("params.yaml", "params.yaml", True),
        ("params.yaml", "params_yaml", False),
        ("a?c", "abc", True),
        ("[!a]bc", "abc", False),
        ("[^a]bc", "abc", False),
        ("[^a]bc", "xbc", True),
        (".", "anything/at/all", True),
        ("**", "anything/at/all", True),
        ("Data", "data", False),
        ("caf\u00e9", "cafe\u0301", True),
        ("", "a", True),
        ("vendor/lib/src/**", "vendor", True),
        ("vendor/lib/src/*.py", "vendor/lib", True),
        ("vendor/lib/src/*.py", "vendor/lib/src", True),
        ("vendor/lib/src/*.py", "vendor/li", False),
        ("data/[[]1]/train.csv", "data", True),
        ("data/[[]1]/train.csv", "data/[1]", True),
        ("data/[[]1]/train.csv", "data/[1].dvc", True),
        ("data/[ab]/train.csv", "data/a", False),
        ("*.py", "vendor", False),
        ("a", "", False),
    ],
)
def test_examples(pattern: str, path: str, named: bool) -> None:
    assert matches(path, [pattern]) is named


def test_later_patterns_take_out_and_in() -> None:
    patterns = ["src", "!src/tests", "src/tests/data.csv"]
    assert matches("src/net.py", patterns)
    assert not matches("src/tests/test_net.py", patterns)
    assert matches("src/tests/data.csv", patterns)
    assert not matches("src/net.py", [])
    assert not matches("src/net.py", ["!docs"])


@pytest.mark.parametrize("path", ["vendor", "vendor.dvc"])
def test_what_is_taken_out_below_a_submodule_or_a_pointer_leaves_the_rest(path: str) -> None:
    assert matches(path, [".", "!vendor/tests"])
    assert not matches(path, [".", "!vendor"])


@pytest.mark.parametrize("pattern", ["../data", "a/../../b", "!../x"])
def test_outside_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="leads out"):
        matches("a", ["a", pattern] if pattern[0] == "!" else [pattern])


def _oracle(path: list[str], pattern: list[str]) -> bool:
    """The definition, written down: a pattern names a path and everything below it."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_oracle(path[start:], pattern[1:]) for start in range(len(path) + 1))
    return bool(path) and fnmatch.fnmatchcase(path[0], pattern[0]) and _oracle(path[1:], pattern[1:])


def _above(path: list[str], pattern: list[str]) -> bool:
    return pattern[: len(path)] == path and not any(set(part) & set("*?[") for part in path)


NAMES = st.text(alphabet="ab.", min_size=1, max_size=3).filter(lambda name: name.strip("."))
GLOBS = st.sampled_from(["**", "*", "a*", "*b", "?", "[ab]", "a", "b", "ab"])


@given(st.lists(NAMES, min_size=1, max_size=6), st.lists(GLOBS, min_size=1, max_size=6))
def test_agrees_with_the_definition(path: list[str], pattern: list[str]) -> None:
    assert matches("/".join(path), ["/" + "/".join(pattern)]) is (_oracle(path, pattern) or _above(path, pattern))


@given(st.lists(NAMES, min_size=1, max_size=6), st.data())
def test_every_folder_above_names_a_path(path: list[str], data: st.DataObject) -> None:
    depth = data.draw(st.integers(1, len(path)))
    assert matches("/".join(path), ["/".join(path[:depth])])
    assert matches("/".join(path[:depth]) + ".dvc", ["/".join(path)])


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_ends_in_an_answer(path: str, pattern: str) -> None:
    try:
        assert matches(path, [pattern]) in (True, False)
    except ConfigError:
        assert ".." in pattern


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/" * 50 + "b", "a/" * 500 + "a"),
        ("/".join(["**", "a"] * 40) + "/b", "a/" * 500 + "a"),
        ("*a" * 40 + "b", "a" * 2_000),
        ("*" * 5_000 + "b", "a" * 2_000),
    ],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    started = time.perf_counter()
    assert not matches(path, [pattern])
    assert time.perf_counter() - started < 1.0
