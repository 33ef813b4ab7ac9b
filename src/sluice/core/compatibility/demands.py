"""What became of the demands on the table: counts, relations, ages, queries, and those of machine learning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from sluice.core.compatibility.keys import is_plain
from sluice.core.compatibility.relation import Relation, Weights, bounds, broken, relation, reweighed
from sluice.domain.contract import (
    Bound,
    ClassBalance,
    Contract,
    Demand,
    Disjoint,
    Freshness,
    GroupNulls,
    Key,
    LabelLeak,
    Later,
    Monotonic,
    Query,
    Retention,
    RowChange,
    RowCount,
    Unsupported,
    ValueCount,
)
from sluice.domain.contract import (
    Relation as ForeignKey,
)
from sluice.domain.evolution import ContractChange

# How a limit reads: the greater the looser, or the smaller the looser; a bound is a range of its own.
_Limit = Literal["most", "least", "bound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How demands of one kind are told apart (``by``), what of them is a limit, and what a demand is called."""

    noun: str
    by: tuple[str, ...] = ()
    limits: Mapping[str, _Limit] | None = None
    counts: bool = False


_KINDS: Mapping[type[Demand], _Kind] = {
    RowCount: _Kind(noun="row count", limits={"bound": "bound"}, counts=True),
    ValueCount: _Kind(noun="value count", by=("metric", "columns"), limits={"bound": "bound"}, counts=True),
    ForeignKey: _Kind(noun="relation", by=("columns", "table")),
    Freshness: _Kind(noun="freshness", by=("column",), limits={"max_age_s": "most"}),
    Retention: _Kind(noun="retention", by=("column",), limits={"max_age_s": "most"}),
    Query: _Kind(noun="query", by=("name", "column"), limits={"bound": "bound"}),
    Monotonic: _Kind(noun="order", by=("column",)),
    ClassBalance: _Kind(noun="class balance", by=("label",), limits={"min_share": "least", "max_share": "most"}),
    Disjoint: _Kind(noun="disjointness", by=("table",)),
    LabelLeak: _Kind(noun="label leak", by=("label",), limits={"max_gain": "most"}),
    Later: _Kind(noun="time split", by=("column", "table")),
    GroupNulls: _Kind(noun="group nulls", by=("column", "by"), limits={"max_share": "most"}),
    RowChange: _Kind(noun="row change", limits={"max_fall": "most", "max_rise": "most"}),
    Unsupported: _Kind(noun="demand", by=("what", "column")),
}
_WEIGHT = frozenset(("severity", "line"))
_MAX_SHOWN_CHARS = 60


def changes(old: Contract, new: Contract) -> Iterator[ContractChange]:
    """Every change of the demands that are not told by ``keys``."""
    line = min((column.line for column in new.columns), default=0)
    before, after = _grouped(old), _grouped(new)
    for identity in (*before, *(one for one in after if one not in before)):
        yield from _paired(list(before.get(identity, ())), list(after.get(identity, ())), line)


def _grouped(contract: Contract) -> dict[tuple[Any, ...], list[Demand]]:
    found: dict[tuple[Any, ...], list[Demand]] = {}
    for demand in contract.demands:
        if isinstance(demand, Key) or (isinstance(demand, ValueCount) and is_plain(demand)):
            continue
        identity = (type(demand), *(getattr(demand, name) for name in _kind(demand).by))
        found.setdefault(identity, []).append(demand)
    return found


def _paired(old: list[Demand], new: list[Demand], line: int) -> Iterator[ContractChange]:
    """Demands of one identity, of which each may have several: first those that did not change, then by their order."""
    pairs: list[tuple[Demand, Demand]] = []
    for exact in (True, False):
        for first in tuple(old):
            second = next((one for one in new if not exact or _content(one) == _content(first)), None)
            if second is not None:
                pairs.append((first, second))
                old.remove(first)
                new.remove(second)
    for first, second in pairs:
        yield from _changed(first, second)
    for demand in old:
        yield _told(demand, "removed", "is no longer demanded", Weights(old=demand.severity, new=None), line)
    for demand in new:
        yield _told(demand, "added", "is demanded now", Weights(old=None, new=demand.severity), demand.line)


