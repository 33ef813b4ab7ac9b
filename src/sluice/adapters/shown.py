"""How values of data are shown, whatever engine they come from."""

from __future__ import annotations

MAX_VALUE_CHARS = 80


def printable(text: str) -> str:
    """The text with everything that is not printable escaped, cut after 80 characters."""
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return shown if len(shown) <= MAX_VALUE_CHARS else shown[: MAX_VALUE_CHARS - 3] + "..."


def example(row: dict[str, str | None]) -> str:
    """A failing row as people read it: ``id=17: -3``, ``id=17`` where the value is missing, ``-3`` without a key."""
    value = row.pop("value", None)
    named = ", ".join(f"{name}={printable(text)}" for name, text in row.items() if text is not None)
    return ": ".join(part for part in (named, printable(value) if value is not None else "") if part)
