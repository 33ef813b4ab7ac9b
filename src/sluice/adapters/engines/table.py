"""One table of any engine that ibis compiles for, behind a narrow door: statements go in, rows come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sluice.adapters.allowance import Allowance
from sluice.adapters.shown import MAX_VALUE_CHARS, example
from sluice.adapters.tallies import tally_once
from sluice.domain.kinds import is_float, kind_name

Rows = list[tuple[Any, ...]]

# Ibis' names of backends, as SQLGlot's of their SQL.
_SQL = {"pyspark": "spark", "mssql": "tsql"}
_ZONED = re.compile(r"[+-][0-9:]{2,}$|Z$")


class Door(Protocol):
    """What one engine does in its own way; every method raises ``DataError`` (``sql``, ``timeout``, ``parse``)."""

    dialect: str

    def statement(self, expr: Any) -> str:
        """An expression as a statement of the engine's."""
        ...

    def ask(self, statement: str, timeout_s: float | None) -> Rows:
        """All rows of a statement of ours."""
        ...

    def foreign(self, statement: str, timeout_s: float) -> Rows:
        """The first two rows of a statement that somebody else wrote, which can change nothing."""
        ...

    def sampled(self, columns: tuple[str, ...], limit: int) -> Any:
        """About ``limit`` rows spread over the table, all where there are no more, as Arrow."""
        ...


class IbisTable:
    """A ``TableEngine`` over a door. ``sha256`` is asked for once, and only where somebody wants it."""

    keeps_order, hashes_rows = False, False

    def __init__(
        self,
        door: Door,
        table: Any,
        related: Mapping[str, Any],
        kinds: Mapping[str, str],
        sha256: Callable[[], str],
    ) -> None:
        import ibis

        # Ibis' compiler reads options that only naming the backend makes.
        getattr(ibis, door.dialect)
        self._door, self._kinds = door, kinds
        self.dialect = _SQL.get(door.dialect, door.dialect)
        self._digest, self._sha256, self._allowance = sha256, "", Allowance()
        self.table, self.related = table, related

    @property
    def sha256(self) -> str:
        """Digest of the data's bytes, or of its rows where it has none."""
        self._sha256 = self._sha256 or self._digest()
        return self._sha256

    def columns(self) -> Mapping[str, str]:
        """Name and kind of every column, in the data's order."""
        return self._kinds

    def aggregate(self, exprs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The value of every scalar expression, by one query. Raises ``DataError``."""
        named = {f"a{index}": expr for index, expr in enumerate(exprs.values())}
        (row,) = self._ask(self.table.aggregate(**named))
        return dict(zip(exprs, row, strict=True))

    def rows(self, expr: Any, limit: int, *, timeout_s: float | None = None) -> Rows:
        """At most ``limit`` rows of any expression. Raises ``DataError``: ``timeout`` where it takes longer."""
        return self._ask(expr.as_table().limit(limit), timeout_s)

    def sql(self, statement: str, *, timeout_s: float, total_s: float) -> Rows:
        """The first two rows of one read-only statement over ``data``; ``DataError`` (``sql``, ``timeout``)."""
        with self._allowance.within(timeout_s, total_s) as granted_s:
            return self._door.foreign(statement, granted_s)

    def tally(self, exprs: Mapping[str, Any], limit: int) -> Mapping[str, Mapping[Any, int]]:
        """How many rows have each value of every expression, the ``limit`` most frequent. Raises ``DataError``."""
        return tally_once(self.table, exprs, limit, self._ask)

    def sample(self, columns: tuple[str, ...], limit: int, *, scattered: bool = False) -> Any:
        """Rows taken by chance, as Arrow; all where there are no more. Raises ``DataError``."""
        return self._door.sampled(columns, limit)

    def examples(self, values: Any, limit: int) -> tuple[str, ...]:
        """The first ``limit`` distinct rows in order, as printable text; each text at most 80 characters."""
        names = tuple(values.columns)
        first = values.distinct().order_by(list(names)).limit(limit)
        # One more than is shown, so that what is cut is known to be cut.
        short = first.select(**{name: first[name].cast("string").left(MAX_VALUE_CHARS + 1) for name in names})
        kinds = {name: kind_name(dtype) for name, dtype in values.schema().items()}
        rows = (
            {name: _alike(text, kinds[name]) for name, text in zip(names, row, strict=True)} for row in self._ask(short)
        )
        return tuple(text for row in rows if (text := example(row)))

    def _ask(self, expr: Any, timeout_s: float | None = None) -> Rows:
        return self._door.ask(self._door.statement(expr), timeout_s)


def _alike(text: str | None, kind: str) -> str | None:
    """What an engine writes for a value, as the embedded engine writes it."""
    if text is None:
        return None
    if is_float(kind):
        return repr(float(text))
    if kind == "timestamp with time zone" and not _ZONED.search(text) and text[:1].isdigit():
        return f"{text}+00"
    return text
