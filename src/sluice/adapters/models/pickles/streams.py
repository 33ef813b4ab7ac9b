"""A whole stream of pickles, taken in every way in which a loader might take it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sluice.adapters.models.naming import Named
from sluice.adapters.models.pickles.machine import Machine, Reading
from sluice.adapters.models.refusal import BrokenError
from sluice.adapters.models.source import Opener, Source
from sluice.domain.model_globals import refused

MAX_PICKLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many pickles stand in a stream, and how many arrays of joblib in them."""

    n_pickles: int
    n_arrays: int


def look(opener: Opener, named: Named, *, storages: bool = False) -> Found:
    """Read all pickles of a stream to its end, and name what loading them in any usual way would name.

    Raises ``RefusedError`` or ``BrokenError``. Whoever loads a file of joblib by ``pickle`` takes its arrays for
    opcodes: so such a file is read in that way too. Each pickle has a memo of its own: one that needs another's is
    broken.
    """
    found = _all(opener(), named, storages)
    if found.n_arrays:
        _until_it_ends(opener(), named)
    return found


def look_at_one(source: Source, named: Named, *, storages: bool = False) -> None:
    """Read the one pickle that a source holds up to its end."""
    Machine(source, named, Reading(arrays=False, storages=storages)).run()
    if not source.at_end():
        raise BrokenError("holds bytes behind the end of its pickle")


def would_call(opener: Opener, modules: tuple[str, ...]) -> tuple[str, ...]:
    """What a file of another format would call that it may not, if something loaded it as a pickle.

    A file can be two things at once: its first bytes a header, and an opcode that passes over it. All pickles that
    follow one another are read, with joblib's arrays as arrays and as opcodes, until no machine could go on.
    """
    called: dict[str, None] = {}
    for has_arrays in (False, True):
        source = opener()
        with contextlib.suppress(BrokenError):
            while not source.at_end():
                machine = Machine(source, Named(is_checked=False), Reading(arrays=has_arrays, is_first=False))
                try:
                    machine.run()
                finally:
                    called |= dict.fromkeys(machine.called)
    return refused(called, modules)


def _all(source: Source, named: Named, storages: bool) -> Found:
    n_pickles = n_arrays = 0
    while True:
        machine = Machine(source, named, Reading(storages=storages))
        machine.run()
        n_pickles, n_arrays = n_pickles + 1, n_arrays + machine.n_arrays
        if source.at_end():
            return Found(n_pickles=n_pickles, n_arrays=n_arrays)
        if n_pickles == MAX_PICKLES:
            raise BrokenError(f"holds more than {MAX_PICKLES:,} pickles")


def _until_it_ends(source: Source, named: Named) -> None:
    """Read as ``pickle`` alone would: what it cannot load ends it, what it names until then is named."""
    try:
        while not source.at_end():
            Machine(source, named, Reading(arrays=False, is_first=False)).run()
    except BrokenError:
        return
