"""Columns within columns, from the contract to the verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sluice.adapters.decode.contract import load_contract
from sluice.adapters.tables import open_table
from sluice.core.validation import rejudge, run_checks
from sluice.domain.validation import DatasetResult

CONTRACT = b"""
apiVersion: v3.1.0
kind: DataContract
id: x
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - name: address
        logicalType: object
        properties:
          - {name: city, logicalType: string, required: true, logicalTypeOptions: {maxLength: 6}}
          - name: geo
            logicalType: object
            properties:
              - {name: lat, logicalType: number, logicalTypeOptions: {minimum: -90, maximum: 90}}
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: price, logicalType: number}
"""
ROWS = [
    {"address": {"city": "Bern", "geo": {"lat": 46.9}}, "lines": [{"price": 1.5}]},
    {"address": {"city": None, "geo": {"lat": 95.0}}, "lines": []},
    {"address": None, "lines": None},
]


def run(folder: Path, rows: list[dict[str, Any]]) -> DatasetResult:
    contract = load_contract(CONTRACT, path="c.yaml", dataset="orders")
    pq.write_table(pa.Table.from_pylist(rows), folder / "data.parquet")
    with open_table(folder, "data.parquet") as table:
        result = run_checks(table, contract, dataset="d", source="data.parquet", now=datetime.now(UTC))
    again = rejudge(contract, result.results)
    assert [(one.verdict, one.n_failed) for one in again] == [(one.verdict, one.n_failed) for one in result.results]
    return result


def seen(result: DatasetResult) -> dict[tuple[str, str | None], tuple[str, int | None]]:
    return {(one.check, one.column): (one.verdict.value, one.n_failed) for one in result.results}


def test_inner_columns_are_measured_as_others_are(tmp_path: Path) -> None:
    found = seen(run(tmp_path, ROWS))
    assert found["column_type", "address.geo.lat"] == ("pass", None)
    assert found["column_type", "lines[].price"] == ("pass", None)
    assert found["required", "address.city"] == ("fail", 1), "a missing address has no city to miss"
    assert found["value_range", "address.geo.lat"] == ("fail", 1)
    assert found["text_length", "address.city"] == ("pass", 0)


def test_the_failing_value_is_shown(tmp_path: Path) -> None:
    (one,) = [one for one in run(tmp_path, ROWS).results if one.check == "value_range"]
    assert one.examples == ("95.0",)


def test_types_within_are_told(tmp_path: Path) -> None:
    rows = [{"address": {"city": 5, "geo": "x"}, "lines": [{"price": "1"}]}]
    found = {(one.check, one.column): one for one in run(tmp_path, rows).results}
    assert found["column_type", "address.city"].message == "is int64, not string"
    assert found["column_type", "address.geo.lat"].message == "column is missing: `address.geo.lat`"
    assert found["column_type", "lines[].price"].message == "is string, not number"
    assert found["required", "address.city"].verdict.value == "pass"
    assert found["value_range", "address.geo.lat"].verdict.value == "error"
