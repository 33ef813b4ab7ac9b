"""The policy of a commit or of the work tree, and what it asks for, from git alone."""

from __future__ import annotations

from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.core.fingerprint import touches
from sluice.core.plan import POLICY_PATH
from sluice.domain.config import Loaded
from sluice.domain.errors import UsageError
from sluice.domain.planning import STAGES, ChangedFiles, Plan


def policy_at(git: Git, ref: str) -> Loaded | None:
    """The policy at a commit; ``None`` where it has none."""
    text = git.show(ref, POLICY_PATH) if ref else None
    return load_config(text) if text is not None else None


def head_config(git: Git) -> Loaded:
    """The work tree's own ``sluice.yaml``. Raises ``UsageError`` where there is none."""
    path = git.root / POLICY_PATH
    if not path.is_file():
        raise UsageError("there is no sluice.yaml", where=str(git.root), remedy="write one with `sluice init`")
    return load_config(path.read_bytes())


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
