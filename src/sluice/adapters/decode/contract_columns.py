"""The columns of an Open Data Contract Standard table, and the columns within them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

from sluice.adapters.decode import contract_options
from sluice.adapters.decode.odcs import COLUMN_KEYS, Node, severity
from sluice.domain.contract import Column, Demand, Key, LogicalType, Scalar, Unsupported
from sluice.domain.kinds import ITEMS, KEYS, VALUES, is_plain, path_text
from sluice.domain.physical import parsed

_LOGICAL_TYPES: frozenset[str] = frozenset(get_args(LogicalType))
# Names of the standard's later versions, as the type that their values have in a table.
_LATER: dict[str, LogicalType] = {"map": "object", "vector": "array"}
# Everything else that somebody classified is kept from view: the words are free, and a leak is for good.
_OPEN = frozenset(("public", "open", "internal", "general", "unclassified", "non-sensitive"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One column of the document: its node, the way to it in the data, and by the names of the contract."""

    node: Node
    path: tuple[str, ...]
    logical_path: tuple[str, ...]
    sensitive: bool

    @property
    def name(self) -> str:
        """The column's name in the data."""
        return path_text(self.path)


def elements(table: Node) -> tuple[Element, ...]:
    """Every column of a table, those within another after it; each key of every one is a key of the standard."""
    found: list[Element] = []
    for node in table.at("properties").entries():
        node.vocabulary(COLUMN_KEYS)
        found += _below(node, (_name(node),), (node.text("name"),), sensitive=False)
    seen: set[str] = set()
    for element in found:
        if element.name in seen:
            element.node.refuse(f"the column `{element.name[:60]}` is described twice")
        seen.add(element.name)
    # Whoever shows a list or an object shows what is within.
    around = {element.path[:end] for element in found if element.sensitive for end in range(1, len(element.path))}
    return tuple(replace(element, sensitive=True) if element.path in around else element for element in found)


def _below(node: Node, path: tuple[str, ...], named: tuple[str, ...], *, sensitive: bool) -> Iterator[Element]:
    hidden = sensitive or _sensitive(node)
    yield Element(node=node, path=path, logical_path=named, sensitive=hidden)
    for inner in node.at("properties").entries():
        inner.vocabulary(COLUMN_KEYS)
        yield from _below(inner, (*path, _name(inner)), (*named, inner.text("name")), sensitive=hidden)
    mapping = node.at("map")
    if mapping.value is not None and not isinstance(mapping.value, dict):
        mapping.refuse("must be a mapping")
    for one, step in ((node.at("items"), ITEMS), (mapping.at("key"), KEYS), (mapping.at("value"), VALUES)):
        if one.value is None:
            continue
        if not isinstance(one.value, dict):
            one.refuse("must be a mapping")
        one.vocabulary(COLUMN_KEYS)
        yield from _below(one, (*path, step), (*named, step), sensitive=hidden)


def read(table: Node) -> tuple[tuple[Column, ...], tuple[Demand, ...]]:
    """Every column, without the demands of its quality rules, and the demands that are no column's own."""
    columns: list[Column] = []
    demands: list[Demand] = []
    found = elements(table)
    keys = [one for one in found if len(one.path) == 1 and one.node.flag("primaryKey")]
    for element in found:
        node = element.node
        if node.get("semanticType") == "measure":
            what = "semanticType measure: an aggregate, no column"
            demands.append(Unsupported(what=what, column=element.name, severity=severity(node), line=node.line))
            continue
        column, strange = _column(element, alone=len(keys) == 1)
        columns.append(column)
        demands += [
            Unsupported(what=what, column=column.name, severity=column.severity, line=line) for what, line in strange
        ]
        columns += _vector_items(element)
    if len(keys) > 1:
        demands.append(_key(keys))
    return tuple(columns), tuple(demands)


def _key(keys: list[Element]) -> Key:
    nodes = sorted(keys, key=lambda one: _position(one.node))
    weight = "warn" if all(severity(one.node) == "warn" for one in keys) else "fail"
    return Key(columns=tuple(one.name for one in nodes), primary=True, severity=weight, line=keys[0].node.line)


def _position(node: Node) -> int:
    stated = node.get("primaryKeyPosition")
    return stated if isinstance(stated, int) and stated > 0 else 1 << 31


