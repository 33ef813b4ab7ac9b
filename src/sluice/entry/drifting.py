"""`sluice drift`: two tables against each other, without a repository."""

from __future__ import annotations

from contextlib import ExitStack
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.domain.config import Drift
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, DataError, UsageError
from sluice.domain.verdict import Verdict
from sluice.entry import telling

if TYPE_CHECKING:
    from sluice.core.report.drift import DriftLine
    from sluice.domain.contract import Contract
    from sluice.domain.drift import DriftResult

MAX_LINES = 200
_NAME_CHARS, _LEAST_NAME_CHARS = 28, 6
_PICTURE_CHARS = 20


def drift(reference: str, current: str, spec: Drift, *, contract: Path | None, as_json: bool) -> int:
    """Test every column of the current data against the reference's; 0 where nothing drifted, 1 else."""
    from sluice.adapters.confined import confined
    from sluice.domain.drift import DriftResult

    _check(spec)
    files = [_file(Path(name), what) for name, what in ((reference, "reference"), (current, "current data"))]
    demands = _contract(contract)
    try:
        result = confined(lambda: compared(files, spec, demands, reference), DriftResult, where=current)
    except DataError as error:
        result = _unreadable(error, reference, files[1])
    if as_json:
        from sluice.core.shapes import drift_shape

        telling.print_json(drift_shape(result))
    else:
        _print(result)
    telling.tell(f"sluice: {current}: {_said(result)}")
    return EXIT_OPEN if result.verdict.opens else EXIT_CLOSED


def compared(files: list[Path], spec: Drift, contract: Contract | None, label: str) -> DriftResult:
    """The comparison of two files, in the process that it is called in. Raises ``DataError``."""
    from sluice.adapters.located import locate
    from sluice.adapters.tables import Haste, open_located
    from sluice.core.drift.sides import SAMPLE_ROWS
    from sluice.core.drift.verdict import chosen

    strings = frozenset[str]()
    sensitive = frozenset[str]()
    if contract is not None:
        from sluice.core.validation import text_columns

        strings = text_columns(contract)
        sensitive = frozenset(column.name for column in contract.columns if column.sensitive)
    # Only files of one size can be the same: of others the digests tell nothing, and take longer than the counts.
    digest = not all(file.is_file() for file in files) or len({file.stat().st_size for file in files}) == 1
    ahead = Haste(sample_rows=SAMPLE_ROWS, wanted=lambda name: chosen(spec, name), digest=digest)
    with ExitStack() as tables:
        reference, current = (
            tables.enter_context(open_located(locate(file.parent, file.name), strings=strings, haste=haste))
            for file, haste in zip(files, (ahead, Haste(digest=digest)), strict=True)
        )
        from sluice.core.drift.comparing import compare

        return compare(reference, current, spec, dataset=files[1].stem, reference_label=label, sensitive=sensitive)


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


def _file(path: Path, what: str) -> Path:
    if not path.exists():
        raise UsageError("there is no such file", where=str(path), remedy=f"name the {what}")
    # A path given by hand is the caller's own: links and absolute paths are theirs to follow.
    return path.resolve()


def _contract(path: Path | None) -> Contract | None:
    from sluice.adapters.decode.contract import load_contract

    if path is None:
        return None
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), remedy="give it with `--contract FILE`")
    return load_contract(path.read_bytes(), path=str(path), dataset=path.stem)


def _unreadable(error: DataError, reference: str, current: Path) -> DriftResult:
    from sluice.domain.drift import DriftResult

    return DriftResult(
        dataset=current.stem,
        reference=reference,
        verdict=Verdict.ERROR,
        n_reference=0,
        n_current=0,
        message=f"{error.reason_code}: {error.sentence}",
    )


# -- for people -----------------------------------------------------------------------------------


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
        telling.show(f"and {len(lines) - len(shown):,} columns more; `--json` has them all")


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
    rows = f"{result.n_reference:,} → {result.n_current:,} rows"
    if not result.columns:
        code, _, sentence = result.message.partition(": ")
        return f"{result.verdict} ({sentence if result.verdict is Verdict.ERROR else result.message or code})"
    outcome = f"{drifted:,} of {len(result.columns):,} columns drifted, {rows}"
    classifier = f"; {result.classifier.message}" if result.classifier and result.classifier.message else ""
    more = f"; {result.message}" if result.message else ""
    return f"{result.verdict} ({outcome}{classifier}{more})"
