"""Files as DuckDB can read them: Arrow files (IPC, Feather 2) are written anew as Parquet, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.adapters.located import Located
from sluice.domain.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP = 122_880
_MAGIC = b"ARROW1"


def readable(located: Located, folder: Path) -> Located:
    """The same table in files that DuckDB reads; most are left alone. Raises ``DataError``."""
    if located.format != "arrow":
        return _linked(located, folder)
    files: list[Path] = []
    for index, path in enumerate(located.files):
        # The names of folders are columns: they come along.
        name = Path(located.names[index]) if located.names else Path("data")
        files.append(_copied(path, folder / "arrow" / name.with_suffix(f".{index}.parquet"), located))
    return replace(located, format="parquet", files=tuple(files))


def _linked(located: Located, folder: Path) -> Located:
    """By links where a folder above the table is named ``key=value``, which would make a column of it as well."""
    if not located.partitions or not any("=" in above.name for above in _above(located)):
        return located
    files: list[Path] = []
    for name, path in zip(located.names, located.files, strict=True):
        link = folder / "linked" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
        files.append(link)
    return replace(located, files=tuple(files))


def _above(located: Located) -> Sequence[Path]:
    base = located.files[0].parents[len(Path(located.names[0]).parts) - 1]
    return (base, *base.parents)


def _copied(path: Path, target: Path, located: Located) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _batches(path) as (schema, batches), pq.ParquetWriter(target, schema, compression="lz4") as writer:
            for batch in batches:
                # Offsets and sizes are the file's own claim: nothing may point beyond its buffers.
                batch.validate(full=True)
                # What the schema's own notes say stays behind.
                writer.write_batch(batch.replace_schema_metadata(None), row_group_size=_ROW_GROUP)
    except pa.ArrowNotImplementedError as problem:
        raise DataError("holds a column of a type that is not read", where=located.source) from problem
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise DataError("is not a readable Arrow file", where=located.source, remedy="write it again") from problem
    return target


@contextmanager
def _batches(path: Path) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """The schema and the batches of a file or a stream."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        is_file = source.read(len(_MAGIC)) == _MAGIC
        source.seek(0)
        if is_file:
            reader = pa.ipc.open_file(source)
            yield reader.schema.remove_metadata(), (reader.get_batch(i) for i in range(reader.num_record_batches))
        else:
            stream = pa.ipc.open_stream(source)
            yield stream.schema.remove_metadata(), iter(stream)
