"""Rows of a table as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast


def plain_row(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """A row as JSON has it: times become text; missing and other than finite numbers, null."""
    return {name: plain(value) for name, value in zip(names, values, strict=True)}


def plain(value: Any) -> Any:
    """One value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in cast("Sequence[Any]", value)]
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)
