"""JSON from outside: bounded, without duplicate keys, without numbers that are none."""

from __future__ import annotations

import json
import re
from typing import Any

from sluice.adapters.decode.keypath import shorten
from sluice.adapters.decode.number import BadNumber, integer, not_finite, real
from sluice.domain.errors import EvidenceError, SluiceError

MAX_DEPTH = 64
MAX_NODES = 1_000_000

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


class _RefusedError(ValueError):
    """Why a document is refused, found inside the standard library's decoder."""


def parse(
    data: bytes,
    *,
    where: str,
    max_bytes: int,
    error: type[SluiceError] = EvidenceError,
    keep_bad_numbers: bool = False,
    max_nodes: int = MAX_NODES,
) -> object:
    """The document's value, or ``error`` with one sentence.

    At most ``max_bytes``, 64 levels and ``max_nodes`` values. With ``keep_bad_numbers`` a NaN, an infinite number
    or one beyond 64 bits comes back as ``BadNumber``; without, the document is refused.
    """
    if len(data) > max_bytes:
        raise error(f"is larger than {max_bytes} bytes", where=where)
    # Each value but the first follows one of these bytes: counting them bounds memory before any is spent.
    if data.count(b",") + data.count(b"[") + data.count(b"{") + data.count(b":") > 2 * max_nodes:
        raise error(f"holds more than {max_nodes} values", where=where)
    try:
        value = _loads(data, keep_bad_numbers)
    except UnicodeError:
        raise error("is not UTF-8", where=where) from None
    except RecursionError:
        raise error(f"is nested deeper than {MAX_DEPTH} levels", where=where) from None
    except json.JSONDecodeError as problem:
        raise error(f"is not valid JSON: {problem.msg}", where=f"{where}:{problem.lineno}") from None
    except _RefusedError as problem:
        raise error(str(problem), where=where) from None
    if _deeper_than(value, MAX_DEPTH):
        raise error(f"is nested deeper than {MAX_DEPTH} levels", where=where)
    if _SURROGATE_ESCAPE.search(data) and not _encodable(value):
        raise error("holds half a character (an unpaired surrogate)", where=where)
    return value


def _loads(data: bytes, keep_bad_numbers: bool) -> object:
    def checked(value: int | float | BadNumber) -> int | float | BadNumber:
        if isinstance(value, BadNumber) and not keep_bad_numbers:
            raise _RefusedError(f"holds `{value.text}`, which is {value.why}")
        return value

    return json.loads(
        data.decode("utf-8-sig"),
        object_pairs_hook=_unique,
        parse_constant=lambda text: checked(not_finite(text)),
        parse_float=lambda text: checked(real(text)),
        parse_int=lambda text: checked(integer(text)),
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise _RefusedError(f"states the key {shorten(twice)} twice")
    return found


def _deeper_than(value: object, max_depth: int) -> bool:
    level: list[Any] = [value]
    for _ in range(max_depth + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True
