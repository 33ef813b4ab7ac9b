"""What is carried over from another language, column by column, and what is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from sluice.adapters.decode import regex
from sluice.adapters.decode.foreign.values import Omissions, is_count, is_number, says
from sluice.adapters.decode.foreign.weights import PLAIN, End, How, out_of_range
from sluice.domain.check import moment
from sluice.domain.contract import Column, LogicalType, Query, Relation, Scalar, ValueCount
from sluice.domain.draft import DraftColumn

MAX_COLUMNS = 10_000
_TIMES = ("date", "timestamp")
_Counted = Literal["length", "items", "properties"]


class Carried:
    """One column while it is read; every demand is joined with those that it has already."""

    def __init__(self, name: str, at: str, omitted: Omissions) -> None:
        self.column = Column(name=name)
        self.description = ""
        self.at = at
        self._omitted = omitted
        self._rules: list[ValueCount | Query] = []
        self._relations: list[Relation] = []
        self._properties: list[Carried] = []
        self._items: Carried | None = None

    def omit(self, what: str, why: str = "no such demand in the standard") -> None:
        """Something of this column that is left out."""
        self._omitted.add(what, self.at, why)

    def logical(self, kind: LogicalType) -> None:
        """The values' type; a second one that is not the same is left out."""
        if self.column.logical_type not in (None, kind):
            self.omit(f"type {kind}", f"it is {self.column.logical_type} already")
            return
        self.column = replace(self.column, logical_type=kind)

    def physical(self, name: str) -> None:
        """The type's name in the data's own language."""
        self.column = replace(self.column, physical_type=name)

    def require(self, how: How = PLAIN) -> None:
        """No value is missing."""
        if how.plain:
            self.column = replace(self.column, required=True)
        else:
            self._count("nullValues", how)

    def unique(self, how: How = PLAIN) -> None:
        """No value comes twice."""
        if how.plain:
            self.column = replace(self.column, unique=True)
        else:
            self._count("duplicateValues", how)

    def relate(self, relation: Relation) -> None:
        """The column refers to one of another table."""
        self._relations.append(relation)

    def ask(self, query: Query) -> None:
        """A number that SQL gives."""
        self._rules.append(query)

    def allow(self, values: Iterable[object], how: How = PLAIN) -> None:
        """Only these values; among several such demands, those that all allow. A null says nothing."""
        given = [value for value in values if value is not None]
        listed: list[Scalar] = [value for value in given if isinstance(value, str | int | float) and says(value)]
        if len(listed) < len(given) or not listed:
            # Allowing fewer values than the source does would refuse what is right.
            self.omit("a list of values", "holds none that a contract can list, or something that is no single value")
            return
        unique = {(isinstance(value, bool), value): value for value in listed}
        if not how.plain:
            self._count("invalidValues", how, valid=tuple(unique.values()))
            return
        before = {(isinstance(value, bool), value) for value in self.column.allowed}
        both = tuple(value for key, value in unique.items() if not before or key in before)
        if not both:
            self.omit("a list of values", "has no value in common with another list")
            return
        self.column = replace(self.column, allowed=both)

    def match(self, pattern: str, how: How = PLAIN) -> None:
        """Every value matches, anywhere in it; a second pattern becomes a rule."""
        try:
            regex.require(pattern)
        except regex.PatternError as problem:
            self.omit(f"the pattern `{pattern[:80]}`", str(problem))
            return
        if self.column.logical_type not in (None, "string"):
            self.omit(f"the pattern `{pattern[:80]}`", f"patterns are of texts, and it is {self.column.logical_type}")
        elif how.plain and self.column.pattern in ("", pattern):
            self.column = replace(self.column, pattern=pattern)
        else:
            self._count("invalidValues", how, pattern=pattern)

    def length(self, low: object, high: object, how: How = PLAIN) -> None:
        """Every text has so many characters, both ends included."""
        if how.plain:
            self.counted("length", "string", low, high)
        elif ends := self._ends("length", "string", low, high):
            self._count("invalidValues", how, min_length=ends[0], max_length=ends[1])

    def counted(
        self, what: Literal["length", "items", "properties"], kind: LogicalType, low: object, high: object
    ) -> None:
        """Every value of a column of ``kind`` has so many characters, items or properties, both ends included."""
        ends = self._ends(what, kind, low, high)
        if ends is None:
            return
        lows = [end for end in (getattr(self.column, f"min_{what}"), ends[0]) if end is not None]
        highs = [end for end in (getattr(self.column, f"max_{what}"), ends[1]) if end is not None]
        least, most = max(lows, default=None), min(highs, default=None)
        if least is not None and most is not None and least > most:
            self.omit(f"from {least} to {most} {what}", "no value has so many")
            return
        self.column = replace(self.column, **{f"min_{what}": least, f"max_{what}": most})

    def _ends(self, what: str, kind: LogicalType, low: object, high: object) -> tuple[int | None, int | None] | None:
        least, most = (int(end) if is_count(end) else None for end in (low, high))
        if (least is None) != (low is None) or (most is None) != (high is None):
            self.omit(f"a number of {what}", "it is not a whole number")
            return None
        if self.column.logical_type not in (None, kind):
            self.omit(f"a number of {what}", f"it is of columns of {kind}, and this is {self.column.logical_type}")
            return None
        return least, most

    def distinct_items(self) -> None:
        """No item comes twice in a list."""
        self.column = replace(self.column, unique_items=True)

    def need(self, names: Iterable[str]) -> None:
        """Every object has these properties, with values."""
        names = tuple(dict.fromkeys((*self.column.required_properties, *names)))
        self.column = replace(self.column, required_properties=names)

    def within(self, column: Carried) -> None:
        """A column within this one, which is of objects."""
        if any(column.column.name == one.column.name for one in self._properties):
            column.omit("a second description", f"`{column.column.name[:60]}` is described twice")
            return
        self._properties.append(column)

    def holds(self, items: Carried) -> None:
        """What this column's lists hold; of that, only the type is measured."""
        items.strip()
        self._items = items

    def strip(self) -> None:
        """Leaves nothing but the type, here and within."""
        bare = Column(name=self.column.name, logical_type=self.column.logical_type)
        if self.column != bare or self._rules or self._relations:
            self.omit("what is demanded of values within a list", "only their type is measured")
        self.column = bare
        self._rules.clear()
        self._relations.clear()
        for one in (*self._properties, *((self._items,) if self._items else ())):
            one.strip()

    def multiple(self, value: float) -> None:
        """Every value is a multiple of this; a second one is left out."""
        if self.column.multiple_of not in (None, value):
            self.omit(f"multiples of {value}", f"they are multiples of {self.column.multiple_of} already")
            return
        self.column = replace(self.column, multiple_of=value)

    def format(self, name: str) -> None:
        """Every text is of a format that the standard names; a second one is left out."""
        if self.column.format not in ("", name):
            self.omit(f"the format {name}", f"it is {self.column.format} already")
            return
        self.column = replace(self.column, format=name)

    def finished(self) -> DraftColumn:
        """The column as a draft has it."""
        return DraftColumn(
            column=self._typed(),
            description=self.description,
            rules=tuple(self._rules),
            relations=tuple(self._relations),
            properties=tuple(one.finished() for one in self._properties),
            items=self._items.finished() if self._items else None,
        )

    def _typed(self) -> Column:
        """The column with the type that its demands imply, where none is stated."""
        column = self.column
        numbers = column.multiple_of is not None or is_number(column.minimum) or is_number(column.maximum)
        texts = bool(column.pattern or column.format) or column.min_length is not None or column.max_length is not None
        if column.logical_type is not None or numbers == texts:
            return column
        return replace(column, logical_type="number" if numbers else "string")

    def _count(self, metric: Any, how: How, **demand: Any) -> None:
        name = self.column.name
        rule = ValueCount(metric=metric, columns=(name,), bound=how.bound, severity=how.severity, **demand)
        self._rules.append(rule)

    # -- ranges ----------------------------------------------------------------------------------------

    def least(self, value: object, *, exclusive: bool = False, how: How = PLAIN) -> None:
        """Every value is at least this, or greater."""
        self.between(End(value, exclusive), None, how)

    def most(self, value: object, *, exclusive: bool = False, how: How = PLAIN) -> None:
        """Every value is at most this, or less."""
        self.between(None, End(value, exclusive), how)

    def between(self, low: End | None, high: End | None, how: How = PLAIN) -> None:
        """Every value is between two ends; what may be broken by some values becomes a statement of SQL."""
        comparisons: list[str] = []
        for side, end in (("minimum", low), ("maximum", high)):
            if end is None:
                continue
            literal = self._literal(end.value)
            if literal is None:
                kind = self.column.logical_type or "values"
                self.omit(f"the {side} {str(end.value)[:60]!r}", f"does not compare with {kind}")
                return
            sign = (">" if side == "minimum" else "<") + ("" if end.exclusive else "=")
            comparisons.append(f"{sign} {literal}")
        if not how.plain:
            self._rules.append(out_of_range(self.column.name, comparisons, how))
            return
        for side, end in (("minimum", low), ("maximum", high)):
            held, held_open = getattr(self.column, side), getattr(self.column, f"exclusive_{side}")
            if end is not None and (held is None or self._tighter(side, end, End(held, held_open))):
                changed: dict[str, Any] = {side: end.value, f"exclusive_{side}": end.exclusive}
                self.column = replace(self.column, **changed)

    def _literal(self, value: object) -> str | None:
        """The value in SQL, where the column's type compares with it."""
        kind = self.column.logical_type
        if is_number(value):
            return repr(value) if kind in ("integer", "number", None) else None
        if not isinstance(value, str) or kind not in _TIMES or moment(value, kind) is None:
            return None
        return f"{kind.upper()} '{value}'" if re.fullmatch(r"[0-9T :.+Z-]+", value) else None

    def _tighter(self, side: str, given: End, held: End) -> bool:
        one, other = self._number(given.value), self._number(held.value)
        if one == other:
            return given.exclusive and not held.exclusive
        return one > other if side == "minimum" else one < other

    def _number(self, value: Any) -> Any:
        return moment(value, "timestamp") if isinstance(value, str) else value


def columns_of(carried: Iterable[Carried], omitted: Omissions) -> tuple[DraftColumn, ...]:
    """The columns, each name once and no more than ``MAX_COLUMNS``."""
    found: dict[str, DraftColumn] = {}
    for one in carried:
        if one.column.name in found:
            omitted.add("a second description", one.at, f"the column `{one.column.name[:60]}` is described twice")
        elif len(found) == MAX_COLUMNS:
            omitted.add("a column", one.at, f"there are more than {MAX_COLUMNS}")
        else:
            found[one.column.name] = one.finished()
    return tuple(found.values())
