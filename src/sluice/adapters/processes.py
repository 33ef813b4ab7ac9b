"""Programs that Sluice itself calls (git, dvc, nvidia-smi): without a shell, bounded in time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sluice.domain.errors import OutsideError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A program that ended by itself."""

    code: int
    out: bytes
    err: bytes

    @property
    def said(self) -> str:
        """The last 300 characters of what it said on stderr, on one line."""
        return " ".join(self.err.decode("utf-8", "replace").split())[-300:]


def call(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout_s: float,
    stdin: bytes = b"",
    to: IO[bytes] | None = None,
) -> Finished:
    """Run a program to its end, its output kept in memory, or written ``to`` a file (``out`` is empty then).

    Raises ``UsageError`` where it is not installed, ``OutsideError`` where it takes longer than ``timeout_s``; then it
    and its children are ended.
    """
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if to is None else to,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        missing = f"`{argv[0]}`" if cwd.is_dir() else f"the folder {cwd}"
        raise UsageError(
            f"cannot start `{argv[0]}`: {error.strerror}", remedy=f"see that {missing} is there"
        ) from error
    try:
        out, err = process.communicate(stdin, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise OutsideError(f"`{' '.join(argv[:2])}` did not end within {timeout_s:g} s") from error
    finally:
        _end(process)
    return Finished(code=process.returncode, out=out or b"", err=err)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
