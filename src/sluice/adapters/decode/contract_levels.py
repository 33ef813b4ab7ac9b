"""Service levels of an Open Data Contract Standard document that speak of the data: how fresh, and how old, it is."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

from sluice.adapters.decode.odcs import Node, severity
from sluice.domain.contract import Demand, Freshness, Retention, Unsupported

# Promises of those who run the service; nothing in a table tells whether they are kept.
_SERVICE_LEVELS = frozenset(
    "availability av throughput th errorrate er generalavailability ga endofsupport es endoflife el "
    "frequency fy timetodetect td timetonotify tn timetorepair tr timeofavailability".split()
)
_FRESHNESS = frozenset(("freshness", "latency", "ly"))
_RETENTION = frozenset(("retention", "re"))
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


def read(root: Node, table: Node, names: Mapping[str, str]) -> tuple[Demand, ...]:
    """The demands on the table's columns of times; what says no time or names no column is ``Unsupported``.

    ``names`` gives every column's name in the data by its name in the contract.
    """
    return tuple(
        demand for level in root.at("slaProperties").entries() for demand in _demands(root, table, level, names)
    )


def _demands(root: Node, table: Node, level: Node, names: Mapping[str, str]) -> Iterator[Demand]:
    name, weight = level.text("property"), severity(level)
    kind = name.lower()
    elements = str(level.get("element") or root.get("slaDefaultElement") or "")
    if kind in _SERVICE_LEVELS or (kind in _RETENTION and not elements):
        return
    others = {str(other.get("name")) for other in root.at("schema").entries()} - {table.text("name")}
    own = [column for element in elements.split(",") for column in _element(table, element.strip(), names, others)]
    age_s = _age_s(level)
    if kind not in _FRESHNESS | _RETENTION or age_s is None or None in own:
        unit = level.get("unit") or "without a unit"
        what = f"{name} of {elements or 'no element'}: {level.get('value')!r} {unit}"
        yield Unsupported(what=what[:200], severity=weight, line=level.line)
        return
    made = Freshness if kind in _FRESHNESS else Retention
    for column in own:
        yield made(column=str(column), max_age_s=age_s, severity=weight, line=level.line)


def _age_s(level: Node) -> float | None:
    """The level's value in seconds; ``None`` where value or unit do not say a time."""
    value, length_s = level.get("value"), _UNITS_S.get(str(level.get("unit") or "").lower())
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or length_s is None:
        return None
    age_s = float(value) * length_s
    return age_s if math.isfinite(age_s) else None


def _element(table: Node, element: str, names: Mapping[str, str], others: Collection[str]) -> tuple[str | None, ...]:
    """The column that ``TABLE.COLUMN`` or ``COLUMN`` names: none for another table's, ``None`` for one not found."""
    if element in names:
        return (names[element],)
    first, _, rest = element.partition(".")
    if first in (table.get("name"), table.get("physicalName")) and rest in names:
        return (names[rest],)
    return () if first in others and rest else (None,)
