"""A way to measure a small table against a contract: written to Parquet, read and asked as any data is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.located import locate
from sluice.adapters.tables import Other, open_table
from sluice.core.validation import rejudge, run_checks
from sluice.domain.contract import Column, Contract, Demand
from sluice.domain.ports import TableEngine
from sluice.domain.validation import CheckResult
from sluice.domain.verdict import Verdict

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

Rows = Mapping[str, Any]
Opened = Callable[[Rows, Mapping[str, Rows]], AbstractContextManager[TableEngine]]
Measure = Callable[..., CheckResult]


def _numbers(result: CheckResult) -> CheckResult:
    """The result without the reason for having no numbers, which is not carried over."""
    return replace(result, message="") if result.verdict is Verdict.ERROR else result


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """``opened(data, related)``: the table, and others by name, as an engine; the same tests run on other engines."""

    def table(data: Rows, related: Mapping[str, Rows]) -> AbstractContextManager[TableEngine]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        for name, rows in {"data": data, **related}.items():
            pq.write_table(pa.table(dict(rows)), tmp_path / f"{name}.parquet")
        others = {name: Other(located=locate(tmp_path, f"{name}.parquet")) for name in related}
        return open_table(tmp_path, "data.parquet", related=others)

    return table


@pytest.fixture
def measure(opened: Opened) -> Measure:
    """``measure(check, data, *columns, demands=, related=, reference_rows=)``: the one result of that check.

    ``related`` are other tables by name.

    Every verdict must come out the same when it is made again from the numbers alone, as `publish` does.
    """

    def measured(
        check: str,
        data: Mapping[str, Any],
        *columns: Column,
        demands: tuple[Demand, ...] = (),
        related: Mapping[str, Mapping[str, Any]] | None = None,
        reference_rows: int | None = None,
    ) -> CheckResult:
        contract = Contract(name="data", version="1", columns=columns, demands=demands)
        with opened(data, related or {}) as table:
            result = run_checks(
                table, contract, dataset="data", source="data.parquet", now=NOW, reference_rows=reference_rows
            )
        assert result.message == ""
        assert [_numbers(one) for one in rejudge(contract, result.results)] == [_numbers(one) for one in result.results]
        (found,) = [one for one in result.results if one.check == check]
        return found

    return measured
