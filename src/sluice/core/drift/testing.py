"""One aspect of a column, from counts to evidence and effect sizes; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sluice.core.drift import detectable
from sluice.domain.distribution import Aspect, Categorical, Missing, Numeric, Vectors
from sluice.domain.drift import AspectDrift
from sluice.drift import chi2, ks, vectors
from sluice.drift.bins import Bins, category_bins, finite, merged, missing_counts, numeric_bins
from sluice.drift.chi2 import Tested
from sluice.drift.cramers_v import cramers_v
from sluice.drift.jensen_shannon import jensen_shannon
from sluice.drift.missing import missing
from sluice.drift.outline import names, outline
from sluice.drift.psi import psi
from sluice.drift.wasserstein import wasserstein

TIES = 0.1
"""A value (or cell) with a greater share of both sides makes KS blind for much of what moves: χ² stands beside it."""


def test_aspect(aspect: Aspect, level: float) -> AspectDrift:
    """Evidence, corrected effect sizes and what could have been detected, from the counts of both sides.

    ``level`` is ``verdict.level``, the policy's alpha over the number of aspects tested; ``detectable`` alone depends
    on it. Sides without rows are not tested: ``p_value`` is ``None`` and ``reason`` says why.
    """
    found = aspect.distribution
    if isinstance(found, Vectors):
        return _of_vectors(aspect, found, level)
    ordinary = (int(found.reference.sum()), int(found.current.sum()))
    if isinstance(found, Categorical):
        ordinary = (ordinary[0] + found.reference_rest, ordinary[1] + found.current_rest)
    n, m = ordinary[0] + found.reference_missing.total, ordinary[1] + found.current_missing.total
    if not n or not m:
        return untested(aspect.name, (n, m), f"the {'current data' if n else 'reference'} has no rows")
    drift = _of_numbers(found, level) if isinstance(found, Numeric) else _of_categories(found, level)
    new, vanished = names(aspect)
    return replace(
        drift,
        name=aspect.name,
        n_reference=n,
        n_current=m,
        new=new,
        vanished=vanished,
        histogram=outline(aspect),
    )


def untested(name: str, rows: tuple[int, int], reason: str) -> AspectDrift:
    """An aspect that could not be tested, with the reason in words that follow the column's name."""
    return AspectDrift(
        name=name, test="", statistic=None, p_value=None, n_reference=rows[0], n_current=rows[1], reason=reason
    )


def _of_categories(found: Categorical, level: float) -> AspectDrift:
    bins = category_bins(found)
    cells = chi2.cells(found)
    tested = chi2.homogeneity(cells)
    return AspectDrift(
        name="",
        test="chi2",
        statistic=tested.statistic,
        p_value=tested.p_value,
        measures=_measures(bins),
        detectable=detectable.of_categories(max(len(cells.reference) - 1, 1), (bins.n, bins.m), level),
    )


def _of_numbers(found: Numeric, level: float) -> AspectDrift:
    n, m = int(found.reference.sum()), int(found.current.sum())
    tests = _tests(found)
    name, best = min(tests.items(), key=lambda test: test[1].p_value)
    measures = _measures(numeric_bins(found))
    possible: Mapping[str, float] = {}
    bound = 0.0
    if n and m:
        measures |= {"wasserstein": wasserstein(found), "ks": ks.effect(found)}
        possible, bound = detectable.of_numbers((n, m), level / len(tests)), ks.error_bound(found)
    return AspectDrift(
        name="",
        test=name,
        statistic=best.statistic,
        p_value=min(1.0, len(tests) * best.p_value),
        measures=measures,
        detectable=possible,
        error_bound=bound if name == "ks" else 0.0,
    )


def _tests(found: Numeric) -> dict[str, Tested]:
    """The tests that apply; the smallest p-value times their number is a p-value."""
    n, m = int(found.reference.sum()), int(found.current.sum())
    tests: dict[str, Tested] = {}
    if n and m:
        difference = ks.statistic(found.reference, found.current)
        tests["ks"] = Tested(statistic=difference, df=0, p_value=ks.p_value(found.reference, found.current))
        if int((found.reference + found.current).max()) > TIES * (n + m):
            tests["chi2"] = chi2.homogeneity(chi2.enough_each(finite(*merged(found))))
    lost = missing((n, m), found.reference_missing, found.current_missing)
    if lost is not None:
        tests["missing"] = lost
    return tests


def _measures(bins: Bins) -> dict[str, float]:
    return {"psi": psi(bins), "jensen_shannon": jensen_shannon(bins), "cramers_v": cramers_v(bins)}


def _of_vectors(aspect: Aspect, found: Vectors, level: float) -> AspectDrift:
    rows = (found.n_reference, found.n_current)
    held = (rows[0] - found.reference_missing.total, rows[1] - found.current_missing.total)
    if not min(rows):
        return untested(aspect.name, rows, f"the {'current data' if rows[0] else 'reference'} has no rows")
    scores = vectors.witness(found)
    lost = missing((max(held[0], 0), max(held[1], 0)), found.reference_missing, found.current_missing)
    kinds = vectors.repeated(found)
    level /= max(sum(one is not None for one in (scores, kinds, lost)), 1)
    tests: dict[str, AspectDrift] = {}
    if scores is not None:
        tests["witness"] = replace(_of_numbers(scores, level), test="witness")
    if kinds is not None:
        tests["chi2"] = _of_categories(kinds, level)
    if lost is not None:
        gone = _present(held, found.reference_missing, found.current_missing)
        tests["missing"] = AspectDrift(
            name="", test="missing", statistic=lost.statistic, p_value=lost.p_value, measures=_measures(gone)
        )
    if scores is None and (lost is None or min(held) > 0):
        few = f"vectors are tested from {vectors.LEAST_ROWS} rows on either side"
        return untested(aspect.name, rows, few)
    best = min(tests.values(), key=lambda test: test.p_value or 0.0)
    return replace(
        best,
        name=aspect.name,
        p_value=min(1.0, len(tests) * (best.p_value or 0.0)),
        n_reference=rows[0],
        n_current=rows[1],
        histogram=outline(replace(aspect, distribution=scores, sensitive=True)) if scores is not None else None,
        dimensions=vectors.moved_dimensions(found),
    )


def _present(held: tuple[int, int], reference: Missing, current: Missing) -> Bins:
    """Whole vectors against each kind of missing ones."""
    return finite(np.array((held[0], *missing_counts(reference))), np.array((held[1], *missing_counts(current))))
