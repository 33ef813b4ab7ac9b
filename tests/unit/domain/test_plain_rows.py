"""Values of a table as JSON has them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sluice.domain.plain_rows import plain_row


def test_values_become_what_json_has() -> None:
    row = plain_row(
        ("when", "share", "hole", "many", "deep", "blob", "yes"),
        (datetime(2024, 1, 2, 3, tzinfo=UTC), Decimal("0.5"), float("nan"), (1, float("inf")), {"x": 1}, b"a", True),
    )
    assert row == {
        "when": "2024-01-02T03:00:00+00:00",
        "share": 0.5,
        "hole": None,
        "many": [1, None],
        "deep": {"x": 1},
        "blob": "b'a'",
        "yes": True,
    }
