"""Numbers that are not finite never enter a record: what could not be measured is ``None``, and a sentence says why."""

from __future__ import annotations

import math


def finite(value: float | None, name: str) -> None:
    """Raise ``ValueError`` where a number is NaN or infinite."""
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{name} is not finite")
