"""ONNX: which operators a graph names, and which files outside of it it would have read. Nothing of it is loaded.

Operators of the standard domains, of ONNX Runtime's own and of functions that the model brings are code of the runtime;
those of any other domain come from a shared library that somebody registers: they are named, as a pickle's globals are.
Source: ``onnx.proto`` of the ONNX repository.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sluice.adapters.models import wire
from sluice.adapters.models.naming import Named
from sluice.adapters.models.refusal import BrokenError, RefusedError

MAX_BYTES = 4 << 30
MAX_MESSAGES = 10_000_000
MAX_DEPTH = 64
MAX_EXTERNAL = 10_000
_DOMAINS = frozenset(
    (
        "",
        "ai.onnx",
        "ai.onnx.ml",
        "ai.onnx.training",
        "ai.onnx.preview.training",
        "com.microsoft",
        "com.ms.internal.nhwc",
    )
)
# It has the runtime open a compiled model of any path.
_OPENS_FILES = ("com.microsoft", "EPContext")
_EXTERNAL = 1

# Field numbers of the messages that are gone into: number -> kind of message.
_MODEL = {7: "graph", 20: "training", 25: "function"}
_BELOW = {
    "model": _MODEL,
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}


@dataclass(slots=True, kw_only=True)
class _Seen:
    named: Named
    location: Callable[[str], None]
    operators: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    own: set[str] = field(default_factory=set[str])
    n_messages: int = 0
    n_external: int = 0


def look(data: memoryview, named: Named, location: Callable[[str], None]) -> None:
    """One model. ``location`` is called with each path of external data. Raises ``RefusedError`` or ``BrokenError``."""
    seen = _Seen(named=named, location=location)
    numbers = {number for number, _kind, _value in wire.fields(data)}
    if not {1, 7} <= numbers:
        raise BrokenError("has no graph, or states no version of ONNX")
    _message(data, "model", seen, 0)
    for domain, operator in sorted(seen.operators):
        if (domain, operator) == _OPENS_FILES:
            raise RefusedError("has the runtime open a compiled model beside it (`EPContext`)")
        if domain not in _DOMAINS and domain not in seen.own:
            named.add(domain, operator)


def _message(data: memoryview, kind: str, seen: _Seen, depth: int) -> None:
    seen.n_messages += 1
    if depth > MAX_DEPTH:
        raise RefusedError(f"is nested deeper than {MAX_DEPTH} levels")
    if seen.n_messages > MAX_MESSAGES:
        raise RefusedError(f"holds more than {MAX_MESSAGES:,} parts")
    below = _BELOW.get(kind, {})
    texts: dict[int, str] = {}
    entries: list[tuple[str, str]] = []
    is_external = False
    for number, wired, value in wire.fields(data):
        part = below.get(number)
        if isinstance(value, int):
            is_external = is_external or (kind == "tensor" and number == 14 and value == _EXTERNAL)
        elif part == "entry" and wired == wire.BYTES:
            entries.append(_entry(value))
        elif part is not None and wired == wire.BYTES:
            _message(value, part, seen, depth + 1)
        elif (kind, number) in _TEXTS and wired == wire.BYTES:
            texts[number] = _text(value)
        elif part is not None or (kind, number) in _TEXTS:
            raise BrokenError("holds a field of another kind than ONNX has")
    if kind == "node":
        seen.operators.add((texts.get(7, ""), texts.get(4, "")))
    elif kind == "function":
        seen.own.add(texts.get(10, ""))
    elif kind == "tensor" and (is_external or entries):
        _external(entries, seen)


# Texts that are looked at: an operator's name and domain, a function's domain.
_TEXTS = {("node", 4), ("node", 7), ("function", 10)}


def _external(entries: list[tuple[str, str]], seen: _Seen) -> None:
    seen.n_external += 1
    locations = [value for key, value in entries if key == "location"]
    if len(locations) != 1:
        raise RefusedError("holds a tensor whose bytes lie elsewhere, without saying where")
    seen.location(locations[0])


def _entry(data: memoryview) -> tuple[str, str]:
    found = {number: value for number, _wired, value in wire.fields(data)}
    key, value = found.get(1), found.get(2)
    if isinstance(key, int) or isinstance(value, int):
        raise BrokenError("holds a field of another kind than ONNX has")
    return ("" if key is None else _text(key), "" if value is None else _text(value))


def _text(data: memoryview) -> str:
    if len(data) > 4_096:
        raise RefusedError("holds a name that is too long to be one")
    try:
        return bytes(data).decode()
    except UnicodeDecodeError:
        raise BrokenError("holds a text that is not UTF-8") from None
