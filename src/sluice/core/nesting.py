"""Columns within columns, asked for by their whole names as every other column is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluice.domain.contract import Contract
from sluice.domain.kinds import ITEMS, KEYS, VALUES, kind_name, within
from sluice.domain.ports import TableEngine


class NestedTable:
    """A table's expression, which gives ``address.city`` as it gives ``address``; all else is the table's own."""

    def __init__(self, table: Any, paths: Mapping[str, tuple[str, ...]]) -> None:
        self._table, self._paths = table, paths

    def __getitem__(self, name: str) -> Any:
        """The column; of what lies in a list or a map, the column that holds the list or the map."""
        path = self._paths.get(name)
        if path is None:
            return self._table[name]
        column = self._table[path[0]]
        for step in path[1:]:
            if step in (ITEMS, KEYS, VALUES):
                break
            column = column[step]
        return column

    def __getattr__(self, name: str) -> Any:
        """Everything else of the table."""
        return getattr(self._table, name)


def table_of(engine: TableEngine, contract: Contract) -> Any:
    """The engine's table, with the contract's inner columns where it has any."""
    paths = {column.name: column.path for column in contract.columns if column.path}
    return NestedTable(engine.table, paths) if paths else engine.table


def kinds_of(engine: TableEngine, contract: Contract) -> Mapping[str, str]:
    """Name and kind of every column, with those of the contract's inner columns that are there."""
    found = dict(engine.columns())
    for column in contract.columns:
        if not column.path or column.path[0] not in found:
            continue
        dtype = within(engine.table[column.path[0]].type(), column.path[1:])
        if dtype is not None:
            found[column.name] = kind_name(dtype)
        else:
            found.pop(column.name, None)
    return found
