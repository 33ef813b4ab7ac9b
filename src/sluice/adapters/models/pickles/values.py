"""What stands on the stack of a pickle that is read and not loaded: as much of each value as has to be known."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_KEPT = 100
"""A tuple or a mapping of more entries is not kept: none that has to be understood is so large."""


class Opaque:
    """A value of which nothing has to be known: data."""

    __slots__ = ()


NAMES_OF_METHODS = frozenset(
    "_response_method response_method stack_method stack_method_ chain_method chain_method_ importance_getter "
    "input".split()
)
"""Attributes by which scikit-learn chooses what to call, or (``input``) whether a text is a path."""

# A loader looks these up on the object itself, where an attribute hides the method.
_STEERING = frozenset(("append", "extend", "add", "keys"))

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
class Listed:
    """A list; ``is_whole`` where nothing of it was left out, ``is_frozen`` where it was judged and must stay so."""

    items: list[object] = field(default_factory=list[object])
    is_whole: bool = True
    is_frozen: bool = False

    def extend(self, values: list[object]) -> None:
        """More at the end."""
        if len(self.items) + len(values) <= MAX_KEPT:
            self.items += values
        else:
            self.is_whole = False


@dataclass(slots=True, eq=False)
class Entries:
    """A mapping with its text keys; ``is_whole`` where nothing of it was left out.

    ``is_steering`` where, as attributes, some would steer what loads it, or may: a key that is no text is unknown.
    """

    items: dict[str, object] = field(default_factory=dict[str, object])
    is_whole: bool = True
    is_steering: bool = False

    def put(self, key: object, value: object) -> None:
        """One entry more."""
        self.is_steering = self.is_steering or not isinstance(key, str) or is_steering(key)
        is_kept = len(self.items) < MAX_KEPT or key in self.items or key in NAMES_OF_METHODS
        if isinstance(key, str) and is_kept:
            self.items[key] = value
        else:
            self.is_whole = False


def is_steering(key: str) -> bool:
    """Whether a loader looks for a method of this name on the object itself."""
    return key in _STEERING or (key.startswith("__") and key.endswith("__"))


def tuple_of(values: list[object]) -> object:
    """A tuple, kept where it is short."""
    return tuple(values) if len(values) <= MAX_KEPT else LONG_TUPLE
