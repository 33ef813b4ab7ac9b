"""The changes between two versions of a contract, and which of them break whom.

The directions are those of schema registries. ``backward``: a consumer written for the new contract reads data
written under the old one; what is demanded in addition breaks it. ``forward``: a consumer written for the old contract
reads data written under the new one; what is no longer promised breaks it. ``full``: both. Data has no defaults but
one: in rows older than a column the column is missing, so that an added column breaks only where values must be there.
A demand that only warns promises nothing. Where it cannot be told which of two demands is the stricter (patterns,
SQL), a change breaks both ways. How columns are classified is named too, and breaks nobody: it says who may see the
values, not which they are.
"""

from __future__ import annotations

from sluice.core.compatibility import classification, columns, demands, keys
from sluice.domain.contract import Contract
from sluice.domain.evolution import Compatibility, ContractChange

__all__ = ["breaks", "changes"]


def changes(old: Contract, new: Contract) -> tuple[ContractChange, ...]:
    """Every change of what the contract says: by column in the new file's order, then those of the table."""
    parts = (columns, classification, keys, demands)
    found = tuple(change for part in parts for change in part.changes(old, new))
    names = dict.fromkeys(column.name for column in (*new.columns, *old.columns))
    order = {name: index for index, name in enumerate(names)}
    return tuple(sorted(found, key=lambda change: order.get(change.column or "", len(order))))


def breaks(found: tuple[ContractChange, ...], mode: Compatibility) -> tuple[ContractChange, ...]:
    """The changes that break a mode: none breaks ``none``, either direction breaks ``full``."""
    if mode == "none":
        return ()
    return tuple(change for change in found if (change.breaks if mode == "full" else mode in change.breaks))
