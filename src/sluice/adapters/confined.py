"""Work on foreign data in a child process: bounded in time and memory, and its end is not ours.

The child is a fork, made before the data engine is loaded, so that it costs milliseconds. It hands back one record as
JSON through a pipe; the parent believes its shape no further than it believes evidence.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, cast

from sluice.adapters import process_memory
from sluice.adapters.decode import shapes, strict_json
from sluice.domain import errors
from sluice.domain.errors import DataError, SluiceError

R = TypeVar("R")

MAX_RESULT_BYTES = 128 * 2**20
MAX_RESULT_NODES = 10_000_000
MAX_RESULT_ITEMS = 1_000_000
_MAX_SENTENCE_CHARS = 2_000
_CHUNK_BYTES = 1 << 16
_POLL_S = 0.05
_WAIT_S = 0.001
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the child may use: wall time, memory beside what the parent has, and the size of any one file it writes.

    The engine keeps to less memory by itself and writes the rest to disk; ``memory_bytes`` ends it where it does not.
    """

    wall_s: float = 1_800.0
    memory_bytes: int = 6 * 2**30
    file_bytes: int = 32 * 2**30


class UnforeseenError(Exception):
    """A bug that came up in the child: ``kind`` names the exception's class, the child's traceback is in the notes."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"{kind} in the process that reads")


class _CrashError(Exception):
    """The child ended without a result."""


def confined(
    work: Callable[[], R],
    kind: type[R],
    *,
    where: str,
    limits: Limits | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> R:
    """What ``work`` returns, a record of the type ``kind`` (or text), made in a child process.

    ``meanwhile`` is done in this one, once the child is at work. Errors of ours cross with their class and sentence.
    Raises ``DataError`` where the child takes too long
    (``timeout``) or too much (``memory``), or dies (``crash``); ``where`` is what was read. Whatever the child left
    running or wrote into its folder for temporary files is gone afterwards. Not for what runs in other processes.
    """
    limits = limits or Limits()
    # A child begins with its parent's memory.
    inherited = process_memory.own_bytes(os.getpid())
    scratch = tempfile.mkdtemp(prefix="sluice-")
    ours, theirs = os.pipe()
    try:
        child = _fork()
        if child == 0:
            os.close(ours)
            _live(work, theirs, scratch, limits)
        os.close(theirs)
        try:
            if meanwhile is not None:
                meanwhile()
            said, status = _heard(child, ours, limits, where, inherited)
        except BaseException:
            _end(child)
            raise
    finally:
        os.close(ours)
        shutil.rmtree(scratch, ignore_errors=True)
    return _result(said, status, kind, where)


def _fork() -> int:
    # What Python buffers would be written by both.
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # Python 3.12 warns where there are threads; none of ours holds a lock that the child takes.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


# -- the child ------------------------------------------------------------------------------------


def _live(work: Callable[[], Any], pipe: int, scratch: str, limits: Limits) -> NoReturn:
    """Do the work, write the answer, end; nothing of the parent's clean-up runs here."""
    code = 1
    try:
        _settle(scratch, limits)
        answer = _answer(work)
        with os.fdopen(pipe, "wb") as stream:
            stream.write(answer)
        code = 0
    finally:
        os._exit(code)


def _settle(scratch: str, limits: Limits) -> None:
    os.setpgid(0, 0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    # What a library prints about the data could be a command to the runner.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    # It would print to where our own errors went when it was enabled.
    faulthandler.disable()
    tempfile.tempdir = scratch
    # Loading NumPy starts threads for linear algebra, which turn idly: a tenth of a second of a processor that reads.
    os.environ |= {"TMPDIR": scratch, "OPENBLAS_NUM_THREADS": "1"}
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_CPU, int(limits.wall_s * (os.cpu_count() or 1)) + 1)
    # Address space that is reserved and never used costs nothing: only what can be written counts. Twice the limit,
    # since the parent watches what is really used; this stops what grows faster than the parent looks.
    _limit(resource.RLIMIT_DATA, process_memory.writable_bytes(os.getpid()) + 2 * limits.memory_bytes)
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            prctl = ctypes.CDLL(None).prctl
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _limit(which: int, value: int) -> None:
    _soft, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(which, (value, value))


def _answer(work: Callable[[], Any]) -> bytes:
    try:
        value: dict[str, Any] = {"result": shapes.encode(work())}
    except SluiceError as error:
        value = {"error": _told(error)}
    except MemoryError:
        value = {"memory": True}
    except Exception as error:
        # The exception's own words are left out: they may hold a value of the data, or a secret.
        frames = "".join(traceback.format_tb(error.__traceback__))
        value = {"bug": type(error).__name__, "trace": frames[-10_000:]}
    # Text of the data may hold half characters, which no UTF-8 can: they become question marks.
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode(errors="replace")


