"""A pickle machine that names and never imports, notes calls and never makes them.

It keeps the stack, the marks and the memo as the real one does, since a name may be made of strings that were pushed
long before. Where it cannot follow exactly, it refuses: a reader that guesses is a reader that can be deceived.
Source: Python's ``pickle`` and ``pickletools`` modules, protocols 0 to 5.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sluice.adapters.models.naming import Named
from sluice.adapters.models.pickles import arguments
from sluice.adapters.models.pickles.arrays import WRAPPER, skip_array
from sluice.adapters.models.pickles.stack import Stack
from sluice.adapters.models.pickles.uses import check_call, check_state, may_be_text
from sluice.adapters.models.pickles.values import (
    DATA,
    LONG_TEXT,
    LONG_TUPLE,
    Entries,
    Global,
    Listed,
    Made,
    tuple_of,
)
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source

MAX_OPCODES = 20_000_000
_MAX_NAME_BYTES = 65_536
_DOTTED = re.compile(rb"[^\x00-\x20]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a stream is taken: arrays of joblib between its opcodes, storages of torch by persistent ids.

    Not ``is_first``: the same bytes once more, as another loader would take them. What cannot be loaded is no fault
    there, and calling an object is none: each was made by a global that is judged.
    """

    arrays: bool = True
    storages: bool = False
    is_first: bool = True


class Machine(Stack):
    """Reads one pickle of a source, up to its end; ``called`` are the globals that it would call."""

    def __init__(self, source: Source, named: Named, reading: Reading) -> None:
        self.called: list[str] = []
        self.n_arrays = 0
        super().__init__(source, is_first=reading.is_first)
        self._named, self._reading = named, reading

    def run(self) -> None:
        """Read until the pickle stops; ``RefusedError`` or ``BrokenError`` where it must not or cannot be loaded."""
        source, operations = self._source, _OPERATIONS
        try:
            while True:
                code = source.byte()
                if code == _STOP:
                    self._stop()
                    return
                operation = operations.get(code)
                if operation is None:
                    raise BrokenError("ends too early" if code < 0 else f"holds {code:#04x} where an opcode should be")
                self._n += 1
                if self._n > MAX_OPCODES:
                    raise RefusedError(f"holds more than {MAX_OPCODES:,} opcodes")
                operation(self)
        except IndexError:
            raise BrokenError("takes from its stack what is not there") from None

    def _stop(self) -> None:
        self._stack.pop()
        if self._source.place < self._frame_end:
            raise RefusedError("stops inside a frame: what reads on after it depends on who reads")

    # -- names and calls --------------------------------------------------------------------------

    def global_(self) -> None:
        names: list[bytes] = []
        for _ in range(2):
            line, is_whole = self._source.line_or_start(_MAX_NAME_BYTES)
            if not is_whole:
                # A name with dots may go round in circles as long as it likes.
                raise (RefusedError if _DOTTED.fullmatch(line) else BrokenError)("names a global by too long a name")
            names.append(line)
        try:
            module, name = (one.decode() for one in names)
        except UnicodeDecodeError:
            raise BrokenError("names a global by bytes that are no text") from None
        self._stack.append(Global(self._named.add_pickled(module, name)))

    def stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if LONG_TEXT in (name, module):
            raise RefusedError("names a global by a text that is too long to be a name")
        if may_be_text(name) or may_be_text(module):
            raise RefusedError("computes the name of a global")
        if not (isinstance(name, str) and isinstance(module, str)):
            raise BrokenError("names a global by something that is no text")
        self._stack.append(Global(self._named.add_pickled(module, name)))

    def inst(self) -> None:
        self.global_()
        klass, given = self._stack.pop(), self._pop_mark()
        self._stack.append(self._call(klass, given))

    def obj(self) -> None:
        klass, *given = self._pop_mark() or self._nothing()
        self._stack.append(self._call(klass, given))

    def reduce(self) -> None:
        args = self._stack.pop()
        self._stack[-1] = self._call(self._stack[-1], _arguments(self._stack[-1], args))

    def newobj(self) -> None:
        args, klass = self._stack.pop(), self._stack.pop()
        self._stack.append(self._call(klass, _arguments(klass, args), is_new=True))

    def newobj_ex(self) -> None:
        named, args, klass = self._stack.pop(), self._stack.pop(), self._stack.pop()
        if not isinstance(named, Entries):
            raise RefusedError("calls with arguments that are no mapping")
        self._stack.append(self._call(klass, [*_arguments(klass, args), *named.items.values()]))

    def _call(self, called: object, given: list[object], *, is_new: bool = False) -> Made:
        if isinstance(called, Made):
            if self._reading.is_first:
                raise RefusedError("calls what it made itself")
            return Made(called.maker, DATA)
        if not isinstance(called, Global):
            raise BrokenError("calls what cannot be called")
        self.called.append(called.name)
        if called.name == WRAPPER:
            if not is_new or given:
                raise RefusedError("makes an array of joblib in another way than joblib does")
        elif any(isinstance(one, Global) and one.name == WRAPPER for one in given):
            raise RefusedError("hands the array of joblib to another function")
        check_call(called.name, given)
        return Made(called, tuple_of(given))

    def build(self) -> None:
        state = self._stack.pop()
        made = self._stack[-1]
        if isinstance(made, Global):
            raise RefusedError("changes a class or a function")
        if not isinstance(made, Made):
            if self._reading.is_first:
                raise RefusedError("sets the state of what has none")
            return
        check_state(made, state, is_again=made.is_built)
        made.state, was_built = state, made.is_built
        made.is_built = True
        if made.maker.name == WRAPPER and self._reading.arrays:
            if was_built:
                raise RefusedError("describes an array twice")
            self._array(made)
        elif was_built and made.maker.name == "numpy:dtype":
            raise RefusedError("describes a type of numbers twice")

    def _array(self, made: Made) -> None:
        if self._source.place < self._frame_end:
            raise RefusedError("holds an array inside a frame: where its bytes are depends on who reads")
        self.n_arrays += 1
        if skip_array(self._source, made.state):
            inner = Machine(self._source, self._named, Reading(arrays=False))
            inner.run()
            self.called += inner.called
        self._stack[-1] = DATA

    # -- persistent ids ---------------------------------------------------------------------------

    def persid(self) -> None:
        raise BrokenError("refers to something outside of it, which no loader has")

    def binpersid(self) -> None:
        wanted = self._stack.pop()
        if not self._reading.storages:
            self.persid()
        match wanted:
            case ("storage", Global(), str(), str(), int()):
                self._stack.append(DATA)
            case _:
                raise RefusedError("refers to something outside of it that is no storage of torch")

    def extension(self) -> None:
        raise BrokenError(
            "names a global by a number of the extension registry, which is empty where models are loaded"
        )


