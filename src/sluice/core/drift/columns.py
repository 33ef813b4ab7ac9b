"""Some columns of two tables, from samples and counts to the distributions of their aspects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sluice.core.drift import counting, readings, texts, vectors
from sluice.core.drift.aspects import Planned, Unmeasured, plan
from sluice.core.drift.sides import SAMPLE_ROWS, Sides
from sluice.domain.distribution import Aspect

LIMIT = 2**15
"""Most different cells or labels of one aspect; where there are more labels, buckets of a hash are counted."""

Column = tuple[str, tuple[str, str]]
"""A column's name, and its kinds in the reference and in the current data."""
Examined = tuple[Aspect, ...] | Unmeasured


def examined(sides: Sides, columns: Sequence[Column], sensitive: frozenset[str]) -> list[Examined]:
    """Every column's aspects, in the order given, or why there are none. Raises ``DataError``."""
    plain = [(name, kinds) for name, kinds in columns if "array" not in kinds]
    found: dict[str, Examined] = {}
    if plain:
        samples = _samples(sides, tuple(name for name, _ in plain))
        plans = {
            name: plan(name, kinds, samples[0].column(index), sensitive=name.casefold() in sensitive)
            for index, (name, kinds) in enumerate(plain)
        }
        found = {name: one for name, one in plans.items() if isinstance(one, Unmeasured)}
        planned = {name: one for name, one in plans.items() if not isinstance(one, Unmeasured)}
        found |= _measured(planned, samples) if len(samples) == 2 else _counted(sides, planned, samples[0])
    for name, kinds in columns:
        if name not in found:
            found[name] = vectors.examined(sides, name, kinds, sensitive=name.casefold() in sensitive)
    return [found[name] for name, _ in columns]


def _samples(sides: Sides, names: tuple[str, ...]) -> tuple[Any, ...]:
    """The reference's sample; of small tables both, which are all of their rows."""
    if sides.whole:
        return sides.both(lambda _, engine: engine.sample(names, SAMPLE_ROWS))
    return (sides.engines[0].sample(names, SAMPLE_ROWS),)


def _measured(plans: Mapping[str, tuple[Planned, ...]], samples: tuple[Any, ...]) -> dict[str, Examined]:
    found: dict[str, Examined] = {}
    for name, planned in plans.items():
        pair = (samples[0].column(name), samples[1].column(name))
        found[name] = tuple(
            _prose(one, pair) if one.how == "texts" else counting.measured(one, pair) for one in planned
        )
    return found


def _counted(sides: Sides, plans: Mapping[str, tuple[Planned, ...]], sample: Any) -> dict[str, Examined]:
    asked = [one for planned in plans.values() for one in planned if one.how != "texts"]
    counted = _tallied(sides, asked)
    many = [one for one in asked if counted[one.column, one.name] is None]
    if sides.alike:
        counted |= _tallied(sides, [replace(one, how="buckets") for one in many])
    prose = tuple(name for name, planned in plans.items() if any(one.how == "texts" for one in planned))
    others: Any = sides.engines[1].sample(prose, SAMPLE_ROWS) if prose else None
    found: dict[str, Examined] = {}
    for name, planned in plans.items():
        parts = [
            _prose(one, (sample.column(name), others.column(name))) if one.how == "texts" else counted[name, one.name]
            for one in planned
        ]
        several = "holds more different values than two engines of different kinds can compare"
        whole = tuple(part for part in parts if part is not None)
        found[name] = whole if len(whole) == len(parts) else Unmeasured(column=name, reason=several, strict=True)
    return found


def _tallied(sides: Sides, asked: Sequence[Planned]) -> dict[tuple[str, str], Aspect | None]:
    """Every aspect by column and name; ``None`` where its labels are too many, or the engines do not hash alike."""
    apart = [one for one in asked if one.how == "buckets" and not sides.alike]
    together = [one for one in asked if one not in apart]
    found: dict[tuple[str, str], Aspect | None] = {(one.column, one.name): None for one in apart}
    if together:
        asked_of = _expressions(sides, together)
        tallies = sides.both(lambda side, engine: engine.tally(asked_of[side], LIMIT), meanwhile=_loaded)
        for index, one in enumerate(together):
            pair = (tallies[0][str(index)], tallies[1][str(index)])
            found[one.column, one.name] = counting.counted(one, pair, sides.n_rows)
    return found


def _expressions(sides: Sides, asked: Sequence[Planned]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What each engine is to count, by the aspect's place; the very same where both tables are of the same columns."""

    def of(side: int) -> dict[str, Any]:
        table = sides.engines[side].table
        return {str(place): counting.expression(one, table[one.column], side) for place, one in enumerate(asked)}

    reference = of(0)
    same = sides.engines[0].table.equals(sides.engines[1].table) and all(one.kinds[0] == one.kinds[1] for one in asked)
    return reference, reference if same else of(1)


def _loaded() -> object:
    """Loads what the tests are made of, which takes a fifth of a second, while the engines count."""
    from scipy.special import ndtri

    return ndtri


def _prose(planned: Planned, samples: tuple[Any, Any]) -> Aspect:
    """The script or the vocabulary of two samples of texts."""
    (ours, our_missing), (theirs, their_missing) = (readings.labels(sample, "label") for sample in samples)
    if planned.name == "script":
        tallies = (Counter(map(texts.script, ours)), Counter(map(texts.script, theirs)))
        return counting.categories(planned, ({**tallies[0], None: our_missing}, {**tallies[1], None: their_missing}))
    shares = texts.unknown_shares(ours, theirs)
    return counting.numbers(planned, (shares[0], our_missing), (shares[1], their_missing))
