"""Sluice by hand: what CI would do for this branch, planned from git alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sluice import __version__
from sluice.adapters.files import read_bounded
from sluice.adapters.git import Git
from sluice.core.abridging import most_moved
from sluice.core.fingerprint import touches
from sluice.domain.amounts import amount
from sluice.domain.config import Loaded
from sluice.domain.drift import DriftResult
from sluice.domain.errors import EXIT_OPEN, SluiceError, UsageError
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import STAGES, ChangedFiles, Plan, Stage
from sluice.entry import telling
from sluice.entry.policies import head_config, local_plan, policy_at
from sluice.entry.running import measured
from sluice.pipeline.order import Order

MAX_COLUMNS = 10


def run_here(*, base: str, out: Path, stages: tuple[str, ...], as_json: bool) -> int:
    """``sluice run``: plan from git, run in this work tree."""
    git = Git.find(Path.cwd())
    wanted = _stages(stages)
    base_sha = _base(git, base)
    policy = policy_at(git, base_sha) if base_sha else None
    head = head_config(git)
    plan = _local_plan(git, base_sha, policy or head, wanted, enforced=policy is not None)
    subject = Subject(repository="local", head_sha=plan.head_sha, base_sha=base_sha)
    if not plan.stages:
        telling.tell(
            "nothing that the data or the model depends on has changed (`--stage NAME` runs a stage all the same)"
        )
    _require_writable(out)
    order = Order(subject=subject, plan=plan, head=head, policy=policy, version=__version__)
    evidence = measured(_with_new_contracts(git, head, policy), order, out, telling.tell)
    for line in _reasons(evidence):
        telling.tell(line)
    if as_json:
        telling.print_json(_shape(evidence, out))
    telling.tell(f"evidence is in {out}; `sluice gate {out}` decides, `sluice report {out}` shows it")
    return EXIT_OPEN


def _require_writable(out: Path) -> None:
    """Tried before hours of training, not after them."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".evidence-", dir=out):
            return
    except OSError as error:
        said = f"cannot be written to: {error.strerror}"
        raise UsageError(said, where=str(out), remedy="name another folder with `--out`") from error


class _WithNewContracts(Git):
    """A repository whose head has some files as they lie in the work tree."""

    def __init__(self, root: Path, files: frozenset[str]) -> None:
        super().__init__(root)
        self._files = files

    def show(self, ref: str, path: str, *, max_bytes: int = 50_000_000) -> bytes | None:
        """The work tree's bytes for its files, the commit's for every other."""
        if path in self._files:
            return read_bounded(self.root, path, max_bytes)
        return super().show(ref, path, max_bytes=max_bytes)


def _with_new_contracts(git: Git, head: Loaded, policy: Loaded | None) -> Git:
    """The repository with contracts that no base has yet read from where their sluice.yaml is: from the work tree."""
    settled = {source.contract for source in policy.value.data.values()} if policy else set[str]()
    new = frozenset(source.contract for source in head.value.data.values()) - settled
    return _WithNewContracts(git.root, new)


def _reasons(evidence: Evidence) -> Iterator[str]:
    """Why stages did not come to a result, or came to a bad one."""
    for dataset in evidence.data:
        for check in dataset.results:
            if not check.verdict.opens:
                yield f"data {dataset.dataset}: {telling.check_line(check)}"
        if dataset.message:
            yield f"data {dataset.dataset}: {dataset.message}"
        if dataset.drift is not None:
            yield from _drifted(dataset.drift)
    if evidence.evaluation is not None and evidence.evaluation.drift is not None:
        yield from _drifted(evidence.evaluation.drift)
    training = evidence.training
    if training is not None and not training.verdict.opens:
        yield f"training: {training.message or training.status}"
        if training.diagnosis:
            yield f"training: {training.diagnosis}"
    for problem in evidence.problems:
        yield f"{problem.stage}: {problem.message}"


def _drifted(drift: DriftResult) -> Iterator[str]:
    """The columns that moved too far or could not be compared, the worst first."""
    closing = [column for column in most_moved(drift) if not column.verdict.opens]
    for column in closing[:MAX_COLUMNS]:
        yield f"drift of {drift.dataset}: {column.column} {column.message}"
    if len(closing) > MAX_COLUMNS:
        yield f"drift of {drift.dataset}: and {amount(len(closing) - MAX_COLUMNS, 'column')} more"
    if not drift.columns and not drift.verdict.opens:
        yield f"drift of {drift.dataset}: {drift.message or 'nothing was compared'}"


def _base(git: Git, given: str) -> str:
    """The commit to compare with: the one given, else where this branch left the default branch; ``""`` for none."""
    if given:
        return git.merge_base(given, "HEAD")
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        try:
            return git.merge_base(name, "HEAD")
        except SluiceError:
            continue
    return ""


def _stages(given: tuple[str, ...]) -> tuple[Stage, ...]:
    unknown = [name for name in given if name not in STAGES]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is not a stage", where="--stage", remedy=f"use {', '.join(STAGES)}")
    return tuple(stage for stage in STAGES if stage in given)


def _local_plan(git: Git, base_sha: str, config: Loaded, wanted: tuple[Stage, ...], *, enforced: bool) -> Plan:
    plan = local_plan(git, base_sha, git.head(), config, enforced=enforced)
    if wanted:
        return replace(plan, stages=wanted, reasons=dict.fromkeys(wanted, "asked for"))
    if git.is_dirty():
        telling.tell("the work tree has changes that are not committed: every stage runs")
        return replace(plan, stages=tuple(stage for stage in STAGES if _configured(stage, config)))
    return plan


def _configured(stage: Stage, config: Loaded) -> bool:
    return stage in touches(ChangedFiles(paths=(), complete=False), config.value)


def _shape(evidence: Evidence, out: Path) -> dict[str, object]:
    from sluice.adapters.decode.shapes import encode

    return {"evidence": str(out), **encode(evidence)}
