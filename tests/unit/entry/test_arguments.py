"""What a command that is given data calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.entry.arguments import called


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("data/train.csv", "train"),
        ("data/parts/*.csv", "parts"),
        ("postgres://127.0.0.1/shop#orders", "orders"),
        ("postgres://127.0.0.1/shop#public.orders", "orders"),
        ("#public.orders", "orders"),
        ("s3://bucket/orders.parquet", "orders"),
    ],
)
def test_data_is_called_by_its_table_or_file(data: str, name: str) -> None:
    assert called(data) == name


def test_a_file_keeps_its_name_whatever_signs_are_in_it(tmp_path: Path) -> None:
    (tmp_path / "old#new.csv").touch()
    assert called(str(tmp_path / "old#new.csv")) == "old#new"
