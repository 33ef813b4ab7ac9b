"""dbt's property files (``schema.yml``): a table for every model, seed, snapshot and source table that has columns.

Carried are data types, constraints, dbt's own tests, and those of ``dbt_utils`` and ``dbt_expectations`` that say
something of one table. ``severity: warn`` only warns; ``error_if: ">10"`` is a bound on the rows that fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from sluice.adapters.decode.foreign.carrying import Carried
from sluice.adapters.decode.foreign.dbt_tests import Test, keys, parsed, sequence
from sluice.adapters.decode.foreign.great_expectations import Suite
from sluice.adapters.decode.foreign.types import carry_type
from sluice.adapters.decode.foreign.values import Omissions, child, is_count, is_name, is_number, text_of
from sluice.adapters.decode.foreign.weights import End, How
from sluice.domain.contract import Bound, Freshness, Key, Relation
from sluice.domain.draft import DraftTable
from sluice.domain.errors import ConfigError

SECTIONS = ("models", "seeds", "snapshots", "sources")

_REFERENCE = re.compile(
    r"\s*(?:ref|source)\(\s*(?:['\"][^'\"]*['\"]\s*,\s*)?['\"]([^'\"]+)['\"]\s*(?:,\s*v[^)]*)?\)\s*"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PERIODS_S = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0, "month": 2_592_000.0}
_DOCUMENTATION = frozenset(
    "name description data_type quote meta tags config docs access group latest_version policy_tags identifier loader "
    "columns tests data_tests constraints database schema alias relation loaded_at_field freshness".split()
)
_MAX_TESTS = 20_000


def read(
    value: object, *, where: str, name: str, omitted: Omissions, model: str | None = None
) -> tuple[DraftTable, ...]:
    """The tables, or the one of the name ``model``. Raises ``ConfigError`` where there is none, or one comes twice."""
    if not isinstance(value, dict) or not any(isinstance(value.get(section), list) for section in SECTIONS):
        raise ConfigError("is no property file of dbt", where=where, remedy="give one with `models`")
    tables: dict[str, DraftTable] = {}
    names: list[str] = []
    for at, stated, inherited in _entries(value, omitted):
        names.append(stated["name"])
        if model is not None and stated["name"] != model:
            continue
        table = _Reader(omitted).table(stated, at, inherited)
        if table is None:
            omitted.add("a table", f"{at} ({stated['name'][:60]})", "it says nothing of columns or rows")
        elif table.name in tables:
            raise ConfigError(f"describes `{table.name[:60]}` twice", where=f"{where}: {at}")
        else:
            tables[table.name] = table
    if model is not None and not tables:
        known = ", ".join(f"`{one[:60]}`" for one in names[:20]) or "none"
        raise ConfigError(f"describes no columns of `{model[:60]}`", where=where, remedy=f"it names {known}")
    if not tables:
        raise ConfigError("describes no columns", where=where)
    return tuple(tables.values())


def _entries(value: Mapping[str, Any], omitted: Omissions) -> Iterator[tuple[str, dict[str, Any], Mapping[str, Any]]]:
    """Every table with its name: where, what is stated, and what its source says for all of its tables."""
    for section in SECTIONS:
        for index, one in enumerate(sequence(value.get(section))):
            at = child(section, index)
            if section != "sources":
                listed: list[tuple[str, Any, Mapping[str, Any]]] = [(at, one, {})]
            else:
                source = keys(one)
                tables = enumerate(sequence(source.get("tables")))
                listed = [(child(at, "tables", number), table, source) for number, table in tables]
            for place, stated, inherited in listed:
                if isinstance(stated, dict) and is_name(stated.get("name")):
                    yield place, stated, inherited
                else:
                    omitted.add("a table", place, "it has no name that can be written")


class _Reader:
    """One table while it is read."""

    def __init__(self, omitted: Omissions) -> None:
        self._omitted = omitted
        self._suite = Suite(omitted)
        self._n_tests = 0

    def table(self, stated: Mapping[str, Any], at: str, inherited: Mapping[str, Any]) -> DraftTable | None:
        """The table, or ``None`` where nothing is said of it."""
        self._documented(stated, at, {"versions": "a contract is of one version of a table"})
        for index, one in enumerate(sequence(stated.get("columns"))):
            self._column(one, child(at, "columns", index))
        for index, one in enumerate(sequence(stated.get("constraints"))):
            self._constraint(keys(one), None, child(at, "constraints", index))
        for test in self._tests(stated, at):
            self._of_table(test)
        self._fresh({**inherited, **stated}, at)
        if not self._suite.columns and not self._suite.demands:
            return None
        table = self._suite.table(str(stated["name"]), at)
        return DraftTable(
            name=table.name,
            columns=table.columns,
            demands=table.demands,
            description=text_of(stated.get("description")),
        )

    def _documented(self, stated: Mapping[str, Any], at: str, why: Mapping[str, str]) -> None:
        for key in stated:
            if key not in _DOCUMENTATION:
                self._omitted.add(f"`{key[:60]}`", at, why.get(key, "no such demand in the standard"))

    def _column(self, stated: object, at: str) -> None:
        if not isinstance(stated, dict) or not is_name(stated.get("name")):
            self._omitted.add("a column", at, "it has no name that can be written")
            return
        column = self._suite.column(stated["name"], at)
        column.at = at
        column.description = text_of(stated.get("description"))
        self._documented(stated, at, {})
        if stated.get("data_type") is not None and not carry_type(column, stated["data_type"]):
            column.omit(f"`data_type: {str(stated['data_type'])[:60]}`", "the standard has no such type")
        for index, one in enumerate(sequence(stated.get("constraints"))):
            self._constraint(keys(one), column, child(at, "constraints", index))
        for test in self._tests(stated, at):
            column.at = test.at
            self._of_column(test, column)

    # -- tests -----------------------------------------------------------------------------------------

    def _tests(self, stated: Mapping[str, Any], at: str) -> Iterator[Test]:
        for section in ("tests", "data_tests"):
            for index, one in enumerate(sequence(stated.get(section))):
                place = child(at, section, index)
                self._n_tests += 1
                if self._n_tests > _MAX_TESTS:
                    raise ConfigError(f"has more than {_MAX_TESTS} tests of one table", where=place)
                test = parsed(one, place, self._omitted)
                if test is not None:
                    yield test

    def _of_column(self, test: Test, column: Carried) -> None:
        given, how = test.given, test.how
        match test.name.removeprefix("dbt."):
            case "not_null":
                column.require(how)
            case "unique":
                column.unique(how)
            case "accepted_values" if isinstance(given.get("values"), list):
                texts = column.column.logical_type == "string"
                values = [str(one) if texts and is_number(one) else one for one in given["values"]]
                column.allow(values, how)
            case "relationships" if how.bound_is_none:
                self._relate(column, given.get("to"), given.get("field"), how)
            case "dbt_utils.accepted_range":
                low, high = (
                    End(given[key], given.get("inclusive") is False) if given.get(key) is not None else None
                    for key in ("min_value", "max_value")
                )
                column.between(low, high, how)
            case "dbt_utils.not_null_proportion" if how.bound_is_none:
                self._proportion(column, given, how)
            case "dbt_utils.not_empty_string":
                column.length(1, None, how)
                column.omit("`dbt_utils.not_empty_string`", "a text of spaces alone is not empty here")
            case name if name.startswith("dbt_expectations."):
                named = {"type_": given.get("column_type"), "type_list": given.get("column_type_list")}
                arguments = {**given, **{key: one for key, one in named.items() if one is not None}}
                self._expect(name, {**arguments, "column": column.column.name}, test)
            case name:
                column.omit(f"the test `{name[:80]}`")

    def _of_table(self, test: Test) -> None:
        given = test.given
        match test.name:
            case "dbt_utils.unique_combination_of_columns" if test.how.bound_is_none and _names(
                given.get("combination_of_columns")
            ):
                self._key(given["combination_of_columns"], test.how, test.at)
            case "dbt_utils.recency" if is_name(given.get("field")):
                self._age(given["field"], given.get("interval"), given.get("datepart"), test.how, test.at)
            case name if name.startswith("dbt_expectations.") and not given.get("group_by"):
                self._expect(name, given, test)
            case name:
                self._omitted.add(f"the test `{name[:80]}`", test.at)

    def _expect(self, name: str, arguments: Mapping[str, Any], test: Test) -> None:
        if arguments.get("row_condition"):
            self._omitted.add(f"the test `{name[:80]}`", test.at, "it is of some rows alone (`row_condition`)")
        else:
            self._suite.add(name.removeprefix("dbt_expectations."), arguments, test.how, test.at)

    def _proportion(self, column: Carried, given: Mapping[str, Any], how: How) -> None:
        least, most = given.get("at_least"), given.get("at_most", 1)
        if not (is_number(least) and is_number(most) and 0 <= least <= most <= 1):
            column.omit("`dbt_utils.not_null_proportion`", "its ends are no shares")
            return
        low, high = round(100 * (1 - most), 9), round(100 * (1 - least), 9)
        bound = Bound(minimum=low or None, maximum=high, unit="percent")
        column.require(How(severity=how.severity, bound=bound))

    # -- constraints, keys, ages -----------------------------------------------------------------------

    def _constraint(self, stated: Mapping[str, Any], column: Carried | None, at: str) -> None:
        columns: object = [column.column.name] if column is not None else stated.get("columns")
        kind = stated.get("type")
        if kind == "foreign_key" and _names(columns) and len(columns) == 1:
            own = self._suite.column(columns[0], at)
            self._relate(own, stated.get("to"), next(iter(sequence(stated.get("to_columns"))), None), How())
        elif kind == "not_null" and _names(columns):
            for one in columns:
                self._suite.column(one, at).require()
        elif kind in ("unique", "primary_key") and _names(columns):
            self._key(columns, How(), at, primary=kind == "primary_key")
        else:
            self._omitted.add(f"the constraint `{str(kind)[:60]}`", at)

    def _key(self, names: list[str], how: How, at: str, *, primary: bool = False) -> None:
        columns = [self._suite.column(one, at) for one in dict.fromkeys(names)]
        for column in columns if primary else ():
            column.require()
        if len(columns) == 1:
            columns[0].unique(how)
        else:
            names = list(dict.fromkeys(names))
            # A table has one primary key; any other is a key like every other.
            primary = primary and not any(isinstance(one, Key) and one.primary for one in self._suite.demands)
            self._suite.demands.append(Key(columns=tuple(names), primary=primary, severity=how.severity))

    def _relate(self, column: Carried, to: object, field: object, how: How) -> None:
        found = _REFERENCE.fullmatch(to) if isinstance(to, str) and len(to) <= 500 else None
        table = found[1] if found else to
        if not all(isinstance(one, str) and _NAME.fullmatch(one) for one in (table, field)):
            column.omit("a relationship", "it does not name a table and a column that a contract can refer to")
            return
        name = column.column.name
        column.relate(Relation(columns=(name,), table=str(table), to=(str(field),), severity=how.severity))

    def _fresh(self, stated: Mapping[str, Any], at: str) -> None:
        """What a source says of the age of its newest row."""
        config = keys(stated.get("config"))
        ages, field = (stated.get(key, config.get(key)) for key in ("freshness", "loaded_at_field"))
        for key, how in (("error_after", How()), ("warn_after", How(severity="warn"))):
            one = keys(keys(ages).get(key))
            if not one:
                continue
            if is_name(field):
                self._age(field, one.get("count"), one.get("period"), how, at)
            else:
                self._omitted.add(f"`{key}`", at, "no column says how old a row is (`loaded_at_field`)")

    def _age(self, column: str, count: object, period: object, how: How, at: str) -> None:
        length_s = _PERIODS_S.get(str(period).lower())
        if not is_count(count) or length_s is None or not how.bound_is_none or not _NAME.fullmatch(column):
            self._omitted.add("an age", at, "it is no number of minutes, hours, days, weeks or months of a column")
            return
        self._suite.column(column, at)
        self._suite.demands.append(Freshness(column=column, max_age_s=float(count) * length_s, severity=how.severity))


def _names(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and bool(value) and all(map(is_name, value))
