"""A table in outline: what a first contract is inferred from."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.contract import Scalar

UUID_SHAPE = "uuid"
MAX_SHAPE_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column; ``kind`` as in ``domain.check``.

    ``n_values`` counts what is neither null nor NaN, ``n_infinite`` infinite values among them. ``minimum`` and
    ``maximum`` are of the finite values, ISO 8601 text for dates and times, ``None`` for other kinds. ``values``
    are all different values, most frequent first, where there are at most 20 short ones; else empty. ``shape`` is the
    one form of all texts, where they have one of at most 40 characters with a digit in it: ``9`` stands for a digit,
    ``A`` and ``a`` for a letter of ASCII, everything else for itself; ``uuid`` for UUIDs.
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
    shape: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """One table."""

    n_rows: int
    columns: tuple[ColumnProfile, ...]
