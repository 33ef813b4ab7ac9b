"""Pandera schemas as ``DataFrameSchema.to_yaml()`` writes them, with every key (to 0.2x) or those that are set (later).

Pandera's texts are matched from their beginning; so are the patterns here. A column that is not ``required`` in
Pandera may be absent, which a contract does not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sluice.adapters.decode.foreign.carrying import Carried, columns_of
from sluice.adapters.decode.foreign.values import Omissions, child, is_name, is_number, text_of
from sluice.adapters.decode.foreign.weights import PLAIN, End, How
from sluice.domain.contract import Demand, Key, LogicalType
from sluice.domain.draft import DraftTable
from sluice.domain.errors import ConfigError

_TYPES: tuple[tuple[re.Pattern[str], LogicalType], ...] = (
    (re.compile(r"u?int(8|16|32|64)?(\[pyarrow\])?", re.IGNORECASE), "integer"),
    (re.compile(r"(float(16|32|64)?|double|complex)(\[pyarrow\])?", re.IGNORECASE), "number"),
    (re.compile(r"decimal.*", re.IGNORECASE), "number"),
    (re.compile(r"bool(ean)?_?(\[pyarrow\])?", re.IGNORECASE), "boolean"),
    (re.compile(r"(str|string|utf8)(\[.*\])?", re.IGNORECASE), "string"),
    (re.compile(r"date(32)?(\[(day|pyarrow)\])?", re.IGNORECASE), "date"),
    (re.compile(r"(datetime|timestamp).*", re.IGNORECASE), "timestamp"),
    (re.compile(r"time(64)?(\[.*\])?", re.IGNORECASE), "time"),
    (re.compile(r"list.*", re.IGNORECASE), "array"),
)
_SETTINGS = frozenset(
    "title description dtype nullable checks unique coerce required regex report_duplicates default drop_invalid_rows "
    "metadata name parsers".split()
)
_CHECKS = frozenset(
    "equal_to not_equal_to greater_than greater_than_or_equal_to less_than less_than_or_equal_to in_range isin notin "
    "str_matches str_contains str_startswith str_endswith str_length unique_values_eq".split()
)
_OPTIONS = frozenset(
    ("options", "raise_warning", "ignore_na", "name", "error", "check_name", "n_failure_cases", "title")
)
_NO_DEMANDS = frozenset(
    "schema_type version api columns name title description unique coerce report_duplicates metadata "
    "drop_invalid_rows".split()
)


def read(value: object, *, where: str, name: str, omitted: Omissions) -> tuple[DraftTable, ...]:
    """The one table of the schema. Raises ``ConfigError`` where it lists no columns."""
    if not isinstance(value, dict) or not isinstance(value.get("columns"), dict) or not value["columns"]:
        raise ConfigError("is no Pandera schema with columns", where=where)
    if value.get("schema_type", "dataframe") != "dataframe":
        raise ConfigError(f"is a schema of a {str(value['schema_type'])[:40]}, not of a dataframe", where=where)
    own = value.get("name")
    columns = columns_of(_columns(value, omitted), omitted)
    if not columns:
        raise ConfigError("is no Pandera schema with columns", where=where)
    demands, names = list[Demand](), {one.column.name for one in columns}
    unique = value.get("unique")
    unique = [unique] if isinstance(unique, str) else unique
    if isinstance(unique, list) and unique:
        if all(isinstance(one, str) and one in names for one in unique):
            demands.append(Key(columns=tuple(dict.fromkeys(unique))))
        else:
            omitted.add("`unique`", "the schema", "it names a column that the schema has not")
    _leave_out(value, omitted)
    table = DraftTable(
        name=own if is_name(own) else name,
        columns=columns,
        description=text_of(value.get("description")) or text_of(value.get("title")),
        demands=tuple(demands),
    )
    return (table,)


def _leave_out(schema: Mapping[str, Any], omitted: Omissions) -> None:
    for key, stated in schema.items():
        if key in _NO_DEMANDS or stated in (None, False, [], {}):
            continue
        match key:
            case "index":
                omitted.add("`index`", "the schema", "a table in a file has no index; describe it as a column")
            case "strict":
                omitted.add("`strict`", "the schema", "columns beyond those listed are not refused")
            case "ordered":
                omitted.add("`ordered`", "the schema", "the order of columns is not measured")
            case _:
                omitted.add(f"`{key[:60]}`", "the schema")


def _columns(schema: Mapping[str, Any], omitted: Omissions) -> Iterator[Carried]:
    fallback = schema.get("dtype")
    for name, stated in schema["columns"].items():
        at = child("columns", name)
        if not is_name(name):
            omitted.add("a column", at, "its name cannot be written")
            continue
        settings: dict[str, Any] = stated if isinstance(stated, dict) else {}
        if settings.get("regex") is True:
            omitted.add("`regex`", at, "a contract names every column")
            continue
        column = Carried(name, at, omitted)
        column.description = text_of(settings.get("description")) or text_of(settings.get("title"))
        _type(column, settings.get("dtype") or fallback)
        if settings.get("nullable") is not True:
            column.require()
        if settings.get("unique") is True:
            column.unique()
        if settings.get("required") is False:
            column.omit("`required: false`", "a column of a contract is always there")
        if settings.get("coerce") is True or schema.get("coerce") is True:
            column.omit("`coerce`", "nothing is converted before it is checked")
        for setting in ("default", "parsers"):
            if settings.get(setting) is not None:
                column.omit(f"`{setting}`", "nothing is converted before it is checked")
        for key in settings:
            if key not in _SETTINGS and key not in _CHECKS:
                column.omit(f"`{key[:60]}`")
        for check, stated_check in _checks(settings):
            _check(column, check, stated_check)
        yield column


def _type(column: Carried, dtype: object) -> None:
    if dtype is None:
        return
    if isinstance(dtype, str) and len(dtype) <= 200:
        for pattern, kind in _TYPES:
            if pattern.fullmatch(dtype):
                column.logical(kind)
                if sized := re.fullmatch(r"(u?int|float)(8|16|32|64)", dtype.lower()):
                    column.physical(sized[0] if sized[0] != "float16" else "float32")
                return
    column.omit(f"`dtype: {str(dtype)[:60]}`", "the standard has no such type")


def _checks(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every check of a column: below ``checks`` by name or in a list, or beside the column's other keys."""
    yield from ((key, value) for key, value in settings.items() if key in _CHECKS)
    listed = settings.get("checks")
    if isinstance(listed, dict):
        yield from ((str(key), value) for key, value in listed.items())
    for one in listed if isinstance(listed, list) else ():
        options = one.get("options") if isinstance(one, dict) else None
        yield str(options.get("check_name") if isinstance(options, dict) else one), one


