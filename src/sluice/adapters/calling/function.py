"""A function of the pull request, called in a process of its own: bounded in time, memory and in what it may answer.

The process runs under the Python on the ``PATH`` of the training's environment, from the repository's root, and sees
what training sees. It is handed rows as files of NumPy and answers through a pipe; what it prints is shown in the log.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from sluice.adapters.decode import strict_json
from sluice.adapters.redaction import Redactor
from sluice.adapters.trainers.tree import Tree, adopting_orphans
from sluice.domain.errors import EvidenceError
from sluice.domain.functions import Answer, Ask, Sample
from sluice.domain.stats import REPLICATES

HARNESS = Path(__file__).with_name("harness.py")
MEMORY_BYTES = 4 * 2**30
MAX_ANSWER_BYTES = 64_000_000
MAX_ASKS = 20_000
_MAX_LOG_BYTES = 100_000_000
_SHOWN_LOG_BYTES = 4_000
_POLL_S = 0.05
_RESERVED_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a function runs: the repository's root, the environment, and who is told what it prints."""

    root: Path
    env: Mapping[str, str]
    say: Callable[[str], None]
    memory_bytes: int = MEMORY_BYTES


def call_function(call: str, asks: Iterable[Ask], *, place: Place, seed: int, timeout_s: float) -> tuple[Answer, ...]:
    """What the function ``package.module:name`` answers to every ask; it never raises for what the function does.

    Calls for values come first, those on rows drawn anew after them, ``stats.REPLICATES`` for each ask; where these
    would not fit into ``timeout_s``, there are none of that ask, and it says so.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-") as name:
        folder = Path(name)
        resampled = [_write(folder, index, ask) for index, ask in enumerate(asks)]
        if len(resampled) > MAX_ASKS:
            raise EvidenceError(f"there are over {MAX_ASKS:,} slices to call `{call}` for", reason_code="metric")
        path = place.env.get("PATH")
        python = shutil.which("python", path=path) or shutil.which("python3", path=path)
        if python is None:
            return tuple(Answer(first_reason="there is no Python to call it with") for _ in resampled)
        work = {"call": call, "root": str(place.root), "asks": len(resampled), "resampled": resampled, "seed": seed}
        times = {"replicates": REPLICATES, "time_s": timeout_s * (1 - _RESERVED_SHARE)}
        lines, ended = _run(python, folder, work | times, place, timeout_s)
    return _believed(lines, ended, resampled)


def _write(folder: Path, index: int, ask: Ask) -> bool:
    for side, sample in (("first", ask.first), ("second", ask.second)):
        if sample is not None:
            np.savez(folder / f"{index}-{side}.npz", allow_pickle=False, **_arrays(sample))
    return ask.resample


def _arrays(sample: Sample) -> dict[str, Any]:
    arrays = {"y": sample.y, "p": sample.p, "w": sample.weight, "c": sample.clusters}
    return {name: np.ascontiguousarray(array) for name, array in arrays.items() if array is not None}


def _run(
    python: str, folder: Path, work: Mapping[str, object], place: Place, timeout_s: float
) -> tuple[list[bytes], str]:
    """The lines that the process answered, and how it ended where it did not end well."""
    ours, theirs = os.pipe()
    (folder / "work.json").write_text(json.dumps({**work, "pipe": theirs}))
    with (folder / "log").open("w+b") as log, adopting_orphans():
        tree = Tree()
        try:
            process = subprocess.Popen(
                (python, str(HARNESS), str(folder)),
                cwd=place.root,
                env=dict(place.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs,),
                start_new_session=True,
            )
        except OSError as error:
            os.close(ours)
            return [], f"could not be started: {error.strerror}"
        finally:
            os.close(theirs)
        _bound(process.pid)
        tree.start(process.pid)
        try:
            heard, ended = _heard(ours, process, tree, time.monotonic() + timeout_s, place.memory_bytes)
        finally:
            os.close(ours)
            tree.end(0.0)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        _show(log, place)
    if ended == "late":
        ended = f"did not return within {timeout_s:g} s"
    return heard.splitlines(), ended or _end_of(process.returncode)


def _bound(process: int) -> None:
    """No more than a log's length may be printed."""
    with contextlib.suppress(OSError, AttributeError):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (_MAX_LOG_BYTES, _MAX_LOG_BYTES))


