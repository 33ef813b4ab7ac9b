"""The two tables that are compared, and how both are asked at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sluice.domain.ports import TableEngine

R = TypeVar("R")
Engines = tuple[TableEngine, TableEngine]

SAMPLE_ROWS = 20_480
"""Tables of up to so many rows are compared by every value; of larger ones the reference's sample decides the cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The reference and the current table (index 0 and 1).

    Their engines work at the same time, which changes no answer: a file of one piece is read by one core alone.
    """

    engines: Engines
    n_rows: tuple[int, int]
    pool: ThreadPoolExecutor

    def both(self, ask: Callable[[int, TableEngine], R], meanwhile: Callable[[], object] | None = None) -> tuple[R, R]:
        """What the two engines answer; ``ask`` is called with the side's index, ``meanwhile`` beside both."""
        return both(self.pool, self.engines, ask, meanwhile)

    @property
    def whole(self) -> bool:
        """Whether both tables are small enough to be compared by every value."""
        return max(self.n_rows) <= SAMPLE_ROWS

    @property
    def alike(self) -> bool:
        """Whether both engines compute alike what each engine computes its own way."""
        return type(self.engines[0]) is type(self.engines[1])


def both(
    pool: ThreadPoolExecutor,
    engines: Engines,
    ask: Callable[[int, TableEngine], R],
    meanwhile: Callable[[], object] | None = None,
) -> tuple[R, R]:
    """What two engines answer to one question, in two of the pool's threads."""
    answers = [pool.submit(ask, side, engine) for side, engine in enumerate(engines)]
    if meanwhile is not None:
        meanwhile()
    return answers[0].result(), answers[1].result()
