"""Two tables as files, opened by the embedded engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice.adapters.tables import DuckTable, open_table

Open = Callable[..., DuckTable]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Writes columns as a Parquet file and opens it."""
    with ExitStack() as stack:
        made: list[Path] = []

        def open_columns(columns: dict[str, Any] | pa.Table, **options: Any) -> DuckTable:
            path = tmp_path / f"{len(made)}.parquet"
            made.append(path)
            pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path, **options)
            return stack.enter_context(open_table(tmp_path, path.name))

        yield open_columns
