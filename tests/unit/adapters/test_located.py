"""The digest of a table is that of its bytes, and nobody waits for one that is not wanted any more."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from sluice.adapters.located import digest, digesting, locate

SPARSE_BYTES = 20 * 2**30  # a file of holes: at two gibibytes a second, hashing it takes ten


def test_the_digest_taken_aside_is_the_digest_of_the_bytes(tmp_path: Path) -> None:
    data = os.urandom(3 * 2**20 + 1)
    (tmp_path / "data.csv").write_bytes(data)
    located = locate(tmp_path, "data.csv")
    with digesting(located) as sha256:
        assert sha256.result() == digest(located) == hashlib.sha256(data).hexdigest()


def test_a_digest_that_is_not_waited_for_is_given_up(tmp_path: Path) -> None:
    with (tmp_path / "data.csv").open("wb") as file:
        file.truncate(SPARSE_BYTES)
    with digesting(locate(tmp_path, "data.csv")) as sha256:
        while not sha256.running():
            continue
    with pytest.raises(CancelledError):
        sha256.result()


def test_a_file_that_goes_away_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n")
    located = locate(tmp_path, "data.csv")
    (tmp_path / "data.csv").unlink()
    with digesting(located) as sha256, pytest.raises(FileNotFoundError):
        sha256.result()
