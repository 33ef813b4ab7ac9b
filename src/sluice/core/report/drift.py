"""Drift as the reports show it: the columns that moved most first, each with its two distributions side by side."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.core.abridging import most_moved
from sluice.core.compatibility import breaks
from sluice.domain.amounts import amount
from sluice.domain.decision import Decision
from sluice.domain.drift import AspectDrift, ColumnDrift, DriftResult, Histogram
from sluice.domain.evolution import ContractChange
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict

_BARS = "▁▂▃▄▅▆▇█"
MAX_BARS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLine:
    """One column; ``reference`` and ``current`` are its distributions as block characters, empty where unknown."""

    column: ColumnDrift
    aspect: AspectDrift | None
    reference: str = ""
    current: str = ""

    @property
    def drifted(self) -> bool:
        """Whether the column drifted, whatever its severity."""
        return self.column.verdict in (Verdict.WARN, Verdict.FAIL)

    @property
    def notable(self) -> bool:
        """Whether there is more to say of the column than that it did not drift."""
        return self.column.verdict is not Verdict.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPart:
    """One comparison, its columns by how far they moved."""

    result: DriftResult
    lines: tuple[DriftLine, ...]

    @property
    def notable(self) -> tuple[DriftLine, ...]:
        """The columns that did not pass."""
        return tuple(line for line in self.lines if line.notable)

    def shown(self, most: int, passing: int = 5) -> tuple[DriftLine, ...]:
        """What does not pass, at most ``most``, then those of the rest that moved most."""
        rest = tuple(line for line in self.lines if not line.notable and line.column.effect_size is not None)
        return (*self.notable[:most], *rest[: min(most, passing)])

    @property
    def said(self) -> str:
        """The comparison in one sentence."""
        result = self.result
        rows = f"{amount(result.n_reference, 'row')} there, {result.n_current:,} here"
        if not result.columns:
            return f"against {result.reference}: {result.message or 'no column was compared'}"
        drifted = sum(line.drifted for line in self.lines)
        outcome = f"{drifted:,} of {amount(len(self.lines), 'column')} drifted" if drifted else "no column drifted"
        more = f"; {result.message}" if result.message else ""
        return f"against {result.reference}: {outcome} ({rows}){more}"


def drift_part(result: DriftResult) -> DriftPart:
    """The comparison as it is shown."""
    return DriftPart(result=result, lines=tuple(_line(column) for column in most_moved(result)))


def _line(column: ColumnDrift) -> DriftLine:
    aspect = next((one for one in column.aspects if one.name == column.aspect), None)
    drawn = aspect.histogram if aspect else None
    if drawn is None:
        return DriftLine(column=column, aspect=aspect)
    reference, current = shares(drawn)
    top = max((*reference, *current), default=0.0)
    return DriftLine(column=column, aspect=aspect, reference=bars(reference, top), current=bars(current, top))


def shares(drawn: Histogram) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The cells' shares (0 to 1) of either side; zeros for a side without rows."""
    made: list[tuple[float, ...]] = []
    for counts in (drawn.reference[:MAX_BARS], drawn.current[:MAX_BARS]):
        total = sum(counts)
        made.append(tuple(count / total if total > 0 else 0.0 for count in counts))
    return made[0], made[1]


def bars(heights: tuple[float, ...], top: float) -> str:
    """Heights as block characters, the highest of both sides as a full block; what is not there at all as a dot."""
    if top <= 0:
        return ""
    steps = len(_BARS) - 1
    return "".join("·" if height <= 0 else _BARS[min(steps, round(height / top * steps))] for height in heights)


def effect(value: float | None) -> str:
    """An effect: three digits after the point; a bias correction that ends just below zero is none."""
    return "–" if value is None else f"{max(value, 0.0):.3f}" if value < 100 else f"{value:.3g}"


def rows(column: ColumnDrift) -> str:
    """How many rows either side has, in one number where they are the same."""
    if column.n_reference == column.n_current:
        return f"{column.n_current:,}"
    return f"{column.n_reference:,} → {column.n_current:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One change of a contract, and whether the policy's compatibility is broken by it."""

    change: ContractChange
    broken: bool

    @property
    def verdict(self) -> Verdict | None:
        """How the change is marked."""
        return Verdict.FAIL if self.broken else None


def change_lines(dataset: DatasetResult, decision: Decision) -> tuple[ChangeLine, ...]:
    """The changes of a dataset's contract, those that break the policy's compatibility first."""
    gate = next((one for one in decision.results if one.gate == f"data.{dataset.dataset}.compatibility"), None)
    mode = gate.limit if gate is not None else "none"
    broken = breaks(dataset.changes, mode) if mode in ("backward", "forward", "full") else ()
    lines = (ChangeLine(change=change, broken=change in broken) for change in dataset.changes)
    return tuple(sorted(lines, key=lambda line: not line.broken))