def physical_names(table: Node) -> dict[str, str]:
    """The name in the data of every column, by the name in the contract; of inner columns by ``outer.inner``."""
    return {path_text(one.logical_path): one.name for one in elements(table)}


def _name(node: Node) -> str:
    physical = node.get("physicalName")
    return node.text("physicalName") if physical is not None else node.text("name")


def _column(element: Element, *, alone: bool) -> tuple[Column, list[tuple[str, int]]]:
    """The column, and what of it cannot be measured, with the lines where that is written."""
    node = element.node
    options, strange = contract_options.fields(node)
    key = len(element.path) == 1 and node.flag("primaryKey")
    fields: dict[str, Any] = {
        "logical_type": _logical_type(node),
        "physical_type": _physical_type(node),
        "required": node.flag("required") or key,
        "unique": node.flag("unique") or (key and alone),
        "allowed": _enumeration(node),
    } | options
    at = node.at("logicalTypeOptions")
    unmeasured = [(f"logicalTypeOptions.{name}: {at.get(name)!r}"[:200], at.at(name).line) for name in strange]
    if not is_plain(element.path):
        # What lies in a list has no row of its own: of its values only the type can be told.
        unmeasured += [
            (f"{name} of values within a list", node.line) for name, value in fields.items() if _says(name, value)
        ]
        fields = {"logical_type": fields["logical_type"]}
    path = element.path if len(element.path) > 1 else ()
    column = Column(
        name=element.name,
        path=path,
        severity=severity(node),
        line=node.line,
        sensitive=element.sensitive,
        classification=_classification(node),
        **fields,
    )
    return column, unmeasured


def _says(name: str, value: Any) -> bool:
    documented = name in ("logical_type", "physical_type") or name.startswith("exclusive_")
    return not documented and value is not None and value is not False and value not in ("", ())


def _vector_items(element: Element) -> Iterator[Column]:
    """The elements of a vector, which the standard describes by an option."""
    node = element.node
    logical = contract_options.element_type(node) if node.get("logicalType") == "vector" else None
    if logical in ("integer", "number"):
        path = (*element.path, ITEMS)
        weight = severity(node)
        yield Column(
            name=path_text(path),
            path=path,
            logical_type=logical,
            severity=weight,
            line=node.line,
            sensitive=element.sensitive,
        )


def _logical_type(node: Node) -> LogicalType | None:
    stated = node.get("logicalType")
    if stated is not None and not isinstance(stated, str):
        node.at("logicalType").refuse("must be a text")
    for known in get_args(LogicalType):
        if stated == known:
            return known
    if stated is not None and stated not in _LATER:
        known = ", ".join(sorted(_LOGICAL_TYPES | set(_LATER)))
        node.at("logicalType").refuse(f"`{stated[:60]}` is not a logical type", remedy=f"use one of {known}")
    return None if stated is None else _LATER[stated]


def _physical_type(node: Node) -> str:
    """The physical type where it is one that values can be held against; else it is documentation."""
    stated = node.get("physicalType")
    return stated if isinstance(stated, str) and parsed(stated) is not None else ""


def _sensitive(node: Node) -> bool:
    return node.get("classification") is not None and _classification(node).lower() not in _OPEN


def _classification(node: Node) -> str:
    stated = node.get("classification")
    return "" if stated is None else str(stated).strip()


def _enumeration(node: Node) -> tuple[Scalar, ...]:
    listed = [entry.get("value") for entry in node.at("enum").entries()]
    if node.get("enum") is not None and not listed:
        node.at("enum").refuse("allows no value")
    return scalars(node.at("enum"), listed)


def scalars(node: Node, listed: list[Any]) -> tuple[Scalar, ...]:
    """Allowed values, each once; a null among them says nothing, since missing values are `required`'s matter."""
    found: dict[tuple[bool, Scalar], Scalar] = {}
    for value in listed:
        if value is None:
            continue
        if not isinstance(value, str | int | float):
            node.refuse("lists something that is not a single value")
        found.setdefault(identity(value), value)
    return tuple(found.values())


def identity(value: Scalar) -> tuple[bool, Scalar]:
    """What makes a value the same as another: true is 1 to Python, and not to a table."""
    return isinstance(value, bool), value
