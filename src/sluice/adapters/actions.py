"""The GitHub Actions runtime: inputs, outputs, the job summary, and commands in the log.

actions-toolkit writes the commands and the files. Its ``core`` module is passed by: it loads an HTTP client for a
feature that is not used here, states annotation properties that nobody gave (``file=,line=``), falls back to commands
that GitHub has switched off, and has neither a job summary nor ``stop-commands``.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from actions_toolkit.command import issue, issue_command
from actions_toolkit.file_command import issue_file_command, prepare_key_value_message

from sluice.domain.errors import UsageError

Level = Literal["error", "warning", "notice"]

SUMMARY_BYTES = 1024 * 1024
# GitHub cuts what is longer; a log line that long helps nobody.
_LONGEST_MESSAGE = 4000
_SUMMARY_NOTE = "\n\n> The rest is cut: GitHub takes no more here. The evidence artifact holds the whole report.\n"
_OUTPUT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What the runner says of the job; texts are empty and numbers ``None`` where it does not say."""

    event_name: str
    event_path: str
    repository: str
    sha: str
    run_id: int | None
    api_url: str
    server_url: str
    workspace: str

    @property
    def run_url(self) -> str:
        """Where people see this run; empty outside a run."""
        if not (self.server_url and self.repository and self.run_id):
            return ""
        return f"{self.server_url.rstrip('/')}/{self.repository}/actions/runs/{self.run_id}"


def is_runner(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs in a job of GitHub Actions."""
    return environ.get("GITHUB_ACTIONS") == "true"


def runtime(environ: Mapping[str, str] = os.environ) -> Runtime:
    """The job's runtime, as its environment tells it."""
    run_id = environ.get("GITHUB_RUN_ID", "")
    return Runtime(
        event_name=environ.get("GITHUB_EVENT_NAME", ""),
        event_path=environ.get("GITHUB_EVENT_PATH", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        sha=environ.get("GITHUB_SHA", ""),
        run_id=int(run_id) if run_id.isascii() and run_id.isdigit() else None,
        api_url=environ.get("GITHUB_API_URL") or "https://api.github.com",
        server_url=environ.get("GITHUB_SERVER_URL") or "https://github.com",
        workspace=environ.get("GITHUB_WORKSPACE", ""),
    )


# -- inputs ---------------------------------------------------------------------------------


def read_input(name: str, *, required: bool = False, environ: Mapping[str, str] = os.environ) -> str:
    """An input of action.yml without the space around it; empty where it is not given.

    The runner keeps the hyphens of a name (``INPUT_GITHUB-TOKEN``); a composite action sets the variable itself, and
    may write underscores, since shells cannot set the other.
    """
    key = f"INPUT_{name.replace(' ', '_').upper()}"
    value = (environ.get(key) or environ.get(key.replace("-", "_")) or "").strip()
    if required and not value:
        raise UsageError(f"the input `{name}` is missing", remedy=f"give `{name}` under `with:`")
    return value


# -- what the next steps and people see -----------------------------------------------------


def set_output(name: str, value: str) -> None:
    """Hand a value to the steps after this one; the value may hold anything. Nothing outside a job."""
    if not _OUTPUT_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an output")
    if os.environ.get("GITHUB_OUTPUT"):
        issue_file_command("OUTPUT", prepare_key_value_message(name, _clean(value)))


def append_summary(markdown: str) -> None:
    """Add to the job summary as far as it takes more (1 MiB a step), the end cut first. Nothing outside a job."""
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if not target:
        return
    path = Path(target)
    left = SUMMARY_BYTES - (path.stat().st_size if path.exists() else 0)
    data = (_clean(markdown).rstrip("\n") + "\n").encode()
    if len(data) > left:
        data = _cut(data, left - len(_SUMMARY_NOTE.encode()))
    if data:
        with path.open("ab") as file:
            file.write(data)


def _cut(data: bytes, most: int) -> bytes:
    """The lines among the first ``most`` bytes, with the note; nothing where not even the note fits."""
    if most < 0:
        return b""
    kept = data[:most].decode(errors="ignore")
    end = kept.rfind("\n")
    # A line that takes more than half of the room is cut in its middle instead.
    return ((kept[:end] if end > len(kept) // 2 else kept) + _SUMMARY_NOTE).encode()


# -- the log --------------------------------------------------------------------------------


def mask(secret: str) -> None:
    """Keep a secret out of the log from here on, each of its lines too."""
    for part in dict.fromkeys((secret, *secret.splitlines())):
        if part.strip():
            issue_command("add-mask", {}, part)
    sys.stdout.flush()


def say(level: Level, message: str, *, title: str = "", file: str = "", line: int = 0) -> None:
    """Log one error, warning or notice, which GitHub also shows with the run (and beside the file's line)."""
    given = {"title": title, "file": file, "line": str(line) if file and line > 0 else ""}
    properties = {key: _clean(value) for key, value in given.items() if value}
    issue_command(level, properties, _clean(message)[:_LONGEST_MESSAGE])
    sys.stdout.flush()


@contextmanager
def group(title: str) -> Iterator[None]:
    """Fold what is logged within under a title."""
    issue("group", _clean(title))
    sys.stdout.flush()
    try:
        yield
    finally:
        issue("endgroup")
        sys.stdout.flush()


@contextmanager
def guarded_output() -> Iterator[None]:
    """Let the runner take no command from what is printed within: for output of code that is not trusted.

    The token that ends it is drawn anew each time and is neither in the environment nor in any file. Outside a job
    nothing is printed.
    """
    if not is_runner():
        yield
        return
    token = secrets.token_hex(32)
    sys.stdout.write(f"::stop-commands::{token}\n")
    sys.stdout.flush()
    try:
        yield
    finally:
        # The output may have ended within a line, and a command must begin one.
        sys.stdout.write(f"\n::{token}::\n")
        sys.stdout.flush()


def _clean(words: str) -> str:
    """Text that UTF-8 can carry."""
    return words.encode("utf-8", "replace").decode("utf-8")
