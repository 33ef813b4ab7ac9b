"""What is served while it works: how long it is waited for, how much memory it takes, and how it ended."""

from __future__ import annotations

import contextlib
import re
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sluice.adapters.trainers.tree import Tree

_LOOK_S = 0.1
_PEAK = re.compile(rb"^VmHWM:\s+([0-9]+) kB$", re.MULTILINE)


class Failed(Exception):
    """A request that was not answered as it must be; the text follows the request's name."""


class NotThere(Failed):
    """Nothing answers at the endpoint, or not yet."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks at what is served between requests and during long ones: never while a short one is timed.

    ``process`` is its first process; none for an endpoint that somebody else serves, whose memory is not known.
    """

    tree: Tree
    process: subprocess.Popen[bytes] | None
    memory_bytes: int
    ends: float
    peak_bytes: int = 0
    _looked: float = 0.0

    def wait(self, descriptor: int, until: float, *, write: bool = False) -> None:
        """Return once ``descriptor`` can be read (or written). Raises ``Failed`` at ``until``, by the monotonic clock.

        A look takes a while, in which an answer may come: a request of more than half a second hardly notices.
        """
        wanted = ([], [descriptor], []) if write else ([descriptor], [], [])
        until = min(until, self.ends)
        pause_s = 5 * _LOOK_S
        while (left_s := until - time.monotonic()) > 0:
            if any(select.select(*wanted, min(left_s, pause_s))):
                return
            self.look()
        if until == self.ends:
            raise Failed("was not answered before the time for all requests was over")
        raise Failed("was not answered in time")

    def look(self, *, now: bool = True) -> None:
        """Take the memory of all processes, where it was not just taken. Raises ``Failed`` where it is too much."""
        if self.process is None or (not now and time.monotonic() < self._looked + _LOOK_S):
            return
        members = self.tree.members()
        used = self.tree.memory_bytes()
        self.peak_bytes = max(self.peak_bytes, used, *(_own_peak_bytes(one.pid) for one in members), 0)
        self._looked = time.monotonic()
        if used > self.memory_bytes:
            raise Failed(f"was not answered: serving took more than {self.memory_bytes / 2**30:.3g} GiB of memory")

    def end(self) -> str:
        """How the first process ended by itself, in words that follow a sentence; empty while it lives."""
        if self.process is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
        code = self.process.poll()
        if code is None:
            return ""
        if code < 0 and -code in set(signal.Signals):
            return f", the process was ended by {signal.Signals(-code).name}"
        return f", the process ended with exit code {code}"


def _own_peak_bytes(process: int) -> int:
    """The most memory that one process has had so far, as Linux counts it; 0 where the system does not say."""
    try:
        found = _PEAK.search(Path(f"/proc/{process}/status").read_bytes())
    except OSError:
        return 0
    return 1024 * int(found[1]) if found else 0
