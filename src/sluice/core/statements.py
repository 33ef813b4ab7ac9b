"""SQL rules of a contract: one statement that reads this table and those given beside it, or a refusal.

The rules come from pull requests. A statement is taken apart, looked through and written anew, so that what runs is
what was looked at. The engine that runs it is locked besides: it reaches no files, no network and no settings.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from sluice.domain.errors import DataError

_QUERIES = frozenset(("Select", "Union", "Intersect", "Except", "Subquery"))
# Of everything else that a parser knows, these do something beside reading.
_ACTS = frozenset(
    "Insert Update Delete Merge Create Drop Alter AlterColumn TruncateTable Command Copy Into Set SetItem Pragma "
    "Attach Detach Use LoadData Lock Transaction Commit Rollback Kill Cache Uncache Refresh Describe Summarize Show "
    "Comment Grant Revoke Analyze Execute ExecuteSql Declare Export Install".split()
)
_SOURCES = frozenset(("GenerateSeries", "Unnest", "GenerateDateArray", "GenerateTimestampArray"))
# Functions that the parser has no name for, and that only compute.
_FUNCTIONS = frozenset(
    "age array_length array_position bit_count bool_and bool_or contains date_diff date_part date_sub "
    "damerau_levenshtein editdist3 epoch_ms epoch_us even fdiv fmod gcd hamming hash histogram isfinite isinf isnan "
    "jaccard jaro_similarity jaro_winkler_similarity json_array_length json_contains json_exists json_keys "
    "json_type json_valid kurtosis lcm len list_aggregate list_any_value list_avg list_contains list_count "
    "list_distinct list_extract list_has_all list_has_any list_max list_min list_position list_sort list_sum "
    "list_unique mad make_date map_contains map_entries map_extract map_keys map_values nfc_normalize ord product "
    "quantile regexp_extract_all regexp_full_match regexp_matches regexp_split_to_array skewness strip_accents "
    "struct_extract suffix prefix translate trunc try_strptime unicode yearweek cardinality element_at entropy favg "
    "fsum kahan_sum sem list_filter list_transform list_reduce array_distinct monthname dayname isoyear century "
    "decade millennium".split()
)


_VARYING = re.compile(
    r"(?i)\b(now|today|current_(date|time|timestamp)|get_current_time(stamp)?|local(time|timestamp)|transaction_timestamp"
    r"|age|random|uuid|gen_random_uuid|sample|tablesample|setseed)\b"
)


def varies(sql: str) -> bool:
    """Whether a statement may give another number on the same data: by the clock, or by chance."""
    return _VARYING.search(sql) is not None


def prepared(sql: str, dialect: str, names: Collection[str], related: Mapping[str, str]) -> str:
    """The statement over ``data`` and ``related`` alone, which gives the engine's name of every other table.

    ``dialect`` is the SQL that it is in, ``names`` are those that stand for ``data``. Raises ``DataError`` (``sql``)
    for anything but one query of these.
    """
    tree = _parsed(sql, dialect)
    try:
        known = {name.lower(): "data" for name in ("data", *names)} | {
            name.lower(): view for name, view in related.items() if name.lower() not in {one.lower() for one in names}
        }
        ctes = frozenset(_renamed(node) for node in list(tree.walk()) if _kind(node) == "CTE")
        for node in list(tree.walk()):
            _require_harmless(node)
            if _kind(node) == "Table":
                _resolve(node, known, ctes)
        return str(tree.sql(dialect=dialect, comments=False))
    except RecursionError:
        raise _refusal("is too deep") from None


def _parsed(sql: str, dialect: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except SqlglotError as problem:
        raise _refusal(f"cannot be read{_place(problem)}") from None
    except RecursionError:
        raise _refusal("is too deep") from None
    if len(trees) != 1:
        raise _refusal(f"is not one statement, but {len(trees)}")
    if _kind(trees[0]) not in _QUERIES:
        raise _refusal("does not only read", "write one `SELECT`")
    return trees[0]


def _place(problem: Any) -> str:
    """Where a parser stopped; its words repeat the statement at any length."""
    errors: Any = getattr(problem, "errors", None)
    line, column = (errors[0].get("line"), errors[0].get("col")) if errors else (None, None)
    return f" at line {line}, column {column}" if line and column else ""


def _refusal(what: str, remedy: str = "") -> DataError:
    return DataError(f"the statement {what}", reason_code="sql", remedy=remedy)


def _kind(node: Any) -> str:
    return type(node).__name__


def _require_harmless(node: Any) -> None:
    kind = _kind(node)
    if kind in _ACTS:
        raise _refusal("does not only read", "write one `SELECT`")
    if kind == "Anonymous" and str(node.name).lower() not in _FUNCTIONS:
        raise _refusal(f"calls `{str(node.name)[:60]}`, which is not among the functions that rules may call")
    if kind in ("AnonymousAggFunc", "CombinedAggFunc", "ParameterizedAgg", "UserDefinedFunction", "Dot"):
        _require_plain(node, kind)
    if kind.startswith(("Read", "Load")):
        raise _refusal("reads a file")


def _require_plain(node: Any, kind: str) -> None:
    """A dot may lead to a field of a struct, and not to a function of some schema."""
    if kind != "Dot":
        raise _refusal("calls a function that rules may not call")
    import sqlglot.expressions as exp

    if isinstance(node.expression, exp.Func):
        raise _refusal("calls a function of another schema")


def _renamed(cte: Any) -> str:
    """Gives a part of the statement a name that no table has: outside of its part, its own name is another table's."""
    import sqlglot.expressions as exp

    name = _own(cte.alias_or_name)
    cte.args["alias"].set("this", exp.to_identifier(name, quoted=True))
    return name


def _own(name: str) -> str:
    return f"sluice_part_{name.lower()}"


def _resolve(table: Any, known: Mapping[str, str], ctes: Collection[str]) -> None:
    """Makes the table's name the engine's, and keeps the name that the statement has for it."""
    import sqlglot.expressions as exp

    if _kind(table.this) in _SOURCES:
        return
    if not isinstance(table.this, exp.Identifier):
        raise _refusal("reads from a function", "read from `${table}`")
    name = str(table.this.this)
    plain = not table.args.get("db") and not table.args.get("catalog")
    view = _own(name) if plain and _own(name) in ctes else known.get(name.lower())
    if view is None:
        raise _refusal(f"names the table `{name[:60]}`, which is not here", "call the data `${table}`")
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
    table.set("this", exp.to_identifier(view, quoted=True))
    table.set("db", None)
    table.set("catalog", None)