def _changed(old: Demand, new: Demand) -> Iterator[ContractChange]:
    weights = Weights(old=old.severity, new=new.severity)
    became = _relation(old, new)
    if became != "same":
        differ = [name for name, value in _content(new).items() if value != _content(old)[name]]
        said = "; ".join(f"{name} {_show(getattr(old, name))} became {_show(getattr(new, name))}" for name in differ)
        yield _told(new, became, said, weights, new.line)
    yield from reweighed(_name(new), weights, column=_column(new), line=new.line)


def _relation(old: Demand, new: Demand) -> Relation:
    kind, old_in_new, new_in_old = _kind(new), True, True
    for name, first in _content(old).items():
        second = _content(new)[name]
        limit = (kind.limits or {}).get(name)
        if first == second:
            continue
        if limit is None:
            return "changed"
        became = _limit(limit, first, second, counts=kind.counts)
        old_in_new = old_in_new and became in ("same", "widened")
        new_in_old = new_in_old and became in ("same", "narrowed")
    return relation(old_in_new=old_in_new, new_in_old=new_in_old)


def _limit(limit: _Limit, old: Any, new: Any, *, counts: bool) -> Relation:
    if limit == "bound":
        return bounds(old, new, counts=counts)
    # No limit at all is the loosest.
    looser = old is not None and (new is None or (new > old if limit == "most" else new < old))
    return "widened" if looser else "narrowed"


def _content(demand: Demand) -> dict[str, Any]:
    return {name: getattr(demand, name) for name in _fields(type(demand)) if name not in _WEIGHT}


def _fields(kind: type[Demand]) -> tuple[str, ...]:
    return tuple(kind.__dataclass_fields__)


def _kind(demand: Demand) -> _Kind:
    return _KINDS.get(type(demand)) or _Kind(noun="demand", by=_fields(type(demand)))


# -- words ------------------------------------------------------------------------------------------


def _told(demand: Demand, became: Relation, said: str, weights: Weights, line: int) -> ContractChange:
    return ContractChange(
        code=f"{_kind(demand).noun.replace(' ', '-')}-{became}",
        sentence=f"{_name(demand)}: {said}" if became not in ("added", "removed") else f"{_name(demand)} {said}",
        column=_column(demand),
        line=line,
        breaks=broken(became, weights),
    )


def _name(demand: Demand) -> str:
    kind = _kind(demand)
    of = " ".join(f"`{_show(getattr(demand, name))}`" for name in kind.by if getattr(demand, name))
    return f"{kind.noun} {of}".strip()


def _column(demand: Demand) -> str | None:
    """The one column that the demand speaks of."""
    named = getattr(demand, "column", None) or getattr(demand, "label", None)
    if named is None and isinstance(demand, ValueCount) and len(demand.columns) == 1:
        return demand.columns[0]
    return named if isinstance(named, str) else None


def _show(value: Any) -> str:
    if isinstance(value, Bound):
        return _show_bound(value)
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        text = ", ".join(str(one) for one in cast("tuple[object, ...]", value))
    else:
        text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}..."


def _show_bound(bound: Bound) -> str:
    low = "" if bound.minimum is None else f"{'>' if bound.exclusive_minimum else '>='} {bound.minimum:.15g}"
    high = "" if bound.maximum is None else f"{'<' if bound.exclusive_maximum else '<='} {bound.maximum:.15g}"
    said = " and ".join(part for part in (low, high) if part) or "any"
    unit = " percent" if bound.unit == "percent" else ""
    return f"{'not ' if bound.negated else ''}({said}){unit}" if bound.negated else f"{said}{unit}"
