"""Every object has the properties that the contract requires, and as many as it says.

Missing objects are not in question. A property without a value is not there, since a table gives every object the same
properties.
"""

from __future__ import annotations

from sluice.domain.asked_values import cut
from sluice.domain.bounds import bound_text
from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    column_of,
    column_spec,
)
from sluice.domain.contract import Bound, Column, Contract
from sluice.domain.row_check import row_check

NAME = "object_properties"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column of objects with such a demand."""
    return tuple(column_spec(NAME, column, text) for column in contract.columns if (text := limit_text(column)))


def limit_text(column: Column) -> str:
    """What the objects must be like; empty where nothing is said."""
    counted = column.min_properties is not None or column.max_properties is not None
    bound = Bound(minimum=column.min_properties, maximum=column.max_properties)
    count = f"{bound_text(bound)} properties" if counted else ""
    names = f"has {cut(', '.join(column.required_properties))}" if column.required_properties else ""
    return "; ".join(part for part in (names, count) if part)


def unfit(spec: Spec, kind: str) -> str:
    """Why the column has no properties."""
    return "" if kind in ("struct", "map") else f"not measured: a column of {kind} holds no objects"


def is_wrong(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold an object that lacks a property, or has too few or too many."""
    column, objects = column_of(spec), table[spec.column]
    count, lacks = _of_map(objects, column) if kind == "map" else _of_struct(objects, column)
    if column.min_properties is not None:
        lacks = lacks | (count < column.min_properties)
    if column.max_properties is not None:
        lacks = lacks | (count > column.max_properties)
    return objects.notnull() & lacks


def _of_struct(objects: Expr, column: Column) -> tuple[Expr, Expr]:
    """How many properties every object has, and whether it lacks one."""
    names = tuple(objects.type().names)
    count = sum((objects[name].notnull().cast("int64") for name in names), start=objects.isnull().cast("int64") * 0)
    lacks = objects.isnull()
    for name in column.required_properties:
        # What no object has is lacking everywhere.
        lacks = lacks | (objects[name].isnull() if name in names else objects.notnull())
    return count, lacks


def _of_map(objects: Expr, column: Column) -> tuple[Expr, Expr]:
    lacks = objects.isnull()
    for name in column.required_properties:
        lacks = lacks | ~objects.contains(name)
    return objects.length(), lacks


CHECK = row_check(
    NAME,
    specs,
    is_wrong,
    lambda spec: f"hold an object that is not as it must be ({spec.limit})",
    unfit=unfit,
    shown=False,
)
