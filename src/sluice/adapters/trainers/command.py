"""Training as a command of ``bash``: watched, bounded in time, and ended with everything it started."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sluice.adapters.redaction import Redactor
from sluice.adapters.trainers.log import LogSink
from sluice.adapters.trainers.tree import Tree, adopting_orphans
from sluice.domain.training import TrainResult, TrainStatus

# As GitHub runs the `bash` steps of a workflow; `-u` is left out, since many activation scripts read unset variables.
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")

_DRAIN_S = 5.0
# Memory is looked at this densely at first, then ever less, until ``sample_interval_s``: a run of two seconds must not
# be known by the shell's size at its start alone, and one of hours must not be disturbed.
_FIRST_SAMPLES_S = 0.01
_SAMPLES_GROW = 20
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient to be, in seconds.

    GitHub cancels a step with SIGINT, sends SIGTERM 7.5 s and SIGKILL 10 s later: ``cancel_grace_s`` must lie below.
    """

    grace_s: float = 10.0
    cancel_grace_s: float = 5.0
    leftover_grace_s: float = 2.0
    sample_interval_s: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command and where it runs; ``echo`` gets each line, from a thread of its own."""

    command: str
    cwd: Path
    timeout_s: float
    env: Mapping[str, str] = field(repr=False)
    log: Path
    echo: Callable[[str], None]


def train(
    command: str, *, cwd: Path, timeout_s: float, env: Mapping[str, str], log: Path, echo: Callable[[str], None]
) -> TrainResult:
    """Run the training command to its end, whatever that is; it never raises for what the command does.

    ``env`` is the command's whole environment. stdout and stderr are merged, line by line, into ``echo`` and the file
    ``log`` (at most 50 MB), secrets masked. Duration is wall time; memory is the greatest sum of resident memory over
    the whole tree of processes that sampling saw, in bytes, or the greatest single process where that is more. Status:
    ``success`` for exit code 0, ``failure`` for another, ``killed`` where a signal ended it, ``timeout`` after
    ``timeout_s``, ``cancelled`` where this process was told to end (SIGINT, SIGTERM).
    """
    return run(Job(command=command, cwd=cwd, timeout_s=timeout_s, env=env, log=log, echo=echo), Limits())


def run(job: Job, limits: Limits) -> TrainResult:
    """``train`` with limits of one's own."""
    sink = LogSink(job.log, job.echo, Redactor.of(job.env, os.environ).clean)
    started = time.monotonic()
    with adopting_orphans(), _told_to_end() as told:
        tree = Tree()
        try:
            process = _start(job)
        except (OSError, ValueError) as error:
            sink.close()
            return _not_started(job, error, time.monotonic() - started)
        tree.start(process.pid)
        with _reading(process, sink):
            watched = _watch(process, tree, job.timeout_s, limits, told)
    return _result(job, process.returncode, watched, sink, time.monotonic() - started)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """How it ended; status ``None``: by itself."""

    status: TrainStatus | None
    n_left: int
    peak_memory_bytes: int | None


class _Told:
    """How often this process was told to end."""

    times = 0

    def note(self, *_: object) -> None:
        self.times += 1


