"""A table in outline: what a first contract is inferred from."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.contract import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column; ``kind`` as in ``domain.check``.

    ``n_values`` counts what is neither null nor NaN, ``n_infinite`` infinite values among them. ``minimum`` and
    ``maximum`` are of the finite values, ISO 8601 text for dates and times, ``None`` for other kinds. ``values``
    are all different values, most frequent first, where there are at most 20 short ones; else empty.
    """

    name: str
    kind: str
    n_values: int
    n_distinct: int
    n_nan: int = 0
    n_infinite: int = 0
    minimum: Scalar | None = None
    maximum: Scalar | None = None
    values: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """One table."""

    n_rows: int
    columns: tuple[ColumnProfile, ...]
