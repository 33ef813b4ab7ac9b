"""The harness: starts what is served, warms it up, sends a fixed number of requests one by one, and ends it all.

What is served is code of the pull request. It runs in a session of its own in the environment of training, bounded in
time, memory and in what it may answer; what it prints is shown in the log. A request is timed from here, from its first
byte sent to the last byte of its answer.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from sluice.adapters.decode import strict_json
from sluice.adapters.redaction import Redactor
from sluice.adapters.serving.channels import MAX_ANSWER_BYTES, Channel, Http, Lines
from sluice.adapters.serving.energy import NVML, POWERCAP, Meters, energy_of, gpus, processors
from sluice.adapters.serving.watching import Failed, NotThere, Watch
from sluice.adapters.trainers.command import SHELL
from sluice.adapters.trainers.tree import Tree, adopting_orphans
from sluice.domain.errors import EvidenceError
from sluice.domain.probes import Serving
from sluice.domain.serving import Served, round_ends

HARNESS = Path(__file__).with_name("served.py")
MEMORY_BYTES = 12 * 2**30
UNKNOWN_MEMORY = "the endpoint was not started by `evaluation.serving.start`, so that its processes are not known"
_MAX_LOG_BYTES = 100_000_000
_SHOWN_LOG_BYTES = 4_000
_RETRY_S = 0.1
_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where something is served: the repository's root, the environment, and who is told what it prints.

    ``powercap`` and ``nvml`` are where the machine's counters of energy are.
    """

    root: Path
    env: Mapping[str, str] = field(repr=False)
    say: Callable[[str], None]
    memory_bytes: int = MEMORY_BYTES
    powercap: Path = POWERCAP
    nvml: str = NVML


def serve(serving: Serving, bodies: tuple[bytes, ...], site: Site, ends: tuple[int, ...] = ()) -> Served:
    """What the requests came to, ``bodies`` sent in turn; it never raises for what the served code does.

    ``ends`` says after how many requests energy is read: without it, after every round.
    """
    try:
        with tempfile.TemporaryFile(prefix="sluice-") as log:
            try:
                return _served(serving, bodies, site, log, ends or round_ends(serving.requests))
            finally:
                _show(log, site)
    except Failed as failure:
        return Served(reason=str(failure))


@contextmanager
def session(kind: str, name: str, site: Site, *, total_s: float) -> Iterator[Lines]:
    """A process of the harness that answers lines, for ``total_s`` at most; raises ``Failed`` where it cannot start.

    What it prints is shown once it has ended, and it has by the end.
    """
    with tempfile.TemporaryFile(prefix="sluice-") as log, adopting_orphans():
        ends = time.monotonic() + total_s
        watch = Watch(tree=Tree(), process=None, memory_bytes=site.memory_bytes, ends=ends)
        try:
            _start(_harness(kind, name, site), site, watch, log, piped=True)
            yield Lines(watch)
        finally:
            _end(watch)
            _show(log, site)


def _served(serving: Serving, bodies: tuple[bytes, ...], site: Site, log: IO[bytes], ends: tuple[int, ...]) -> Served:
    with adopting_orphans():
        watch = Watch(
            tree=Tree(),
            process=None,
            memory_bytes=site.memory_bytes,
            ends=time.monotonic() + serving.total_timeout_s,
        )
        try:
            meters = Meters(cpu=processors(site.powercap), gpu=gpus(site.nvml), ends=ends)
            return _loaded(serving, bodies, _opened(serving, site, watch, log), watch, meters)
        finally:
            _end(watch)


def _opened(serving: Serving, site: Site, watch: Watch, log: IO[bytes]) -> Channel:
    if serving.url is None:
        _start(_argv(serving, site), site, watch, log, piped=True)
        return Lines(watch)
    channel = Http(serving.url, watch)
    if serving.start is not None:
        if channel.is_there():
            raise Failed("something listens at `url` before `start` was run: another program would be measured")
        _start((*SHELL, serving.start), site, watch, log, piped=False)
    return channel


def _argv(serving: Serving, site: Site) -> tuple[str, ...]:
    if serving.command is not None:
        return (*SHELL, serving.command)
    kind, name = ("call", serving.call) if serving.call is not None else ("model", serving.model)
    return _harness(kind, name or "", site)


def _harness(kind: str, name: str, site: Site) -> tuple[str, ...]:
    path = site.env.get("PATH")
    python = shutil.which("python", path=path) or shutil.which("python3", path=path)
    if python is None:
        raise Failed("there is no Python to serve it with")
    return (python, str(HARNESS), kind, name, str(site.root))


