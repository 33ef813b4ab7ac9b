"""From evidence, which is not to be trusted, to a decision, a report and their effects on GitHub."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sluice.core.contract_gates import Contracts
from sluice.core.data_gates import Evolved, hidden, judged_drift
from sluice.core.gate import decide, decide_error, decide_skip
from sluice.core.plan import POLICY_PATH
from sluice.core.report import Links, render
from sluice.core.validation import dataset_verdict, rejudge
from sluice.domain.config import Loaded
from sluice.domain.contract import Contract
from sluice.domain.decision import Decision
from sluice.domain.errors import ConfigError, EvidenceError, StaleHead
from sluice.domain.evidence import Evidence
from sluice.domain.planning import Event, Plan, Skip
from sluice.domain.ports import GitHub
from sluice.domain.report import PolicyChange, Report, StickyComment
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import worst
from sluice.pipeline.evolving import Head, evolved
from sluice.pipeline.planning import LoadConfig, Planned
from sluice.pipeline.proposing import Proposal, proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """The strict decoders that publishing needs."""

    evidence: Callable[[Path], tuple[Evidence, str]]
    config: LoadConfig
    contract: Callable[[bytes, str, str], Contract]
    figures: Callable[[Evidence, Path], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, and the evidence as it may be shown; ``None`` where it must not be believed."""

    decision: Decision
    evidence: Evidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A decision with all that its report shows."""

    decision: Decision
    report: Report
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was decided and posted; ``stale`` tells why no comment was written."""

    judged: Judged
    comment_id: int | None = None
    stale: str = ""


def judge(planned: Planned, folder: Path | None, github: GitHub, readers: Readers, links: Links) -> Judged:
    """Decide and render for one planned event; evidence that must not be believed closes the gate, with its reason."""
    event = planned.event
    if planned.error is not None:
        return _refused(event, planned.error.sentence, "config", links=links, line=planned.error.line)
    if isinstance(planned.plan, Skip):
        decision = decide_skip(planned.plan)
        return Judged(decision=decision, report=render(None, decision, links=links))
    if planned.plan is None or planned.policy is None:
        return _refused(event, "there is no plan for this event", "config", links=links)
    policy_sha256 = planned.policy.sha256
    files = _Files(github, planned.plan)
    try:
        contracts = policy_contracts(planned.policy, planned.plan, files, readers)
        if folder is None:
            raise EvidenceError("the run left no evidence", remedy="see the run's log, then run it again")
        evidence, sha256 = readers.evidence(folder)
    except ConfigError as error:
        return _refused(event, error.sentence, "config", policy_sha256=policy_sha256, links=links)
    except EvidenceError as error:
        return _refused(event, error.sentence, error.reason_code, policy_sha256=policy_sha256, links=links)
    changes = _policy_changes(planned.plan, files)
    pictures = readers.figures(evidence, folder)
    known = Contracts(base=contracts, evolved=_evolved(planned.policy, planned.plan, contracts, files, readers))
    decided = judge_evidence(planned.policy, planned.plan, evidence, sha256, contracts=known)
    tried = None
    if changes and decided.evidence is not None:
        proposal = _proposal(planned.policy, planned.plan, files, readers)
        tried = proposed(decided.decision, evidence, planned.plan, known, proposal)
    report = render(decided.evidence, decided.decision, links=links, changes=changes, figures=pictures, proposed=tried)
    return Judged(decision=decided.decision, report=report, evidence=decided.evidence)


def judge_evidence(policy: Loaded, plan: Plan, evidence: Evidence, sha256: str, *, contracts: Contracts) -> Decided:
    """Decide on evidence that has been read; what it says of the data is judged anew under the policy's contracts."""
    decision = decide(policy, evidence, sha256, subject=plan, contracts=contracts)
    if evidence.subject.head_sha != (plan.measured_head_sha or plan.head_sha):
        return Decided(decision=decision, evidence=None)  # another head's numbers are not shown for this one
    return Decided(decision=decision, evidence=_as_judged(policy, evidence, contracts))


def _as_judged(policy: Loaded, evidence: Evidence, contracts: Contracts) -> Evidence:
    data = tuple(_rejudged(policy, dataset, contracts) for dataset in evidence.data)
    asked, evaluation = policy.value.evaluation, evidence.evaluation
    if asked is not None and asked.drift is not None and evaluation is not None and evaluation.drift is not None:
        evaluation = replace(evaluation, drift=judged_drift(asked.drift, evaluation.drift)[0])
    return replace(evidence, data=data, evaluation=evaluation)


def _rejudged(policy: Loaded, dataset: DatasetResult, contracts: Contracts) -> DatasetResult:
    name = dataset.dataset
    contract = contracts.base.get(name)
    if contract is None:
        return dataset  # the policy does not name it yet: shown as the run saw it, no gate rests on it
    results = rejudge(contract, dataset.results)
    verdict = worst((dataset_verdict(results), *([dataset.verdict] if not dataset.results else [])))
    spec, drift = policy.value.data[name].drift, dataset.drift
    if drift is not None:
        drift = hidden(drift, contract)
        drift = judged_drift(spec, drift)[0] if spec is not None else drift
    evolved = contracts.evolved.get(name, Evolved())
    return replace(
        dataset,
        contract_path=contract.path,
        contract_sha256=contract.sha256,
        results=results,
        verdict=verdict,
        drift=drift,
        changes=tuple(replace(change, path=evolved.path) for change in evolved.changes),
    )


