"""A model brought from where it was made to where it is looked at and evaluated: plain files, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from sluice.adapters.models.listing import files_of
from sluice.adapters.models.refusal import RefusedError
from sluice.domain.errors import EvidenceError
from sluice.domain.model import UNSAFE

_OF_DVC = ("dvc.yaml", "dvc.lock", ".dvc")


def carry(root: Path, path: str, target: Path) -> None:
    """Copy the model at ``path`` below ``root`` to ``target``, in the place of whatever is there.

    Links are followed as far as they stay below ``root``, and are files afterwards. Raises ``EvidenceError``
    (``model-unsafe``) for a model that is not there, that leads elsewhere, or that holds what steers other programs.
    """
    try:
        files, is_folder = files_of(root, path)
        _remove(target)
        for file in files:
            _refuse_settings(file.path if is_folder else target.name)
            place = target / file.path if is_folder else target
            place.parent.mkdir(parents=True, exist_ok=True)
            with file.open() as source, place.open("xb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
    except RefusedError as error:
        raise EvidenceError(str(error), reason_code=UNSAFE, where=path) from None
    except OSError as error:
        said = f"it cannot be brought to where it is evaluated: {error.strerror}"
        raise EvidenceError(said, reason_code=UNSAFE, where=path) from None


def _refuse_settings(path: str) -> None:
    """DVC, git and others read such files wherever they lie.

    DVC runs the commands of a ``dvc.yaml``, and a ``.dvc`` has it fetch a file from anywhere, in the place of one that
    was looked at.
    """
    parts = path.split("/")
    if parts[-1].lower().endswith(_OF_DVC) or any(part.startswith(".") for part in parts):
        raise RefusedError(f"{path}: is a file of settings, which no model may bring to the base's code")


def _remove(target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
