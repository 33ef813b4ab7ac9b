"""Advice from the ends of real logs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.core.diagnosis import diagnose, explain, locate
from sluice.domain.training import TrainResult, TrainStatus

TRACEBACK = """
Traceback (most recent call last):
  File "/home/runner/work/repo/repo/old.py", line 1, in <module>
ValueError: first
During handling of the above exception, another exception occurred:
Traceback (most recent call last):
  File "/home/runner/work/repo/repo/src/train.py", line 88, in <module>
    main()
  File "/home/runner/work/repo/repo/src/model/net.py", line 12, in main
    numpy.dot(a, b)
  File "/home/runner/work/repo/repo/.venv/lib/python3.11/site-packages/numpy/core.py", line 5, in dot
    raise ValueError
  File "<frozen importlib._bootstrap>", line 1007, in _find_and_load
ValueError: shapes do not fit
"""


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "batch size"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "batch size"),
        ("RuntimeError: CUDA error: out of memory", "batch size"),
        ("MemoryError", "more memory"),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array", "more memory"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ModuleNotFoundError: No module named 'lightgbm'", "`lightgbm` is not installed"),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "`libGL.so.1`"),
        ("RuntimeError: The NVIDIA driver on your system is too old (found version 11040).", "do not fit"),
        ("RuntimeError: CUDA error: no kernel image is available for execution on the device", "do not fit"),
        ("AssertionError: Torch not compiled with CUDA enabled", "do not fit"),
        ("ERROR: failed to pull data from the cloud - Checkout failed for following targets:", "dvc push"),
        ("bash: line 1: dvcc: command not found", "`dvcc` is not on the runner's PATH"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data/train.csv'", "`data/train.csv` is missing"),
    ],
)
def test_causes(said: str, part: str) -> None:
    assert part in diagnose(1, "failure", f"epoch 1\n{said}\n")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("ValueError: learning rate is negative", "ValueError: learning rate is negative"),
        ("ValueError: first\nsecond line\nERROR: failed to reproduce 'train'", "ValueError: first"),
        ("KeyboardInterrupt\r\nmake: *** [train] Error 1", "KeyboardInterrupt"),
        ("acme.errors.Wrong: it is `x`", "acme.errors.Wrong: it is 'x'"),
        ("ValueError: " + "x" * 5000 + "\nOther: y", "ValueError: " + "x" * 188 + "…"),
    ],
)
def test_an_unknown_cause_is_the_error_of_the_last_traceback(end: str, said: str) -> None:
    log = TRACEBACK.replace("ValueError: shapes do not fit", end)
    assert diagnose(1, "failure", log) == f"The last error is `{said}`."
    assert diagnose(1, "failure", log.replace("Traceback", "traceback")) == ""


@pytest.mark.parametrize(
    ("code", "status", "part"),
    [
        (137, "killed", "want of memory"),
        (139, "killed", "native code"),
        (None, "timeout", "timeout_minutes"),
        (None, "cancelled", "cancelled"),
        (1, "failure", ""),
    ],
)
def test_ends_without_words(code: int | None, status: TrainStatus, part: str) -> None:
    said = diagnose(code, status, "epoch 1")
    assert part in said
    assert bool(said) == bool(part)


def test_a_good_end_needs_no_advice() -> None:
    assert diagnose(0, "success", "MemoryError") == ""


def test_braces_in_a_log_are_no_format() -> None:
    assert "{0}" not in diagnose(1, "failure", "No module named '{0}' ModuleNotFoundError: No module named 'a'")


def test_locate_takes_the_last_frame_of_the_repository() -> None:
    assert locate(TRACEBACK, ["/home/runner/work/repo/repo"]) == ("src/model/net.py", 12)


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        ('  File "train.py", line 3, in f', ("train.py", 3)),
        ('  File "./src/train.py", line 3, in f', ("src/train.py", 3)),
        ('  File "/elsewhere/train.py", line 3, in f', ("", 0)),
        ('  File "../train.py", line 3, in f', ("", 0)),
        ('  File "src/../../train.py", line 3, in f', ("", 0)),
        ('  File "<string>", line 3, in f', ("", 0)),
        ('  File "train.py", line 0, in f', ("", 0)),
        ('  File "tr\x1bain.py", line 3, in f', ("", 0)),
        ("nothing", ("", 0)),
    ],
)
def test_frames(frame: str, found: tuple[str, int]) -> None:
    assert locate(f"Traceback (most recent call last):\n{frame}\n", ["/repo"]) == found


def test_explain_fills_what_failed_and_leaves_what_did_not() -> None:
    failed = TrainResult(status="failure", command="x", exit_code=1, duration_s=1.0, log_tail=TRACEBACK + "MemoryError")
    told = explain(failed, ["/home/runner/work/repo/repo/"])
    assert (told.location_path, told.location_line) == ("src/model/net.py", 12)
    assert "memory" in told.diagnosis
    fine = TrainResult(status="success", command="x", exit_code=0, duration_s=1.0, log_tail=TRACEBACK)
    assert explain(fine) is fine


def test_explain_reads_the_message_too() -> None:
    failed = TrainResult(
        status="failure", command="x", exit_code=1, duration_s=1.0, message="the log says: no space left on device"
    )
    assert "disk is full" in explain(failed).diagnosis


@given(st.text(max_size=300))
def test_any_log_ends_in_an_answer(log: str) -> None:
    path, line = locate(log, ["/repo"])
    assert bool(path) == bool(line)
    assert isinstance(diagnose(1, "failure", log), str)


@pytest.mark.parametrize("log", ["ImportError: " * 1200, "lib" * 5000, '  File "' * 2000, "RESOURCE_EXHAUSTED: " * 800])
def test_no_log_takes_long(log: str) -> None:
    started = time.perf_counter()
    diagnose(1, "failure", log)
    locate(log, ["/repo"])
    assert time.perf_counter() - started < 1.0