def perform(judged: Judged, event: Event, github: GitHub, *, head_verified: bool = False) -> Published:
    """Set the checks, then write the comment; a head that has moved on gets no comment."""
    github.set_checks(judged.report.checks)
    if event.pr_number is None:
        return Published(judged=judged)
    comment = StickyComment(pr_number=event.pr_number, head_sha=event.head_sha, body=judged.report.comment)
    try:
        comment_id = github.upsert_comment(comment, head_verified=head_verified)
    except StaleHead as stale:
        return Published(judged=judged, stale=stale.sentence)
    return Published(judged=judged, comment_id=comment_id)


class Files(Protocol):
    """Reads a file at a commit; ``None`` where there is none."""

    def file(self, path: str, ref: str) -> bytes | None: ...


class _Files:
    """The files that one decision asks for, each read once."""

    def __init__(self, github: GitHub, plan: Plan) -> None:
        self._github, self._plan = github, plan
        self._read: dict[tuple[str, str], bytes | None] = {}

    def file(self, path: str, ref: str) -> bytes | None:
        if (path, ref) not in self._read:
            self._read[path, ref] = self._github.file(path, ref)
        return self._read[path, ref]

    def head(self, path: str, watched: frozenset[str]) -> bytes | None:
        """The head's file, read at the base where the plan would tell of a change (``watched``) and tells of none."""
        same = path in watched and path not in self._plan.policy_changes
        return self.file(path, self._plan.base_sha if same else self._plan.head_sha)


def policy_contracts(policy: Loaded, plan: Plan, files: Files, readers: Readers) -> Mapping[str, Contract]:
    """The contracts that the policy names, from the commit that the policy comes from.

    Raises ``ConfigError`` for one that is missing or invalid.
    """
    ref = plan.base_sha if plan.enforced else plan.head_sha
    contracts: dict[str, Contract] = {}
    for name, source in policy.value.data.items():
        text = files.file(source.contract, ref)
        if text is None:
            where = f"{policy.path}:{policy.lines.get(f'data.{name}.contract', 1)}: data.{name}.contract"
            raise ConfigError(f"there is no file {source.contract} at {ref[:12]}", where=where, remedy="add it")
        contracts[name] = readers.contract(text, source.contract, name)
    return contracts


def _evolved(
    policy: Loaded, plan: Plan, contracts: Mapping[str, Contract], files: _Files, readers: Readers
) -> Mapping[str, Evolved]:
    """Nothing is read for contracts that the pull request leaves alone."""
    if not plan.enforced or not plan.policy_changes:
        return {name: Evolved(path=contract.path) for name, contract in contracts.items()}
    watched = _watched(policy)
    head = Head(file=lambda path: files.head(path, watched), config=readers.config, contract=readers.contract)
    return evolved(contracts, head)


def _proposal(policy: Loaded, plan: Plan, files: _Files, readers: Readers) -> Proposal:
    """What the head proposes; the files that the plan watches have been read for the differences already."""
    watched = _watched(policy)
    return Proposal(
        file=lambda path: files.head(path, watched), known=watched, config=readers.config, contract=readers.contract
    )


def _watched(policy: Loaded) -> frozenset[str]:
    """The files whose changes the plan tells of."""
    return frozenset((POLICY_PATH, *(source.contract for source in policy.value.data.values())))


def _refused(event: Event, sentence: str, code: str, *, links: Links, policy_sha256: str = "", line: int = 0) -> Judged:
    decision = decide_error(
        code, sentence, head_sha=event.head_sha, base_sha=event.base_sha, policy_sha256=policy_sha256, line=line
    )
    return Judged(decision=decision, report=render(None, decision, links=links))


def _policy_changes(plan: Plan, files: Files) -> tuple[PolicyChange, ...]:
    if not plan.enforced:
        return ()
    changes: list[PolicyChange] = []
    for path in plan.policy_changes:
        try:
            old, new = files.file(path, plan.base_sha), files.file(path, plan.head_sha)
        except ConfigError as error:
            changes.append(PolicyChange(path=path, diff=error.sentence))
            continue
        if old != new:
            changes.append(PolicyChange(path=path, diff=_diff(path, old, new)))
    return tuple(changes)


def _diff(path: str, old: bytes | None, new: bytes | None) -> str:
    before, after = (_lines(side) for side in (old, new))
    return "".join(difflib.unified_diff(before, after, f"base/{path}", f"head/{path}", n=2))


def _lines(text: bytes | None) -> list[str]:
    return [] if text is None else [line + "\n" for line in text.decode("utf-8", "replace").splitlines()]
