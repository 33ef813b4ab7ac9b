"""Columns to try drift tests on: distributions over cells, of which samples of any size are drawn as counts at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from scipy.special import ndtr

from sluice.domain.distribution import Aspect, Categorical, FloatArray, Missing, Numeric

SIGMA = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A kind of column: the shares of its cells, and of nulls and NaN after them.

    ``centres`` of numbers, ascending; of categories there are none. ``aspect`` as in ``Aspect``.
    """

    name: str
    kind: str
    shares: FloatArray
    aspect: str = ""
    centres: FloatArray | None = None
    missing: tuple[float, float] = (0.0, 0.0)

    def draw(self, rng: np.random.Generator, sizes: tuple[int, int], columns: int) -> Iterator[Aspect]:
        """As many columns of this kind, both sides from the same distribution."""
        yield from self.against(self, rng, sizes, columns)

    def against(self, other: Case, rng: np.random.Generator, sizes: tuple[int, int], columns: int) -> Iterator[Aspect]:
        """As many columns: the reference of this distribution, the current data of the other, in the same cells."""
        for begin in range(0, columns, 500):
            size = min(500, columns - begin)
            left, right = (
                rng.multinomial(rows, case._whole(), size) for rows, case in zip(sizes, (self, other), strict=True)
            )
            for reference, current in zip(left, right, strict=True):
                yield self._aspect(reference, current)

    def _whole(self) -> FloatArray:
        kept = (1 - sum(self.missing)) * self.shares / self.shares.sum()
        return np.append(kept, self.missing)

    def _aspect(self, reference: np.ndarray, current: np.ndarray) -> Aspect:
        own, other = (Missing(null=int(side[-2]), nan=int(side[-1])) for side in (reference, current))
        reference, current = reference[:-2], current[:-2]
        if self.centres is None:
            found = Categorical(
                labels=_LABELS[: len(self.shares)],
                reference=reference,
                current=current,
                reference_missing=own,
                current_missing=other,
            )
        else:
            found = Numeric(
                edges=(self.centres[1:] + self.centres[:-1]) / 2,
                centres=self.centres,
                reference=reference,
                current=current,
                reference_missing=own,
                current_missing=other,
                exact=False,
            )
        return Aspect(column=self.name, kind=self.kind, name=self.aspect, distribution=found)


_LABELS = tuple(f"category {index:05}" for index in range(5_000))


def normal(shift: float = 0.0, scale: float = 1.0, cells: int = 600) -> Case:
    """Normal numbers on a fine grid."""
    edges = np.linspace(-6, 6, cells + 1)
    shares = np.diff(ndtr((edges - shift) / scale))
    return Case(name="normal numbers", kind="number", shares=shares, centres=(edges[1:] + edges[:-1]) / 2)


def heavy() -> Case:
    """Cauchy's distribution, on cells that grow towards the tails."""
    edges = np.sinh(np.linspace(-9, 9, 401))
    shares = np.diff(np.arctan(edges) / np.pi)
    return Case(name="heavy tails", kind="number", shares=shares, centres=(edges[1:] + edges[:-1]) / 2)


def counts(mean: float = 2.0) -> Case:
    """Poisson's whole numbers: nearly everything ties."""
    values = np.arange(40)
    logs = values * np.log(mean) - np.cumsum(np.log(np.maximum(values, 1)))
    return Case(name="counts with ties", kind="number", shares=np.exp(logs), centres=values.astype(np.float64))


def zero_inflated(zeros: float = 0.9) -> Case:
    """Mostly zero, the others spread."""
    spread = normal(cells=200).shares
    centres = np.append(0.0, np.exp(np.linspace(-3, 3, 200)))
    return Case(
        name="mostly zero", kind="number", shares=np.append(zeros, (1 - zeros) * spread / spread.sum()), centres=centres
    )


def lengths() -> Case:
    """Lengths of texts: whole numbers, skewed."""
    edges = np.arange(1, 400)
    shares = np.diff(ndtr((np.log(edges) - 3.5) / 0.7))
    return Case(name="text lengths", kind="text", aspect="length", shares=shares, centres=edges[:-1].astype(np.float64))


def boolean(share: float) -> Case:
    """True in a share of the rows."""
    return Case(name=f"boolean, {share:g} true", kind="boolean", shares=np.array([1 - share, share]))


def categories(size: int, power: float) -> Case:
    """Zipf's categories: share falls with the rank to some power; 0 for equal shares."""
    shares = np.arange(1.0, size + 1) ** -power
    return Case(name=f"{size:,} categories, power {power:g}", kind="category", shares=shares)


def hours() -> Case:
    """Hours of the day, few at night."""
    shares = 1.05 + np.sin((np.arange(24) - 8) / 24 * 2 * np.pi)
    return Case(name="hours", kind="timestamp", aspect="hour", shares=shares)


def missing(case: Case, null: float, nan: float) -> Case:
    """The same column with values missing."""
    return replace(case, name=f"{case.name}, some missing", missing=(null, nan))


def all_cases() -> tuple[Case, ...]:
    """Every kind of column that has no vectors."""
    return (
        normal(),
        heavy(),
        counts(),
        zero_inflated(),
        missing(normal(), 0.05, 0.002),
        lengths(),
        boolean(0.5),
        boolean(0.02),
        categories(4, 1.0),
        categories(100, 1.0),
        categories(5_000, 0.0),
        missing(categories(12, 0.5), 0.1, 0.0),
        hours(),
        cast("Case", replace(normal(cells=300), name="times", kind="timestamp", aspect="range")),
    )
