"""The way to one value in a document, as people read it: ``gates[0].min``, ``data["odd name"].source``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

Part = str | int

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
_MAX_KEY_CHARS = 64


def child(path: str, part: Part) -> str:
    """The path of one entry below another; keys that are not plain words are quoted, escaped and cut short."""
    if isinstance(part, int):
        return f"{path}[{part}]"
    if _PLAIN.fullmatch(part):
        return f"{path}.{part}" if path else part
    return f"{path}[{shorten(part, _MAX_KEY_CHARS)}]"


def text(parts: Iterable[Part]) -> str:
    """The whole path in one string; empty for the document itself."""
    path = ""
    for part in parts:
        path = child(path, part)
    return path


def ancestors(path: str) -> Iterable[str]:
    """The path, then every shorter one that may be above it, ending with the document itself (``""``)."""
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    yield ""


def shorten(value: str, max_chars: int = 60) -> str:
    """A text in double quotes, everything but printable ASCII escaped, cut after ``max_chars``."""
    return json.dumps(value if len(value) <= max_chars else value[:max_chars] + "...")