@contextmanager
def _told_to_end() -> Iterator[_Told]:
    """SIGINT and SIGTERM are counted instead of ending us; only the main thread may listen for signals."""
    told = _Told()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {number: signal.signal(number, told.note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _start(job: Job) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (*SHELL, job.command),
        cwd=job.cwd,
        env=dict(job.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
    )


@contextmanager
def _reading(process: subprocess.Popen[bytes], sink: LogSink) -> Iterator[None]:
    """Feed the sink from a thread, so that whoever is slow to take a line never holds up the clock."""
    assert process.stdout is not None
    stream, over = process.stdout, threading.Event()
    reader = threading.Thread(target=_pump, args=(stream.fileno(), sink, over), name="sluice-log", daemon=True)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join(timeout=_DRAIN_S)
        if reader.is_alive():
            sink.mute()  # whoever shows the lines is too slow to be waited for
            reader.join(timeout=_DRAIN_S)
        if not reader.is_alive():
            sink.close()
            stream.close()


def _pump(pipe: int, sink: LogSink, over: threading.Event) -> None:
    """Read until the pipe ends, or until the command is over and the pipe is empty.

    A process that escaped us may hold the pipe open for ever, or write to it for ever: neither is waited for.
    """
    poller = select.poll()
    poller.register(pipe, select.POLLIN | select.POLLHUP | select.POLLERR)
    until = math.inf
    while time.monotonic() < until:
        if poller.poll(100):
            data = os.read(pipe, 65_536)
            if not data:
                return
            sink.feed(data)
        elif over.is_set():
            return
        if over.is_set() and until == math.inf:
            until = time.monotonic() + _DRAIN_S


def _watch(process: subprocess.Popen[bytes], tree: Tree, timeout_s: float, limits: Limits, told: _Told) -> _Watched:
    """Wait for the command, the clock or a signal; then end all that is left."""
    started = time.monotonic()
    until = started + timeout_s
    before_bytes = _greatest_child_bytes()
    peak_bytes = 0
    status: TrainStatus | None = None
    while process.poll() is None:
        peak_bytes = max(peak_bytes, tree.memory_bytes())
        if told.times:
            status = "cancelled"
        elif not time.monotonic() < until:  # also where the limit is not a number
            status = "timeout"
        if status is not None:
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_pause_s(started, until, limits))
    patience = {"cancelled": limits.cancel_grace_s, "timeout": limits.grace_s}
    already = told.times
    n_left = tree.end(patience.get(status or "", limits.leftover_grace_s), lambda: told.times > already)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_DRAIN_S)
    greatest_bytes = _greatest_child_bytes()
    if greatest_bytes > max(before_bytes, _own_peak_bytes()):
        peak_bytes = max(peak_bytes, greatest_bytes)
    # Told to end after the command had ended by itself: still an order, which must not be lost.
    return _Watched(status="cancelled" if told.times else status, n_left=n_left, peak_memory_bytes=peak_bytes or None)


def _pause_s(started: float, until: float, limits: Limits) -> float:
    """How long to wait for the end before the next look."""
    now = time.monotonic()
    grown_s = max(_FIRST_SAMPLES_S, (now - started) / _SAMPLES_GROW)
    return min(limits.sample_interval_s, grown_s, max(0.01, until - now))


def _greatest_child_bytes() -> int:
    """The greatest resident memory of any single process that was collected so far.

    A child starts with its parent's count, so that only what is over our own peak says anything of the command.
    """
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _MAXRSS_BYTES


def _own_peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_BYTES


def _result(job: Job, returned: int | None, watched: _Watched, sink: LogSink, duration_s: float) -> TrainResult:
    number = _signal_of(returned)
    exit_code = 128 - returned if returned is not None and returned < 0 else returned
    status: TrainStatus = watched.status or ("killed" if number else "success" if returned == 0 else "failure")
    said = {
        "success": "",
        "failure": f"the command ended with exit code {exit_code}",
        "killed": f"the command was ended by {number} (exit code {exit_code})",
        "timeout": f"the command did not end within {job.timeout_s:g} s; it and all that it started were ended",
        "cancelled": "the job was told to end; the command and all that it started were ended",
    }[status]
    parts = [said] if said else []
    if returned is None:
        parts.append("the system could not end it")
    if status == "success" and watched.n_left:
        parts.append(f"the command left {watched.n_left} processes running; they were ended")
    if status != "success" and sink.disk_full:
        parts.append("the log says: no space left on device")
    return TrainResult(
        status=status,
        command=job.command,
        exit_code=exit_code,
        duration_s=duration_s,
        peak_memory_bytes=watched.peak_memory_bytes,
        log_tail=sink.tail,
        message="; ".join(parts),
    )


def _signal_of(returned: int | None) -> str:
    """The signal that ended the command, told by the system or by a shell's 128 + number; empty for none."""
    if returned is None or 0 <= returned <= 128:
        return ""
    try:
        return signal.Signals(-returned if returned < 0 else returned - 128).name
    except ValueError:
        return "" if returned > 0 else f"signal {-returned}"


def _not_started(job: Job, error: OSError | ValueError, duration_s: float) -> TrainResult:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    where = f"in {job.cwd}" if job.cwd.is_dir() else f"since the folder {job.cwd} is not there"
    return TrainResult(
        status="failure",
        command=job.command,
        exit_code=None,
        duration_s=duration_s,
        message=f"`bash` could not be started {where}: {reason}",
    )
