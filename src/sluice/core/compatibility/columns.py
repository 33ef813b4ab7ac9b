"""What became of the columns: their presence, types and values. Missing and repeated values are in ``keys``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from sluice.core.compatibility import types
from sluice.core.compatibility.keys import required_columns
from sluice.core.compatibility.relation import Relation, Span, Weights, broken, relation, reweighed, stated
from sluice.domain.contract import Column, Contract, Scalar
from sluice.domain.drift_limits import Severity
from sluice.domain.evolution import ContractChange

_MAX_SHOWN = 10
_MAX_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aspect:
    """One property of a column: the check that measures it, whether it is stated, what became of it, how it reads."""

    noun: str
    check: str
    given: Callable[[Column], bool]
    became: Callable[[Column, Column], Relation]
    show: Callable[[Column], str]


def changes(old: Contract, new: Contract) -> Iterator[ContractChange]:
    """Every change of a column that is not about missing or repeated values."""
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    line = min((column.line for column in new.columns), default=0)
    filled = required_columns(new)
    for name, column in after.items():
        if name in before:
            yield from _changed(before[name], column)
        else:
            yield _added(column, filled[name].severity if name in filled else None)
    for name, column in before.items():
        if name not in after:
            yield _removed(column, line)


def _added(column: Column, required: Severity | None) -> ContractChange:
    """Rows that are older than a column have no value in it."""
    must = "is new, and must have values, which older data has not"
    return ContractChange(
        code="column-added-required" if required else "column-added",
        sentence=f"column `{_short(column.name)}` {must if required else 'is new'}",
        column=column.name,
        line=column.line,
        breaks=broken("added", Weights(old=None, new=required)),
    )


def _removed(column: Column, line: int) -> ContractChange:
    weights = Weights(old=column.rule("column_type").severity, new=None)
    return ContractChange(
        code="column-removed",
        sentence=f"column `{_short(column.name)}` is no longer promised",
        column=column.name,
        line=line,
        breaks=broken("removed", weights),
    )


def _changed(old: Column, new: Column) -> Iterator[ContractChange]:
    for aspect in _ASPECTS:
        became = aspect.became(old, new)
        weights = Weights(
            old=old.rule(aspect.check).severity if aspect.given(old) else None,
            new=new.rule(aspect.check).severity if aspect.given(new) else None,
        )
        line = new.rule(aspect.check).line
        if became != "same":
            yield ContractChange(
                code=f"{aspect.noun.replace(' ', '-')}-{became}",
                sentence=f"`{_short(new.name)}`: {aspect.noun} {_turn(aspect, old, new, became)}",
                column=new.name,
                line=line,
                breaks=broken(became, weights),
            )
        yield from reweighed(f"`{_short(new.name)}`: {aspect.noun}", weights, column=new.name, line=line)
    yield from _enumeration(old, new)


def _turn(aspect: _Aspect, old: Column, new: Column, became: Relation) -> str:
    if became == "added":
        return f"{aspect.show(new)} is demanded now"
    if became == "removed":
        return f"{aspect.show(old)} is no longer demanded"
    return f"{aspect.show(old)} became {aspect.show(new)}"


# -- allowed values ---------------------------------------------------------------------------------


def _enumeration(old: Column, new: Column) -> Iterator[ContractChange]:
    weights = Weights(
        old=old.rule("allowed_values").severity if old.allowed else None,
        new=new.rule("allowed_values").severity if new.allowed else None,
    )
    line = new.rule("allowed_values").line
    first, second = ({_identity(value): value for value in column.allowed} for column in (old, new))
    gone = [value for key, value in first.items() if key not in second]
    come = [value for key, value in second.items() if key not in first]
    found: list[tuple[str, str, Relation]] = []
    if not old.allowed and new.allowed:
        found.append(("enum-added", f"only {_listed(come)} are allowed now", "added"))
    elif old.allowed and not new.allowed:
        found.append(("enum-removed", "every value is allowed now", "removed"))
    else:
        if gone:
            found.append(("enum-value-removed", f"{_listed(gone)} is no longer allowed", "narrowed"))
        if come:
            found.append(("enum-value-added", f"{_listed(come)} is allowed now", "widened"))
    for code, said, became in found:
        yield ContractChange(
            code=code,
            sentence=f"`{_short(new.name)}`: {said}",
            column=new.name,
            line=line,
            breaks=broken(became, weights),
        )
    yield from reweighed(f"`{_short(new.name)}`: its allowed values", weights, column=new.name, line=line)


def _identity(value: Scalar) -> tuple[bool, Scalar]:
    return isinstance(value, bool), value


def _listed(values: list[Scalar]) -> str:
    shown = ", ".join(f"`{_short(str(value))}`" for value in values[:_MAX_SHOWN])
    return shown if len(values) <= _MAX_SHOWN else f"{shown} and {len(values) - _MAX_SHOWN} more"


# -- ranges and lengths -----------------------------------------------------------------------------


def _range(old: Column, new: Column) -> Relation:
    first, second = _span(old), _span(new)
    if not _has_range(old) or not _has_range(new):
        return stated(_has_range(old), _has_range(new))
    if first is None or second is None:
        return stated(_ends(old), _ends(new))
    return relation(old_in_new=second.holds(first), new_in_old=first.holds(second))


def _span(column: Column) -> Span | None:
    """The column's range in numbers, times as seconds; ``None`` where an end cannot be compared."""
    low, high = _number(column.minimum, -math.inf), _number(column.maximum, math.inf)
    if low is None or high is None:
        return None
    return Span(low=low, high=high, low_open=column.exclusive_minimum, high_open=column.exclusive_maximum)


