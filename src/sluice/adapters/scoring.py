"""A registered model asked what it says of the rows of a file, and the answers written as a predictions file.

The model was looked at before. It is loaded in a process of the harness that measures serving: its own session, the
training's Python, bounded in time and memory, and what it answers is believed as far as it has the form. It is sent
the columns of its signature and nothing else, so that it cannot see the true values.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sluice.adapters.located import Located, locate
from sluice.adapters.models.mlflow_folder import FILE_NAME, MAX_BYTES, inputs_of
from sluice.adapters.models.refusal import BrokenError
from sluice.adapters.predictions import MAX_ROWS, opened
from sluice.adapters.readers import refusals, relation
from sluice.adapters.serving.channels import Lines
from sluice.adapters.serving.load import Site, predictions, session
from sluice.adapters.serving.watching import Failed
from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import DataError, EvidenceError
from sluice.domain.outputs import CODE, Outputs
from sluice.domain.plain_rows import plain_row

if TYPE_CHECKING:
    import pyarrow as pa

TOTAL_S = 3_600.0
ROWS_AT_ONCE = 500
_SHOWN = 5
_FORMATS = ("parquet", "csv", "jsonl")
# What is known of a row, whatever a model says of it.
_KNOWN = ("target", "key", "weight", "group", "query", "time", "naive")
# Without their zone, or finer than Python tells them: as text, and as what it tells.
_CASTS = {"TIMESTAMP WITH TIME ZONE": "VARCHAR", "TIME WITH TIME ZONE": "VARCHAR", "TIMESTAMP_NS": "TIMESTAMP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows to be scored: the one file ``data`` below ``root``, and what ``evaluation`` says of its columns."""

    root: Path
    data: str
    evaluation: Evaluation


def rows_file(root: Path, data: str) -> Located:
    """The one file that ``data`` names, of a format that is read row by row; raises ``DataError``."""
    located = locate(root, data)
    if located.names or len(located.files) != 1 or located.format not in _FORMATS:
        raise DataError("must be one file: Parquet, CSV or JSON lines", reason_code="path", where=data)
    return located


def score(model: Path, label: str, rows: Rows, site: Site, target: Path) -> None:
    """Write the predictions of the model in the folder ``model`` for all rows, in their order, as Parquet.

    Raises ``DataError`` and ``EvidenceError`` for rows that cannot be read or do not have what the model takes, for a
    model that cannot be asked or is ended, and for answers that are no predictions.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    located = rows_file(rows.root, rows.data)
    takes = _takes(model, label)
    outputs = Outputs(rows.evaluation, label)
    with opened(located) as connection:
        source = relation(connection, located, ())
        with refusals(located):
            table = connection.cursor().sql(f"FROM {source}")
            types = dict(zip(table.columns, map(str, table.types), strict=True))
        known, features = _known(rows, types), _features(takes, types, rows, label)
        chosen = ", ".join(_read(name, types[name], as_is=name in known) for name in dict.fromkeys((*known, *features)))
        with refusals(located):
            batches = _batches(table.project(chosen).to_arrow_reader(ROWS_AT_ONCE), rows.data)
            kept = list(_asked(batches, (known, features), outputs, (model, site)))
    if not outputs.n:
        raise DataError("holds no rows", reason_code="data-empty", where=rows.data)
    found = pa.Table.from_batches(kept)
    for name, values in outputs.finish().items():
        found = found.append_column(name, pa.array(cast("list[Any]", values)))
    pq.write_table(found, target)


def _takes(model: Path, label: str) -> tuple[tuple[str, bool], ...]:
    try:
        with (model / FILE_NAME).open("rb") as file:
            return inputs_of(file.read(MAX_BYTES))
    except OSError:
        raise EvidenceError(f"is no MLflow model: it has no {FILE_NAME}", reason_code=CODE, where=label) from None
    except BrokenError as error:
        raise EvidenceError(str(error), reason_code=CODE, where=label) from None


def _known(rows: Rows, types: dict[str, str]) -> tuple[str, ...]:
    """The columns that the predictions file has besides what is predicted; slices only where the data has them."""
    columns: Columns = rows.evaluation.columns
    named = {role: getattr(columns, role) for role in _KNOWN}
    for role, name in named.items():
        if name is not None and name not in types:
            said = f"there is no column `{name}`, which is `evaluation.columns.{role}`; there are {_some(types)}"
            raise EvidenceError(said, reason_code=CODE, where=rows.data, remedy="write it into this file, too")
    slices = (name for name in rows.evaluation.slices if name in types)
    return tuple(dict.fromkeys((*(name for name in named.values() if name is not None), *slices)))


def _features(takes: tuple[tuple[str, bool], ...], types: dict[str, str], rows: Rows, label: str) -> tuple[str, ...]:
    target = rows.evaluation.columns.target
    if target in dict(takes):
        said = f"its signature names `{target}`, the true value; log it with its features alone"
        raise EvidenceError(said, reason_code=CODE, where=label)
    lacking = [name for name, required in takes if required and name not in types]
    if lacking:
        said = f"there is no column {_some(lacking)}, which {label} takes; there are {_some(types)}"
        remedy = "name the file with the model's own inputs"
        raise EvidenceError(said, reason_code=CODE, where=rows.data, remedy=remedy)
    return tuple(name for name, _required in takes if name in types)


def _some(names: dict[str, str] | list[str]) -> str:
    shown = ", ".join(f"`{name[:60]}`" for name in list(names)[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _read(name: str, kind: str, *, as_is: bool) -> str:
    column = '"' + name.replace('"', '""') + '"'
    return column if as_is or kind not in _CASTS else f"CAST({column} AS {_CASTS[kind]}) AS {column}"


def _batches(reader: Iterator[pa.RecordBatch], data: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        yield from reader
    except (OSError, pa.ArrowException):  # what DuckDB finds wrong once it hands rows over
        raise DataError("is not readable to its end", where=data, remedy="write it again") from None


def _asked(
    batches: Iterator[pa.RecordBatch],
    columns: tuple[tuple[str, ...], tuple[str, ...]],
    outputs: Outputs,
    asked: tuple[Path, Site],
) -> Iterator[pa.RecordBatch]:
    """Have every batch answered; what is known of its rows is kept."""
    known, features = columns
    model, site = asked
    try:
        with session("score", str(model), site, total_s=TOTAL_S) as lines:
            for batch in batches:
                if outputs.n + batch.num_rows > MAX_ROWS:
                    raise Failed(f"was not sent: there are more than {MAX_ROWS:,} rows")
                lines.look()
                outputs.add(_answers(lines, batch.select(features)))
                yield batch.select(known)
    except Failed as failure:
        said = f"it could not be asked: the request from row {outputs.n + 1:,} on {failure}"
        raise EvidenceError(said, reason_code=CODE, where=outputs.where, remedy="the log says more") from None


def _answers(lines: Lines, batch: pa.RecordBatch) -> list[object]:
    names = tuple(batch.schema.names)
    columns = [column.to_pylist() for column in batch.columns]
    rows = [plain_row(names, row) for row in zip(*columns, strict=True)]
    found = cast("list[object]", predictions(lines.ask(json.dumps(rows, allow_nan=False).encode(), math.inf)))
    if len(found) != len(rows):
        raise Failed(f"was answered by {len(found)} predictions for {len(rows)} rows")
    return found
