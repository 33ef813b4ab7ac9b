"""Fixtures every test folder may use: an emulated GitHub for the session, reset before each test that asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ghbench.harness import Running


@pytest.fixture(scope="session")
def github_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The emulated GitHub of this test session, with every call checked against GitHub's description."""
    from ghbench import harness

    with harness.start(tmp_path_factory.mktemp("ghbench"), openapi=True) as running:
        yield running


@pytest.fixture
def bench(github_server: Running) -> Running:
    """The emulated GitHub, as its seed left it."""
    github_server.post("reset")
    return github_server


@pytest.fixture
def checked(bench: Running) -> Iterator[Running]:
    """A bench that must end the test without a call, an answer or a payload outside what GitHub publishes."""
    yield bench
    problems = bench.problems()
    assert not problems, json.dumps(problems, indent=1)[:4000]
