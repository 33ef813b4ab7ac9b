"""TOML from outside: bounded in what reading it may cost, each number within 64 bits or told why not."""

from __future__ import annotations

import tomllib
from typing import Any, cast

from sluice.adapters.decode.number import integer, real
from sluice.domain.errors import EvidenceError

MAX_DEPTH = 64
MAX_STEPS = 10_000_000
"""The standard library's parser walks every part of a dotted key for every key below it: some seconds at most."""


def parse(data: bytes, *, where: str, max_bytes: int) -> dict[str, Any]:
    """The document's value; whole numbers beyond 64 bits and numbers that are not finite come as ``BadNumber``.

    Raises ``EvidenceError`` with one sentence for what is no TOML, is larger than ``max_bytes``, is nested deeper than
    64 levels, or would take long to read.
    """
    if len(data) > max_bytes:
        raise EvidenceError(f"is larger than {max_bytes} bytes", where=where)
    n_dots = data.count(b".")
    if (n_dots + 1) * (n_dots + data.count(b"\n") + data.count(b",")) > MAX_STEPS:
        raise EvidenceError("holds too many keys and dots to be read", where=where, remedy="write it as JSON")
    try:
        value = tomllib.loads(data.decode("utf-8-sig"), parse_float=real)
    except UnicodeError:
        raise EvidenceError("is not UTF-8", where=where) from None
    except RecursionError:
        raise EvidenceError(f"is nested deeper than {MAX_DEPTH} levels", where=where) from None
    except tomllib.TOMLDecodeError as problem:
        raise EvidenceError(f"is not valid TOML: {str(problem)[:200]}", where=where) from None
    except ValueError:
        # Dates that are none, and whole numbers of more digits than Python reads.
        raise EvidenceError("holds a value that cannot be read", where=where) from None
    return cast("dict[str, Any]", _bounded(value, where))


def _bounded(document: dict[str, Any], where: str) -> Any:
    """The same with whole numbers held to 64 bits; level by level, since keys may be nested without bound."""
    waiting: list[tuple[Any, int]] = [(document, 1)]
    while waiting:
        holder, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise EvidenceError(f"is nested deeper than {MAX_DEPTH} levels", where=where)
        entries = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, value in list(cast("Any", entries)):
            if isinstance(value, dict | list):
                waiting.append((value, depth + 1))
            elif type(value) is int:
                holder[key] = integer(str(value)) if abs(value) < 10**400 else integer("9" * 401)
    return document
