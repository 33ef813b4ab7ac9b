"""What of a column is tested for drift, from its kinds on both sides and a sample of the reference.

Numbers and times of the day: their values. Times: range, hour of the day, weekday. Truth values and texts: categories,
by hashed buckets where nearly every value is another one, as keys are. Prose (long texts of several words, nearly every
one another) by length, script and vocabulary. Lists of numbers that are all of one length: as vectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sluice.core.drift import readings
from sluice.core.drift.grids import Grid, grid_of
from sluice.core.drift.readings import Family, Reading
from sluice.domain.drift import DriftKind
from sluice.domain.kinds import TIMESTAMPS, is_float, is_integer

How = Literal["grid", "labels", "buckets", "texts", "vectors"]

MAX_LABELS = 10_000
"""With more different values than this, a column's categories are buckets of a hash."""
MOSTLY_DISTINCT = 0.5
"""With a greater share of different values among the sample's, a text is taken for a key or for prose."""
LEAST_DISTINCT = 50
PROSE_CHARS, PROSE_WORDS = 20, 3
"""Prose is this long and has so many words in the mean."""
MAX_DIMENSIONS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One aspect of a column, and how it is counted; ``kinds`` are those of the reference's and the current column.

    ``grid`` is for aspects counted in cells alone, ``family`` what both columns are compared as.
    """

    column: str
    kinds: tuple[str, str]
    kind: DriftKind
    how: How
    name: str = ""
    reading: Reading = "number"
    grid: Grid | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A column that no test fits, and why, in words that follow its name.

    ``strict``: it should have been tested, so that it must not be passed by.
    """

    column: str
    reason: str
    strict: bool = False


def compared_as(kinds: tuple[str, str]) -> Family | str:
    """What two columns of one name are compared as; a sentence where they cannot be."""
    ours, theirs = readings.family(kinds[0]), readings.family(kinds[1])
    if ours != theirs:
        return f"is {kinds[0]} in the reference and {kinds[1]} in the current data, which are not compared"
    if ours == "other":
        return f"holds {kinds[0]} values, for which there is no test"
    return ours


def expected(kinds: Iterable[str]) -> int:
    """How many aspects columns of these kinds probably have, which decides how small an effect can be found."""
    return sum(3 if kind in TIMESTAMPS else 2 if kind == "date" else 1 for kind in kinds)


def plan(column: str, kinds: tuple[str, str], sample: Any, *, sensitive: bool) -> tuple[Planned, ...] | Unmeasured:
    """The aspects of one column; ``sample`` are values of the reference's, as Arrow."""
    match compared_as(kinds):
        case "number" | "clock" as found:
            return (_grid(column, kinds, "number", "number" if found == "number" else "clock", sample, sensitive),)
        case "boolean":
            return (_labels(column, kinds, "boolean", sensitive),)
        case "moment":
            return _moments(column, kinds, sample, sensitive)
        case "string":
            return _texts(column, kinds, sample, sensitive)
        case "list":
            return _vectors(column, kinds, sample, sensitive)
        case "null":
            return Unmeasured(column=column, reason="holds no values on either side")
        case reason:
            strict = readings.family(kinds[0]) != readings.family(kinds[1])
            return Unmeasured(column=column, reason=reason, strict=strict)


def _grid(
    column: str, kinds: tuple[str, str], kind: DriftKind, reading: Reading, sample: Any, sensitive: bool
) -> Planned:
    values, _ = readings.numbers(sample, reading)
    whole = reading != "number" or all(is_integer(one) for one in kinds)
    name = {"moment": "range", "length": "length"}.get(reading, "")
    grid = grid_of(values, whole=whole and not any(is_float(one) for one in kinds))
    if reading == "moment":
        # Some engines read times to the second and others finer: no cell holds one value alone.
        grid = Grid(stretches=grid.stretches)
    return Planned(
        column=column, kinds=kinds, kind=kind, how="grid", name=name, reading=reading, grid=grid, sensitive=sensitive
    )


def _labels(
    column: str, kinds: tuple[str, str], kind: DriftKind, sensitive: bool, reading: Reading = "label"
) -> Planned:
    name = "" if reading == "label" else reading
    return Planned(column=column, kinds=kinds, kind=kind, how="labels", name=name, reading=reading, sensitive=sensitive)


def _moments(column: str, kinds: tuple[str, str], sample: Any, sensitive: bool) -> tuple[Planned, ...]:
    found = [_grid(column, kinds, "timestamp", "moment", sample, sensitive)]
    if "date" not in kinds:
        found.append(_labels(column, kinds, "timestamp", sensitive, "hour"))
    return (*found, _labels(column, kinds, "timestamp", sensitive, "weekday"))


def _texts(column: str, kinds: tuple[str, str], sample: Any, sensitive: bool) -> tuple[Planned, ...]:
    values, _ = readings.labels(sample, "label")
    n_distinct = len(set(values))
    mostly = n_distinct > max(LEAST_DISTINCT, MOSTLY_DISTINCT * len(values))
    if mostly and _is_prose(values):
        length = _grid(column, kinds, "text", "length", sample, sensitive)
        apart = (
            Planned(column=column, kinds=kinds, kind="text", how="texts", name=name, sensitive=sensitive)
            for name in ("script", "vocabulary")
        )
        return (length, *apart)
    how: How = "buckets" if mostly or n_distinct > MAX_LABELS // 2 else "labels"
    return (Planned(column=column, kinds=kinds, kind="category", how=how, reading="label", sensitive=sensitive),)


def _is_prose(values: list[str]) -> bool:
    n_chars, n_words = sum(map(len, values)), sum(len(value.split()) for value in values)
    return n_chars >= PROSE_CHARS * len(values) and n_words >= PROSE_WORDS * len(values)


def _vectors(column: str, kinds: tuple[str, str], sample: Any, sensitive: bool) -> tuple[Planned, ...] | Unmeasured:
    inner = str(getattr(sample.type, "value_type", sample.type))
    lengths = set(list_lengths(sample))
    if not inner.startswith(("float", "double", "halffloat", "int", "uint")):
        return Unmeasured(column=column, reason=f"holds lists of {inner} values, for which there is no test")
    if len(lengths) != 1 or not 2 <= max(lengths) <= MAX_DIMENSIONS:
        said = f"holds lists that are not all of one length from 2 to {MAX_DIMENSIONS:,}, for which there is no test"
        return Unmeasured(column=column, reason=said)
    return (Planned(column=column, kinds=kinds, kind="embedding", how="vectors", sensitive=sensitive),)


def list_lengths(values: Any) -> list[int]:
    """How long every list of an Arrow array is, those that are missing left out."""
    lists = values.drop_null().combine_chunks()
    size: int | None = getattr(values.type, "list_size", None)
    return [size] * len(lists) if size is not None else lists.value_lengths().to_pylist()
