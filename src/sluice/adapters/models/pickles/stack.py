"""The stack, the marks and the memo of a pickle machine: what it holds, and how constants and containers come there."""

from __future__ import annotations

from collections.abc import Callable

from sluice.adapters.models.pickles.uses import check_growth
from sluice.adapters.models.pickles.values import DATA, Entries, Global, Listed, Made, tuple_of
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source

MAX_PROTOCOL = 5


class Stack:
    """What a machine holds while it reads a source; each method is what an opcode does to it."""

    def __init__(self, source: Source, *, is_first: bool) -> None:
        self._source, self._is_first = source, is_first
        self._memo: dict[int, object] = {}
        self._stack: list[object] = []
        self._marks: list[list[object]] = []
        self._n, self._frame_end = 0, -1

    # -- constants --------------------------------------------------------------------------------

    def push(self, value: object) -> None:
        """A constant."""
        self._stack.append(value)

    def argument(self, read: Callable[[Source], object]) -> None:
        """A constant that follows its opcode."""
        self._stack.append(read(self._source))

    def readonly_buffer(self) -> None:
        self._stack.append(self._stack.pop())

    def protocol(self) -> None:
        if self._source.read(1)[0] > MAX_PROTOCOL:
            raise BrokenError(f"states a protocol above {MAX_PROTOCOL}")

    def frame(self) -> None:
        size = int.from_bytes(self._source.read(8), "little")
        if self._source.place < self._frame_end:
            raise RefusedError("begins a frame inside another")
        self._frame_end = self._source.place + size

    # -- containers -------------------------------------------------------------------------------

    def mark(self) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def pop(self) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._pop_mark()

    def pop_mark(self) -> None:
        self._pop_mark()

    def dup(self) -> None:
        self._stack.append(self._stack[-1])

    def tuple_(self) -> None:
        values = self._pop_mark()
        self._stack.append(tuple_of(values))

    def tuple_n(self, n: int) -> None:
        """A tuple of the last one, two or three."""
        if len(self._stack) < n:
            self._nothing()
        values = self._stack[-n:]
        self._stack[-n:] = [tuple(values)]

    def gathered(self) -> None:
        """A frozen set of what stands above the mark."""
        self._pop_mark()
        self._stack.append(DATA)

    def list_(self) -> None:
        """A list of what stands above the mark."""
        made = Listed()
        made.extend(self._pop_mark())
        self._stack.append(made)

    def dict_(self) -> None:
        values, made = self._pop_mark(), Entries()
        _put_all(made, values)
        self._stack.append(made)

    def add(self) -> None:
        """One value more for what stands below it."""
        value = self._stack.pop()
        self._grow(self._stack[-1], [value])

    def add_all(self) -> None:
        """All above the mark, for what stands below it."""
        values = self._pop_mark()
        self._grow(self._stack[-1], values)

    def setitem(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._put([key, value])

    def setitems(self) -> None:
        values = self._pop_mark()
        self._put(values)

    def _put(self, values: list[object]) -> None:
        into = self._stack[-1]
        if isinstance(into, Entries):
            _put_all(into, values)
        elif isinstance(into, Made):
            for key in values[::2]:
                check_growth(into, key, has_key=True)
        else:
            self._grow(into, [])

    def _grow(self, into: object, values: list[object]) -> None:
        if isinstance(into, Global):
            raise RefusedError("changes a class or a function")
        if isinstance(into, Made):
            check_growth(into)
        elif isinstance(into, Listed):
            if into.is_frozen:
                raise RefusedError("changes a list of names of methods afterwards")
            into.extend(values)

    def _pop_mark(self) -> list[object]:
        values = self._stack
        self._stack = self._marks.pop()
        return values

    def _nothing(self) -> list[object]:
        raise BrokenError("takes from its stack what is not there")

    # -- memo -------------------------------------------------------------------------------------

    def get(self, read: Callable[[Source], int]) -> None:
        """What was kept under a number."""
        number = read(self._source)
        if number not in self._memo:
            raise BrokenError("takes from its memo what is not there")
        self._stack.append(self._memo[number])

    def put(self, read: Callable[[Source], int]) -> None:
        """Keep the last value under a number."""
        number, value = read(self._source), self._stack[-1]
        if number < 0:
            raise BrokenError("keeps a value under a number below zero")
        # The real machine makes room up to the number; numbers that are no pickle may look like any.
        if number > self._n and self._is_first:
            raise RefusedError("asks for a memo that is larger than it can fill")
        self._memo[number] = value

    def memoize(self) -> None:
        self._memo[len(self._memo)] = self._stack[-1]


def _put_all(into: Entries, values: list[object]) -> None:
    if len(values) % 2:
        raise BrokenError("gives a key without a value")
    for key, value in zip(values[::2], values[1::2], strict=True):
        into.put(key, value)
