"""`sluice drift`: two tables against each other, without a repository."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.domain.amounts import amount
from sluice.domain.drift_limits import Drift
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, DataError, UsageError
from sluice.domain.verdict import Verdict
from sluice.entry import telling
from sluice.entry.arguments import called, shown, wanted

if TYPE_CHECKING:
    from sluice.adapters.opening import Wanted
    from sluice.core.report.drift import DriftLine
    from sluice.domain.contract import Contract
    from sluice.domain.drift import DriftResult

MAX_LINES = 200
_NAME_CHARS, _LEAST_NAME_CHARS = 28, 6
_PICTURE_CHARS = 20


def drift(
    reference: str, current: str, spec: Drift, *, contract: Path | None, engine: str = "duckdb", as_json: bool
) -> int:
    """Test every column of the current data against the reference's; 0 where nothing drifted, 1 else."""
    from sluice.adapters.opening import apart
    from sluice.domain.drift import DriftResult

    _check(spec)
    sides = [wanted(name, f"name the {what}") for name, what in ((reference, "reference"), (current, "current data"))]
    demands = _contract(contract)
    pair = Pair(reference=sides[0], current=sides[1], engine=engine, dataset=called(current), label=shown(reference))
    try:
        result = apart(
            lambda: compared(pair, spec, demands),
            DriftResult,
            where=shown(current),
            engine=engine,
            meanwhile=_words,
        )
    except DataError as error:
        result = _unreadable(error, pair)
    if as_json:
        from sluice.core.shapes import drift_shape

        telling.print_json(drift_shape(result))
    else:
        _print(result)
    telling.tell(f"sluice: {shown(current)}: {_said(result)}")
    return EXIT_OPEN if result.verdict.opens else EXIT_CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is compared, what reads it, and what both sides are called."""

    reference: Wanted
    current: Wanted
    engine: str
    dataset: str
    label: str


def compared(pair: Pair, spec: Drift, contract: Contract | None) -> DriftResult:
    """The comparison of two tables, in the process that it is called in. Raises ``DataError``."""
    from sluice.adapters.opening import open_data
    from sluice.adapters.tables import Haste
    from sluice.core.drift.sides import SAMPLE_ROWS
    from sluice.core.drift.verdict import chosen

    strings = frozenset[str]()
    sensitive = frozenset[str]()
    if contract is not None:
        from sluice.core.validation import text_columns

        strings = text_columns(contract)
        sensitive = contract.classified
    digest = not _surely_others(pair)
    ahead = Haste(sample_rows=SAMPLE_ROWS, wanted=lambda name: chosen(spec, name), digest=digest)
    with ExitStack() as tables:
        reference, current = (
            tables.enter_context(open_data(replace(side, strings=strings), engine=pair.engine, haste=haste))
            for side, haste in ((pair.reference, ahead), (pair.current, Haste(digest=digest)))
        )
        from sluice.core.drift.comparing import compare

        return compare(reference, current, spec, dataset=pair.dataset, reference_label=pair.label, sensitive=sensitive)


def _surely_others(pair: Pair) -> bool:
    """Whether both are files of unlike sizes: their digests tell nothing, and take longer than the counts."""
    files = [side.root / side.source for side in (pair.reference, pair.current)]
    return all(file.is_file() for file in files) and len({file.stat().st_size for file in files}) == 2


def _check(spec: Drift) -> None:
    """What a number cannot be is a wrong use; ``sluice.yaml`` has its own rules for the same."""
    if not 0 < spec.alpha < 1:
        raise UsageError(f"{spec.alpha} is no level of evidence", where="--alpha", remedy="give one above 0, below 1")
    if spec.min_rows < 1:
        raise UsageError(f"{spec.min_rows} is too few", where="--min-rows", remedy="give 1 or more")
    for name in ("psi", "jensen_shannon", "wasserstein", "cramers_v", "ks"):
        limit: float | None = getattr(spec, name)
        if limit is not None and not (isfinite(limit) and limit >= 0):
            where = f"--{name.replace('_', '-')}"
            raise UsageError(f"{limit} is not a limit", where=where, remedy="give a number from 0 on")


def _contract(path: Path | None) -> Contract | None:
    if path is None:
        return None
    from sluice.adapters.decode.contract import load_contract

    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), remedy="give it with `--contract FILE`")
    return load_contract(path.read_bytes(), path=str(path), dataset=path.stem)


def _unreadable(error: DataError, pair: Pair) -> DriftResult:
    from sluice.domain.drift import DriftResult

    return DriftResult(
        dataset=pair.dataset,
        reference=pair.label,
        verdict=Verdict.ERROR,
        n_reference=0,
        n_current=0,
        message=f"{error.reason_code}: {error.sentence}",
    )


# -- for people -----------------------------------------------------------------------------------


def _words() -> object:
    """What the result is told with: loaded while there is none yet."""
    from sluice.core.report.drift import drift_part

    return drift_part


def _print(result: DriftResult) -> None:
    """One line a column, those that moved most first, with both distributions; and why, where one is no pass."""
    from sluice.core.report.drift import drift_part

    lines = drift_part(result).lines
    shown = lines[:MAX_LINES]
    width = min(max((len(line.column.column) for line in shown), default=0), _NAME_CHARS)
    width = max(width, _LEAST_NAME_CHARS)
    if shown:
        titles = ("verdict", "column".ljust(width), "effect", "adjusted p")
        telling.show("{:12} {} {:>16} {:>10}  ".format(*titles) + "reference".ljust(_PICTURE_CHARS) + " current")
    for line in shown:
        telling.show(_row(line, width))
        if line.notable:
            telling.show(f"{'':12} {line.column.message}")
    if len(lines) > len(shown):
        telling.show(f"and {amount(len(lines) - len(shown), 'column')} more; `--json` has them all")


def _row(line: DriftLine, width: int) -> str:
    from sluice.core.drift_words import chance, measure
    from sluice.core.report.drift import effect

    column = line.column
    name = column.column if len(column.column) <= width else f"{column.column[: width - 1]}…"
    size = f"{measure(column.effect)} {effect(column.effect_size)}" if column.effect_size is not None else "–"
    said = f"{column.verdict:12} {name:{width}} {size:>16} {chance(column.p_adjusted):>10}  "
    return f"{said}{line.reference:{_PICTURE_CHARS}} {line.current}".rstrip()


def _said(result: DriftResult) -> str:
    drifted = sum(column.verdict is Verdict.FAIL for column in result.columns)
    rows = f"{result.n_reference:,} → {amount(result.n_current, 'row')}"
    if not result.columns:
        sentence = result.message.partition(": ")[2]
        said = sentence if result.verdict is Verdict.ERROR else result.message or "there is no column to test"
        return f"{result.verdict} ({said})"
    outcome = f"{drifted:,} of {amount(len(result.columns), 'column')} drifted, {rows}"
    classifier = f"; {result.classifier.message}" if result.classifier and result.classifier.message else ""
    more = f"; {result.message}" if result.message else ""
    return f"{result.verdict} ({outcome}{classifier}{more})"
