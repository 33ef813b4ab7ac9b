"""``sluice model inspect``: one model, looked at and never loaded."""

from __future__ import annotations

import os
from pathlib import Path

from sluice.domain.amounts import amount
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, UsageError
from sluice.domain.model_globals import entry_problem, refused
from sluice.entry import telling


def inspect(path: Path, modules: tuple[str, ...], *, as_json: bool) -> int:
    """The model's format, digest and globals on stdout; the exit code. Raises ``UsageError`` for a wrong argument."""
    from sluice.adapters import models
    from sluice.core.shapes import model_shape

    if not path.exists():
        raise UsageError("there is no such file", where=str(path), remedy="name the model's file or folder")
    for entry in modules:
        if wrong := entry_problem(entry):
            raise UsageError(f"`{entry}` {wrong}", where="--module")
    # Named by hand, the model may lie behind links; what it holds may not lead out of where it lies.
    real = Path(os.path.realpath(path))
    root, name = (real, "") if real.is_dir() else (real.parent, real.name)
    found = models.inspect(root, name, modules)
    if as_json:
        telling.print_json(model_shape(found, str(path)))
    else:
        rows = (("format", found.format), ("SHA-256", found.sha256), ("size", f"{found.n_bytes:,} bytes"))
        for label, value in (*rows, ("files", str(found.n_files))):
            telling.show(f"{label:10}{value or 'not known'}")
        strangers = set(refused(found.globals_named, modules))
        for one in found.globals_named:
            telling.show(f"{'names':10}{one}{'  (not allowed)' if one in strangers else ''}")
    said = found.message or f"{found.format}, {amount(len(found.globals_named), 'global')}, all of which may be named"
    telling.tell(f"sluice: {path}: {found.verdict} ({said})")
    return EXIT_OPEN if found.verdict.opens else EXIT_CLOSED
