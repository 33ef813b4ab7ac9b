"""A contract from data: inferred, read back, and kept by the very data it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.domain.errors import DataError, UsageError

if TYPE_CHECKING:
    from sluice.adapters.opening import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """The contract's text, and how much data it comes from."""

    text: str
    n_rows: int
    n_columns: int


def inferred(root: Path, source: str, *, name: str, said: str = "", engine: str = "duckdb") -> Inferred:
    """The contract of one table, whose path lies below ``root``; ``said`` is what people call it.

    Raises ``UsageError``.
    """
    from sluice.adapters.opening import Wanted, apart

    said = said or source
    data = Wanted(root=root, source=source)
    try:
        answer = apart(lambda: _made(data, name, said, engine), str, where=said, engine=engine)
    except DataError as error:
        raise UsageError(error.sentence, remedy="mend it, or name other data") from error
    n_rows, n_columns, text = answer.split(" ", 2)
    return Inferred(text=text, n_rows=int(n_rows), n_columns=int(n_columns))


def _made(data: Wanted, name: str, said: str, engine: str) -> str:
    """Rows, columns and the text, in one; in the process that reads the data."""
    from sluice.adapters.decode.contract import load_contract
    from sluice.adapters.opening import open_data
    from sluice.adapters.profiling import profile
    from sluice.core.inference import infer
    from sluice.core.validation import run_checks, text_columns

    with open_data(data, engine=engine) as table:
        outline = profile(table)
    try:
        text = infer(outline, name=name, source=said)
    except ValueError as error:
        raise UsageError(str(error), where=said, remedy="name other data") from error
    contract = load_contract(text.encode(), path=said, dataset=name)
    with open_data(replace(data, strings=text_columns(contract)), engine=engine) as table:
        result = run_checks(table, contract, dataset=name, source=said, now=datetime.now(UTC))
    if not result.verdict.opens:
        broken = next(
            (f"{one.check} {one.column}: {one.message}" for one in result.results if not one.verdict.opens), ""
        )
        raise UsageError(f"does not keep the contract inferred from it ({broken or result.message})", where=said)
    return f"{outline.n_rows} {len(outline.columns)} {text}"