def _number(value: Scalar | None, absent: float) -> float | None:
    if not isinstance(value, str):
        return absent if value is None else value
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def _ends(column: Column) -> tuple[Scalar | bool | None, ...]:
    return (column.minimum, column.maximum, column.exclusive_minimum, column.exclusive_maximum)


def _has_range(column: Column) -> bool:
    return column.minimum is not None or column.maximum is not None


def _show_range(column: Column) -> str:
    low = "" if column.minimum is None else f"{'>' if column.exclusive_minimum else '>='} {column.minimum}"
    high = "" if column.maximum is None else f"{'<' if column.exclusive_maximum else '<='} {column.maximum}"
    return " and ".join(part for part in (low, high) if part)


def _counted(least: str, most: str, what: str, check: str) -> _Aspect:
    """How many of something each value of a column has; nothing is said where neither end is stated."""

    def ends(column: Column) -> tuple[int, int | None]:
        return getattr(column, least) or 0, getattr(column, most)

    def given(column: Column) -> bool:
        return ends(column) != (0, None)

    def became(old: Column, new: Column) -> Relation:
        if not given(old) or not given(new):
            return stated(given(old), given(new))
        first, second = (Span(low=low, high=math.inf if high is None else high) for low, high in (ends(old), ends(new)))
        return relation(old_in_new=second.holds(first), new_in_old=first.holds(second))

    def show(column: Column) -> str:
        low, high = ends(column)
        shown = (f"from {low}" if low else "", f"to {high}" if high is not None else "", what)
        return " ".join(part for part in shown if part)

    return _Aspect(noun=_COUNTED[what], check=check, given=given, became=became, show=show)


_COUNTED = {"characters": "length", "items": "item count", "properties": "property count"}


def _needed(old: Column, new: Column) -> Relation:
    first, second = set(old.required_properties), set(new.required_properties)
    if not first or not second:
        return stated(bool(first), bool(second))
    return relation(old_in_new=second <= first, new_in_old=first <= second)


def _multiple(old: Column, new: Column) -> Relation:
    first, second = old.multiple_of, new.multiple_of
    if not first or not second:
        return stated(first, second)
    times = Fraction(str(first)) / Fraction(str(second))
    return relation(old_in_new=times.denominator == 1, new_in_old=times.numerator in (1, -1))


def _short(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}..."


_ASPECTS = (
    _Aspect(
        noun="type",
        check="column_type",
        given=lambda column: column.logical_type is not None,
        became=lambda old, new: types.logical(old.logical_type, new.logical_type),
        show=lambda column: f"`{column.logical_type}`",
    ),
    _Aspect(
        noun="physical type",
        check="physical_type",
        given=lambda column: bool(column.physical_type),
        became=lambda old, new: types.physical(old.physical_type, new.physical_type),
        show=lambda column: f"`{_short(column.physical_type)}`",
    ),
    _Aspect(noun="range", check="value_range", given=_has_range, became=_range, show=_show_range),
    _Aspect(
        noun="multiple",
        check="multiple_of",
        given=lambda column: bool(column.multiple_of),
        became=_multiple,
        show=lambda column: f"of {column.multiple_of}",
    ),
    _counted("min_length", "max_length", "characters", "text_length"),
    _counted("min_items", "max_items", "items", "list_items"),
    _counted("min_properties", "max_properties", "properties", "object_properties"),
    _Aspect(
        noun="distinct items",
        check="list_items",
        given=lambda column: column.unique_items,
        became=lambda old, new: stated(old.unique_items, new.unique_items),
        show=lambda column: "that no item comes twice",
    ),
    _Aspect(
        noun="required properties",
        check="object_properties",
        given=lambda column: bool(column.required_properties),
        became=_needed,
        show=lambda column: _listed(list(column.required_properties)),
    ),
    _Aspect(
        noun="pattern",
        check="pattern",
        given=lambda column: bool(column.pattern),
        became=lambda old, new: stated(old.pattern, new.pattern),
        show=lambda column: f"`{_short(column.pattern)}`",
    ),
    _Aspect(
        noun="format",
        check="value_format",
        given=lambda column: bool(column.format),
        became=lambda old, new: stated(old.format, new.format),
        show=lambda column: f"`{_short(column.format)}`",
    ),
)
