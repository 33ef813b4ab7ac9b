"""Writes files that were not there before, all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from sluice.domain.errors import UsageError


def refuse_existing(root: Path, paths: Iterable[str]) -> None:
    """Raise ``UsageError`` naming every path that is taken, or that a link leads out of the repository."""
    listed = tuple(paths)
    taken = [path for path in listed if (root / path).exists() or (root / path).is_symlink()]
    if taken:
        verb = "exists" if len(taken) == 1 else "exist"
        remedy = "remove or rename what is to be written anew; nothing was written"
        raise UsageError(f"{', '.join(taken)} {verb} already", where=str(root), remedy=remedy)
    base = root.resolve()
    astray = [path for path in listed if not (root / path).parent.resolve().is_relative_to(base)]
    if astray:
        what = f"{', '.join(astray)} would be written outside of the repository, through a link"
        raise UsageError(what, where=str(root), remedy="replace the link by a folder; nothing was written")


def write_new(root: Path, files: Mapping[str, str]) -> None:
    """Write texts below ``root``; where one cannot be written, what was written before is taken away again."""
    refuse_existing(root, files)
    made: list[Path] = []
    folders: list[Path] = []
    try:
        scratch = Path(tempfile.mkdtemp(prefix=".sluice-init-", dir=root))
        folders.append(scratch)
        for index, text in enumerate(files.values()):
            part = scratch / str(index)
            part.write_text(text, encoding="utf-8", newline="\n")
            part.chmod(0o644)
        for index, path in enumerate(files):
            folders += _make_folder((root / path).parent)
            _place(scratch / str(index), root / path)
            made.append(root / path)
    except OSError as problem:
        _undo(made, folders)
        what = f"could not write: {problem.strerror or problem}"
        raise UsageError(what, where=str(problem.filename or root), remedy="nothing was written") from problem
    except BaseException:
        _undo(made, folders)
        raise
    shutil.rmtree(scratch, ignore_errors=True)


def _place(part: Path, target: Path) -> None:
    """Gives a finished file its name; a file that has appeared there meanwhile stays as it is."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links.
        with target.open("xb") as stream:
            stream.write(part.read_bytes())


def _make_folder(folder: Path) -> list[Path]:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _undo(made: list[Path], folders: list[Path]) -> None:
    for path in made:
        path.unlink(missing_ok=True)
    for folder in reversed(folders):
        if folder.name.startswith(".sluice-init-"):
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
