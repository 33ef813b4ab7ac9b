"""SQL rules on the embedded engine, each in a process of its own: what one takes, no other check pays for.

The engine's own limit does not hold everything: one long list or text that a function makes is never written to disk,
and is not left off for a timer either. So the process that reads the data forks, and the fork makes a connection anew.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sluice.adapters.confined import Limits, confined
from sluice.adapters.interrupting import limited
from sluice.adapters.shown import printable
from sluice.domain.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_ROWS = 2
# The engine's own share, whose rest goes to disk, and all that the process may take.
ENGINE_BYTES = 2**30
MEMORY_BYTES = 2 * 2**30
_FILE_BYTES = 16 * 2**30
# For the connection to be made, and for the engine to heed its timer.
_GRACE_S = 2.0
_MAX_DIGITS = 400
_QUOTED = re.compile(r"[\"']([^\"']{1,200})[\"']|\bname (\w+) does not exist")
# What comes up before any row is read, by DuckDB's name for it.
_REFUSALS: Mapping[str, str] = {
    "ParserException": "it cannot be read",
    "SyntaxException": "it cannot be read",
    "BinderException": "it does not fit the columns of the data and their types",
    "CatalogException": "it names a function or a table that is not there",
    "NotImplementedException": "it asks for what the engine does not do",
    "PermissionException": "it asks for what rules may not reach",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows that a statement gave: every number as text, and ``None`` for everything that is no finite number."""

    rows: tuple[tuple[str | None, ...], ...]


def answer(
    connect: Callable[[], DuckDBPyConnection], statement: str, *, where: str, timeout_s: float
) -> list[tuple[Any, ...]]:
    """The first two rows of a statement, what is no finite number as ``None``.

    ``connect`` makes a connection in the new process. Raises ``DataError``: ``sql`` where the engine refuses the
    statement, ``timeout``, ``memory`` or ``crash`` where its process had to be ended or died.
    """
    limits = Limits(wall_s=timeout_s + _GRACE_S, memory_bytes=MEMORY_BYTES, file_bytes=_FILE_BYTES)
    found = confined(lambda: _asked(connect, statement, timeout_s), _Rows, where=where, limits=limits)
    return [tuple(None if text is None else _number(text) for text in row) for row in found.rows]


def _asked(connect: Callable[[], DuckDBPyConnection], statement: str, timeout_s: float) -> _Rows:
    import duckdb

    connection = connect()
    with limited(connection, timeout_s):
        try:
            rows = connection.execute(statement).fetchmany(MAX_ROWS)
        except duckdb.InterruptException:
            raise
        except duckdb.OutOfMemoryException:
            raise MemoryError from None
        except duckdb.Error as problem:
            raise DataError(refused(problem, statement), reason_code="sql") from None
    return _Rows(rows=tuple(tuple(map(_text, row)) for row in rows))


def _text(value: Any) -> str | None:
    """A finite number as text."""
    if isinstance(value, bool | int):
        return str(int(value))
    if not isinstance(value, float | Decimal) or not math.isfinite(value):
        return None
    return repr(value) if isinstance(value, float) else str(value)


def _number(text: str) -> int | Decimal | None:
    if len(text) > _MAX_DIGITS:
        return None
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def refused(problem: Exception, statement: str) -> str:
    """What DuckDB refuses, in our words: of its own it quotes values, names of columns, and whole lists of types.

    Quoted is only what the statement itself says.
    """
    said = _REFUSALS.get(type(problem).__name__)
    if said is None:
        # What comes up while rows are read.
        return "the engine refuses the statement: a value of the data does not fit what it computes"
    quoted = (one or other for one, other in _QUOTED.findall(str(problem).partition("\n")[0]))
    named = next((name for name in quoted if name.lower() in statement.lower()), "")
    return f"the engine refuses the statement: {said}{f' (at `{printable(named)}`)' if named else ''}"
