"""Contracts written for people: a draft as a document of the Open Data Contract Standard, v3.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from sluice.core.drafting import rules
from sluice.core.drafting.yaml_text import Entry, Mapping, Node, Word, comment, mapping, quoted, remarked, sayable, text
from sluice.domain.contract import (
    Column,
    Demand,
    Freshness,
    Key,
    Query,
    Relation,
    Retention,
    RowCount,
    ValueCount,
)
from sluice.domain.draft import Draft, DraftColumn, DraftTable

__all__ = ["document", "quoted", "sayable"]

D = TypeVar("D", bound=Demand)

_UNITS_S = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_WARNS = ((Entry(key="property", value=Word("sluice.severity")), Entry(key="value", value=Word("warn"))),)


def document(draft: Draft, *, head: tuple[str, ...] = (), foot: tuple[str, ...] = ()) -> str:
    """The draft as YAML: comments at its head, what is omitted among them, and comments at its end.

    Texts that YAML cannot hold (``sayable``) must not be in it. Raises ``ValueError`` for a demand that the standard
    has no words for.
    """
    name = draft.tables[0].name
    levels = tuple(level for table in draft.tables for level in _levels(table))
    root = mapping(
        Entry(key="apiVersion", value=Word("v3.1.0")),
        Entry(key="kind", value=Word("DataContract")),
        Entry(key="id", value=name),
        Entry(key="name", value=name),
        Entry(key="version", value=Word("0.1.0")),
        Entry(key="status", value=Word("draft")),
        Entry(key="schema", value=tuple(_table(table) for table in draft.tables)),
        Entry(key="slaProperties", value=levels) if levels else None,
    )
    above = "".join(f"# {comment(line)}\n" for line in (*head, *_omitted(draft.omitted)))
    return above + text(root) + "".join(f"# {comment(line)}\n" for line in foot)


def _omitted(omitted: tuple[str, ...]) -> Iterator[str]:
    if omitted:
        yield "Not carried over:"
    for line in omitted:
        yield f"- {line}"


def _table(table: DraftTable) -> Mapping:
    quality = (
        *(rule for one in _kind(table, RowCount) for rule in rules.row_count(one, table.remarks.get("rowCount", ()))),
        *(rule for one in _kind(table, ValueCount) for rule in rules.value_count(one)),
        *(
            rule
            for one in _kind(table, Key)
            if not one.primary
            for rule in rules.no_combination_twice(one.columns, one.severity)
        ),
        *(rule for one in _kind(table, Query) for rule in rules.query(one)),
    )
    relations = tuple(_relation(one, table.name) for one in _kind(table, Relation))
    primary = next((one.columns for one in _kind(table, Key) if one.primary), ())
    return mapping(
        Entry(key="name", value=table.name),
        Entry(key="logicalType", value=Word("object")),
        Entry(key="description", value=table.description) if table.description else None,
        Entry(key="relationships", value=relations) if relations else None,
        Entry(key="quality", value=quality, above=table.remarks.get("quality", ())) if quality else None,
        Entry(key="properties", value=tuple(_column(column, primary) for column in table.columns))
        if table.columns
        else None,
    )


def _kind(table: DraftTable, kind: type[D]) -> Iterable[D]:
    return (one for one in table.demands if isinstance(one, kind))


def _relation(demand: Relation, table: str) -> Mapping:
    """A foreign key of several columns."""
    return mapping(
        Entry(key="from", value=tuple(f"{table}.{name}" for name in demand.columns)),
        Entry(key="to", value=tuple(f"{demand.table}.{name}" for name in demand.to)),
        _severity(demand.severity == "warn"),
    )


def _levels(table: DraftTable) -> Iterator[Mapping]:
    for name, kind in (("freshness", Freshness), ("retention", Retention)):
        for demand in _kind(table, kind):
            yield mapping(
                Entry(key="property", value=Word(name)),
                Entry(key="element", value=f"{table.name}.{demand.column}"),
                *_age(demand.max_age_s),
                _severity(demand.severity == "warn"),
            )


def _age(age_s: float) -> tuple[Entry, Entry]:
    """The age in the greatest unit of which it has a whole number."""
    length_s, unit = next((one for one in _UNITS_S if (age_s / one[0]).is_integer()), (1.0, "s"))
    count = age_s / length_s
    value = int(count) if count.is_integer() else count
    return Entry(key="value", value=value), Entry(key="unit", value=Word(unit))


# -- columns ----------------------------------------------------------------------------------------


def _column(draft: DraftColumn, primary: tuple[str, ...] = (), *, named: bool = True) -> Mapping:
    column = draft.column
    quality: tuple[Node, ...] = (
        *rules.of_column(column, draft.remarks.get("allowed", ())),
        *(rule for one in draft.rules for rule in _rule(one)),
    )
    relations = tuple(
        mapping(Entry(key="to", value=f"{one.table}.{one.to[0]}"), _severity(one.severity == "warn"))
        for one in draft.relations
    )
    options = _options(draft)
    own_required, own_unique = (column.rule(check).severity == column.severity for check in ("required", "unique"))
    entries = (
        ("name", Entry(key="name", value=column.name) if named else None),
        ("description", _text("description", draft.description)),
        ("logicalType", Entry(key="logicalType", value=Word(column.logical_type)) if column.logical_type else None),
        ("physicalType", _text("physicalType", column.physical_type)),
        ("classification", Entry(key="classification", value=Word("restricted")) if column.sensitive else None),
        *(("primaryKey", entry) for entry in _key(column, primary)),
        ("required", _flag("required", column.required and own_required)),
        ("unique", _flag("unique", column.unique and own_unique)),
        ("logicalTypeOptions", Entry(key="logicalTypeOptions", value=options) if options.entries else None),
        ("relationships", Entry(key="relationships", value=relations) if relations else None),
        ("severity", _severity(column.severity == "warn")),
        ("quality", Entry(key="quality", value=quality) if quality else None),
        *(
            (key, Entry(key=key, value=value))
            for key, value in (
                ("properties", tuple(_column(one) for one in draft.properties)),
                ("items", _column(draft.items, named=False) if draft.items else None),
            )
            if value
        ),
    )
    return remarked(entries, draft.remarks)


def _rule(demand: ValueCount | Query) -> Iterator[Mapping]:
    return rules.query(demand) if isinstance(demand, Query) else rules.value_count(demand)


def _key(column: Column, primary: tuple[str, ...]) -> Iterator[Entry]:
    if column.name in primary:
        yield Entry(key="primaryKey", value=True)
        yield Entry(key="primaryKeyPosition", value=primary.index(column.name) + 1)


def _options(draft: DraftColumn) -> Mapping:
    column = draft.column
    stated: tuple[tuple[str, Node], ...] = (
        ("minLength", column.min_length),
        ("maxLength", column.max_length),
        ("pattern", column.pattern or None),
        ("format", column.format or None),
        ("exclusiveMinimum" if column.exclusive_minimum else "minimum", column.minimum),
        ("exclusiveMaximum" if column.exclusive_maximum else "maximum", column.maximum),
        ("multipleOf", column.multiple_of),
        ("minItems", column.min_items),
        ("maxItems", column.max_items),
        ("uniqueItems", column.unique_items or None),
        ("minProperties", column.min_properties),
        ("maxProperties", column.max_properties),
        ("required", column.required_properties or None),
    )
    entries = ((key, Entry(key=key, value=value)) for key, value in stated if value is not None)
    return remarked(entries, draft.remarks)


def _flag(key: str, stated: bool) -> Entry | None:
    return Entry(key=key, value=True) if stated else None


def _text(key: str, value: str) -> Entry | None:
    return Entry(key=key, value=value) if value else None


def _severity(warns: bool) -> Entry | None:
    return Entry(key="customProperties", value=tuple(Mapping(one) for one in _WARNS)) if warns else None
