"""The value of one custom property of ours, read strictly: every error names file, line and key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from sluice.adapters.decode.odcs import Node
from sluice.domain.drift_limits import Severity


def unknown(node: Node, what: str, name: str, known: Collection[str], alike: float = 0.6) -> NoReturn:
    """Refuses a name that is none of those known, and says which of them may have been meant.

    ``alike``: from which likeness on (0 to 1).
    """
    close = get_close_matches(name, known, n=1, cutoff=alike)
    node.refuse(what, remedy=f"did you mean `{close[0]}`?" if close else f"known are {', '.join(sorted(known))}")


def column_name(node: Node, names: Mapping[str, str]) -> str:
    """The name in the data of the column that a node names; one that the contract does not describe is refused."""
    value = node.value
    if not isinstance(value, str) or not value:
        node.refuse("is missing" if value is None else "must be the name of a column")
    if value not in names:
        close = get_close_matches(value, names, n=1)
        remedy = f"did you mean `{close[0][:60]}`?" if close else "describe it under `properties`"
        node.refuse(f"`{value[:60]}` is not a column of this contract", remedy=remedy)
    return names[value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One demand as it is written: its value, and the column and label that are meant where it names none."""

    value: Node
    column: str | None
    label: str | None
    names: Mapping[str, str]
    weight: Severity
    line: int

    def keys(self, *known: str, bare: bool = False) -> None:
        """Refuses unknown keys, and anything but a mapping; ``true`` only where it says enough."""
        if self.value.value is True and bare:
            return
        if not isinstance(self.value.value, dict):
            self.value.refuse(f"must be a mapping{' or true' if bare else ''}")
        for key in self.value.value:
            if key not in (*known, "severity"):
                unknown(self.value.at(key), "is not a key of this demand", key, (*known, "severity"))

    @property
    def severity(self) -> Severity:
        """The demand's own, or the one of the table or column that it belongs to."""
        stated = self.value.get("severity")
        if stated is None:
            return self.weight
        if stated not in ("fail", "warn"):
            self.value.at("severity").refuse("must be `fail` or `warn`")
        return stated

    def own(self, key: str = "column") -> str:
        """The column that is meant: the one that the demand belongs to, or the one that a key names."""
        if self.column is None:
            return column_name(self.value.at(key), self.names)
        if self.value.get(key) is not None:
            self.value.at(key).refuse("is the column that this belongs to", remedy="leave it out")
        return self.column

    def target(self) -> str:
        """The label: the column that the demand belongs to, the one it names, or the table's ``sluice.label``."""
        if self.column is not None or self.value.get("label") is not None:
            return self.own("label")
        if self.label is None:
            self.value.refuse("names no label", remedy="give `label`, or state `sluice.label`")
        return self.label

    def text(self, key: str) -> str:
        """A text that must be there."""
        return self.value.text(key)

    def flag(self, key: str) -> bool:
        """A true or false, false where it is absent."""
        return self.value.flag(key)

    def columns(self, key: str) -> tuple[str, ...]:
        """Columns of this table by their names in the data, each once; none where the key is absent."""
        return tuple(column_name(node, self.names) for node in self._listed(key))

    def words(self, key: str) -> tuple[str, ...]:
        """Column names as they are written, of columns that the contract need not describe."""
        found: list[str] = []
        for node in self._listed(key):
            if not isinstance(node.value, str) or not node.value:
                node.refuse("must be the name of a column")
            found.append(self.names.get(node.value, node.value))
        return tuple(found)

    def _listed(self, key: str) -> list[Node]:
        at = self.value.at(key)
        if at.value is None:
            return []
        if not isinstance(at.value, list) or not at.value:
            at.refuse("must be a list of columns")
        nodes = [at.at(index) for index in range(len(at.value))]
        for index, node in enumerate(nodes):
            if node.value in at.value[:index]:
                node.refuse("is listed twice")
        return nodes

    def number(self, key: str, low: float, high: float | None = None) -> float | None:
        """A number from ``low`` to ``high``, both allowed; ``None`` where the key is absent."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.value.at(key).refuse("must be a number")
        if value < low or (high is not None and value > high):
            allowed = f"at least {low:g}" if high is None else f"{low:g} to {high:g}"
            self.value.at(key).refuse(f"is {value:g}", remedy=f"state a number of {allowed}")
        return float(value)
