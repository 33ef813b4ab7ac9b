"""Annotations as the check-run API takes them: valid, bounded, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable

from sluice.adapters.github import cutting
from sluice.adapters.github.fields import Row
from sluice.domain.report import Annotation

# GitHub takes so many in one call.
BATCH = 50
# Four calls' worth; who has more problems reads the report.
MOST = 4 * BATCH

_GRAVITY = {"failure": 0, "warning": 1, "notice": 2}
_CUT = "\n(cut)"


def fitting(annotations: Iterable[Annotation]) -> tuple[Row, ...]:
    """What of the annotations GitHub would take; those it would refuse the whole check run for are left out."""
    usable = [note for note in annotations if note.path and not note.path.startswith("/") and note.message.strip()]
    return tuple(_row(note) for note in sorted(usable, key=lambda note: _GRAVITY[note.level])[:MOST])


def _row(note: Annotation) -> Row:
    line = max(1, note.line)
    row: dict[str, object] = {
        "path": cutting.clean(note.path),
        "start_line": line,
        "end_line": line,
        "annotation_level": note.level,
        "message": cutting.to_bytes(note.message, cutting.ANNOTATION_BYTES, _CUT),
    }
    title = cutting.short(note.title, cutting.TITLE_CHARACTERS)
    return {**row, "title": title} if title else row
