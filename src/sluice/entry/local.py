"""Sluice by hand: what CI would do for this branch, planned from git alone."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from sluice.adapters.git import Git
from sluice.core.fingerprint import touches
from sluice.domain.config import Loaded
from sluice.domain.errors import EXIT_OPEN, SluiceError, UsageError
from sluice.domain.records import STAGES, ChangedFiles, Evidence, Plan, Stage, Subject
from sluice.entry.running import head_config, measured, policy_at


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
        _tell("nothing that the data or the model depends on has changed (`--stage NAME` runs a stage all the same)")
    evidence = measured(git, subject, plan, policy, out, _tell)
    if as_json:
        print(json.dumps(_shape(evidence, out), allow_nan=False))
    _tell(f"evidence is in {out}; `sluice gate {out}` decides, `sluice report {out}` shows it")
    return EXIT_OPEN


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


def local_plan(git: Git, base_sha: str, head_sha: str, config: Loaded, *, enforced: bool) -> Plan:
    """What ``plan`` would say of the commits between two commits of this repository, and of what is not committed."""
    changed = git.changed_files(base_sha, head_sha) if base_sha else ChangedFiles(paths=(), complete=False)
    reasons = touches(changed, config.value)
    return Plan(
        stages=tuple(stage for stage in STAGES if stage in reasons),
        runs_on=(),
        head_sha=head_sha,
        base_sha=base_sha,
        policy_sha256=config.sha256,
        enforced=enforced,
        reasons={str(stage): reason for stage, reason in reasons.items()},
    )


def _local_plan(git: Git, base_sha: str, config: Loaded, wanted: tuple[Stage, ...], *, enforced: bool) -> Plan:
    plan = local_plan(git, base_sha, git.head(), config, enforced=enforced)
    if wanted:
        return replace(plan, stages=wanted, reasons=dict.fromkeys(wanted, "asked for"))
    if git.is_dirty():
        _tell("the work tree has changes that are not committed: every stage runs")
        return replace(plan, stages=tuple(stage for stage in STAGES if _configured(stage, config)))
    return plan


def _configured(stage: Stage, config: Loaded) -> bool:
    return stage in touches(ChangedFiles(paths=(), complete=False), config.value)


def _shape(evidence: Evidence, out: Path) -> dict[str, object]:
    from sluice.adapters.decode.shapes import encode

    return {"evidence": str(out), **encode(evidence)}


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
