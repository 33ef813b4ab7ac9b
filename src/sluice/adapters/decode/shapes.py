"""Plain values into records and back, by the records' own type hints.

Written out rather than left to pydantic, whose import alone costs more than a third of what the start of an
Action may (0.2 s of 0.6 s): the shapes in ``domain/`` need a dozen rules.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from sluice.adapters.decode.keypath import Part, shorten
from sluice.adapters.decode.number import INT64_MAX, INT64_MIN

T = TypeVar("T")
At = tuple[Part, ...]

MAX_TEXT_CHARS = 65_536
MAX_ITEMS = 10_000
_MAX_MISMATCHES = 100

_NAMES: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "`true` or `false`",
    NoneType: "nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that a value lacks to be a record: where, what, and what to do."""

    at: At
    what: str
    remedy: str = ""


class ShapeError(ValueError):
    """A value is not of a shape; every mismatch found, in the order of the document."""

    def __init__(self, mismatches: tuple[Mismatch, ...]) -> None:
        self.mismatches = mismatches
        super().__init__(mismatches[0].what)


def decode(kind: type[T], value: object, *, ignore_unknown: bool = False, max_items: int = MAX_ITEMS) -> T:
    """``value`` (dict, list, str, int, float, bool, None) as the dataclass ``kind``; raises ``ShapeError``.

    Nothing is converted but whole numbers where any number may stand. Unknown keys are refused unless
    ``ignore_unknown``; so are texts over 64 Ki characters, lists and mappings over ``max_items`` entries, whole numbers
    beyond 64 bits, numbers that are not finite.
    """
    decoder = _Decoder(ignore_unknown, max_items)
    record = decoder.value(kind, value, ())
    if decoder.mismatches:
        raise ShapeError(tuple(decoder.mismatches))
    return cast(T, record)


