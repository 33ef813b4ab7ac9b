"""One test of a dbt property file, in any of the ways in which dbt lets it be written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sluice.adapters.decode.foreign.values import Omissions
from sluice.adapters.decode.foreign.weights import How
from sluice.domain.contract import Bound

_FAILS_IF = re.compile(r"\s*(>=|>)\s*([0-9]{1,15})\s*")
_OPTIONS = frozenset(
    "name config severity where error_if warn_if limit enabled tags store_failures fail_calc meta description "
    "test_name arguments store_failures_as".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test as it is written: its name without the option keys, what it is given, how much it weighs, and where."""

    name: str
    given: Mapping[str, Any]
    how: How
    at: str


def parsed(stated: object, at: str, omitted: Omissions) -> Test | None:
    """The test, or ``None`` where it is left out; why is listed."""
    if isinstance(stated, str):
        return Test(name=stated, given={}, how=How(), at=at)
    outer = keys(stated)
    name = outer.get("test_name")
    if not isinstance(name, str):
        names = [key for key in outer if key not in _OPTIONS]
        if len(names) != 1:
            omitted.add("a test", at, "it has no name")
            return None
        name = names[0]
        outer = {key: one for key, one in outer.items() if key != name} | keys(outer[name])
    options = {**keys(outer.get("config")), **{key: outer[key] for key in outer if key in _OPTIONS}}
    given = {key: one for key, one in outer.items() if key not in _OPTIONS} | keys(outer.get("arguments"))
    why, how = _weight(options)
    if why:
        omitted.add(f"`{name[:80]}`", at, why)
        return None
    return Test(name=name, given=given, how=how, at=at)


def _weight(options: Mapping[str, Any]) -> tuple[str, How]:
    """Why a test is left out (empty: it is not), and how much it weighs."""
    if options.get("enabled") is False:
        return "it is switched off", How()
    if options.get("where"):
        return "it is of some rows alone (`where`)", How()
    if options.get("fail_calc"):
        return "it counts in a way of its own (`fail_calc`)", How()
    severity = "warn" if str(options.get("severity", "error")).lower() == "warn" else "fail"
    stated = options.get("error_if" if severity == "fail" else "warn_if")
    if stated is None or str(stated).replace(" ", "") == "!=0":
        return "", How(severity=severity)
    found = _FAILS_IF.fullmatch(str(stated)[:100])
    if found is None:
        return f"`{str(stated)[:40]}` is no bound on the rows that fail", How()
    most = int(found[2]) - (1 if found[1] == ">=" else 0)
    if most < 0:
        return "it always fails", How()
    return "", How(severity=severity, bound=Bound(minimum=0, maximum=0) if most == 0 else Bound(maximum=most))


def sequence(value: object) -> list[Any]:
    """The value, where it is a list; else none."""
    return value if isinstance(value, list) else []


def keys(value: object) -> dict[str, Any]:
    """The value, where it is a mapping; else none."""
    return value if isinstance(value, dict) else {}