def _heard(
    pipe: int, process: subprocess.Popen[bytes], tree: Tree, until: float, memory_bytes: int
) -> tuple[bytes, str]:
    heard = bytearray()
    while time.monotonic() < until:
        if select.select((pipe,), (), (), _POLL_S)[0]:
            piece = os.read(pipe, 1 << 16)
            if not piece:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=max(until - time.monotonic(), 0))
                return bytes(heard), ""
            heard += piece
            if len(heard) > MAX_ANSWER_BYTES:
                return b"", "answered more than can be read"
        elif process.poll() is not None:
            return bytes(heard), ""
        if tree.memory_bytes() > memory_bytes:
            return bytes(heard), f"took more than {memory_bytes / 2**30:.3g} GiB of memory"
    return bytes(heard), "late"


def _end_of(code: int | None) -> str:
    if not code:
        return ""
    if code < 0 and -code in set(signal.Signals):
        return f"ended its process ({signal.Signals(-code).name})"
    return f"ended its process (exit code {code})"


def _show(log: IO[bytes], place: Place) -> None:
    """The end of what was printed, for the log alone."""
    size = log.seek(0, os.SEEK_END)
    log.seek(max(size - _SHOWN_LOG_BYTES, 0))
    clean = Redactor.of(place.env, os.environ).clean
    for line in log.read().decode("utf-8", "replace").splitlines():
        place.say(f"  {clean(line)}")


# -- what is believed of it -----------------------------------------------------------------------


def _believed(lines: list[bytes], ended: str, resampled: list[bool]) -> tuple[Answer, ...]:
    """The answers, each line of which is of the known form, or none is believed."""
    unanswered = ended or "gave no answer"
    found = [Answer(first_reason=unanswered, no_draws=unanswered) for _ in resampled]
    try:
        for line in lines:
            said = strict_json.parse(line, where="answer", max_bytes=MAX_ANSWER_BYTES)
            told = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
            if "refused" in told:
                return tuple(Answer(first_reason=_text(told["refused"])) for _ in resampled)
            index = told["ask"]
            if type(index) is not int or not 0 <= index < len(found):
                raise ValueError("no such ask")
            found[index] = _with_values(found[index], told) if "values" in told else _with_draws(found[index], told)
    except (EvidenceError, AttributeError, KeyError, TypeError, ValueError):
        return tuple(Answer(first_reason="gave an answer that cannot be read") for _ in resampled)
    return tuple(found)


def _with_values(answer: Answer, told: dict[str, Any]) -> Answer:
    first, *others = [(_number(one.get("value")), _text(one.get("wrong", ""))) for one in told["values"]]
    answer = replace(answer, first=first[0], first_reason=first[1])
    return replace(answer, second=others[0][0], second_reason=others[0][1]) if others else answer


def _with_draws(answer: Answer, told: dict[str, Any]) -> Answer:
    if "none" in told:
        return replace(answer, no_draws=_text(told["none"]))
    draws, differences, failed = _numbers(told["draws"]), _numbers(told["differences"]), told["failed"]
    if type(failed) is not int or failed < 0 or len(draws) + failed != REPLICATES:
        raise ValueError("not all draws")
    if differences and len(differences) != len(draws):
        raise ValueError("not all differences")
    return replace(answer, draws=draws, differences=differences, n_failed=failed, no_draws="")


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")
    return float(value)


def _numbers(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or len(cast("list[Any]", values)) > REPLICATES:
        raise ValueError("no list of numbers")
    found = tuple(_number(value) for value in cast("list[Any]", values))
    return tuple(value for value in found if value is not None)


def _text(value: Any) -> str:
    return " ".join(str(value).split())[:300]