def _start(argv: tuple[str, ...], site: Site, watch: Watch, log: IO[bytes], *, piped: bool) -> None:
    try:
        watch.process = subprocess.Popen(
            argv,
            cwd=site.root,
            env=dict(site.env),
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else log,
            stderr=log,
            bufsize=0,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Failed(f"what is served could not be started: {error}") from None
    with contextlib.suppress(OSError, AttributeError):
        resource.prlimit(watch.process.pid, resource.RLIMIT_FSIZE, (_MAX_LOG_BYTES, _MAX_LOG_BYTES))
    watch.tree.start(watch.process.pid)


def _end(watch: Watch) -> None:
    if watch.process is None:
        return
    watch.tree.end(0.0)
    for pipe in (watch.process.stdin, watch.process.stdout):
        if pipe is not None:
            pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        watch.process.wait(timeout=5)


def _show(log: IO[bytes], site: Site) -> None:
    """The end of what was printed, for the log alone."""
    size = log.seek(0, os.SEEK_END)
    log.seek(max(size - _SHOWN_LOG_BYTES, 0))
    clean = Redactor.of(site.env, os.environ).clean
    for line in log.read().decode("utf-8", "replace").splitlines():
        site.say(f"  {clean(line)}")


# -- the load -------------------------------------------------------------------------------------


def _loaded(serving: Serving, bodies: tuple[bytes, ...], channel: Channel, watch: Watch, meters: Meters) -> Served:
    latencies_ms: list[float] = []
    for index in range(serving.warmup + serving.requests):
        measured = index - serving.warmup + 1
        said = f"request {measured} of {serving.requests}" if measured > 0 else f"warm-up request {index + 1}"
        body = bodies[index % len(bodies)]
        try:
            watch.look(now=False)
            if measured > 0:
                meters.before()
            took_ms, answer = _timed(channel, body, serving) if index else (0.0, _first(channel, body, serving, watch))
            _require_predictions(answer, serving.batch_rows)
        except Failed as failure:
            raise Failed(f"{said} {failure}") from None
        if measured > 0:
            latencies_ms.append(took_ms)
            meters.after(measured)
    watch.look()
    known = watch.process is not None
    return Served(
        latencies_ms=tuple(latencies_ms),
        n_rows=serving.requests * serving.batch_rows,
        peak_memory_bytes=watch.peak_bytes if known and watch.peak_bytes else None,
        memory_reason="" if known else UNKNOWN_MEMORY,
        cpu=energy_of(meters.cpu, meters.cpu_j),
        gpu=energy_of(meters.gpu, meters.gpu_j),
    )


def _timed(channel: Channel, body: bytes, serving: Serving) -> tuple[float, bytes]:
    until = time.monotonic() + serving.timeout_s
    started = time.perf_counter_ns()
    answer = channel.ask(body, until)
    took_ms = (time.perf_counter_ns() - started) / _NS_PER_MS
    # An answer that was late counts as late, whoever was slow to look at the clock.
    if took_ms > 1000 * serving.timeout_s:
        raise Failed("was not answered in time")
    return took_ms, answer


def _first(channel: Channel, body: bytes, serving: Serving, watch: Watch) -> bytes:
    """The first request waits for everything to be loaded; it is never measured."""
    until = time.monotonic() + serving.start_timeout_s
    while True:
        try:
            return channel.ask(body, until)
        except NotThere:
            if time.monotonic() >= min(until, watch.ends) or not channel.may_come():
                raise
            time.sleep(_RETRY_S)


def _require_predictions(answer: bytes, n_rows: int) -> None:
    """One prediction for each row, and none of them null; raises ``Failed``."""
    found = predictions(answer)
    if len(found) != n_rows or any(one is None for one in found):
        n_found = sum(one is not None for one in found)
        raise Failed(f"was answered by {n_found} predictions for {n_rows} rows")


def predictions(answer: bytes) -> list[Any]:
    """The list of predictions that an answer is; raises ``Failed``."""
    try:
        said = strict_json.parse(answer, where="answer", max_bytes=MAX_ANSWER_BYTES)
    except EvidenceError as error:
        raise Failed(f"was answered by what {error.what}") from None
    if isinstance(said, dict):
        told = cast("dict[str, Any]", said)
        if "predictions" not in told and isinstance(told.get("error"), str):
            raise Failed(f"was answered by an error: {' '.join(told['error'].split())[:100]}")
        said = told.get("predictions")
    if not isinstance(said, list):
        raise Failed("was answered by no list of predictions")
    return cast("list[Any]", said)
