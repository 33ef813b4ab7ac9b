"""Open Data Contract Standard v3 documents (3.0 to 3.2) as the contract of one table.

What can be measured becomes a ``Contract``; every other demand on the data becomes ``Unsupported``, so that it is
inconclusive and not forgotten. Keys that the standard does not have are refused: a misspelt demand would
demand nothing. Documentation, and no demand: ``physicalType``, ``examples``, tags, partitions, prices, teams, servers,
and those service levels that speak of the service and not of the data (availability, retention, support).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Mapping

from sluice.adapters.decode import contract_columns, contract_custom, contract_quality, strict_yaml
from sluice.adapters.decode.odcs import TABLE_KEYS, Node, severity
from sluice.domain.contract import Contract, Freshness, Unsupported

_API = re.compile(r"v?3\.[0-2](\.[0-9]+)?")

# Promises of those who run the service; nothing in a table tells whether they are kept.
_SERVICE_LEVELS = frozenset(
    "availability av throughput th errorrate er generalavailability ga endofsupport es endoflife el retention re "
    "frequency fy timetodetect td timetonotify tn timetorepair tr timeofavailability".split()
)
_FRESHNESS = frozenset(("freshness", "latency", "ly"))
# Not `m`, which is a month to some and a minute to others.
_UNITS_S = {
    name: length_s
    for names, length_s in (
        ("s sec second seconds", 1.0),
        ("min minute minutes", 60.0),
        ("h hr hour hours", 3600.0),
        ("d day days", 86_400.0),
        ("w week weeks", 604_800.0),
        ("mo month months", 2_592_000.0),
        ("y yr year years", 31_557_600.0),
    )
    for name in names.split()
}


def load_contract(text: bytes, *, path: str, dataset: str) -> Contract:
    """The contract of ``dataset``: the document's only table, or of several the one that has this name.

    Raises ``ConfigError`` with file, line and key for everything that is not a valid document.
    """
    parsed = strict_yaml.parse(text, where=path)
    root = Node(parsed, "", parsed.value)
    _document(root)
    table = _table(root, dataset)
    table.vocabulary(TABLE_KEYS)
    columns, unsupported = contract_columns.read(table)
    found = contract_quality.table_rules(table, columns)
    freshness, later = _service_levels(root, table)
    custom = contract_custom.demands(table, contract_columns.physical_names(table))
    contract = Contract(
        name=table.text("name"),
        version=root.text("version"),
        columns=found.columns,
        demands=(
            *found.row_counts,
            *freshness,
            *unsupported,
            *found.unsupported,
            *_relationships(table),
            *later,
            *custom,
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


def _relationships(table: Node) -> tuple[Unsupported, ...]:
    if table.get("relationships") is None:
        return ()
    node = table.at("relationships")
    return (Unsupported(what="relationships", severity=severity(table), line=node.line),)


# -- service levels -------------------------------------------------------------------------------


def _service_levels(root: Node, table: Node) -> tuple[tuple[Freshness, ...], tuple[Unsupported, ...]]:
    fresh: list[Freshness] = []
    unsupported: list[Unsupported] = []
    physical = contract_columns.physical_names(table)
    others = {str(other.get("name")) for other in root.at("schema").entries()} - {table.text("name")}
    for level in root.at("slaProperties").entries():
        name, weight = level.text("property"), severity(level)
        if name.lower() in _SERVICE_LEVELS:
            continue
        elements = str(level.get("element") or root.get("slaDefaultElement") or "")
        own = [
            column for element in elements.split(",") for column in _element(table, element.strip(), physical, others)
        ]
        max_age_s = _age_s(level)
        if name.lower() not in _FRESHNESS or max_age_s is None or None in own:
            what = (
                f"{name} of {elements or 'no element'}: {level.get('value')!r} {level.get('unit') or 'without a unit'}"
            )
            unsupported.append(Unsupported(what=what[:200], severity=weight, line=level.line))
            continue
        fresh += [
            Freshness(column=str(column), max_age_s=max_age_s, severity=weight, line=level.line) for column in own
        ]
    return tuple(fresh), tuple(unsupported)


def _age_s(level: Node) -> float | None:
    """The level's value in seconds; ``None`` where value or unit do not say a time."""
    value, length_s = level.get("value"), _UNITS_S.get(str(level.get("unit") or "").lower())
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or length_s is None:
        return None
    age_s = float(value) * length_s
    return age_s if math.isfinite(age_s) else None


def _element(table: Node, element: str, physical: Mapping[str, str], others: Collection[str]) -> tuple[str | None, ...]:
    """The column that ``TABLE.COLUMN`` or ``COLUMN`` names: none for another table's, ``None`` for one not found."""
    if element in physical:
        return (physical[element],)
    first, _, rest = element.partition(".")
    if first in (table.get("name"), table.get("physicalName")) and rest in physical:
        return (physical[rest],)
    return () if first in others and rest else (None,)
