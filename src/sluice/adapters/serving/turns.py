"""Two models served in turn on one machine, so that what slows it down slows down both.

Each round starts either of them anew and ends it, so that they never run at once: neither can disturb the other, both
may listen at one address, and how a single start came out does not count for all requests. The order changes from
round to round.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from sluice.adapters.serving.load import Site, serve
from sluice.domain.probes import Serving
from sluice.domain.serving import ROUNDS, Served, joined, round_ends


@dataclass(slots=True, kw_only=True)
class Side:
    """One of the two: what is served and where; ``serving.total_timeout_s`` is for all its rounds."""

    serving: Serving
    site: Site
    served: list[Served] = field(default_factory=list[Served])
    used_s: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether a request of any round failed: nothing of this side counts then."""
        return any(one.reason for one in self.served)


def serve_in_turn(ours: Side, theirs: Side, bodies: tuple[bytes, ...]) -> tuple[Served, Served]:
    """What the requests came to on both sides, each round the same requests; as many as ``ours`` says.

    A candidate that fails ends everything; a baseline that fails, itself alone.
    """
    sent = 0
    for turn, end in enumerate(round_ends(ours.serving.requests)):
        for side in (ours, theirs) if turn % 2 else (theirs, ours):
            if not side.failed and not ours.failed:
                _round(side, bodies[sent % len(bodies) :] + bodies[: sent % len(bodies)], end - sent, turn)
        sent = end
    return joined(ours.served), joined(theirs.served)


def _round(side: Side, bodies: tuple[bytes, ...], requests: int, turn: int) -> None:
    began = time.monotonic()
    left_s = side.serving.total_timeout_s - side.used_s
    part = replace(side.serving, requests=requests, total_timeout_s=left_s)
    printed: list[str] = []
    found = serve(part, bodies, replace(side.site, say=printed.append), (requests,))
    side.used_s += time.monotonic() - began
    # What is printed at every start is read once.
    for line in printed if found.reason or not turn else ():
        side.site.say(line)
    reason = f"in round {turn + 1} of {ROUNDS}, {found.reason}" if found.reason else ""
    side.served.append(replace(found, reason=reason))
