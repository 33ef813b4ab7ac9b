"""What became of missing and repeated values, however the two contracts say it: by columns, keys or quality rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sluice.core.compatibility.relation import Relation, Span, Weights, broken, reweighed, span
from sluice.domain.contract import Contract, Key, ValueCount
from sluice.domain.drift_limits import Severity
from sluice.domain.evolution import ContractChange

Names = frozenset[str]
K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that must hold of columns: how much it weighs, where it is written."""

    severity: Severity
    line: int


def changes(old: Contract, new: Contract) -> Iterator[ContractChange]:
    """Every change of what must have values, and of what must not come twice."""
    yield from _required(old, new)
    yield from _unique(old, new)


def is_plain(demand: ValueCount) -> bool:
    """Whether the demand says no more than ``required`` or ``unique`` does: there is no such value at all."""
    allowed = span(demand.bound, counts=True)
    none = not demand.bound.negated and allowed.holds(Span(low=0, high=0)) and allowed.high == 0
    return none and demand.metric in ("nullValues", "duplicateValues")


# -- missing values ---------------------------------------------------------------------------------


def _required(old: Contract, new: Contract) -> Iterator[ContractChange]:
    first, second = required_columns(old), required_columns(new)
    before, after = ({column.name: column.line for column in contract.columns} for contract in (old, new))
    for name in (*first, *(name for name in second if name not in first)):
        # A column that is gone, or new, is told by itself.
        if name not in before or name not in after:
            continue
        line = second[name].line if name in second else after[name]
        weights = _weights(first.get(name), second.get(name))
        became: Relation = "same" if name in first and name in second else "added" if name in second else "removed"
        if became != "same":
            said = "must have values now" if became == "added" else "may be without values now"
            yield ContractChange(
                code=f"required-{became}",
                sentence=f"`{_said((name,))}` {said}",
                column=name,
                line=line,
                breaks=broken(became, weights),
            )
        yield from reweighed(f"`{_said((name,))}`: a missing value", weights, column=name, line=line)


def required_columns(contract: Contract) -> dict[str, Fact]:
    """The columns that must have values, whoever says so."""
    found: dict[str, Fact] = {}
    for column in contract.columns:
        if column.required:
            rule = column.rule("required")
            _put(found, column.name, Fact(severity=rule.severity, line=rule.line))
    for key in contract.all(Key):
        for name in key.columns if key.primary else ():
            _put(found, name, Fact(severity=key.severity, line=key.line))
    for demand in contract.all(ValueCount):
        if demand.metric == "nullValues" and len(demand.columns) == 1 and is_plain(demand):
            _put(found, demand.columns[0], Fact(severity=demand.severity, line=demand.line))
    return found


# -- repeated values --------------------------------------------------------------------------------


def _unique(old: Contract, new: Contract) -> Iterator[ContractChange]:
    first, second = _unique_sets(old), _unique_sets(new)
    gone, come = ([names for names in one if names not in other] for one, other in ((first, second), (second, first)))
    yield from _primary(old, new, gone, come)
    lonely = _in_one_only(old, new)
    for names in (names for names in come if names not in lonely):
        # What is unique by some of its columns is unique by all of them.
        weights = Weights(old=_heaviest(first, names), new=second[names].severity)
        yield _told(names, second[names].line, "added", () if weights.old == "fail" else broken("added", weights))
    line = min((column.line for column in new.columns), default=0)
    for names in (names for names in gone if names not in lonely):
        weights = Weights(old=first[names].severity, new=_heaviest(second, names))
        yield _told(names, line, "removed", () if weights.new == "fail" else broken("removed", weights))
    for names in first:
        if names in second:
            weights, at = _weights(first[names], second[names]), second[names].line
            column = next(iter(names)) if len(names) == 1 else None
            yield from reweighed(f"`{_said(names)}`: a repeated value", weights, column=column, line=at)


def _in_one_only(old: Contract, new: Contract) -> frozenset[Names]:
    """The columns that are gone or new, each by itself; they are told by that."""
    before, after = ({column.name for column in contract.columns} for contract in (old, new))
    return frozenset(frozenset((name,)) for name in before ^ after)


def _primary(old: Contract, new: Contract, gone: list[Names], come: list[Names]) -> Iterator[ContractChange]:
    """One change where the primary key has other columns; what it tells is taken from the two lists."""
    before, after = (next((key for key in contract.all(Key) if key.primary), None) for contract in (old, new))
    if before is None or after is None:
        return
    first, second = frozenset(before.columns), frozenset(after.columns)
    if first not in gone or second not in come:
        return
    gone.remove(first)
    come.remove(second)
    weights = Weights(old=before.severity, new=after.severity)
    tighter = () if second >= first else broken("added", weights)
    looser = () if first >= second else broken("removed", weights)
    yield ContractChange(
        code="key-changed",
        sentence=f"the primary key `{_said(before.columns)}` became `{_said(after.columns)}`",
        line=after.line,
        breaks=(*tighter, *looser),
    )
    yield from reweighed("the primary key", weights, column=None, line=after.line)


def _told(names: Names, line: int, became: Relation, breaks: tuple[str, ...]) -> ContractChange:
    said = "must not come twice now" if became == "added" else "may come twice now"
    what = "a value of" if len(names) == 1 else "a combination of"
    return ContractChange(
        code=f"unique-{became}" if len(names) == 1 else f"key-{became}",
        sentence=f"{what} `{_said(names)}` {said}",
        column=next(iter(names)) if len(names) == 1 else None,
        line=line,
        breaks=tuple(direction for direction in ("backward", "forward") if direction in breaks),
    )


def _unique_sets(contract: Contract) -> dict[Names, Fact]:
    found: dict[Names, Fact] = {}
    for column in contract.columns:
        if column.unique:
            rule = column.rule("unique")
            _put(found, frozenset((column.name,)), Fact(severity=rule.severity, line=rule.line))
    for key in contract.all(Key):
        _put(found, frozenset(key.columns), Fact(severity=key.severity, line=key.line))
    for demand in contract.all(ValueCount):
        if demand.metric == "duplicateValues" and is_plain(demand):
            _put(found, frozenset(demand.columns), Fact(severity=demand.severity, line=demand.line))
    return found


def _heaviest(facts: Mapping[Names, Fact], names: Names) -> Severity | None:
    """The heaviest severity by which some of these columns are unique already."""
    found = [fact.severity for columns, fact in facts.items() if columns <= names]
    return "fail" if "fail" in found else "warn" if found else None


def _put(facts: dict[K, Fact], key: K, fact: Fact) -> None:
    """What is stated twice keeps the heavier severity."""
    if key not in facts or (facts[key].severity == "warn" and fact.severity == "fail"):
        facts[key] = fact


def _weights(old: Fact | None, new: Fact | None) -> Weights:
    return Weights(old=old.severity if old else None, new=new.severity if new else None)


def _said(names: tuple[str, ...] | Names) -> str:
    listed = names if isinstance(names, tuple) else tuple(sorted(names))
    return ", ".join(name if len(name) <= 60 else f"{name[:60]}..." for name in listed[:10])
