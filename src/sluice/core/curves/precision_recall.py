"""The precision-recall curve: how many of the rows taken for positive are, against the share of positive rows found."""

from __future__ import annotations

import numpy as np

from sluice.core.curves.shape import Drawn, Rows, Sides, line, passed, thinned
from sluice.domain.curves import Line
from sluice.domain.metric import need_positives


def points(rows: Rows, sides: Sides) -> Line:
    """From the highest threshold to the lowest, where the precision is the share of positive rows.

    Raises ``Undefined`` where no row is positive.
    """
    need_positives(rows.y, rows.weight)
    positive, negative = passed(rows)
    every = positive + negative
    there = every > 0  # rows that weigh nothing have no precision
    positive, every = positive[there], every[there]
    recall, precision = positive / positive[-1], positive / every
    kept = thinned(recall)
    return line(np.minimum(recall[kept], 1.0), np.minimum(precision[kept], 1.0))


PRECISION_RECALL = Drawn(
    kind="precision_recall",
    tasks=("classification",),
    definition="Share of the rows taken for positive that are (y) against the share of positive rows found (x), for "
    "every threshold. Thinned to equal steps of x.",
    source="Davis & Goadrich 2006, ICML, 233-240.",
    line=points,
)
