"""Running git on one bare repository, cut off from the machine's own configuration."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_S = 60
ZERO = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class GitError(Exception):
    """git refused; ``text`` is what it said."""

    def __init__(self, command: str, text: str):
        super().__init__(f"git {command}: {text.strip()[:500]}")
        self.text = text.strip()


def environment() -> dict[str, str]:
    """The variables every git process of the bench runs with."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """git, bound to one git directory."""

    directory: Path

    def call(self, *args: str, data: bytes = b"", extra: dict[str, str] | None = None) -> tuple[int, bytes, str]:
        """Run git; (exit status, standard output, standard error)."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.directory), *args],
            input=data,
            capture_output=True,
            timeout=_TIMEOUT_S,
            env={**environment(), **(extra or {})},
            check=False,
        )
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def run(self, *args: str, data: bytes = b"", extra: dict[str, str] | None = None) -> bytes:
        """Standard output of a git that must succeed; GitError when it does not."""
        status, out, said = self.call(*args, data=data, extra=extra)
        if status != 0:
            raise GitError(args[0], said or out.decode(errors="replace"))
        return out

    def line(self, *args: str, data: bytes = b"", extra: dict[str, str] | None = None) -> str:
        """The one line a git command prints."""
        return self.run(*args, data=data, extra=extra).decode(errors="replace").strip()
