"""Folders named ``key=value``, whose names are columns of the files within."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import unquote

from sluice.domain.errors import DataError

MISSING = "__HIVE_DEFAULT_PARTITION__"

_KEY = re.compile(r"([^=/]+)=([^/]*)")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def partitions(names: Sequence[str], source: str) -> tuple[tuple[str, str], ...]:
    """The columns that the folders of files' names make, each with its type in DuckDB; none where there are none.

    A column of whole numbers (without leading zeros) is ``BIGINT``, of ISO dates ``DATE``, any other ``VARCHAR``.
    Raises ``DataError`` where not all files lie in folders of the same keys.
    """
    found = [_keys(name) for name in names]
    keys = tuple(key for key, _ in found[0]) if found else ()
    if any(tuple(key for key, _ in one) != keys for one in found):
        raise DataError("not all files lie in folders of the same `key=value` names", where=source)
    if len({key.lower() for key in keys}) < len(keys):
        raise DataError("two folders on one path have the same key", where=source)
    return tuple((key, _type({one[index][1] for one in found})) for index, key in enumerate(keys))


def _keys(name: str) -> list[tuple[str, str]]:
    folders = PurePosixPath(name).parts[:-1]
    matched = (_KEY.fullmatch(folder) for folder in folders)
    return [(unquote(match[1]), unquote(match[2])) for match in matched if match]


def _type(values: set[str]) -> str:
    stated = values - {MISSING}
    if stated and all(_INTEGER.fullmatch(value) for value in stated):
        return "BIGINT"
    return "DATE" if stated and all(_is_date(value) for value in stated) else "VARCHAR"


def _is_date(value: str) -> bool:
    try:
        return _DATE.fullmatch(value) is not None and date.fromisoformat(value) is not None
    except ValueError:
        return False
