"""Which class was predicted for which, in numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CLASSES = 20
"""More would fit no report; what every class gains or loses is in the metrics of many classes."""

Counts = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Rows by true class (outer) and predicted class (inner), both in the order of ``classes``, whatever they weigh.

    ``baseline`` is empty where there is none, each side is of all its own rows. Where there are more than
    ``MAX_CLASSES`` classes, or no predicted ones, there is nothing but the ``reason``.
    """

    classes: tuple[str, ...] = ()
    candidate: Counts = ()
    baseline: Counts = ()
    reason: str = ""

    def __post_init__(self) -> None:
        if len(self.classes) > MAX_CLASSES:
            raise ValueError(f"has more than {MAX_CLASSES} classes")
        n = len(self.classes)
        for name, counts in (("candidate", self.candidate), ("baseline", self.baseline)):
            if (name == "candidate" or counts) and [len(row) for row in counts] != [n] * n:
                raise ValueError(f"{name} is not a square of {n} by {n} counts")
            if any(count < 0 for row in counts for count in row):
                raise ValueError(f"{name} holds a count below zero")
        if not self.classes and not self.reason:
            raise ValueError("has neither classes nor a reason")
