"""How much a demand of another language weighs, and how many values may break it."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.contract import Bound, Query
from sluice.domain.drift_limits import Severity

_NONE = Bound(minimum=0, maximum=0)
_BROKEN = "COUNT(CASE WHEN NOT (HOLDS) THEN 1 END)"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How much a demand weighs, and how many values may break it: none, unless ``bound`` says otherwise."""

    severity: Severity = "fail"
    bound: Bound = _NONE

    @property
    def plain(self) -> bool:
        """Whether a column can say it by itself."""
        return self == How()

    @property
    def bound_is_none(self) -> bool:
        """Whether no value at all may break the demand."""
        return self.bound == _NONE


PLAIN = How()


def at_most_percent(mostly: float) -> Bound:
    """The bound on the share of values that break a demand which ``mostly`` (0 to 1) of them must keep."""
    return Bound(maximum=round(100 * (1 - mostly), 9), unit="percent")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range; ``exclusive``: it does not belong to it."""

    value: object
    exclusive: bool = False


def out_of_range(column: str, comparisons: list[str], how: How) -> Query:
    """The number of values that comparisons do not hold of; or their share in percent of those that are there."""
    holds = " AND ".join(f"${{column}} {one}" for one in comparisons)
    broken, name = _BROKEN.replace("HOLDS", holds), f"values not {' and '.join(comparisons)}"
    sql, bound = f"SELECT {broken}", how.bound
    if how.bound.unit == "percent":
        name, sql = f"percent of {name}", f"SELECT 100.0 * {broken} / NULLIF(COUNT(${{column}}), 0)"
        bound = Bound(maximum=how.bound.maximum)
    return Query(name=name, sql=f"{sql} FROM ${{table}}", bound=bound, severity=how.severity, column=column)
