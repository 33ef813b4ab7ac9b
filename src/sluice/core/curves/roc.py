"""The ROC curve: the share of positive rows found against the share of negative rows taken for positive."""

from __future__ import annotations

import numpy as np

from sluice.core.curves.shape import Drawn, Rows, Sides, line, passed, thinned
from sluice.domain.curves import Line
from sluice.domain.metric import need_both_classes


def points(rows: Rows, sides: Sides) -> Line:
    """From (0, 0) to (1, 1), a point for each threshold that is kept; raises ``Undefined`` where a class is missing."""
    need_both_classes(rows.y, rows.weight)
    positive, negative = (np.concatenate(([0.0], found)) for found in passed(rows))
    x, y = (found / found[-1] for found in (negative, positive))
    kept = thinned(x + y)
    return line(x[kept], y[kept])


ROC = Drawn(
    kind="roc",
    tasks=("classification",),
    definition="Share of positive rows found (y) against the share of negative rows taken for positive (x), for every "
    "threshold. Thinned to equal steps of x + y.",
    source="Fawcett 2006, Pattern Recognition Letters 27, 861-874.",
    line=points,
)
