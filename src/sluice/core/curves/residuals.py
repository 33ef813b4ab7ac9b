"""How residuals are distributed: the share of rows by what the prediction missed."""

from __future__ import annotations

import numpy as np

from sluice.core.curves.shape import Drawn, Rows, Sides, line
from sluice.domain.curves import Line
from sluice.domain.stats import FloatArray

N_BINS = 40
TAIL = 0.005
"""The share of rows at either end that the first and the last bin take: one wild row must not squeeze the rest."""


def points(rows: Rows, sides: Sides) -> Line:
    """A point for each bin, at its middle; the bins are the same for both models.

    The first and the last one hold all that lies beyond. Rows without weight count nowhere but in ``n``.
    """
    edges = _edges(sides)
    bins = np.searchsorted(edges[1:-1], rows.y - rows.p, side="right")
    n = np.bincount(bins, minlength=len(edges) - 1)
    weight = np.bincount(bins, rows.weights, len(edges) - 1)
    return line((edges[:-1] + edges[1:]) / 2, weight / weight.sum(), n=n)


def _edges(sides: Sides) -> FloatArray:
    residuals = np.concatenate([rows.y - rows.p for rows in sides if rows is not None])
    at = round(TAIL * (len(residuals) - 1)), round((1 - TAIL) * (len(residuals) - 1))
    ends = np.partition(residuals, at)
    low, high = float(ends[at[0]]), float(ends[at[1]])
    edges: FloatArray = np.linspace(low, high, N_BINS + 1)
    # All alike, or so close together that numbers cannot tell the bins apart: one bin.
    return edges if (np.diff(edges) > 0).all() else np.array([low, high])


RESIDUALS = Drawn(
    kind="residuals",
    tasks=("regression", "forecasting"),
    definition=f"Share of rows (y) by their residual, true minus predicted (x), in {N_BINS} bins of equal width over "
    f"all but the {TAIL:.1%} at either end, which the outermost bins hold.",
    source="Freedman & Diaconis 1981, Z. Wahrscheinlichkeitstheorie 57, 453-476, for histograms as estimates.",
    line=points,
)
