"""The other tables that a contract refers to: which they are, and how they must be read to compare with this one."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.checks import CHECKS
from sluice.core.validation import specs
from sluice.domain.contract import Contract, Disjoint, Relation


def other_tables(contract: Contract) -> tuple[str, ...]:
    """The tables without which some demand of the contract cannot be measured, by the contract's names for them."""
    return tuple(dict.fromkeys(table for spec in specs(contract) for table in CHECKS[spec.check].needs(spec)))


def datasets_of(contract: Contract, dataset: str, contracts: Mapping[str, Contract]) -> Mapping[str, str]:
    """For each other table the dataset that it is: the one of that name, or else the only one whose contract has it.

    ``contracts`` are those of all datasets that are known; a table that none of them is, is left out.
    """
    found: dict[str, str] = {}
    for table in other_tables(contract):
        named = [name for name, other in contracts.items() if other.name == table and name != dataset]
        if table in contracts and table != dataset:
            found[table] = table
        elif len(named) == 1:
            found[table] = named[0]
    return found


def text_of(contract: Contract, table: str) -> frozenset[str]:
    """Columns of another table that must be read as text, as those of this table are that they are compared with."""
    texts = {column.name for column in contract.columns if column.logical_type == "string"}
    pairs = [
        pair for one in contract.all(Relation) if one.table == table for pair in zip(one.columns, one.to, strict=True)
    ]
    pairs += [(name, name) for one in contract.all(Disjoint) if one.table == table for name in one.columns or texts]
    return frozenset(theirs for ours, theirs in pairs if ours in texts)
