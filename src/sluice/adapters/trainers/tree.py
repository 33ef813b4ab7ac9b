"""A command and everything it started, however far that strayed: found, measured and ended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37
_KILL_WAIT_S = 5.0
_POLL_S = 0.05


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """While this lasts, a descendant whose parent dies becomes our child instead of init's (on Linux)."""
    before = _subreaper()
    if before is None:
        yield
        return
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        _prctl(_PR_SET_CHILD_SUBREAPER, before)


class Tree:
    """The processes of one command: its group, its descendants, and the orphans that we adopted meanwhile.

    Made before the command starts, so that children we already had are never taken for its own.
    """

    def __init__(self) -> None:
        self._me = psutil.Process()
        self._before = set(self._me.children())
        self._leader = 0

    def start(self, leader: int) -> None:
        """The command runs now, as process ``leader`` of a session of its own."""
        self._leader = leader

    def members(self) -> list[psutil.Process]:
        """What lives now; the leader is among them while it does, zombies are not."""
        others = set(self._before)
        for one in self._before:
            with contextlib.suppress(psutil.Error):
                others.update(one.children(recursive=True))
        return [one for one in self._me.children(recursive=True) if one not in others and _lives(one)]

    def memory_bytes(self) -> int:
        """Resident memory of all members, added up; pages that several share count for each."""
        total = 0
        for one in self.members():
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
        return total

    def end(self, grace_s: float, hurry: Callable[[], bool] = lambda: False) -> int:
        """SIGTERM to all, ``grace_s`` later (or once ``hurry``) SIGKILL until none is left; how many there were."""
        found = {one.pid for one in self.members()}
        self._signal(signal.SIGTERM)
        until = time.monotonic() + grace_s
        while self._reap() and time.monotonic() < until and not hurry():
            time.sleep(_POLL_S)
        until = time.monotonic() + _KILL_WAIT_S
        while self._reap() and time.monotonic() < until:
            found |= {one.pid for one in self.members()}
            self._signal(signal.SIGKILL)
            time.sleep(_POLL_S)
        return len(found)

    def _signal(self, number: signal.Signals) -> None:
        members = self.members()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # The group at once, so that a shell cannot start the next command of its list meanwhile. Where orphans
            # are not adopted, the group is all there is to find them by.
            if sys.platform != "linux" or any(_group(one) == self._leader for one in members):
                os.killpg(self._leader, number)
        for one in members:
            with contextlib.suppress(psutil.Error):
                one.send_signal(number)

    def _reap(self) -> list[psutil.Process]:
        """Collect orphans that ended as our children; what still lives. The leader is its starter's to collect."""
        for one in self._me.children():
            if one not in self._before and one.pid != self._leader:
                with contextlib.suppress(psutil.Error, ChildProcessError):
                    if one.status() == psutil.STATUS_ZOMBIE:
                        os.waitpid(one.pid, os.WNOHANG)
        return self.members()


def _lives(one: psutil.Process) -> bool:
    try:
        return one.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def _group(one: psutil.Process) -> int | None:
    try:
        return os.getpgid(one.pid)
    except OSError:
        return None


def _subreaper() -> int | None:
    flag = ctypes.c_int(0)
    return flag.value if _prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(flag)) else None


def _prctl(option: int, argument: object) -> bool:
    if sys.platform != "linux":
        return False
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return libc.prctl(option, argument, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False
