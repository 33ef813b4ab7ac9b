"""Work in a child process: results and errors cross, limits hold, nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.confined import Limits, UnforeseenError, confined
from sluice.domain import errors
from sluice.domain.errors import DataError, SluiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    number: float | None = None
    words: tuple[str, ...] = ()


def refused(work: Callable[[], Answer], limits: Limits | None = None) -> DataError:
    with pytest.raises(DataError) as found:
        confined(work, Answer, where="a.csv", limits=limits)
    return found.value


def test_a_record_comes_back() -> None:
    answer = Answer(number=1.5, words=("a", "é", "\n"))
    assert confined(lambda: answer, Answer, where="a") == answer
    assert confined(lambda: "x" * 1_000_000, str, where="a") == "x" * 1_000_000


def test_what_json_cannot_say_is_none_or_a_question_mark() -> None:
    found = confined(lambda: Answer(number=float("nan"), words=("\ud800",)), Answer, where="a")
    assert found == Answer(number=None, words=("?",))


@pytest.mark.parametrize(
    "error",
    [
        DataError("is bad", reason_code="missing", where="a.csv", remedy="mend it"),
        errors.UsageError("is bad", where="--x"),
        errors.ConfigError("is bad", where="sluice.yaml", line=7),
        errors.EvidenceError("is bad", reason_code="digest"),
        errors.ColumnError("is bad", where="y"),
        errors.OutsideError("is down"),
        errors.StaleHead("moved"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_with_class_and_sentence(error: SluiceError) -> None:
    def work() -> Answer:
        raise error

    with pytest.raises(type(error)) as found:
        confined(work, Answer, where="a")
    assert type(found.value) is type(error)
    assert (found.value.sentence, vars(found.value)) == (error.sentence, vars(error))


def test_a_bug_is_named_without_its_words() -> None:
    def work() -> Answer:
        raise KeyError("sec" + "ret")

    with pytest.raises(UnforeseenError, match="KeyError in the process that reads") as found:
        confined(work, Answer, where="a")
    assert "test_confined.py" in found.value.__notes__[0] and "secret" not in str(found.value.__notes__)


def test_no_time_is_given_beyond_the_limit() -> None:
    start_s = time.monotonic()
    error = refused(lambda: Answer(number=time.sleep(60)), Limits(wall_s=0.3))
    assert (error.reason_code, error.sentence) == ("timeout", "a.csv: reading took longer than 0.3 s")
    assert time.monotonic() - start_s < 5


def test_a_child_that_closes_the_pipe_and_stays_is_ended() -> None:
    def work() -> Answer:
        os.closerange(3, 1_000)
        time.sleep(60)
        return Answer()

    assert refused(work, Limits(wall_s=0.3)).reason_code == "timeout"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is watched on Linux")
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "little by little"])
def test_no_memory_is_given_beyond_the_limit(at_once: bool) -> None:
    def work() -> Answer:
        kept = [bytearray(400 * 2**20)] if at_once else []
        while True:
            kept.append(bytearray(os.urandom(2**20)))

    error = refused(work, Limits(memory_bytes=150 * 2**20, wall_s=30))
    assert error.reason_code == "memory"
    assert "memory" in error.sentence and "smaller pieces" in error.sentence


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGSEGV, "crash", "(SIGSEGV)"),
        (signal.SIGABRT, "crash", "(SIGABRT)"),
        (signal.SIGKILL, "memory", "memory runs out"),
        (signal.SIGXCPU, "timeout", "time of the processor"),
    ],
)
def test_a_killed_child_is_an_error_of_the_data(number: signal.Signals, code: str, said: str) -> None:
    def work() -> Answer:
        os.kill(os.getpid(), number)
        return Answer()

    error = refused(work)
    assert error.reason_code == code and said in error.sentence


@pytest.mark.parametrize("answer", [Answer, None, 3, Path], ids=repr)
def test_an_answer_of_another_form_is_not_believed(answer: Any) -> None:
    with pytest.raises((DataError, UnforeseenError)):
        confined(lambda: answer, Answer, where="a")


def test_an_end_without_an_answer() -> None:
    error = refused(lambda: os._exit(0))
    assert error.reason_code == "crash" and "(no result)" in error.sentence


def test_temporary_files_are_gone_and_large_ones_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def work() -> Answer:
        folder = Path(tempfile.mkdtemp())
        (folder / "left").write_bytes(b"x")
        with pytest.raises(OSError, match="File too large"):
            (folder / "large").write_bytes(b"x" * 2_000_000)
        return Answer(words=(str(folder),))

    (folder,) = confined(work, Answer, where="a", limits=Limits(file_bytes=1_000_000)).words
    assert folder.startswith(str(tmp_path)) and list(tmp_path.iterdir()) == []


def test_nothing_that_the_child_started_goes_on() -> None:
    def work() -> Answer:
        return Answer(number=subprocess.Popen(["sleep", "60"]).pid)

    number = confined(work, Answer, where="a").number
    assert number is not None
    for _ in range(100):
        try:
            state = Path(f"/proc/{int(number)}/stat").read_text().split()[2]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        time.sleep(0.02)
    pytest.fail("the child's own child lives on")


def test_nothing_is_printed_and_our_descriptors_stay(capfd: pytest.CaptureFixture[str]) -> None:
    before = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0

    def work() -> Answer:
        os.write(1, b"::error::x\n")
        os.write(2, b"::error::x\n")
        return Answer()

    confined(work, Answer, where="a")
    assert capfd.readouterr() == ("", "")
    assert sys.platform != "linux" or len(list(Path("/proc/self/fd").iterdir())) == before


def test_it_costs_milliseconds() -> None:
    start_s = time.perf_counter()
    for _ in range(10):
        confined(Answer, Answer, where="a")
    assert (time.perf_counter() - start_s) / 10 < 0.2
