"""A contract that is to be written for people: its demands, what is said of them, and what could not be carried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sluice.domain.contract import Column, Demand, Query, Relation, ValueCount


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftColumn:
    """One column: its own demands, its quality rules, the column of another table that it refers to.

    ``properties`` are the columns within one of objects, ``items`` is what a list holds: its name says nothing.
    ``remarks`` are comments: ``""`` stands above the column's keys, any other by the key that it names.
    """

    column: Column
    description: str = ""
    rules: tuple[ValueCount | Query, ...] = ()
    relations: tuple[Relation, ...] = ()
    properties: tuple[DraftColumn, ...] = ()
    items: DraftColumn | None = None
    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTable:
    """One table: its columns, and the demands that are not of one column."""

    name: str
    columns: tuple[DraftColumn, ...]
    description: str = ""
    demands: tuple[Demand, ...] = ()
    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A whole document. ``omitted`` says of what its source demands and it does not: what, where, and why."""

    tables: tuple[DraftTable, ...]
    omitted: tuple[str, ...] = ()