def _check(column: Carried, name: str, stated: Any) -> None:
    """Carries one check over, or lists it."""
    options, given = _split(stated)
    how = How(severity="warn") if options.get("raise_warning") is True else PLAIN
    if options.get("ignore_na") is False:
        column.omit(f"`ignore_na: false` of {name[:60]}", "missing values are the matter of `required`")

    def of(key: str) -> Any:
        return given.get(key, given.get("value")) if isinstance(given, dict) else given

    match name:
        case "greater_than" | "greater_than_or_equal_to":
            column.least(_moment(column, of("min_value")), exclusive=name == "greater_than", how=how)
        case "less_than" | "less_than_or_equal_to":
            column.most(_moment(column, of("max_value")), exclusive=name == "less_than", how=how)
        case "in_range" if isinstance(given, dict):
            low, high = (
                End(_moment(column, given.get(f"{side}_value")), given.get(f"include_{side}") is False)
                for side in ("min", "max")
            )
            column.between(low, high, how)
        case "equal_to":
            column.allow([of("value")], how)
        case "isin" if isinstance(of("allowed_values"), list):
            column.allow(of("allowed_values"), how)
        case "str_length":
            exact = given.get("exact_value") if isinstance(given, dict) else None
            ends = (given.get("min_value"), given.get("max_value")) if isinstance(given, dict) else (None, None)
            column.length(*((exact, exact) if exact is not None else ends), how)
        case "str_matches" | "str_contains" | "str_startswith" | "str_endswith" if isinstance(
            text := of("pattern" if name in ("str_matches", "str_contains") else "string"), str
        ):
            column.match(_pattern(name, text), how)
        case _:
            column.omit(f"the check `{name[:60]}`")


def _split(stated: Any) -> tuple[Mapping[str, Any], Any]:
    """A check's options, and what it is given."""
    if not isinstance(stated, dict):
        return {}, stated
    options = stated.get("options")
    plain = {key: value for key, value in stated.items() if key in _OPTIONS and key != "options"}
    found = plain | (options if isinstance(options, dict) else {})
    return found, {key: value for key, value in stated.items() if key not in _OPTIONS}


def _pattern(check: str, text: str) -> str:
    match check:
        case "str_matches":
            return text if text.startswith("^") else f"^(?:{text})"
        case "str_startswith":
            return f"^{re.escape(text)}"
        case "str_endswith":
            return f"{re.escape(text)}$"
        case _:
            return text


def _moment(column: Carried, value: Any) -> Any:
    """Pandera writes times with a space; a column of dates has no hour."""
    if not isinstance(value, str) or is_number(value):
        return value
    text = value.replace(" ", "T", 1)
    midnight = text.removesuffix("T00:00:00")
    return midnight if column.column.logical_type == "date" else text
