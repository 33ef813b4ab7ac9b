"""Whether nulls, NaN and infinities are as frequent on both sides."""

from __future__ import annotations

import numpy as np

from sluice.domain.distribution import Missing
from sluice.domain.drift_method import Method
from sluice.drift.bins import finite, missing_counts
from sluice.drift.chi2 import Tested, enough_each, homogeneity


def missing(ordinary: tuple[int, int], reference: Missing, current: Missing) -> Tested | None:
    """Test ordinary against each kind of missing value, ``ordinary`` of the reference and of the current data.

    ``None`` where neither side misses any, or a side has no rows: there is nothing to test.
    """
    sides = [np.array((own, *missing_counts(side))) for own, side in zip(ordinary, (reference, current), strict=True)]
    if reference.total + current.total == 0 or not all(int(side.sum()) for side in sides):
        return None
    return homogeneity(enough_each(finite(sides[0], sides[1])))


METHOD = Method(
    name="missing",
    kind="test",
    of=("numeric", "vectors"),
    high=float("inf"),
    definition=(
        "χ² of the table side × (ordinary, null, NaN, -inf, +inf), beside the test of the ordinary values, where "
        "either side misses any. Of categories, the missing ones are categories like the others."
    ),
    correction="As χ²; with two kinds of values Fisher's exact test. Two tests of one column: p is twice the smaller.",
    source="Rubin 1976, Biometrika 63, 581-592, on missing values that are themselves a signal; Fisher 1922.",
)
