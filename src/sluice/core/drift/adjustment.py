"""p-values of many tests at once, adjusted so that alpha bounds what goes wrong over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Correction = Literal["benjamini-hochberg", "bonferroni"]


def adjusted(p_values: Sequence[float], correction: Correction) -> list[float]:
    """Adjusted p-values, 0 to 1, in the order given.

    Bonferroni bounds the chance of any false alarm; Benjamini-Hochberg the expected share of false alarms among the
    alarms, which is that same chance while nothing drifts. Source: Benjamini & Hochberg 1995, JRSS B 57, 289-300.
    """
    size = len(p_values)
    if correction == "bonferroni":
        return [min(1.0, p * size) for p in p_values]
    found, least = [1.0] * size, 1.0
    for rank, index in sorted(enumerate(sorted(range(size), key=p_values.__getitem__), 1), reverse=True):
        least = min(least, p_values[index] * size / rank)
        found[index] = least
    return found
