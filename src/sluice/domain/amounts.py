"""Numbers of things in sentences."""

from __future__ import annotations


def amount(n: int, noun: str) -> str:
    """``1 row``, ``2 rows``, ``1,200 rows``; for nouns whose plural has an s."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def in_amounts(said: str, noun: str) -> str:
    """A range that ends with a number, and what it counts: ``at least 1 row``, ``2 to 4 rows``."""
    return f"{said} {noun}" if said.endswith(" 1") else f"{said} {noun}s"
