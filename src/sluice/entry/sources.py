"""The doors of a run to its data: opened, brought by DVC, as of another commit, and what a model was trained on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from sluice.adapters.git import Git
from sluice.domain.ports import TableEngine
from sluice.pipeline.order import Apart, DataAt, R, Recorded


def opening(trusted: str | None) -> Callable[[DataAt], AbstractContextManager[TableEngine]]:
    """Opens data, with what it is related to; of places outside the commit ``trusted`` alone may name one."""
    from sluice.adapters.opening import Wanted, open_data

    def wanted(data: DataAt) -> Wanted:
        return Wanted(root=data.root, source=data.source, strings=data.strings, trusted=trusted)

    def opened(data: DataAt) -> AbstractContextManager[TableEngine]:
        related = {name: wanted(other) for name, other in data.related.items()}
        return open_data(wanted(data), engine=data.engine, related=related)

    return opened


def apart(git: Git, base: str) -> Apart:
    """Works on data in a process of its own, with limits."""
    from sluice.adapters.opening import apart as work_apart
    from sluice.adapters.sources import remote

    def worked(work: Callable[[], R], kind: type[R], data: DataAt) -> R:
        if remote.scheme(data.engine):
            _guard(git, base, (data.engine,))
        return work_apart(work, kind, where=data.source, engine=data.engine)

    return worked


def pulling(git: Git, environ: Mapping[str, str]) -> Callable[[tuple[str, ...], str], object]:
    """Brings what DVC tracks, once nothing would be contacted that the base does not name."""
    from sluice.adapters import dvc
    from sluice.adapters.sources import remote

    def brought(sources: tuple[str, ...], base: str) -> object:
        outside = tuple(source for source in sources if remote.scheme(source))
        _guard(git, base, outside)
        own = tuple(source for source in sources if source not in outside and not source.startswith("#"))
        return dvc.pull(git, own, base=base or None, env=environ)

    return brought


def _guard(git: Git, base: str, urls: tuple[str, ...]) -> None:
    """Refuse what the base names no place of; where there is no base, as in a call by hand, the head is trusted."""
    from sluice.adapters.sources import remote
    from sluice.entry.policies import policy_at

    if not base or not urls:
        return
    policy = policy_at(git, base)
    data = policy.value.data.values() if policy else ()
    stated = [place for one in data for place in (one.source, one.engine, one.reference and one.reference.path)]
    remote.guard(urls, [place for place in stated if place])


def data_at(git: Git, scratch: Path, base_sha: str) -> Callable[[str, str], DataAt | None]:
    """Finds data as it was at a commit."""
    from sluice.adapters.dvc import revisions

    def found(ref: str, source: str) -> DataAt | None:
        folder = Path(tempfile.mkdtemp(dir=scratch))
        # Another commit than the base may be anybody's: no place is contacted that the base does not name.
        trusted = base_sha if base_sha and ref != base_sha else None
        return DataAt(root=folder, source=source) if revisions.bring(git, source, ref, folder, base=trusted) else None

    return found


def trained_on(model: str, dataset: str) -> Recorded:
    """The data that a registered model was trained on, as MLflow has it."""
    from sluice.adapters import champion

    found = champion.trained_on(model, dataset, tracking_uri=os.environ.get("MLFLOW_TRACKING_URI", ""))
    label = f"the data of {found.model}"
    return Recorded(label=label, source=found.source, revision=found.revision, sha256=found.sha256)
