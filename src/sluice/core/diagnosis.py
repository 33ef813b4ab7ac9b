"""From the end of a training log to one sentence of advice, and to the line of the repository where it broke."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace

from sluice.domain.training import TrainResult, TrainStatus

# (what the log says, what that means and what to do); the first that fits is told, so the particular come first.
_CAUSES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(expression, re.IGNORECASE), sentence)
    for expression, sentence in (
        (
            r"no space left on device|\bENOSPC\b|errno 28\b|disk quota exceeded",
            "The runner's disk is full; free space before training, or write less (checkpoints, caches, logs).",
        ),
        (
            r"cuda out of memory|cuda error: out of memory|torch\.(?:cuda\.)?OutOfMemoryError|CUDA_ERROR_OUT_OF_MEMORY"
            r"|RESOURCE_EXHAUSTED: .*(?:memory|allocat)|HIP out of memory",
            "The accelerator's memory is full; lower the batch size or choose a runner with more of it.",
        ),
        (
            r"CUDA driver version is insufficient|NVIDIA driver on your system is too old"
            r"|no kernel image is available for execution|forward compatibility was attempted"
            r"|Torch not compiled with CUDA enabled|Found no NVIDIA driver|driver/library version mismatch",
            "The installed framework and the runner's accelerator or driver do not fit each other; "
            "install the build that was made for this driver, or choose another runner.",
        ),
        (
            r"missing[ -]cache|failed to pull data from the cloud|Checkout failed for following targets"
            r"|No remote (?:repository )?(?:provided|specified)|some of the cache files do not exist",
            "DVC could not bring the data; run `dvc push` where it is, and see that the runner may read the remote.",
        ),
        (
            r"ModuleNotFoundError: No module named '(?P<name>[\w.]{1,100})'",
            "The Python module `{name}` is not installed on the runner; install it in a step before Sluice.",
        ),
        (
            r"ImportError: .*?(?P<name>lib[\w.+-]{1,100}\.so[.\d]*)",
            "The shared library `{name}` is missing on the runner; install it in a step before Sluice.",
        ),
        (
            r"\bMemoryError\b|Cannot allocate memory|std::bad_alloc|Unable to allocate [\d.]+ [KMGT]iB|oom-kill",
            "The runner's memory is full; read the data in parts or choose a runner with more memory.",
        ),
        (
            r"(?:bash|sh)(?:: line \d+)?: (?P<name>[\w./+-]{1,100}): command not found",
            "The program `{name}` is not on the runner's PATH; install it in a step before Sluice.",
        ),
        (
            r"FileNotFoundError: .*?No such file or directory: '(?P<name>[\w./ +-]{1,200})'",
            "The file `{name}` is missing; commit it, track it with DVC, or make it in an earlier step.",
        ),
    )
)

MAX_ERROR_CHARS = 200

_TRACEBACK = re.compile(r"^\s*Traceback \(most recent call last\)", re.MULTILINE)
_FRAME = re.compile(r'^\s*File "(?P<path>[^"\n]{1,1000})", line (?P<line>\d{1,7})', re.MULTILINE)
_ERROR = re.compile(r"^(?P<error>[^\W\d][\w.]{0,200}(?::[^\n]{0,400}|(?=[ \t\r]*$)))", re.MULTILINE)
_FOREIGN = re.compile(r"(?:^|/)(?:site-packages|dist-packages|lib/python3?[\d.]*|\.venv|venv|node_modules)/|^<")


def explain(result: TrainResult, roots: Iterable[str] = ()) -> TrainResult:
    """The result with its ``diagnosis`` and location filled; a command that ended well is given back as it is."""
    if result.status in ("success", "reused"):
        return result
    said = f"{result.message}\n{result.log_tail}"
    path, line = locate(result.log_tail, roots)
    sentence = diagnose(result.exit_code, result.status, said)
    return replace(result, diagnosis=sentence, location_path=path, location_line=line)


def diagnose(exit_code: int | None, status: TrainStatus, log_tail: str) -> str:
    """One sentence: what most likely went wrong, and the remedy, else the last traceback's error; or empty.

    The log is the pull request's own word: the sentence is for people and decides nothing.
    """
    if status in ("success", "reused"):
        return ""
    for expression, sentence in _CAUSES:
        found = expression.search(log_tail)
        if found:
            return sentence.format(**found.groupdict())
    if status == "timeout":
        return "The command ran into `training.timeout_minutes`; raise the limit, or train less."
    if status == "cancelled":
        return "The job was cancelled before training ended; start it again."
    if exit_code == 137:
        return (
            "The command was killed (SIGKILL), most often by the system for want of memory; "
            "read the data in parts or choose a runner with more memory."
        )
    if exit_code == 139:
        return "The command crashed inside native code (SIGSEGV); see that its compiled packages fit each other."
    return _last_error(log_tail)


def _last_error(log_tail: str) -> str:
    """What the last traceback ends with: its frames and their code are indented, the error is not."""
    starts = [found.end() for found in _TRACEBACK.finditer(log_tail)]
    found = _ERROR.search(log_tail, starts[-1]) if starts else None
    if found is None:
        return ""
    # A backtick would end the code that the error is shown as.
    said = found["error"].strip().replace("`", "'")
    return f"The last error is `{said[:MAX_ERROR_CHARS]}{'…' if len(said) > MAX_ERROR_CHARS else ''}`."


def locate(log_tail: str, roots: Iterable[str] = ()) -> tuple[str, int]:
    """(path from the root, line from 1) of the innermost frame of the last traceback that is the repository's own.

    ``roots`` are the absolute folders that stand for the root. ``("", 0)`` where there is none.
    """
    starts = [found.end() for found in _TRACEBACK.finditer(log_tail)]
    frames = _FRAME.finditer(log_tail, starts[-1] if starts else 0)
    folders = tuple(root.rstrip("/") + "/" for root in roots)
    for frame in reversed(list(frames)):
        path = _inside(frame["path"], folders)
        line = int(frame["line"])
        if path and line > 0:
            return path, line
    return "", 0


def _inside(path: str, folders: tuple[str, ...]) -> str:
    """The path from the repository's root; empty for what is not the repository's own."""
    for folder in folders:
        path = path.removeprefix(folder)
    normal = posixpath.normpath(path)
    if normal.startswith(("/", "..")) or _FOREIGN.search(normal) or not normal.isprintable():
        return ""
    return normal
