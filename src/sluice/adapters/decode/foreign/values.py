"""Values of other languages that a contract can hold, and a list of what it cannot."""

from __future__ import annotations

import math
import re
from typing import TypeGuard

from sluice.adapters.decode import keypath

MAX_OMITTED = 500
_MAX_NAME_CHARS = 1000
_MAX_TEXT_CHARS = 10_000
_INT64_MAX = 2**63 - 1
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")


class Omissions:
    """What could not be carried: what, where, why. At most ``MAX_OMITTED`` are kept, the others counted."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}
        self._more = 0

    def add(self, what: str, at: str, why: str = "no such demand in the standard") -> None:
        """One thing that is left out; said once."""
        line = f"{what} at {at}: {why}" if at else f"{what}: {why}"
        line = " ".join(line.split())[:400]
        if len(self._said) < MAX_OMITTED:
            self._said[line] = None
        elif line not in self._said:
            self._more += 1

    @property
    def lines(self) -> tuple[str, ...]:
        """All of them, in order."""
        return (*self._said, *((f"and {self._more} more",) if self._more else ()))


def says(value: object) -> bool:
    """Whether a value is a single one that a contract can hold."""
    if isinstance(value, str):
        return len(value) <= _MAX_TEXT_CHARS and _IMPOSSIBLE.search(value) is None
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= _INT64_MAX
    return isinstance(value, float) and math.isfinite(value)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number that a contract can hold; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and says(value)


def is_count(value: object) -> TypeGuard[int | float]:
    """Whether a value is a whole number from 0 on; ``2.0`` is one, as JSON has it."""
    return is_number(value) and value >= 0 and float(value).is_integer()


def is_name(value: object) -> TypeGuard[str]:
    """Whether a value may be the name of a table or column."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME_CHARS and says(value)


def text_of(value: object) -> str:
    """A description, cut; empty for what is none."""
    return value[:_MAX_TEXT_CHARS].strip() if isinstance(value, str) and says(value[:_MAX_TEXT_CHARS]) else ""


def child(at: str, *parts: keypath.Part) -> str:
    """The path of something below another."""
    for part in parts:
        at = keypath.child(at, part)
    return at
