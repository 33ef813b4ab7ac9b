"""Formats of text that a contract can name, as patterns that every engine's regular expressions understand.

The patterns hold no look-around and no back reference: they are matched in time linear in the text.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby

from sluice.domain.physical import FLOAT32_MAX, integer_range

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_H16 = "[0-9A-Fa-f]{1,4}"
_IPV6 = "|".join(
    (
        rf"(?:{_H16}:){{6}}(?:{_H16}:{_H16}|{_IPV4})",
        rf"(?:{_H16}:){{7}}{_H16}",
        *(rf"(?:{_H16}:){{1,{left}}}(?::{_H16}){{1,{7 - left}}}" for left in range(1, 7)),
        rf"(?:{_H16}:){{1,7}}:",
        rf":(?::{_H16}){{1,7}}",
        "::",
        rf"(?:{_H16}(?::{_H16}){{0,4}})?::(?:{_H16}:){{0,4}}{_IPV4}",
    )
)
_DATE = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = "(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"

TEXT_FORMATS: dict[str, str] = {
    "uuid": "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
    "email": rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_HOST}",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[^ \t\r\n<>\"{}|\\^`]+",
    "hostname": _HOST,
    "ipv4": _IPV4,
    "ipv6": _IPV6,
    "byte": "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    "date": _DATE,
    "time": f"{_TIME}{_ZONE}?",
    "date-time": f"{_DATE}[Tt ]{_TIME}{_ZONE}",
}
# They say how text is meant, and nothing of what it is like.
ANY_TEXT = frozenset(("password", "binary"))

_ZONE_PATTERNS = {
    "X": "(?:Z|[+-][0-9]{2}(?:[0-9]{2})?)",
    "XX": "(?:Z|[+-][0-9]{4})",
    "XXX": "(?:Z|[+-][0-9]{2}:[0-9]{2})",
}
_FIELDS: dict[str, str] = {
    "yyyy": "[0-9]{4}", "uuuu": "[0-9]{4}", "yy": "[0-9]{2}", "MM": "(?:0[1-9]|1[0-2])", "M": "(?:[1-9]|1[0-2])",
    "dd": "(?:0[1-9]|[12][0-9]|3[01])", "d": "(?:[1-9]|[12][0-9]|3[01])", "HH": "(?:[01][0-9]|2[0-3])",
    "H": "(?:1?[0-9]|2[0-3])", "hh": "(?:0[1-9]|1[0-2])", "h": "(?:[1-9]|1[0-2])", "mm": "[0-5][0-9]",
    "m": "[1-5]?[0-9]", "ss": "[0-5][0-9]", "s": "[1-5]?[0-9]", "a": "[AaPp][Mm]", "Z": "[+-][0-9]{4}",
    "MMM": "[A-Z][a-z]{2}", "DDD": "[0-3][0-9]{2}", **_ZONE_PATTERNS,
}  # fmt: skip

_INTEGER = re.compile(r"([iu])(8|16|32|64|128)")


@cache
def text_pattern(name: str) -> str | None:
    """The pattern that a whole text of a format matches; empty: any text; ``None``: the format is not known.

    Beside the names in ``TEXT_FORMATS``: patterns of dates and times such as ``yyyy-MM-dd HH:mm:ss``, as Java writes
    them, of fields that are digits.
    """
    if name in ANY_TEXT:
        return ""
    pattern = TEXT_FORMATS.get(name) or _time_pattern(name)
    return None if pattern is None else f"^(?:{pattern})$"


def _time_pattern(name: str) -> str | None:
    if not 2 <= len(name) <= 60 or not set("yuMdHhms") & set(name):
        return None
    found: list[str] = []
    for index, part in enumerate(name.split("'")):
        if index % 2:
            found.append(re.escape(part or "'"))
            continue
        for char, run in groupby(part):
            field = "".join(run)
            if not char.isascii() or not char.isalpha():
                found.append(re.escape(field))
            elif char == "S":
                found.append(f"[0-9]{{{len(field)}}}")
            elif field == "T":
                found.append("T")
            elif field in _FIELDS:
                found.append(_FIELDS[field])
            else:
                return None
    return "".join(found)


@cache
def number_range(name: str) -> tuple[float, float] | None:
    """Least and greatest number of a format such as ``i32`` or ``f32``; ``None``: it is not known."""
    if name == "f64":
        return (-float("inf"), float("inf"))
    if name == "f32":
        return (-FLOAT32_MAX, FLOAT32_MAX)
    whole = _INTEGER.fullmatch(name)
    return integer_range(int(whole[2]), signed=whole[1] == "i") if whole else None
