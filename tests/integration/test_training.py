"""Training commands that end in every way there is: real processes, real signals, real pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sluice.adapters.environment import child_environment
from sluice.adapters.trainers.command import Job, Limits, run, train
from sluice.adapters.trainers.log import FILE_MAX_BYTES
from sluice.domain.training import TrainResult

QUICK = Limits(grace_s=0.5, cancel_grace_s=0.5, leftover_grace_s=0.5, sample_interval_s=0.05)
Go = Callable[..., TrainResult]


class Lines(list[str]):
    """An echo that remembers."""

    def __call__(self, line: str) -> None:
        self.append(line)


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def go(tmp_path: Path, lines: Lines) -> Go:
    """Run a command in an empty folder."""

    def start(
        command: str, *, timeout_s: float = 30.0, echo: Callable[[str], None] = lines, **extra: str
    ) -> TrainResult:
        job = Job(
            command=command,
            cwd=tmp_path,
            timeout_s=timeout_s,
            env=child_environment(os.environ, extra),
            log=tmp_path / "logs" / "train.log",
            echo=echo,
        )
        return run(job, QUICK)

    return start


@pytest.fixture
def survivors(tmp_path: Path) -> Iterator[Callable[[], list[int]]]:
    """The process ids that the command noted in `pids` and that still live."""

    def living() -> list[int]:
        noted = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        assert noted
        return [pid for pid in noted if psutil.pid_exists(pid)]

    yield living
    for pid in living() if (tmp_path / "pids").exists() else ():
        os.kill(pid, signal.SIGKILL)


def test_success(tmp_path: Path) -> None:
    lines = Lines()
    log = tmp_path / "train.log"
    env = child_environment(os.environ, {"SLUICE_SEED": "7"})
    result = train(
        "echo seed $SLUICE_SEED; echo bad >&2; pwd", cwd=tmp_path, timeout_s=60, env=env, log=log, echo=lines
    )
    assert (result.status, result.exit_code, result.message) == ("success", 0, "")
    assert lines == ["seed 7", "bad", str(tmp_path)]
    assert result.log_tail.splitlines() == lines
    assert log.read_text().splitlines() == lines
    assert 0 < result.duration_s < 30


def test_failure(go: Go) -> None:
    result = go("echo before; exit 3; echo after")
    assert (result.status, result.exit_code, result.log_tail) == ("failure", 3, "before")
    assert "exit code 3" in result.message


def test_first_failing_command_ends_it(go: Go) -> None:
    assert go("false; echo after").status == "failure"
    assert go("false | cat; echo after").log_tail == ""


def test_unset_variables_are_allowed_as_on_github(go: Go) -> None:
    assert go('test -z "$NOT_SET_ANYWHERE"').status == "success"


def test_missing_folder_and_bad_command(tmp_path: Path, lines: Lines) -> None:
    log = tmp_path / "log"
    result = train("true", cwd=tmp_path / "no", timeout_s=5, env=os.environ, log=log, echo=lines)
    assert result.status == "failure"
    assert result.exit_code is None
    assert "is not there" in result.message
    assert train("a\0b", cwd=tmp_path, timeout_s=5, env=os.environ, log=log, echo=lines).status == "failure"


def test_no_bash(tmp_path: Path, lines: Lines) -> None:
    env = {"PATH": str(tmp_path)}
    result = train("true", cwd=tmp_path, timeout_s=5, env=env, log=tmp_path / "log", echo=lines)
    assert result.status == "failure"
    assert "could not be started" in result.message


def test_hang_is_ended_with_grandchildren(go: Go, survivors: Callable[[], list[int]]) -> None:
    started = time.monotonic()
    result = go("echo $$ >> pids; (sleep 300 & echo $! >> pids; wait) & echo $! >> pids; wait", timeout_s=0.7)
    assert result.status == "timeout"
    assert "0.7 s" in result.message
    assert survivors() == []
    assert time.monotonic() - started < 10


def test_deaf_hang_is_killed(go: Go, survivors: Callable[[], list[int]]) -> None:
    result = go("trap '' TERM INT; echo $$ >> pids; while true; do sleep 0.1; done", timeout_s=0.5)
    assert result.status == "timeout"
    assert survivors() == []


def test_orphan_in_its_own_session_is_ended(go: Go, survivors: Callable[[], list[int]]) -> None:
    result = go("(setsid bash -c 'echo $$ >> pids; trap \"\" TERM; exec sleep 300' &) ; sleep 300", timeout_s=1.0)
    assert result.status == "timeout"
    assert survivors() == []


def test_leftovers_of_a_good_end_are_ended(go: Go, survivors: Callable[[], list[int]]) -> None:
    started = time.monotonic()
    result = go("nohup setsid sleep 300 & echo $! >> pids; nohup sleep 300 >/dev/null & echo $! >> pids; sleep 0.2")
    assert result.status == "success"
    assert "they were ended" in result.message
    assert survivors() == []
    assert time.monotonic() - started < 10


def test_other_children_of_ours_live_on(go: Go) -> None:
    with subprocess.Popen(("sleep", "300")) as other:
        try:
            assert go("true").status == "success"
            assert other.poll() is None
        finally:
            other.kill()


def test_no_zombie_is_left(go: Go) -> None:
    before = set(psutil.Process().children(recursive=True))
    go("for i in 1 2 3 4 5; do (setsid sleep 0.05 &); done; sleep 0.3")
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.parametrize(
    ("command", "exit_code", "name"),
    [
        ("kill -9 $$", 137, "SIGKILL"),
        ("bash -c 'kill -9 $$'; echo after", 137, "SIGKILL"),
        ("python3 -c 'import os; os.abort()'; echo after", 134, "SIGABRT"),
    ],
)
def test_killed(go: Go, command: str, exit_code: int, name: str) -> None:
    result = go(command)
    assert (result.status, result.exit_code) == ("killed", exit_code)
    assert name in result.message


@pytest.mark.parametrize("code", [126, 127, 128, 200, 255])
def test_high_exit_codes_that_are_no_signals(go: Go, code: int) -> None:
    assert go(f"exit {code}").status == "failure"


def test_full_disk_is_named(go: Go) -> None:
    result = go("cat /dev/zero | head -c 100000 > /dev/full; echo never")
    assert result.status == "failure"
    assert "no space left on device" in result.message


def test_full_disk_far_above_the_tail(go: Go) -> None:
    result = go("echo 'OSError: [Errno 28] No space left on device'; seq 1000; exit 1")
    assert "No space" not in result.log_tail
    assert "no space left on device" in result.message


def test_log_file_on_a_full_disk(tmp_path: Path, lines: Lines) -> None:
    result = train("seq 100000", cwd=tmp_path, timeout_s=30, env=os.environ, log=Path("/dev/full"), echo=lines)
    assert result.status == "success"
    assert len(lines) == 100_000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_small_file_system(tmp_path: Path, lines: Lines) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk), capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let us mount")
    try:
        command = "head -c 1000000 /dev/zero > weights.bin"
        result = train(command, cwd=disk, timeout_s=30, env=os.environ, log=disk / "train.log", echo=lines)
    finally:
        subprocess.run(("umount", disk), check=True)
    assert result.status == "failure"
    assert "no space left on device" in result.message


def test_no_output(go: Go, lines: Lines) -> None:
    result = go("true")
    assert (result.status, result.log_tail, lines) == ("success", "", [])


def test_million_lines(go: Go) -> None:
    count = 0

    def echo(_: str) -> None:
        nonlocal count
        count += 1

    result = go("seq 1000000", echo=echo, timeout_s=120)
    assert result.status == "success"
    assert count == 1_000_000
    assert result.log_tail.splitlines() == [str(number) for number in range(999_951, 1_000_001)]


def test_log_file_is_bounded(go: Go, tmp_path: Path) -> None:
    result = go("head -c 60000000 /dev/zero | tr '\\0' 'x' | fold -w 7000; echo; echo the end", timeout_s=120)
    assert result.log_tail.endswith("the end")
    assert len(result.log_tail.encode()) <= 16_000
    log = tmp_path / "logs" / "train.log"
    assert log.stat().st_size <= FILE_MAX_BYTES + 100
    assert b"the log ends here" in log.read_bytes()[-100:]


def test_binary_and_endless_line(go: Go, lines: Lines) -> None:
    result = go("head -c 3000000 /dev/urandom; head -c 5000000 /dev/zero | tr '\\0' 'a'; echo; echo end")
    assert result.status == "success"
    assert lines[-1] == "end"
    assert "bytes more on this line" in lines[-2]
    assert max(len(line) for line in lines) < 9_000
    assert all(sign in "\n" or sign.isprintable() or sign == "\ufffd" for sign in result.log_tail)


def test_progress_bar_is_one_line(go: Go, lines: Lines) -> None:
    go("for i in 1 2 3; do printf '\\r%s%%' $i; sleep 0.05; done; printf '\\r\\n'; printf 'dos\\r\\n'; printf 'no end'")
    assert lines == ["3%", "dos", "no end"]


def test_closed_stdout(go: Go) -> None:
    result = go("echo said; exec >&- 2>&-; sleep 0.5; exit 4")
    assert (result.status, result.exit_code, result.log_tail) == ("failure", 4, "said")


def test_closed_stdout_and_hang(go: Go) -> None:
    assert go("exec >&- 2>&-; sleep 300", timeout_s=0.5).status == "timeout"


def test_stdin_is_empty(go: Go) -> None:
    assert go("cat; echo done").log_tail == "done"


def test_slow_echo_does_not_stop_the_clock(go: Go) -> None:
    started = time.monotonic()
    result = go("yes", timeout_s=0.5, echo=lambda _: time.sleep(0.2))
    assert result.status == "timeout"
    assert time.monotonic() - started < 9


def test_failing_echo_does_not_stop_the_command(go: Go, tmp_path: Path) -> None:
    def echo(_: str) -> None:
        raise BrokenPipeError

    assert go("seq 200000; echo x > made", echo=echo).status == "success"
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan")])
def test_no_time_is_a_timeout(go: Go, timeout_s: float) -> None:
    assert go("sleep 300", timeout_s=timeout_s).status == "timeout"


def test_memory_of_the_whole_tree(go: Go) -> None:
    hold = "python3 -c 'b = bytearray(150_000_000); import time; time.sleep(1)'"
    result = go(f"{hold} & {hold} & wait")
    assert result.peak_memory_bytes is not None
    assert 300_000_000 < result.peak_memory_bytes < 600_000_000


def test_memory_of_a_short_run(tmp_path: Path, lines: Lines) -> None:
    ballast = bytearray(b"x") * 150_000_000  # a parent larger than its child hides what the system counted
    command = f"{sys.executable} -c 'import time; b = bytearray(b\"x\") * 60_000_000; time.sleep(0.3)'"
    job = Job(command=command, cwd=tmp_path, timeout_s=30, env=os.environ, log=tmp_path / "log", echo=lines)
    result = run(job, Limits(sample_interval_s=10.0))
    assert result.peak_memory_bytes is not None
    assert 60_000_000 < result.peak_memory_bytes < len(ballast)


def test_secrets_are_masked(go: Go, lines: Lines, tmp_path: Path) -> None:
    result = go('echo "key $MY_API_KEY"; exit 1', MY_API_KEY="hunter2-hunter2")
    assert lines == ["key ***"]
    assert "hunter2" not in result.log_tail + (tmp_path / "logs" / "train.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    program = textwrap.dedent(
        """
        import os, pathlib, sys
        from sluice.adapters.trainers.command import Job, Limits, run
        here = pathlib.Path(sys.argv[1])
        limits = Limits(cancel_grace_s=0.5)
        job = Job(command="setsid sleep 300 & echo $! > pids; echo ready; sleep 300", cwd=here, timeout_s=60,
                  env=os.environ, log=here / "log", echo=lambda line: print(line, flush=True))
        result = run(job, limits)
        print(result.status, result.message, flush=True)
        """
    )
    command = (sys.executable, "-c", program, str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        assert ours.stdout.readline() == "ready\n"
        ours.send_signal(number)
        said = ours.stdout.read()
    assert ours.returncode == 0
    assert said.startswith("cancelled the job was told to end")
    assert not psutil.pid_exists(int((tmp_path / "pids").read_text()))
