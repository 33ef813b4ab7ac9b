"""The library of table expressions, which carries no types that could be checked; loaded where it is first used."""

from __future__ import annotations

from typing import Any


def expressions() -> Any:
    """Ibis: literals, windows, unions and what else is no method of a table or column."""
    import ibis  # pyright: ignore[reportMissingTypeStubs]

    return ibis
