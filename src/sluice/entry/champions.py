"""The registry's models as a run uses them: found in MLflow, looked at, and asked in a process of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from sluice.domain.champion import Registered
from sluice.domain.config import Evaluation
from sluice.domain.model import ModelArtifact


class Champions:
    """``pipeline.order.Champions``, with all that is fetched below ``scratch``."""

    def __init__(self, root: Path, scratch: Path, child: Mapping[str, str], say: Callable[[str], None]) -> None:
        """Modules are those below ``root``; ``child`` is the environment of what is run."""
        self._root, self._scratch, self._child, self._say = root, scratch, child, say

    def named(self, model: str) -> Registered:
        """The version that a name means now."""
        from sluice.adapters.registered import asking, version_of

        with asking(model, _registry()) as client:
            return version_of(client, model)

    def data_sha256(self, root: Path, data: str) -> str:
        """The digest of the one file of rows."""
        from sluice.adapters.located import digest
        from sluice.adapters.scoring import rows_file

        return digest(rows_file(root, data))

    def recorded(self, found: Registered, data_sha256: str) -> Path | None:
        """The predictions that the model's run keeps for these rows."""
        from sluice.adapters.registered import asking, recorded_predictions

        with asking(found.label, _registry()) as client:
            return recorded_predictions(client, found, data_sha256, self._folder())

    def fetched(self, found: Registered) -> Path:
        """The model's folder, which nobody has looked at."""
        from sluice.adapters.registered import asking, fetched

        with asking(found.label, _registry()) as client:
            return fetched(client, found, _registry(), self._folder())

    def looked_at(self, folder: Path, modules: tuple[str, ...]) -> ModelArtifact:
        """The model in a folder that was fetched, looked at."""
        from sluice.adapters.models import inspect

        return inspect(folder.parent, folder.name, modules)

    def digest(self, folder: Path) -> str:
        """The digest of such a folder as it is now."""
        from sluice.adapters.models import digest_of

        return digest_of(folder.parent, folder.name)

    def scored(self, folder: Path, label: str, root: Path, evaluation: Evaluation) -> Path:
        """The predictions file of the model in ``folder`` for the rows of ``evaluation.features``."""
        from sluice.adapters.scoring import Rows, score
        from sluice.adapters.serving.load import Site

        target = self._folder() / "champion.parquet"
        rows = Rows(root=root, data=evaluation.features or "", evaluation=evaluation)
        score(folder, label, rows, Site(root=self._root, env=self._child, say=self._say), target)
        return target

    def _folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._scratch))


def _registry() -> str:
    return os.environ.get("MLFLOW_TRACKING_URI", "")