def _arguments(called: object, args: object) -> list[object]:
    if not isinstance(called, Global | Made):
        raise BrokenError("calls what cannot be called")
    if args is LONG_TUPLE:
        return [LONG_TUPLE]
    if not isinstance(args, tuple):
        raise RefusedError("calls with arguments that are no tuple")
    return list(args)


_Operation = Callable[[Machine], None]


def _pushes(read: Callable[[Source], object]) -> _Operation:
    return lambda machine: machine.argument(read)


def _constant(value: object) -> _Operation:
    return lambda machine: machine.push(value)


_STOP = ord(".")
_OPERATIONS: dict[int, _Operation] = {
    ord(code): operation
    for code, operation in {
        "\x80": Machine.protocol,
        "\x95": Machine.frame,
        "(": Machine.mark,
        "0": Machine.pop,
        "1": Machine.pop_mark,
        "2": Machine.dup,
        "N": _constant(None),
        "\x88": _constant(True),
        "\x89": _constant(False),
        "I": _pushes(arguments.int_line),
        "L": _pushes(arguments.long_line),
        "F": _pushes(arguments.float_line),
        "J": _pushes(arguments.int4),
        "K": _pushes(arguments.uint1),
        "M": _pushes(arguments.uint2),
        "\x8a": _pushes(arguments.long1),
        "\x8b": _pushes(arguments.long4),
        "G": _pushes(arguments.float8),
        "S": _pushes(arguments.string_line),
        "T": _pushes(arguments.string4),
        "U": _pushes(arguments.string1),
        "V": _pushes(arguments.unicode_line),
        "X": _pushes(arguments.unicode4),
        "\x8c": _pushes(arguments.unicode1),
        "\x8d": _pushes(arguments.unicode8),
        "B": _pushes(arguments.bytes4),
        "C": _pushes(arguments.bytes1),
        "\x8e": _pushes(arguments.bytes8),
        "\x96": _pushes(arguments.bytes8),
        "\x98": Machine.readonly_buffer,
        "]": lambda machine: machine.push(Listed()),
        ")": _constant(()),
        "\x8f": _constant(DATA),
        "}": lambda machine: machine.push(Entries()),
        "t": Machine.tuple_,
        "\x85": lambda machine: machine.tuple_n(1),
        "\x86": lambda machine: machine.tuple_n(2),
        "\x87": lambda machine: machine.tuple_n(3),
        "l": Machine.list_,
        "\x91": Machine.gathered,
        "d": Machine.dict_,
        "a": Machine.add,
        "e": Machine.add_all,
        "\x90": Machine.add_all,
        "s": Machine.setitem,
        "u": Machine.setitems,
        "g": lambda machine: machine.get(arguments.memo_line),
        "h": lambda machine: machine.get(arguments.uint1),
        "j": lambda machine: machine.get(arguments.uint4),
        "p": lambda machine: machine.put(arguments.memo_line),
        "q": lambda machine: machine.put(arguments.uint1),
        "r": lambda machine: machine.put(arguments.uint4),
        "\x94": Machine.memoize,
        "c": Machine.global_,
        "\x93": Machine.stack_global,
        "i": Machine.inst,
        "o": Machine.obj,
        "R": Machine.reduce,
        "\x81": Machine.newobj,
        "\x92": Machine.newobj_ex,
        "b": Machine.build,
        "P": Machine.persid,
        "Q": Machine.binpersid,
        "\x82": Machine.extension,
        "\x83": Machine.extension,
        "\x84": Machine.extension,
        "\x97": Machine.persid,
    }.items()
}
