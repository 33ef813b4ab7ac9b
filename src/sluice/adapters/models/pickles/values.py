"""What stands on the stack of a pickle that is read and not loaded: as much of each value as has to be known."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_KEPT = 100
"""A tuple or a mapping of more entries is not kept: none that has to be understood is so large."""


class Opaque:
    """A value of which nothing has to be known: data."""

    __slots__ = ()


DATA = Opaque()
LONG_TUPLE = Opaque()
LONG_TEXT = Opaque()


@dataclass(frozen=True, slots=True, eq=False)
class Global:
    """A class or function, by its name."""

    name: str


@dataclass(slots=True, eq=False)
class Made:
    """What calling a global made; ``state`` is what it was given afterwards."""

    maker: Global
    args: object
    state: object = None
    is_built: bool = False


@dataclass(slots=True, eq=False)
class Entries:
    """A mapping with its text keys; ``is_whole`` where nothing of it was left out."""

    items: dict[str, object] = field(default_factory=dict[str, object])
    is_whole: bool = True

    def put(self, key: object, value: object) -> None:
        """One entry more."""
        if isinstance(key, str) and (key in self.items or len(self.items) < MAX_KEPT):
            self.items[key] = value
        else:
            self.is_whole = False


def tuple_of(values: list[object]) -> object:
    """A tuple, kept where it is short."""
    return tuple(values) if len(values) <= MAX_KEPT else LONG_TUPLE