def encode(value: object, *, sparse: frozenset[type] = frozenset()) -> Any:
    """A record as plain values for JSON: enums as text, tuples as lists, numbers that are not finite as ``None``.

    Of the ``sparse`` kinds, fields that hold their default are left out: ``decode`` fills them in again.
    """
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        kind = type(cast(Any, value))
        given = {name: getattr(value, name) for name in shape(kind)}
        if kind in sparse:
            given = {name: one for name, one in given.items() if one != _defaults(kind).get(name, MISSING)}
        return {name: encode(one, sparse=sparse) for name, one in given.items()}
    if isinstance(value, Mapping):
        return {str(key): encode(entry, sparse=sparse) for key, entry in cast("Mapping[object, object]", value).items()}
    if isinstance(value, tuple | list):
        return [encode(entry, sparse=sparse) for entry in cast("Iterable[object]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@functools.cache
def shape(kind: type) -> Mapping[str, tuple[Field[Any], Any]]:
    """The fields of a dataclass with their types, evaluated."""
    hints = get_type_hints(kind)
    return {field.name: (field, hints[field.name]) for field in fields(kind)}


@functools.cache
def _defaults(kind: type) -> Mapping[str, Any]:
    """What the fields that need not be stated are where they are not."""
    return {
        one.name: one.default_factory() if one.default_factory is not MISSING else one.default
        for one in fields(kind)
        if not required(one)
    }


def required(field: Field[Any]) -> bool:
    """Whether a field must be stated."""
    return field.default is MISSING and field.default_factory is MISSING


def members(kind: Any) -> tuple[Any, ...]:
    """The alternatives of a union; a kind that is none is its own only one."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


class _Decoder:
    def __init__(self, ignore_unknown: bool, max_items: int) -> None:
        self.mismatches: list[Mismatch] = []
        self._ignore_unknown, self._max_items = ignore_unknown, max_items

    def value(self, kind: Any, value: Any, at: At) -> Any:
        """``value`` as ``kind``; where it is not, a mismatch is noted and ``None`` stands in."""
        one, origin, of_record = _chosen(kind, type(value))
        if one is None:
            return self._miss(at, f"must be {_say(kind)}, not {_show(value)}", _hint(kind, value))
        kind = one
        if of_record:
            return self._record(cast(type, kind), value, at)
        if origin is tuple:
            return self._tuple(get_args(kind), value, at)
        if origin is Mapping:
            return self._mapping(get_args(kind)[1], value, at)
        if origin is Literal:
            return value if _is_one_of(value, get_args(kind)) else self._not_one_of(get_args(kind), value, at)
        if issubclass(kind, Enum):
            options = tuple(member.value for member in kind)
            return kind(value) if value in options else self._not_one_of(options, value, at)
        return self._plain(kind, value, at)

    def _record(self, kind: type, value: dict[str, Any], at: At) -> Any:
        known = shape(kind)
        before = len(self.mismatches)
        unknown = [] if self._ignore_unknown else [key for key in value if key not in known]
        for key in unknown:
            self._miss((*at, key), "unknown key", _did_you_mean(key, known))
        for name, (field, _) in known.items():
            # A misspelt key is missing too: it is told once.
            if name not in value and required(field) and not unknown:
                self._miss(at, f"lacks the key `{name}`")
        given = {name: self.value(known[name][1], value[name], (*at, name)) for name in value if name in known}
        if len(self.mismatches) > before:
            return None
        try:
            return kind(**given)
        except ValueError as problem:
            return self._miss(at, str(problem))

    def _tuple(self, kinds: tuple[Any, ...], value: list[Any], at: At) -> tuple[Any, ...]:
        if kinds[-1] is not Ellipsis and len(value) != len(kinds):
            self._miss(at, f"must have {len(kinds)} entries, not {len(value)}")
            return ()
        if not self._few(value, at):
            return ()
        each = kinds if kinds[-1] is not Ellipsis else (kinds[0],) * len(value)
        return tuple(
            self.value(one, entry, (*at, index)) for index, (one, entry) in enumerate(zip(each, value, strict=True))
        )

    def _mapping(self, kind: Any, value: dict[str, Any], at: At) -> dict[str, Any]:
        if not self._few(value, at):
            return {}
        for key in value:
            if not key or len(key) > MAX_TEXT_CHARS:
                self._miss(at, "has a key that is empty or too long")
        return {key: self.value(kind, entry, (*at, key)) for key, entry in value.items()}

    def _plain(self, kind: Any, value: Any, at: At) -> Any:
        if isinstance(value, str):
            too_long = len(value) > MAX_TEXT_CHARS
            return self._miss(at, f"is longer than {MAX_TEXT_CHARS} characters") if too_long else value
        if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
            return self._miss(at, "is beyond 64 bits")
        if kind is float:
            return float(value) if math.isfinite(value) else self._miss(at, "is not a finite number")
        return value

    def _few(self, value: list[Any] | dict[str, Any], at: At) -> bool:
        if len(value) > self._max_items:
            self._miss(at, f"has more than {self._max_items} entries")
        return len(value) <= self._max_items

    def _not_one_of(self, options: tuple[Any, ...], value: Any, at: At) -> None:
        self._miss(at, f"must be {_either(options)}, not {_show(value)}", _did_you_mean(value, options))

    def _miss(self, at: At, what: str, remedy: str = "") -> None:
        if len(self.mismatches) < _MAX_MISMATCHES:
            self.mismatches.append(Mismatch(at=at, what=what, remedy=remedy))


@functools.cache
def _chosen(kind: Any, given: type) -> tuple[Any, Any, bool]:
    """The alternative of a kind that values of a type are taken for, with its origin and whether it is a record.

    ``None`` where there is none. Kept: a document has a few kinds, and thousands of values.
    """
    kinds = [member for member in members(kind) if _may_be(member, given)]
    chosen = next((member for member in kinds if member is given), kinds[0] if kinds else None)
    return chosen, get_origin(chosen), is_dataclass(chosen)


def _may_be(kind: Any, given: type) -> bool:
    """Whether values of a type are of the kind's outer form: what is inside comes after."""
    origin = get_origin(kind)
    if origin is Literal:
        return any(given is type(option) for option in get_args(kind))
    if is_dataclass(kind) or origin is Mapping:
        return issubclass(given, dict)
    if origin is tuple:
        return issubclass(given, list)
    if kind is float:
        return given in (int, float)
    return issubclass(given, str) if issubclass(kind, Enum) else given is kind


def _is_one_of(value: Any, options: tuple[Any, ...]) -> bool:
    # By type too: `true == 1` in Python.
    return any(type(value) is type(option) and value == option for option in options)


def _say(kind: Any) -> str:
    said = [_say_one(member) for member in members(kind) if member is not NoneType]
    return " or ".join(dict.fromkeys(said))


def _say_one(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return _either(get_args(kind))
    if origin is tuple:
        return "a list"
    if is_dataclass(kind) or origin is Mapping:
        return "a mapping"
    return "text" if issubclass(kind, Enum) else _NAMES[kind]


def _either(options: Iterable[Any]) -> str:
    return " or ".join(f"`{option}`" for option in options)


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"the text {shorten(value)}"
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) <= INT64_MAX else "a huge number"
    return "a list" if isinstance(value, list) else "a mapping"


def _hint(kind: Any, value: Any) -> str:
    kinds = members(kind)
    if value is None:
        return "give it a value or remove the key"
    if bool in kinds and isinstance(value, str):
        return "write `true` or `false` without quotes"
    if (float in kinds or int in kinds) and isinstance(value, str):
        return "write it as a number, without quotes"
    if any(get_origin(member) is tuple for member in kinds) and isinstance(value, str):
        return "put it in brackets: `[...]`"
    return ""


def _did_you_mean(given: Any, known: Iterable[Any]) -> str:
    # Bounded, since the search takes longer with the length.
    if not isinstance(given, str) or len(given) > 64:
        return ""
    import difflib

    near = difflib.get_close_matches(given.lower(), [str(name) for name in known], n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else ""
