"""Contracts without a repository: inferred from data, compared, imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sluice.domain.amounts import amount
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, ConfigError, UsageError
from sluice.domain.evolution import Compatibility, ContractChange
from sluice.entry import telling

if TYPE_CHECKING:
    from sluice.adapters.decode.foreign.reading import Language
    from sluice.domain.contract import Contract

_MAX_BYTES = 4_000_000


def infer(data: str, *, name: str, out: Path | None, engine: str = "duckdb", as_json: bool) -> int:
    """``sluice contract infer``: the contract on stdout or in a file; the data keeps it, which is tried."""
    from sluice.entry.arguments import called, shown, wanted
    from sluice.entry.inferring import inferred

    asked = wanted(data, "name the data to look at")
    found = inferred(asked.root, asked.source, name=name or called(data), said=shown(data), engine=engine)
    shape = {"n_rows": found.n_rows, "n_columns": found.n_columns}
    _hand_out(found.text, out, shape, as_json=as_json)
    size = f"{amount(found.n_rows, 'row')}, {amount(found.n_columns, 'column')}"
    telling.tell(f"sluice: {shown(data)}: a contract from {size}{_into(out)}")
    return EXIT_OPEN


def diff(old: Path, new: Path, *, mode: Compatibility, table: str, as_json: bool) -> int:
    """``sluice contract diff``: every change; 1 where one breaks the mode."""
    from sluice.core.compatibility import breaks, changes

    found = changes(_contract(old, table), _contract(new, table))
    broken = breaks(found, mode)
    if as_json:
        telling.print_json(
            {
                "verdict": "fail" if broken else "pass",
                "compatibility": mode,
                "changes": [_shape(change, broken=change in broken) for change in found],
            }
        )
    for change in () if as_json else found:
        telling.show(_line(change, new))
    worse = len(broken) if mode != "none" else sum(1 for one in found if one.breaks)
    said = f"{worse:,} of them {'breaks' if worse == 1 else 'break'} {f'`{mode}`' if mode != 'none' else 'somebody'}"
    telling.tell(
        f"sluice: {new}: {amount(len(found), 'change')}, {said}" if found else f"sluice: {new}: nothing changed"
    )
    return EXIT_CLOSED if broken else EXIT_OPEN


def import_contract(
    file: Path, *, language: Language | Literal["auto"], model: str | None, out: Path | None, as_json: bool
) -> int:
    """``sluice contract import``: the contract on stdout or in a file, what it could not carry on stderr."""
    from sluice.adapters.decode.contract import load_contract
    from sluice.adapters.decode.foreign.reading import read
    from sluice.core.drafting import document

    stem = file.name.partition(".")[0] or "table"
    asked = None if language == "auto" else language
    found, draft = read(_read(file), where=str(file), name=stem, language=asked, model=model)
    text = document(draft, head=(f"Imported from {file.name} ({found}): read it, correct it, and commit it.",))
    try:
        for table in draft.tables:
            load_contract(text.encode(), path=str(file), dataset=table.name)
    except ConfigError as error:
        raise UsageError(f"cannot be written as one contract: {error.what}", where=str(file)) from error
    names = [table.name for table in draft.tables]
    _hand_out(text, out, {"format": found, "tables": names, "omitted": list(draft.omitted)}, as_json=as_json)
    for line in draft.omitted:
        telling.tell(f"not carried over: {line}")
    n_columns = sum(len(table.columns) for table in draft.tables)
    tables = f"{amount(len(names), 'table')}, " if len(names) > 1 else ""
    told = f"{tables}{amount(n_columns, 'column')}; {amount(len(draft.omitted), 'thing')} not carried over"
    telling.tell(f"sluice: {file} ({found}): {told}{_into(out)}")
    return EXIT_OPEN


def _contract(path: Path, table: str) -> Contract:
    from sluice.adapters.decode.contract import load_contract

    return load_contract(_read(path), path=str(path), dataset=table or path.name.partition(".")[0])


def _read(path: Path) -> bytes:
    """A file's bytes; a little more than is allowed where there are too many, which every reader refuses."""
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path))
    try:
        with path.open("rb") as stream:
            return stream.read(_MAX_BYTES + 1)
    except OSError as problem:
        raise UsageError(f"cannot be read: {problem.strerror or problem}", where=str(path)) from problem


def _hand_out(text: str, out: Path | None, shape: Mapping[str, object], *, as_json: bool) -> None:
    from sluice.entry.new_files import write_new

    if out is not None:
        folder = out.parent
        if not folder.is_dir():
            raise UsageError("there is no such folder", where=str(folder), remedy="make it first")
        write_new(folder.resolve(), {out.name: text})
    if as_json:
        telling.print_json({**shape, **({"path": str(out)} if out else {"contract": text})})
    elif out is None:
        telling.print_text(text.removesuffix("\n"))


def _into(out: Path | None) -> str:
    return f", in {out}" if out else ""


def _line(change: ContractChange, new: Path) -> str:
    ways = " and ".join(change.breaks)
    said = f"breaks {ways}" if ways else "breaks nothing"
    place = f"{new}:{change.line}" if change.line else str(new)
    return f"{said:28} {change.code}: {change.sentence} ({place})"


def _shape(change: ContractChange, *, broken: bool) -> dict[str, object]:
    return {
        "code": change.code,
        "column": change.column,
        "sentence": change.sentence,
        "line": change.line,
        "breaks": list(change.breaks),
        "broken": broken,
    }
