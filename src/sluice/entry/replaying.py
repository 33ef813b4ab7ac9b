"""``sluice gate --replay``: stored evidence under a proposed policy; it shows, and decides nothing."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sluice.adapters.decode import evidence as evidence_file
from sluice.adapters.git import Git
from sluice.core.replaying import change_of, changes, chosen, other_repository, summary, table
from sluice.domain.amounts import amount
from sluice.domain.decision import Decision
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, EvidenceError, SluiceError, UsageError
from sluice.domain.evidence import Evidence
from sluice.domain.planning import STAGES, Plan
from sluice.domain.replay import Glance, Replayed
from sluice.entry import telling
from sluice.entry.contracts import policy_contracts
from sluice.entry.deciding import Standing, given_policy, judged, planned
from sluice.entry.policies import policy_at

_REPOSITORY = re.compile(
    r"(?:(?:https?|ssh)://|[^/]*@).*[:/](?P<name>[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)

Read = Callable[[], tuple[Evidence, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Evidence that was found, and how to read it again: all of it at once would not fit into memory."""

    seen: Glance
    read: Read


def replay(n: int, policy: Path | None, root: Path | None, *, as_json: bool) -> int:
    """Judge the evidence of the last ``n`` pull requests under ``policy`` and under that of its time, side by side.

    Exit code 1 where no evidence could be judged; 0 says that the table was made, never that a gate is open.
    """
    if policy is None:
        raise UsageError("which policy to try is not said", where="--replay", remedy="give it with `--policy FILE`")
    git = Git.find(Path.cwd())
    proposed = given_policy(policy)
    policy_contracts(git, proposed.policy, proposed.contracts_at)  # what is missing there, is said once
    repository = _repository(git)
    with tempfile.TemporaryDirectory(prefix="sluice-") as scratch:
        found = _from_folders(root) if root is not None else _from_mlflow(Path(scratch), n, repository)
        if not found:
            raise UsageError(
                "there is no evidence", where=str(root or "MLflow"), remedy="keep what `sluice run` writes"
            )
        wanted = chosen((one.seen for one in found), n, repository)
        readers = {one.seen.evidence: one.read for one in found}
        rows = tuple(_replayed(git, seen, readers[seen.evidence], proposed) for seen in wanted.judged)
    rows = (*rows, *(Replayed(seen=seen, note=seen.problem) for seen in wanted.unjudged))
    _say(rows, proposed, wanted.older, as_json=as_json)
    return EXIT_OPEN if any(row.after is not None for row in rows) else EXIT_CLOSED


def _say(rows: tuple[Replayed, ...], proposed: Standing, older: int, *, as_json: bool) -> None:
    if as_json:
        from sluice.core.gate_shapes import replay_shape

        telling.print_json(replay_shape(rows, proposed.policy, older=older))
    for line in () if as_json else table(rows):
        telling.show(line)
    if older:
        telling.tell(f"sluice: left out: {amount(older, 'older run')} of the same pull requests")
    telling.tell(f"sluice: {summary(rows)}; nothing is decided by this")


# -- where evidence comes from --------------------------------------------------------------


def _from_folders(root: Path) -> list[Found]:
    from sluice.adapters.evidence_folders import folders

    return [_glanced(str(folder), _reads(evidence_file.read, folder)) for folder in folders(root)]


def _from_mlflow(scratch: Path, n: int, repository: str) -> list[Found]:
    """Runs from the newest on, until so many pull requests of this repository are among them."""
    address = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not address:
        said = "where the evidence is kept is not said"
        raise UsageError(said, where="--replay", remedy="give `--evidence-root DIR`, or set MLFLOW_TRACKING_URI")
    found: list[Found] = []
    different: set[object] = set()
    for one in _recorded(scratch, address, repository):
        found.append(one)
        if not one.seen.problem and not other_repository(one.seen, repository):
            different.add(change_of(one.seen))
        if len(different) >= n:
            break
    return found


