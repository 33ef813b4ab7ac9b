"""Open Data Contract Standard v3 documents (3.0 to 3.2) as the contract of one table.

What can be measured becomes a ``Contract``; every other demand on the data becomes ``Unsupported``, so that it is
inconclusive and not forgotten. Keys that the standard does not have are refused: a misspelt demand would
demand nothing. Documentation, and no demand: physical types that no dialect has, ``examples``, quality rules of type
``text``, tags, partitions, prices, teams, servers, and those service levels that speak of the service and not of the
data (availability, throughput, support).
"""

from __future__ import annotations

import hashlib
import re

from sluice.adapters.decode import (
    contract_columns,
    contract_custom,
    contract_levels,
    contract_quality,
    contract_relations,
    strict_yaml,
)
from sluice.adapters.decode.odcs import TABLE_KEYS, Node
from sluice.domain.contract import Contract

_API = re.compile(r"v?3\.[0-2](\.[0-9]+)?")


def load_contract(text: bytes, *, path: str, dataset: str) -> Contract:
    """The contract of ``dataset``: the document's only table, or of several the one that has this name.

    Raises ``ConfigError`` with file, line and key for everything that is not a valid document.
    """
    parsed = strict_yaml.parse(text, where=path)
    root = Node(parsed, "", parsed.value)
    _document(root)
    table = _table(root, dataset)
    table.vocabulary(TABLE_KEYS)
    elements = contract_columns.elements(table)
    names = contract_columns.physical_names(table)
    columns, demands = contract_columns.read(table)
    columns, rules = contract_quality.table_rules(table, elements, columns, names)
    contract = Contract(
        name=table.text("name"),
        version=root.text("version"),
        columns=columns,
        demands=(
            *demands,
            *rules,
            *contract_relations.read(root, table, elements),
            *contract_levels.read(root, table, names),
            *contract_custom.demands(table, names),
        ),
        sha256=hashlib.sha256(text).hexdigest(),
        path=path,
    )
    if not (contract.columns or contract.demands):
        table.refuse("demands nothing of the data", remedy="list its columns under `properties`")
    return contract


def _document(root: Node) -> None:
    if not isinstance(root.value, dict):
        root.refuse("is not an Open Data Contract Standard document", remedy="begin it with `kind: DataContract`")
    if (kind := root.text("kind")) != "DataContract":
        root.at("kind").refuse(f"is {kind!r}, not `DataContract`")
    if not _API.fullmatch(version := root.text("apiVersion")):
        root.at("apiVersion").refuse(f"is {version!r}", remedy="write the contract in version v3.0 to v3.2")
    root.text("version")


def _table(root: Node, dataset: str) -> Node:
    tables = root.at("schema").entries()
    if not tables:
        root.at("schema").refuse("names no table")
    for table in tables:
        table.text("name")
    if len(tables) == 1:
        return tables[0]
    named = [table for table in tables if dataset in (table.get("name"), table.get("physicalName"))]
    if len(named) != 1:
        names = ", ".join(f"`{table.text('name')[:60]}`" for table in tables[:20])
        root.at("schema").refuse(f"has several tables ({names}), and not one of the name `{dataset}`")
    return named[0]
