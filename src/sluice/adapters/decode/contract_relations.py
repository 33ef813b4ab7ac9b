"""Relationships of an Open Data Contract Standard table: its columns that name rows of another table."""

from __future__ import annotations

from typing import Any

from sluice.adapters.decode.contract_columns import Element, physical_names
from sluice.adapters.decode.odcs import Node, severity
from sluice.domain.contract import Demand, Relation, Unsupported
from sluice.domain.drift_limits import Severity
from sluice.domain.kinds import is_plain, path_text

_KEYS = frozenset("id type from to customProperties description authoritativeDefinitions tags name".split())


def read(root: Node, table: Node, elements: tuple[Element, ...]) -> tuple[Demand, ...]:
    """The relationships that the table and its columns state; what cannot be followed is ``Unsupported``."""
    found: list[Demand] = []
    for node in table.at("relationships").entries():
        node.vocabulary(_KEYS)
        own = tuple(_own(table, elements, reference) for reference in _listed(node, "from"))
        found.append(_relation(root, node, own, severity(node, severity(table))))
    for element in elements:
        for node in element.node.at("relationships").entries():
            node.vocabulary(_KEYS)
            if node.get("from") is not None:
                node.at("from").refuse("is the column itself", remedy="leave it out")
            own = (element.name if is_plain(element.path) else None,)
            found.append(_relation(root, node, own, severity(node, severity(element.node))))
    return tuple(found)


def _relation(root: Node, node: Node, own: tuple[str | None, ...], weight: Severity) -> Demand:
    targets = tuple(_target(root, reference) for reference in _listed(node, "to"))
    if len(own) != len(targets):
        node.refuse("relates columns to another number of columns")
    columns = tuple(name for name in own if name is not None)
    tables = {target[0] for target in targets if target is not None}
    if node.get("type") not in (None, "foreignKey") or len(tables) != 1 or None in targets or len(columns) < len(own):
        said = f"relationship {node.get('from') or ''} to {node.get('to')}"
        return Unsupported(what=" ".join(said.split())[:200], severity=weight, line=node.line)
    to = tuple(target[1] for target in targets if target is not None)
    return Relation(columns=columns, table=tables.pop(), to=to, severity=weight, line=node.line)


def _listed(node: Node, key: str) -> tuple[str, ...]:
    stated: Any = node.get(key)
    listed = stated if isinstance(stated, list) else [stated]
    if not listed or not all(isinstance(one, str) and one for one in listed):
        node.at(key).refuse("must name a column as `table.column`, or be a list of such names")
    return tuple(listed)


def _own(table: Node, elements: tuple[Element, ...], reference: str) -> str | None:
    """The column of this table that a reference names, by its name in the data; ``None`` where it names none."""
    rest = _by_id(reference)
    for element in elements:
        if not is_plain(element.path):
            continue
        named = path_text(element.logical_path)
        if rest is not None and rest == (str(table.get("id")), str(element.node.get("id"))):
            return element.name
        if reference in (named, *(f"{name}.{named}" for name in _names(table))):
            return element.name
    return None


def _names(table: Node) -> tuple[str, ...]:
    return tuple(str(name) for key in ("name", "physicalName") if (name := table.get(key)))


def _by_id(reference: str) -> tuple[str, str] | None:
    """The table's and the column's identifier in ``schema/ID/properties/ID``."""
    parts = reference.removeprefix("/").split("/")
    return (parts[1], parts[3]) if len(parts) == 4 and (parts[0], parts[2]) == ("schema", "properties") else None


def _target(root: Node, reference: str) -> tuple[str, str] | None:
    """The other table, by its name in the contract, and its column in the data; ``None`` where it cannot be told."""
    by_id = _by_id(reference)
    if "/" in reference and by_id is None:
        return None
    for other in root.at("schema").entries():
        if by_id is not None and other.get("id") == by_id[0]:
            return _column_by_id(other, by_id[1])
        name = next((name for name in _names(other) if reference.startswith(f"{name}.")), None)
        if by_id is None and name is not None:
            column = reference.removeprefix(f"{name}.")
            return other.text("name"), physical_names(other).get(column, column)
    if by_id is not None:
        return None
    name, _, column = reference.partition(".")
    return (name, column) if name and column else None


def _column_by_id(other: Node, identifier: str) -> tuple[str, str] | None:
    for node in other.at("properties").entries():
        if node.get("id") == identifier:
            return other.text("name"), str(node.get("physicalName") or node.text("name"))
    return None