def _told(error: SluiceError) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: getattr(error, name)[:_MAX_SENTENCE_CHARS]
        for name in ("what", "where", "remedy", "reason_code")
        if hasattr(error, name)
    }
    if isinstance(error, errors.ConfigError):
        said["line"] = error.line
    return {"class": type(error).__name__, **said}


# -- the parent -----------------------------------------------------------------------------------


def _heard(child: int, pipe: int, limits: Limits, where: str, inherited: int) -> tuple[bytes, int]:
    """All that the child says, and how it ended; raises ``DataError`` where it must be stopped."""
    until, said, open_ = time.monotonic() + limits.wall_s, bytearray(), True
    while True:
        if time.monotonic() >= until:
            raise DataError(f"reading took longer than {limits.wall_s:g} s", reason_code="timeout", where=where)
        if process_memory.own_bytes(child) - inherited > limits.memory_bytes:
            raise _too_large(where, limits)
        if open_:
            chunk = _read(pipe)
            open_ = chunk != b""
            said += chunk or b""
            if len(said) > MAX_RESULT_BYTES:
                raise DataError("the result is too large to be believed", reason_code="crash", where=where)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(_WAIT_S)
    # What the child started and left behind.
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    return bytes(said), status


def _read(pipe: int) -> bytes | None:
    """What has come; nothing at the end, ``None`` where nothing came for a moment."""
    ready, _, _ = select.select([pipe], [], [], _POLL_S)
    return os.read(pipe, _CHUNK_BYTES) if ready else None


def _end(child: int) -> None:
    for stop in (lambda: os.killpg(child, signal.SIGKILL), lambda: os.kill(child, signal.SIGKILL)):
        with contextlib.suppress(OSError):
            stop()
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


def _result(said: bytes, status: int, kind: type[R], where: str) -> R:
    code = os.waitstatus_to_exitcode(status)
    if code != 0 or not said:
        raise _ended(-code if code < 0 else 0, where)
    try:
        answer = strict_json.parse(said, where=where, max_bytes=MAX_RESULT_BYTES, max_nodes=MAX_RESULT_NODES)
        if not isinstance(answer, dict):
            raise _CrashError
        answer = cast("dict[str, Any]", answer)
        if "result" in answer:
            # Text has no bound of its own here: it may be a whole document.
            if kind is str and isinstance(answer["result"], str):
                return cast(R, answer["result"])
            return shapes.decode(kind, answer["result"], max_items=MAX_RESULT_ITEMS)
    except (errors.EvidenceError, shapes.ShapeError, _CrashError) as problem:
        said_wrong = "the process that read it gave an answer that cannot be believed"
        raise DataError(said_wrong, reason_code="crash", where=where) from problem
    raise _crossed(answer, where)


def _ended(number: int, where: str) -> DataError:
    if number == signal.SIGXCPU:
        return DataError("reading took too much time of the processor", reason_code="timeout", where=where)
    if number == signal.SIGKILL:
        # Not by us: we tell our reason. The system ends what takes the memory of all.
        return DataError("the system ended the reading, as it does where memory runs out", **_memory(where))
    name = f"signal {number}" if number else "no result"
    if number in set(signal.Signals):
        name = signal.Signals(number).name
    said = f"reading it ended the process that read it ({name})"
    return DataError(said, reason_code="crash", where=where, remedy="write the file anew with another program")


def _too_large(where: str, limits: Limits) -> DataError:
    return DataError(f"reading takes more than {limits.memory_bytes / 2**30:.3g} GiB of memory", **_memory(where))


def _memory(where: str) -> dict[str, str]:
    return {"reason_code": "memory", "where": where, "remedy": "write it in smaller pieces, or with fewer columns"}


def _crossed(answer: dict[str, Any], where: str) -> Exception:
    """What the child raised, as an error of the parent's."""
    if "memory" in answer:
        return DataError("reading takes more memory than there is", **_memory(where))
    told = answer.get("error")
    if isinstance(told, dict):
        told = cast("dict[str, Any]", dict(told))
        kind = getattr(errors, str(told.pop("class", "")), None)
        if isinstance(kind, type) and issubclass(kind, SluiceError):
            given = {name: value for name, value in told.items() if isinstance(value, str | int)}
            with contextlib.suppress(TypeError):
                return _made(kind, given)
    bug = UnforeseenError(str(answer.get("bug", "an answer of no known form"))[:200])
    bug.add_note(str(answer.get("trace", "")))
    return bug


def _made(kind: type[SluiceError], given: dict[str, Any]) -> SluiceError:
    what = str(given.pop("what"))
    # Classes that fix their code take none.
    if kind in (errors.ColumnError, errors.StaleHead):
        given.pop("reason_code", None)
    return kind(what, **given)
