"""How often each value comes, and rows spread over a table: what drift tests are made from.

DuckDB answers soonest when every expression is a query of its own: a Parquet file's column is read by itself, small
whole numbers are grouped without hashing, and nothing leaves the engine but the counts. Others are asked once for all.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

# Rows are taken in blocks, since DuckDB decodes so many at once: enough of them to lie all over the table.
BLOCKS, VECTOR_ROWS = 20, 2048
# Of many expressions at once the statement is slower to read than to answer.
_AT_ONCE = 64
_PLAIN = {"expressions", "from_", "kind"}
_COMPILING = threading.Lock()
_EXACT = 2**53
FILE, ROW = '"sluice file"', '"sluice row"'


# -- DuckDB ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Parquet files whose rows are known by number: what reads them in SQL, and how many they are.

    ``connect`` opens a connection of its own that leaves rows unread by their numbers.
    """

    sql: str
    n_files: int
    connect: Callable[[], DuckDBPyConnection]


class DuckRows:
    """The rows of one DuckDB view, by their place in the data.

    Files of text are read into a table first, which DuckDB moves to disk where memory ends: each question would read
    them from the start again.
    """

    def __init__(self, connection: DuckDBPyConnection, view: str, numbered: Numbered | None) -> None:
        """``numbered`` are the files behind ``view``; ``None`` for everything that must be read into a table."""
        self.connection, self._view, self._numbered = connection, view, numbered
        self._is_stored, self._place = False, "rowid"
        self._ahead: tuple[int, frozenset[str], Future[pa.Table]] | None = None

    def tally(self, table: Any, exprs: Mapping[str, Any], limit: int) -> dict[str, dict[Any, int]]:
        """See ``ports.TableEngine``; ``table`` is the view as an ibis expression."""
        self._store()
        found: dict[str, dict[Any, int]] = {}
        for names in _pieces(list(exprs), _AT_ONCE):
            # Compiled together, which takes a fraction of the time, and asked one by one.
            source, cells = _compiled(table.op(), tuple(exprs[name].op() for name in names))
            for name, cell in zip(names, cells, strict=True):
                asked = f"FROM {source} SELECT {cell} AS v, count(*) AS n GROUP BY 1 ORDER BY n DESC, 1 LIMIT {limit:d}"
                found[name] = dict(self.connection.execute(asked).fetchall())
        return found

    def sample_ahead(self, columns: Collection[str], limit: int, pool: Executor) -> None:
        """Begin to take a sample of these columns in another thread, for whoever asks for it later."""
        if self._numbered:
            self._ahead = limit, frozenset(columns), pool.submit(self._sampled, tuple(columns), limit, _block(limit))

    def sample(self, columns: Sequence[str], limit: int, *, scattered: bool = False) -> pa.Table:
        """See ``ports.TableEngine``."""
        if self._ahead is not None and not scattered:
            of, names, found = self._ahead
            if of == limit and names >= set(columns):
                return found.result().select(list(columns))
        return self._sampled(columns, limit, 1 if scattered else _block(limit))

    def _sampled(self, columns: Sequence[str], limit: int, block: int) -> pa.Table:
        self._store()
        named = ", ".join(_identifier(name) for name in columns)
        with self._numbered.connect() if self._numbered else nullcontext(self.connection) as connection:
            source = f"({self._numbered.sql})" if self._numbered else f"{self._view}_stored"
            ((n_rows,),) = connection.execute(f"FROM {source} SELECT count(*)").fetchall()
            where = self._spread(n_rows, limit, block) if n_rows > limit else "true"
            if self._numbered:
                asked = f"FROM ({self._numbered.sql} WHERE {where}) SELECT {named} ORDER BY {FILE}, {ROW}"
            else:
                asked = f"FROM {source} SELECT {named} WHERE {where} ORDER BY {self._place}"
            return connection.sql(asked).to_arrow_table()

    def _spread(self, n_rows: int, limit: int, block: int) -> str:
        """Which rows: blocks at even distances within every file, or within some files where there are many.

        The files' own numbers are asked: a block that is not wanted is then not even decoded.
        """
        step = -(-self._numbered.n_files // BLOCKS) if self._numbered and block > 1 else 1
        stride = -(-n_rows * block // (limit * step))
        if block > 1:
            stride = stride // VECTOR_ROWS * VECTOR_ROWS or stride
        if not self._numbered:
            return f"{self._place} % {stride} < {block}"
        return f"file_row_number % {stride} < {block}" + (f" AND file_index % {step} = 0" if step > 1 else "")

    def _store(self) -> None:
        if self._numbered or self._is_stored:
            return
        stored = f"{self._view}_stored"
        names = [str(row[0]) for row in self.connection.execute(f"DESCRIBE {self._view}").fetchall()]
        taken = {name.lower() for name in names}
        select = view = "*"
        if self._place in taken:
            # A column of that name hides the table's own number.
            number = next(name for n in range(len(taken) + 1) if (name := f"sluice row {n}") not in taken)
            self._place = _identifier(number)
            select, view = f"*, row_number() OVER () AS {self._place}", f"* EXCLUDE ({self._place})"
        self.connection.execute(f"CREATE TEMP TABLE {stored} AS FROM {self._view} SELECT {select}")
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {self._view} AS FROM {stored} SELECT {view}")
        self._is_stored = True


def _block(limit: int) -> int:
    """How many neighbours a sample takes together."""
    return max(limit // BLOCKS, 1)


def _compiled(table: Any, exprs: tuple[Any, ...]) -> tuple[str, tuple[str, ...]]:
    """What DuckDB reads the expressions (ibis operations) of, and each of them, in its SQL.

    Two tables that are compared are asked the same, and at the same time: compiled once for both.
    """
    with _COMPILING:
        return _compiled_once(table, exprs)


@functools.lru_cache(maxsize=8)
def _compiled_once(table: Any, exprs: tuple[Any, ...]) -> tuple[str, tuple[str, ...]]:
    from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
    from sqlglot import exp

    cells = {f"c{index}": expr.to_expr() for index, expr in enumerate(exprs)}
    statement = DuckDBCompiler().to_sqlglot(table.to_expr().select(**cells))
    source = statement.args["from_"].this
    if not isinstance(source, exp.Table) or {name for name, part in statement.args.items() if part} - _PLAIN:
        # No column expressions alone: asked as they stand.
        return f"({statement.sql('duckdb')})", tuple(cells)
    lean = (_lean(cell.unalias()) for cell in statement.expressions)
    return source.sql("duckdb"), tuple(cell.sql("duckdb", copy=False) for cell in lean)


def _lean(cell: Any) -> Any:
    """The expression of a small number without detours through a large one, which take a fifth of its time.

    ibis makes every rounded number one of 64 bits; what becomes small is as exact as a floating one that is rounded.
    """
    from sqlglot import exp

    # What ibis says twice is one object in two places, and knows one of them only.
    cell = cell.copy()
    if _is_cast(cell, exp.DType.SMALLINT):
        for inner in list(cell.find_all(exp.Cast)):
            if _is_cast(inner, exp.DType.BIGINT) and isinstance(inner.this, exp.Floor) and _is_exact(inner.parent):
                inner.replace(inner.this)
    return cell


def _is_cast(cell: Any, kind: Any) -> bool:
    from sqlglot import exp

    # By name, each kind would be read as SQL.
    return isinstance(cell, exp.Cast) and cell.to.this == kind


def _is_exact(around: Any) -> bool:
    """Whether what a rounded number is taken from, or is taken from it, is a number that a floating one holds."""
    from sqlglot import exp

    if not isinstance(around, exp.Sub) or not around.expression.is_int:
        return False
    return abs(int(around.expression.to_py())) < _EXACT


def numbering(sql: str, select: str, names: Collection[str]) -> str | None:
    """SQL that reads Parquet files with the number of each row; ``None`` where a column has the number's name.

    ``sql`` is the files as a relation, ``select`` what is read of them, such as ``*``.
    """
    taken = {"file_index", "file_row_number", FILE.strip('"'), ROW.strip('"')}
    if taken & {name.lower() for name in names}:
        return None
    return f"FROM {sql} SELECT {select}, file_index AS {FILE}, file_row_number AS {ROW}"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _pieces(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (names[begin : begin + size] for begin in range(0, len(names), size))


# -- every other engine ---------------------------------------------------------------------------


def tally_once(
    table: Any, exprs: Mapping[str, Any], limit: int, ask: Callable[[Any], Iterable[Sequence[Any]]]
) -> dict[str, dict[Any, int]]:
    """See ``ports.TableEngine``: one pass over the table by one ibis expression for every 64, which ``ask`` answers.

    For expressions of text, whole numbers and truth values. Each row becomes one text per expression, which names it.
    """
    import ibis

    found: dict[str, dict[Any, int]] = {}
    for names in _pieces(list(exprs), _AT_ONCE):
        texts = [_named(index, exprs[name]) for index, name in enumerate(names)]
        cells = table.select(cell=ibis.array(texts).unnest())
        counted = cells.group_by("cell").aggregate(n=cells.count())
        rows = ask(counted.order_by(ibis.desc("n"), "cell").limit(limit * len(names)))
        found |= {name: {} for name in names}
        for cell, n in rows:
            index, value = _read(str(cell))
            name = names[index]
            if len(found[name]) < limit:
                found[name][_value(value, exprs[name])] = int(n)
    return found


def _named(index: int, expr: Any) -> Any:
    """``index:value``; ``index`` alone for null."""
    import ibis

    # PostgreSQL casts no truth value to a number of 64 bits.
    number = ibis.cases((expr, 1), (~expr, 0)) if expr.type().is_boolean() else expr
    text = number if number.type().is_string() else number.cast("string")
    named: Any = ibis.literal(f"{index}:")
    return named.concat(text).fill_null(f"{index}")


def _read(cell: str) -> tuple[int, str | None]:
    index, colon, value = cell.partition(":")
    return int(index), value if colon else None


def _value(text: str | None, expr: Any) -> Any:
    if text is None or expr.type().is_string():
        return text
    return bool(int(text)) if expr.type().is_boolean() else int(text)
