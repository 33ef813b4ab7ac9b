"""Great Expectations suites as JSON, before 1.0 (``expectation_type``) and since (``type``).

``mostly`` becomes a bound in percent. Severities ``warning`` and ``info`` only warn. An expectation of some rows alone
(``row_condition``) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sluice.adapters.decode.foreign.carrying import Carried, columns_of
from sluice.adapters.decode.foreign.types import carry_type, logical_of
from sluice.adapters.decode.foreign.values import Omissions, child, is_count, is_name, is_number
from sluice.adapters.decode.foreign.weights import End, How, at_most_percent
from sluice.domain.contract import Bound, Demand, Key, LogicalType, Query, RowCount
from sluice.domain.draft import DraftTable
from sluice.domain.errors import ConfigError

Arguments = Mapping[str, Any]

_NUMBERS: Mapping[str, str] = {
    "expect_column_mean_to_be_between": "SELECT AVG(${column}) FROM ${table}",
    "expect_column_median_to_be_between": "SELECT MEDIAN(${column}) FROM ${table}",
    "expect_column_stdev_to_be_between": "SELECT STDDEV_SAMP(${column}) FROM ${table}",
    "expect_column_sum_to_be_between": "SELECT SUM(${column}) FROM ${table}",
    "expect_column_min_to_be_between": "SELECT MIN(${column}) FROM ${table}",
    "expect_column_max_to_be_between": "SELECT MAX(${column}) FROM ${table}",
    "expect_column_unique_value_count_to_be_between": "SELECT COUNT(DISTINCT ${column}) FROM ${table}",
    "expect_column_proportion_of_unique_values_to_be_between": (
        "SELECT 1.0 * COUNT(DISTINCT ${column}) / NULLIF(COUNT(${column}), 0) FROM ${table}"
    ),
}
_TYPES = ("expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list")


def read(value: object, *, where: str, name: str, omitted: Omissions) -> tuple[DraftTable, ...]:
    """The one table that the suite is about. Raises ``ConfigError`` where it lists no expectations."""
    if not isinstance(value, dict) or not isinstance(value.get("expectations"), list):
        raise ConfigError("is no suite of Great Expectations", where=where)
    own = value.get("name") or value.get("expectation_suite_name")
    suite = Suite(omitted)
    stated = list(_stated(value["expectations"], omitted))
    # Types first: which bounds a column can have depends on them, and not on their place in the suite.
    for expectation, arguments, how, at in sorted(stated, key=lambda one: one[0] not in _TYPES):
        suite.add(expectation, arguments, how, at)
    return (suite.table(own if is_name(own) else name, where),)


def _stated(expectations: list[Any], omitted: Omissions) -> Iterator[tuple[str, Arguments, How, str]]:
    for index, one in enumerate(expectations):
        at = child("expectations", index)
        kind = (one.get("type") or one.get("expectation_type")) if isinstance(one, dict) else None
        arguments = one.get("kwargs", {}) if isinstance(one, dict) else None
        if not isinstance(kind, str) or not isinstance(arguments, dict):
            omitted.add("an expectation", at, "it has no type, or no arguments")
            continue
        how = how_of(arguments, one.get("severity"))
        if arguments.get("row_condition"):
            omitted.add(f"`{kind[:80]}`", at, "it is of some rows alone (`row_condition`)")
        elif how is None:
            omitted.add(f"`{kind[:80]}`", at, "`mostly` is no share")
        else:
            yield kind, arguments, how, at


def how_of(arguments: Arguments, severity: object) -> How | None:
    """How much an expectation weighs and how many values may break it; ``None`` where ``mostly`` is no share."""
    how = How(severity="warn" if severity in ("warning", "info") else "fail")
    mostly = arguments.get("mostly")
    if mostly is None or mostly == 1:
        return how
    if not is_number(mostly) or not 0 <= mostly <= 1:
        return None
    return replace(how, bound=at_most_percent(float(mostly)))


class Suite:
    """The columns and demands of one table, gathered from expectations; dbt has the same under names of its own."""

    def __init__(self, omitted: Omissions) -> None:
        self.columns: dict[str, Carried] = {}
        self.demands: list[Demand] = []
        self._omitted = omitted

    def table(self, name: str, where: str) -> DraftTable:
        """All of it; raises ``ConfigError`` where there is nothing."""
        columns = columns_of(self.columns.values(), self._omitted)
        if not columns and not self.demands:
            raise ConfigError("expects nothing that a contract can say", where=where)
        return DraftTable(name=name, columns=columns, demands=tuple(self.demands))

    def column(self, name: str, at: str) -> Carried:
        """The column of a name, new where it was not named before."""
        return self.columns.setdefault(name, Carried(name, at, self._omitted))

    def add(self, expectation: str, arguments: Arguments, how: How, at: str) -> None:
        """Carries one expectation over, or lists it."""
        name = arguments.get("column")
        if name is None:
            carried = self._of_table(expectation, arguments, how, at)
        elif not is_name(name):
            self._omitted.add(f"`{expectation[:80]}`", at, "the name of its column cannot be written")
            return
        else:
            column = self.column(name, at)
            column.at = at
            carried = _of_column(expectation, column, arguments, how)
        if not carried:
            self._omitted.add(f"`{expectation[:80]}`", at)

    def _of_table(self, expectation: str, arguments: Arguments, how: How, at: str) -> bool:
        match expectation:
            case "expect_table_row_count_to_be_between" | "expect_table_row_count_to_equal":
                bound = _bound(arguments)
                if bound is None or not all(end is None or is_count(end) for end in (bound.minimum, bound.maximum)):
                    return False
                self.demands.append(RowCount(bound=bound, severity=how.severity))
            case "expect_compound_columns_to_be_unique":
                listed = arguments.get("column_list")
                if not isinstance(listed, list) or not listed or not all(map(is_name, listed)) or not how.bound_is_none:
                    return False
                for one in listed:
                    self.column(one, at)
                self.demands.append(Key(columns=tuple(dict.fromkeys(listed)), severity=how.severity))
            case "expect_table_columns_to_match_set" | "expect_table_columns_to_match_ordered_list":
                listed = arguments.get("column_set") or arguments.get("column_list")
                if not isinstance(listed, list) or not all(map(is_name, listed)):
                    return False
                for one in listed:
                    self.column(one, at)
                said = "columns beyond those listed, and their order, are not refused"
                self._omitted.add(f"`{expectation}`", at, said)
            case _:
                return False
        return True


def _of_column(expectation: str, column: Carried, arguments: Arguments, how: How) -> bool:
    """Carries an expectation of one column over; whether there was anything to carry."""
    if expectation in _NUMBERS:
        return _ask(expectation, column, arguments, how)
    carry = _CARRIERS.get(expectation)
    if carry is None:
        return False
    # What is counted in percent is so of all rows in the standard, and of the rows with a value in the suite.
    if not how.bound_is_none and not column.column.required and expectation not in _OF_ALL_ROWS:
        column.omit("`mostly`", "percent are of all rows, those without a value too")
    return carry(column, arguments, how) is not False


def _ask(expectation: str, column: Carried, arguments: Arguments, how: How) -> bool:
    bound = _bound(arguments)
    if bound is None:
        return False
    name = expectation.removeprefix("expect_column_").removesuffix("_to_be_between").replace("_", " ")
    column.ask(
        Query(name=name, sql=_NUMBERS[expectation], bound=bound, severity=how.severity, column=column.column.name)
    )
    return True


def _bound(arguments: Arguments) -> Bound | None:
    """The range that ``min_value`` and ``max_value`` (or ``value``) say; ``None`` for none."""
    low, high = (arguments.get(key, arguments.get("value")) for key in ("min_value", "max_value"))
    if (low is None and high is None) or not all(end is None or is_number(end) for end in (low, high)):
        return None
    return Bound(
        minimum=None if low is None else float(low),
        maximum=None if high is None else float(high),
        exclusive_minimum=low is not None and bool(arguments.get("strict_min") or arguments.get("strictly")),
        exclusive_maximum=high is not None and bool(arguments.get("strict_max") or arguments.get("strictly")),
    )


# -- one function for each expectation; `False` where it is not carried -------------------------------


def _exists(column: Carried, arguments: Arguments, how: How) -> None:
    """The column is there: being named is enough."""


def _not_null(column: Carried, arguments: Arguments, how: How) -> None:
    column.require(how)


def _null(column: Carried, arguments: Arguments, how: How) -> None:
    least = 100.0 if how.bound_is_none else round(100 - float(how.bound.maximum or 0), 9)
    column.require(replace(how, bound=Bound(minimum=least, unit="percent")))


def _unique(column: Carried, arguments: Arguments, how: How) -> None:
    column.unique(how)


def _between(column: Carried, arguments: Arguments, how: How) -> bool:
    low, high = (
        End(arguments[f"{side}_value"], bool(arguments.get("strictly") or arguments.get(f"strict_{side}")))
        if arguments.get(f"{side}_value") is not None
        else None
        for side in ("min", "max")
    )
    if low or high:
        column.between(low, high, how)
    return bool(low or high)


def _in_set(column: Carried, arguments: Arguments, how: How) -> bool:
    values = arguments.get("value_set")
    if not isinstance(values, list):
        return False
    column.allow(values, how)
    return True


def _regex(column: Carried, arguments: Arguments, how: How) -> bool:
    pattern = arguments.get("regex")
    if not isinstance(pattern, str):
        return False
    column.match(pattern, how)
    return True


def _regexes(column: Carried, arguments: Arguments, how: How) -> bool:
    listed = arguments.get("regex_list")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, str) for one in listed):
        return False
    if len(listed) == 1:
        column.match(listed[0], how)
    elif arguments.get("match_on", "any") == "any":
        column.match("|".join(f"(?:{one})" for one in listed), how)
    else:
        for one in listed:
            column.match(one, how)
    return True


def _lengths(column: Carried, arguments: Arguments, how: How) -> bool:
    low, high = (arguments.get(key, arguments.get("value")) for key in ("min_value", "max_value"))
    column.length(low, high, how)
    return low is not None or high is not None


def _of_type(column: Carried, arguments: Arguments, how: How) -> bool:
    listed = arguments.get("type_list", [arguments.get("type_")])
    if not isinstance(listed, list) or not how.plain:
        return False
    if len(listed) == 1:
        return carry_type(column, listed[0])
    kinds: set[LogicalType | None] = {logical_of(one) for one in listed}
    kind: LogicalType | None = next(iter(kinds)) if len(kinds) == 1 else None
    kind = "number" if kinds == {"integer", "number"} else kind
    if kind is None:
        return False
    column.logical(kind)
    return True


# Their shares are the same in both: of all rows, or told by a statement of SQL.
_OF_ALL_ROWS = (
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_null",
    "expect_column_values_to_be_between",
    "expect_column_to_exist",
)
_CARRIERS: Mapping[str, Callable[[Carried, Arguments, How], bool | None]] = {
    "expect_column_to_exist": _exists,
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_column_values_to_be_unique": _unique,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_distinct_values_to_be_in_set": _in_set,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_values_to_match_regex_list": _regexes,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _lengths,
    "expect_column_values_to_be_of_type": _of_type,
    "expect_column_values_to_be_in_type_list": _of_type,
}
