"""Programs that are missing, fail, hang or leave children."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from sluice.adapters.processes import call
from sluice.domain.errors import OutsideError, UsageError


def test_it_ends(tmp_path: Path) -> None:
    done = call(("sh", "-c", "cat; echo two >&2; exit 3"), cwd=tmp_path, env=os.environ, timeout_s=10, stdin=b"one")
    assert (done.code, done.out, done.said) == (3, b"one", "two")


@pytest.mark.parametrize("folder", [".", "none"])
def test_it_cannot_start(tmp_path: Path, folder: str) -> None:
    with pytest.raises(UsageError, match="cannot start `no-such-program`"):
        call(("no-such-program",), cwd=tmp_path / folder, env=os.environ, timeout_s=10)


def test_it_hangs(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(OutsideError, match=r"did not end within 0\.3 s"):
        call(("sh", "-c", "sleep 300 & echo $! > pid; wait"), cwd=tmp_path, env=os.environ, timeout_s=0.3)
    assert time.monotonic() - started < 5
    time.sleep(0.1)
    pid = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
