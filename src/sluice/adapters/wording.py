"""Words of SQL that name files, and what may be read of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from sluice.adapters.located import Located
from sluice.domain.errors import DataError

MAX_COLUMNS = 10_000
MAX_LINE_BYTES = 16 * 2**20

_PATTERN = re.compile(r"[*?\[]")


def literal(path: Path) -> str:
    """A path as DuckDB must be told it, since a name may hold what it takes for a pattern."""
    return _PATTERN.sub(r"[\g<0>]", str(path))


def quote(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def options_of(options: Mapping[str, str]) -> str:
    """Options of a function that reads files."""
    return ", ".join(f"{name}={value}" for name, value in options.items())


def files_of(located: Located) -> str:
    """The files as a list."""
    return f"[{', '.join(quote(literal(path)) for path in located.files)}]"


def partition_options(located: Located, strings: Collection[str]) -> dict[str, str]:
    """The options that make columns of folders named ``key=value``."""
    if not located.partitions:
        return {"hive_partitioning": "false"}
    types = {name: "VARCHAR" if name in strings else kind for name, kind in located.partitions}
    said = ", ".join(f"{quote(name)}: {kind}" for name, kind in types.items())
    return {"hive_partitioning": "true", "hive_types": f"{{{said}}}", "hive_types_autocast": "false"}


def refuse_made_twice(names: Collection[str], located: Located) -> None:
    """Refuses files that have a column which their folders make as well."""
    made = {name.lower() for name, _ in located.partitions}
    if twice := next((name for name in names if name.lower() in made), None):
        raise DataError(f"the column `{twice[:80]}` is in the files and in their folders' names", where=located.source)


def _is_blank(name: str) -> bool:
    """Whether a name shows nothing: spaces, and what takes no space at all."""
    return not any(char.isprintable() and not char.isspace() for char in name)


def refuse_columns(names: Collection[str], located: Located, known: Collection[str] = ()) -> None:
    """Refuses too many columns, one without a name, and those that differ in case alone, which SQL cannot tell apart.

    ``known`` are the names that the files have, where the engine makes names up.
    """
    if len(names) > MAX_COLUMNS:
        raise DataError(f"has more than {MAX_COLUMNS} columns", where=located.source)
    if any(map(_is_blank, known or names)):
        remedy = "give it one, or leave it out, as pandas does its index with `index=False`"
        raise DataError("a column has no name", where=located.source, remedy=remedy)
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen or (known and name not in known):
            raise DataError(f"two columns have the name `{name[:80]}`, in upper or lower case", where=located.source)
        seen.add(name.lower())
