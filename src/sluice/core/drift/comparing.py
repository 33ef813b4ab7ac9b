"""Two tables, from their engines to a verdict: what both hold, the tests, the judgement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

from sluice.core.drift import aspects, verdict
from sluice.core.drift.aspects import Unmeasured
from sluice.core.drift.columns import examined
from sluice.core.drift.sides import SAMPLE_ROWS, Sides, both
from sluice.core.drift.testing import test_aspect, untested
from sluice.domain.drift import ClassifierDrift, DriftKind, DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.ports import TableEngine
from sluice.domain.verdict import Verdict

MAX_VALUES = 4_000_000
"""Columns are looked at in groups of so many values, which bounds the memory."""
_MAX_NAMED, _MAX_NAME_CHARS = 10, 60


def compare(
    reference: TableEngine,
    current: TableEngine,
    spec: Drift,
    *,
    dataset: str,
    reference_label: str,
    sensitive: frozenset[str] = frozenset(),
) -> DriftResult:
    """Every column of two tables against each other; ``sensitive`` columns are tested, and no value of them is shown.

    ``sensitive`` names are in ``casefold``, as ``Contract.classified`` has them. Data with the digest of its reference
    passes without a test, unless it has no rows. Raises ``DataError`` where a table cannot be read.
    """
    engines = (reference, current)
    with ThreadPoolExecutor(2, thread_name_prefix="drift") as pool:
        n_rows = both(pool, engines, lambda _, engine: int(engine.aggregate({"n": engine.table.count()})["n"]))
        digests = both(pool, engines, lambda _, engine: engine.sha256)
        found = DriftResult(
            dataset=dataset,
            reference=reference_label,
            verdict=Verdict.PASS,
            n_reference=n_rows[0],
            n_current=n_rows[1],
            reference_sha256=digests[0],
            current_sha256=digests[1],
        )
        if digests[0] and digests[0] == digests[1] and n_rows[1]:
            return replace(found, message="the data is the same")
        sides = Sides(engines=engines, n_rows=n_rows, pool=pool)
        columns, message = _measured(sides, spec, sensitive)
        classifier = _classified(sides, spec, columns) if spec.classifier else None
    judged = verdict.judge(spec, columns)
    overall = verdict.overall(judged, classifier)
    return replace(found, columns=judged, classifier=classifier, verdict=overall, message=message)


def _measured(sides: Sides, spec: Drift, sensitive: frozenset[str]) -> tuple[list[verdict.Measured], str]:
    """Every column's aspects, tested; and what is said of the columns that are not."""
    kinds = [engine.columns() for engine in sides.engines]
    shared = [name for name in kinds[0] if name in kinds[1] and verdict.chosen(spec, name)]
    level = verdict.level(spec, aspects.expected(kinds[0][name] for name in shared))
    found: list[verdict.Measured] = []
    passed_by: list[str] = []
    for names in _groups(shared, sides):
        group = [(name, (kinds[0][name], kinds[1][name])) for name in names]
        for column in examined(sides, group, sensitive):
            if isinstance(column, Unmeasured):
                if column.strict or column.column in spec.columns:
                    found.append(_unmeasured(column.column, column.reason, sides))
                else:
                    passed_by.append(f"{_short(column.column)} {column.reason}")
            else:
                tested = tuple(test_aspect(one, level) for one in column)
                found.append((column[0].column, cast("DriftKind", column[0].kind), tested))
    gone = [name for name in kinds[0] if name not in kinds[1] and verdict.chosen(spec, name)]
    found += [_unmeasured(name, "is in the reference and not in the current data", sides) for name in gone]
    known = {*kinds[0], *kinds[1]}
    asked = [name for name in spec.columns if not set("*?[") & set(name) and name not in known]
    found += [_unmeasured(name, "is in neither data, though the policy names it", sides) for name in asked]
    new = [_short(name) for name in kinds[1] if name not in kinds[0] and verdict.chosen(spec, name)]
    return found, "; ".join(filter(None, (_listed("new columns", new), _listed("not tested", passed_by))))


def _classified(sides: Sides, spec: Drift, columns: Sequence[verdict.Measured]) -> ClassifierDrift | None:
    """What a classifier makes of rows of both sides: of the columns that have a test and are no vectors."""
    from sluice.core.drift.classifier import classify

    names = tuple(name for name, kind, _ in columns if kind not in ("unmeasured", "embedding"))
    if not names:
        return None
    limit = max(min(SAMPLE_ROWS, MAX_VALUES // len(names)), spec.min_rows)
    samples = sides.both(lambda _, engine: engine.sample(names, limit, scattered=True))
    return verdict.judge_classifier(spec, classify(*samples, names))


def _unmeasured(name: str, reason: str, sides: Sides) -> verdict.Measured:
    return name, "unmeasured", (untested("", sides.n_rows, reason),)


def _listed(what: str, said: Sequence[str]) -> str:
    more = f" and {len(said) - _MAX_NAMED:,} more" if len(said) > _MAX_NAMED else ""
    return f"{what}: {', '.join(said[:_MAX_NAMED])}{more}" if said else ""


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME_CHARS else f"{name[: _MAX_NAME_CHARS - 1]}…"


def _groups(names: Sequence[str], sides: Sides) -> Iterable[Sequence[str]]:
    rows = min(max(*sides.n_rows, 1), SAMPLE_ROWS)
    size = max(MAX_VALUES // rows, 1)
    return (names[begin : begin + size] for begin in range(0, len(names), size))