def _recorded(scratch: Path, address: str, repository: str) -> Iterator[Found]:
    from sluice.adapters.recorded import kept

    for run in kept(scratch, tracking_uri=address, repository=repository):
        label = f"MLflow run {run.run}"
        if run.folder is None:
            seen = Glance(evidence=label, repository=run.repository, problem=run.problem)
            yield Found(seen=seen, read=_reads(evidence_file.read_alone, scratch / run.run))
        else:
            yield _glanced(label, _reads(evidence_file.read_alone, run.folder))


def _reads(read: Callable[[Path], tuple[Evidence, str]], folder: Path) -> Read:
    return lambda: read(folder)


def _glanced(label: str, read: Read) -> Found:
    try:
        evidence, _sha256 = read()
    except SluiceError as error:
        return Found(seen=Glance(evidence=label, problem=error.sentence), read=read)
    subject = evidence.subject
    seen = Glance(
        evidence=label,
        repository=subject.repository,
        pr_number=subject.pr_number,
        head_sha=subject.head_sha,
        started_at=evidence.started_at,
    )
    return Found(seen=seen, read=read)


def _repository(git: Git) -> str:
    """This repository as GitHub names it; empty where that is not known."""
    if named := os.environ.get("GITHUB_REPOSITORY", ""):
        return named
    found = _REPOSITORY.fullmatch(git.remote_address())
    return found["name"] if found else ""


# -- judging it twice -----------------------------------------------------------------------


def _replayed(git: Git, seen: Glance, read: Read, proposed: Standing) -> Replayed:
    try:
        evidence, sha256 = read()
    except SluiceError as error:  # it was readable a moment ago
        return Replayed(seen=seen, note=error.sentence)
    before, why = _decided(git, evidence, sha256, lambda: _of_its_time(git, evidence))
    after, why_not = _decided(git, evidence, sha256, lambda: proposed)
    notes = [why and f"then: {why}", why_not and f"proposed: {why_not}"]
    if not _is_here(git, evidence.subject.head_sha):
        notes.append("its head is not in this clone, so that only the stages it measured are judged")
    return Replayed(
        seen=seen,
        before=before,
        after=after,
        changes=changes(before, after) if before is not None and after is not None else (),
        note="; ".join(note for note in notes if note),
    )


def _decided(
    git: Git, evidence: Evidence, sha256: str, standing: Callable[[], Standing]
) -> tuple[Decision | None, str]:
    """The decision under a policy, or why there is none."""
    try:
        stands = standing()
        return judged(git, evidence, sha256, stands, _plan(git, evidence, stands)).decision, ""
    except SluiceError as error:
        return None, error.sentence


def _of_its_time(git: Git, evidence: Evidence) -> Standing:
    """The policy of the evidence's base; where that had none, its head's, which was not enforced."""
    subject = evidence.subject
    for sha, enforced in ((subject.base_sha, True), (subject.head_sha, False)):
        found = policy_at(git, sha) if sha else None
        if found is not None:
            return Standing(policy=found, enforced=enforced, contracts_at=sha)
    raise UsageError("neither its base nor its head has a sluice.yaml")


def _plan(git: Git, evidence: Evidence, standing: Standing) -> Plan:
    if _is_here(git, evidence.subject.head_sha):
        return planned(git, evidence, standing.policy, enforced=standing.enforced)
    subject = evidence.subject
    if not evidence.stages:  # that nothing was asked for, only the commits could tell
        raise EvidenceError("no stage was measured")
    return Plan(
        stages=tuple(stage for stage in STAGES if stage in evidence.stages),
        runs_on=(),
        head_sha=subject.head_sha,
        base_sha=subject.base_sha,
        policy_sha256=standing.policy.sha256,
        enforced=standing.enforced,
    )


def _is_here(git: Git, sha: str) -> bool:
    try:
        git.resolve(sha)
    except SluiceError:
        return False
    return True
