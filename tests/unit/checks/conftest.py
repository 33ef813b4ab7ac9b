"""A way to measure a small table against a contract: written to Parquet, read and asked as any data is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.tables import open_table
from sluice.core.validation import rejudge, run_checks
from sluice.domain.contract import Column, Contract, Freshness, RowCount, Unsupported
from sluice.domain.records import CheckResult
from sluice.domain.verdict import Verdict

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

Measure = Callable[..., CheckResult]


def _numbers(result: CheckResult) -> CheckResult:
    """The result without the reason for having no numbers, which is not carried over."""
    return replace(result, message="") if result.verdict is Verdict.ERROR else result


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """``measure(check, data, *columns, row_count=, freshness=, unsupported=)``: the one result of that check.

    Every verdict must come out the same when it is made again from the numbers alone, as `publish` does.
    """

    def measured(
        check: str,
        data: Mapping[str, Any],
        *columns: Column,
        row_count: RowCount | None = None,
        freshness: tuple[Freshness, ...] = (),
        unsupported: tuple[Unsupported, ...] = (),
    ) -> CheckResult:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table(dict(data)), tmp_path / "data.parquet")
        contract = Contract(
            name="data",
            version="1",
            columns=columns,
            row_count=row_count,
            freshness=freshness,
            unsupported=unsupported,
        )
        with open_table(tmp_path, "data.parquet") as table:
            result = run_checks(table, contract, dataset="data", source="data.parquet", now=NOW)
        assert result.message == ""
        assert [_numbers(one) for one in rejudge(contract, result.results)] == [_numbers(one) for one in result.results]
        (found,) = [one for one in result.results if one.check == check]
        return found

    return measured
