"""What the standard leaves to custom properties, by names that begin with ``sluice.``; every other name is not ours."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.adapters.decode.odcs import SEVERITY_PROPERTY, Node
from sluice.domain.contract import Demand

PREFIX = "sluice."


def demands(table: Node, names: Mapping[str, str]) -> tuple[Demand, ...]:
    """The demands that a table and its columns state in custom properties.

    ``names`` gives every column's name in the data by its name in the contract. Raises ``ConfigError`` for a name
    of ours that does not exist: a misspelt demand would demand nothing.
    """
    for element in (table, *table.at("properties").entries()):
        for custom in element.at("customProperties").entries():
            name = str(custom.get("property"))
            if name.startswith(PREFIX) and name != SEVERITY_PROPERTY:
                custom.at("property").refuse(f"there is no property `{name[:60]}`")
    return ()
