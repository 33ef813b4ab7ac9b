"""Files looked at, and written anew where need be, so that another engine reads in them what DuckDB does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluice.adapters.located import Located
from sluice.adapters.tables import open_located


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Parquet files with what the data holds, and the digest of the data's own bytes."""

    files: tuple[str, ...]
    sha256: str


def prepared(located: Located, strings: frozenset[str], folder: Path) -> Prepared:
    """The files where every engine reads them alike, else one new file in ``folder``. Raises ``DataError``."""
    with open_located(located, strings=strings) as table:
        reader = table.batches()
        if located.format == "parquet" and not located.partitions and not any(map(_is_unlike, reader.schema.types)):
            return Prepared(files=tuple(str(path) for path in located.files), sha256=table.sha256)
        target = folder / "data.parquet"
        _write(reader, target)
        return Prepared(files=(str(target),), sha256=table.sha256)


def _is_unlike(kind: Any) -> bool:
    """Whether Spark reads something else in Parquet's values of this type, or nothing."""
    import pyarrow as pa

    return pa.types.is_timestamp(kind) and kind.unit == "ns"


def _write(reader: Any, target: Path) -> None:
    import pyarrow.parquet as pq

    options = {"coerce_timestamps": "us", "allow_truncated_timestamps": True, "compression": "lz4"}
    with pq.ParquetWriter(target, reader.schema, **options) as writer:
        for batch in reader:
            writer.write_batch(batch)
