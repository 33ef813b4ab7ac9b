"""Whether a statement's number may be shown where some columns are classified: told by its words alone.

Whoever judges evidence has no parser of SQL, and must come to the same answer as the run. So the answer is yes only for
statements plain enough to be understood without one, and no for all others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_TOKEN = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|\w+|\S")
# Comments, other quotes and escapes, columns by number, and what stands for more than itself.
_STRANGE = re.compile(r"--|/\*|[\\#`$&@;?{}]")
# What brings rows of more than one table, columns that are not named, or numbers that are no aggregate of the rows.
_FURTHER = frozenset(
    "all columns cross except full generate_series inner intersect join lateral left natural only outer pivot "
    "positional range right sample semi table tablesample union unnest unpivot using values with".split()
)
_AFTER_TABLE = frozenset(("where", "group", "having", "order", "limit"))
_NO_OPERAND = frozenset(("select", "distinct", "by", "and", "or", "not", "where", "having"))


def may_show(sql: str, tables: Collection[str], classified: Collection[str]) -> bool:
    """Whether the number says nothing of a classified column's values: none is named, or rows are counted.

    ``tables`` are the data's own names, ``classified`` those of columns, as ``casefold`` gives them. Only a ``SELECT``
    from this one table is looked at; a sub-query, a join, ``*`` or a row taken as one value is not understood.
    """
    if not classified:
        return True
    words = _words(sql.strip().removesuffix(";"))
    names = _source(words, {name.casefold() for name in tables})
    if names is None or not _is_plain(words, names):
        return False
    return _counts(words) or not any(_name(word) in classified for word in words)


def _words(sql: str) -> list[str]:
    return [] if _STRANGE.search(sql) else [_bare(token) for token in _TOKEN.findall(sql)]


def _bare(token: str) -> str:
    return token if token[0] in "\"'" else token.casefold()


def _name(word: str) -> str:
    """What a word names, if it names something."""
    return word[1:-1].replace('""', '"').casefold() if word[0] == '"' else word


def _source(words: Sequence[str], tables: Collection[str]) -> frozenset[str] | None:
    """The names that stand for the one table read, which must be one of ``tables``; ``None`` where it is not so."""
    if words[:1] != ["select"] or words.count("select") != 1 or words.count("from") != 1:
        return None
    rest = list(words[words.index("from") + 1 :])
    path = [rest.pop(0)] if rest else []
    while rest[:1] == ["."]:
        path = rest[1:2]
        del rest[:2]
    names = {_name(word) for word in path}
    if rest and rest[0] not in _AFTER_TABLE:
        alias = rest[1:2] if rest[0] == "as" else rest[:1]
        del rest[: 2 if rest[0] == "as" else 1]
        names |= {_name(word) for word in alias}
    ends = not rest or rest[0] in _AFTER_TABLE
    return frozenset(names | set(tables)) if path and _name(path[0]) in tables and ends else None


def _is_plain(words: Sequence[str], names: Collection[str]) -> bool:
    """Whether every column read is named, and by its name alone."""
    if _FURTHER.intersection(words):
        return False
    begin = words.index("from")
    for index, word in enumerate(words):
        after = words[index + 1] if index + 1 < len(words) else ""
        before = words[index - 1] if index else ""
        if (
            word == "*"
            and not _multiplies(before, after)
            and list(words[index - 2 : index + 2]) != [*"count ( * )".split()]
        ):
            return False
        # The table's name as a value is a whole row.
        is_source = begin < index and not any(one in _AFTER_TABLE for one in words[begin:index])
        if _name(word) in names and not is_source and after != ".":
            return False
    return True


def _multiplies(before: str, after: str) -> bool:
    left = before == ")" or (before[:1].isalnum() and before not in _NO_OPERAND) or before[:1] in ('"', "_")
    right = after == "(" or (after[:1].isalnum() and after != "from") or after[:1] in ('"', "_")
    return bool(before and after) and left and right


def _counts(words: Sequence[str]) -> bool:
    """Whether what is selected is a count of rows, or of values, and nothing else."""
    asked = list(words[1 : words.index("from")])
    if asked[-2:-1] == ["as"]:
        del asked[-2:]
    if asked[:2] != ["count", "("] or asked[-1:] != [")"]:
        return False
    counted = asked[2:-1]
    if counted[:1] == ["distinct"]:
        del counted[0]
    return len(counted) == 1 or (len(counted) == 3 and counted[1] == ".")
