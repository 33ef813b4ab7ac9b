"""The nodes of an Open Data Contract Standard document, and the words the standard has for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from sluice.adapters.decode import keypath
from sluice.adapters.decode.strict_yaml import Parsed
from sluice.domain.drift_limits import Severity
from sluice.domain.errors import ConfigError

_WARNINGS = frozenset(("warn", "warning", "info"))
SEVERITY_PROPERTY = "sluice.severity"


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document and its way there; every error names file, line and key."""

    parsed: Parsed
    path: str
    value: Any

    @property
    def line(self) -> int:
        """Where the value is written."""
        return self.parsed.line(self.path)

    def refuse(self, what: str, remedy: str = "") -> NoReturn:
        """Raises ``ConfigError`` that names this node."""
        raise ConfigError(what, where=self.parsed.at(self.path), remedy=remedy, line=self.line)

    def get(self, key: str) -> Any:
        """The value of a key, ``None`` where it is absent."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def at(self, part: str | int) -> Node:
        """The node below; its value is ``None`` where there is none."""
        if isinstance(part, int):
            return Node(self.parsed, keypath.child(self.path, part), self.value[part])
        return Node(self.parsed, keypath.child(self.path, part), self.get(part))

    def entries(self) -> list[Node]:
        """The mappings of a list; none where it is absent."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            self.refuse("must be a list")
        found = [self.at(index) for index in range(len(self.value))]
        for node in found:
            if not isinstance(node.value, dict):
                node.refuse("must be a mapping")
        return found

    def text(self, key: str) -> str:
        """A text that must be there and not be empty."""
        value = self.get(key)
        if not isinstance(value, str) or not value:
            self.at(key).refuse("must be a text" if value is not None else "is missing")
        return value

    def flag(self, key: str) -> bool:
        """A true or false, false where it is absent."""
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            self.at(key).refuse("must be true or false")
        return bool(value)

    def vocabulary(self, known: Collection[str]) -> None:
        """Refuses keys that the standard does not have here."""
        for key in self.value:
            if key not in known:
                close = get_close_matches(key, known, n=1)
                remedy = f"did you mean `{close[0]}`?" if close else "put what is your own under `customProperties`"
                self.at(key).refuse("is not a key of the standard", remedy=remedy)


def severity(node: Node, default: Severity = "fail") -> Severity:
    """What the node's own ``sluice.severity`` says: ``fail`` or ``warn``."""
    for custom in node.at("customProperties").entries():
        if custom.get("property") == SEVERITY_PROPERTY:
            value = custom.get("value")
            if value not in ("fail", "warn"):
                custom.at("value").refuse("must be `fail` or `warn`")
            return value
    return default


def rule_severity(rule: Node, default: Severity) -> Severity:
    """The severity of a quality rule: warning and info are ``warn``, everything else that is stated ``fail``."""
    stated = rule.get("severity")
    if stated is None:
        return severity(rule, default)
    if not isinstance(stated, str):
        rule.at("severity").refuse("must be a text")
    return "warn" if stated.lower() in _WARNINGS else "fail"


# The standard's own keys, as its JSON schemas of v3.0 to v3.2 list them; the last few are those of v3.0 alone.
_ELEMENT_KEYS = frozenset(
    "id name physicalType physicalName description businessName deprecated synonyms authoritativeDefinitions tags "
    "customProperties logicalType properties relationships quality".split()
)
TABLE_KEYS = _ELEMENT_KEYS | {"dataGranularityDescription", "context"}
COLUMN_KEYS = _ELEMENT_KEYS | frozenset(
    "primaryKey primaryKeyPosition logicalTypeOptions semanticType required unique partitioned partitionKeyPosition "
    "classification encryptedName transformSourceObjects transformLogic transformDescription examples enum "
    "criticalDataElement items map".split()
)
OPERATORS = frozenset(
    "mustBe mustNotBe mustBeGreaterThan mustBeGreaterOrEqualTo mustBeGreaterThanOrEqualTo mustBeLessThan "
    "mustBeLessOrEqualTo mustBeLessThanOrEqualTo mustBeBetween mustNotBeBetween".split()
)
RULE_KEYS = OPERATORS | frozenset(
    "id authoritativeDefinitions businessImpact customProperties description dimension method name schedule scheduler "
    "severity tags type unit metric rule arguments query engine implementation "
    "validValues pattern scheduleCronExpression".split()
)
