"""Starting programs for the demo: an environment without the machine's own settings, and an end for all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Settings of the person who runs the demo, and what a surrounding CI job would tell the programs of itself.
_FOREIGN = ("ACTIONS_", "DVC_", "GH_", "GIT_", "GITHUB_", "INPUT_", "MLFLOW_", "PYTHON", "RUNNER_", "SLUICE_")
# How a runner ends a cancelled job: it asks, asks again, and then does not ask any more.
_ENDINGS = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, 5.0))
_SHOWN_LINES = 30
_TELL_EVERY_S = 5.0


class DemoError(Exception):
    """The demo cannot go on; one sentence, and the end of a log where there is one."""


def environment(home: Path) -> dict[str, str]:
    """This process's environment with this Python first on PATH, a home of its own, and loopback past any proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_FOREIGN)}
    home.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    own = {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8"}
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    dvc = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home / "dvc"), "DVC_GLOBAL_CONFIG_DIR": str(home)}
    direct = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    return kept | own | git | dvc | direct


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started, as a runner would; nothing where it has ended."""
    if process.poll() is not None:
        return
    for signum, patience_s in _ENDINGS:
        try:
            os.killpg(process.pid, signum)
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            process.wait()
        return


def call(
    words: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    tell: Callable[[str], None] = lambda line: None,
) -> int:
    """Run a program to its end, its output added to ``log``; its exit code. Whatever interrupts this ends it too.

    While it runs, ``tell`` gets the newest line of the log from time to time.
    """
    with log.open("ab") as sink:
        try:
            process = subprocess.Popen(
                [str(word) for word in words],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise DemoError(f"`{words[0]}` could not be started: {error.strerror}; run `make setup`") from error
        try:
            return _wait(process, log, tell)
        except BaseException:
            end(process)
            raise


def _wait(process: subprocess.Popen[bytes], log: Path, tell: Callable[[str], None]) -> int:
    told = ""
    while True:
        try:
            return process.wait(_TELL_EVERY_S)
        except subprocess.TimeoutExpired:
            lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
            newest = next((line for line in reversed(lines) if line and not line.startswith("::")), "")
            if newest != told:
                told = newest
                tell(newest)


def run(words: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], log: Path) -> None:
    """``call``, and ``DemoError`` with the end of the log where the program fails."""
    code = call(words, cwd=cwd, env=env, log=log)
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:])
        raise DemoError(f"`{' '.join(map(str, words))[:200]}` ended with {code}:\n{tail}")
