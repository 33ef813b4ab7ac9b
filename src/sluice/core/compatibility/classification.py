"""What became of the columns' classification: whose values may be shown now, and whose no longer."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.core.compatibility.relation import stated
from sluice.domain.contract import Column, Contract
from sluice.domain.evolution import ContractChange

_MAX_SHOWN_CHARS = 60


def changes(old: Contract, new: Contract) -> Iterator[ContractChange]:
    """Every column that is classified otherwise; this breaks nobody, since no data becomes other data by it."""
    before = {column.name: column for column in old.columns}
    for column in new.columns:
        # A column that is new, or gone, is told by itself.
        if column.name in before:
            yield from _changed(before[column.name], column)


def _changed(old: Column, new: Column) -> Iterator[ContractChange]:
    became = stated(_plain(old), _plain(new))
    if became == "same" and old.sensitive == new.sensitive:
        return
    turns = {
        "added": f"classification `{_short(new.classification)}` is stated now",
        "removed": f"classification `{_short(old.classification)}` is no longer stated",
        "changed": f"classification `{_short(old.classification)}` became `{_short(new.classification)}`",
        "same": "its classification, or that of what it lies in or holds, changed",
    }
    shown = "" if old.sensitive == new.sensitive else "; its values may be shown now"
    if new.sensitive and not old.sensitive:
        shown = "; its values are not shown any more"
    yield ContractChange(
        code=f"classification-{'changed' if became == 'same' else became}",
        sentence=f"`{_short(new.name)}`: {turns[became]}{shown}",
        column=new.name,
        line=new.line,
    )


def _plain(column: Column) -> str:
    return column.classification.strip().casefold()


def _short(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}..."
