"""The decision and the report alone, from an evidence folder and this repository's git; nothing is posted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.evidence import FILE_NAME, read
from sluice.adapters.git import Git
from sluice.core.gate import decide_skip
from sluice.core.plan import plan as plan_stages
from sluice.core.report import render
from sluice.domain.config import Loaded
from sluice.domain.decision import Decision
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, EvidenceError, SluiceError, UsageError
from sluice.domain.evidence import Evidence
from sluice.domain.planning import ChangedFiles, Event, Plan
from sluice.entry import telling
from sluice.entry.contracts import known_contracts
from sluice.entry.policies import head_config, local_plan, policy_at
from sluice.entry.publishing import figures
from sluice.pipeline.publishing import Decided, judge_evidence


def require_one_use(folder: Path | None, replay: int | None, root: Path | None, *, explain: bool) -> None:
    """Raise ``UsageError`` where ``sluice gate`` is given neither evidence nor ``--replay``, or parts of both."""
    if replay is None and folder is None:
        raise UsageError("which evidence to judge is not said", where="EVIDENCE", remedy="name what `sluice run` wrote")
    if replay is not None and (folder is not None or explain):
        given = "EVIDENCE" if folder is not None else "--explain"
        raise UsageError(f"`--replay` and `{given}` do not go together", remedy="leave one of them out")
    if replay is None and root is not None:
        raise UsageError("needs `--replay N`", where="--evidence-root", remedy="say how many pull requests to replay")


def gate(folder: Path, policy: Path | None, *, explained: bool, as_json: bool) -> int:
    """``sluice gate``: what ``publish`` would decide, with the base's policy or with the one given.

    ``explained``: each gate with its numbers, its rule and what would open it.
    """
    decided = _decided(folder, policy)
    decision = decided.decision
    if explained:
        _explain(decided, as_json=as_json)
    elif as_json:
        from sluice.core.shapes import gate_shape

        telling.print_json(gate_shape(decision))
    else:
        for result in decision.results:
            telling.show(f"{result.verdict:12} {result.gate}: {result.message}")
    telling.tell(f"sluice: the gate is {'open' if decision.open else 'closed'} ({_said(decision)})")
    return EXIT_OPEN if decision.open else EXIT_CLOSED


def _explain(decided: Decided, *, as_json: bool) -> None:
    from sluice.core.explaining import explain, lines
    from sluice.core.gate_shapes import explained_shape

    explained = explain(decided.decision, decided.evidence)
    if as_json:
        telling.print_json(explained_shape(decided.decision, explained))
        return
    for one in explained:
        for line in lines(one):
            telling.show(line)


def report(folder: Path, policy: Path | None, form: Literal["markdown", "html"]) -> int:
    """``sluice report``: the report on stdout; exits as ``gate`` does."""
    decided = _decided(folder, policy)
    pictures = figures(decided.evidence, folder) if decided.evidence else {}
    made = render(decided.evidence, decided.decision, figures=pictures)
    telling.print_text(made.summary if form == "markdown" else made.html)
    return EXIT_OPEN if decided.decision.open else EXIT_CLOSED


def _said(decision: Decision) -> str:
    said = str(decision.verdict) if decision.results else f"{decision.verdict}: {decision.message}"
    return said if decision.enforced else f"{said}, not enforced: the base has no sluice.yaml"


def _decided(folder: Path, policy: Path | None) -> Decided:
    if not (folder / FILE_NAME).exists():
        raise UsageError(
            f"there is no {FILE_NAME}", where=str(folder), remedy="name the folder that `sluice run` wrote"
        )
    evidence, sha256 = read(folder)
    git = Git.find(Path.cwd())
    standing = _standing(git, evidence, policy)
    plan = planned(git, evidence, standing.policy, enforced=standing.enforced)
    return judged(git, evidence, sha256, standing, plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The policy to judge by, whether it is enforced, and the commit of its contracts; ``""`` is the work tree."""

    policy: Loaded
    enforced: bool
    contracts_at: str


def judged(git: Git, evidence: Evidence, sha256: str, standing: Standing, plan: Plan) -> Decided:
    """The decision on evidence under any policy; a plan that asks for nothing decides without it."""
    if not plan.stages and not evidence.problems:
        return _nothing_to_decide(plan, standing.policy, sha256)
    contracts = known_contracts(git, standing.policy, standing.contracts_at, evidence.subject.head_sha)
    return judge_evidence(standing.policy, plan, evidence, sha256, contracts=contracts)


def given_policy(path: Path) -> Standing:
    """A policy from a file, with the work tree's contracts."""
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), remedy="give one with `--policy FILE`")
    return Standing(policy=load_config(path.read_bytes(), path=str(path)), enforced=True, contracts_at="")


def _standing(git: Git, evidence: Evidence, given: Path | None) -> Standing:
    """The policy to decide with: the one given, else the base's, else the work tree's, which is not enforced."""
    if given is not None:
        return given_policy(given)
    base_sha = evidence.subject.base_sha
    found = policy_at(git, base_sha)
    if found is None:
        return Standing(policy=head_config(git), enforced=False, contracts_at="")
    return Standing(policy=found, enforced=True, contracts_at=base_sha)


def _nothing_to_decide(plan: Plan, policy: Loaded, sha256: str) -> Decided:
    """What CI says of a change that asks for nothing; it would not even have run."""
    event = Event(
        name="workflow_dispatch", action="", repository="local", head_sha=plan.head_sha, base_sha=plan.base_sha
    )
    skip = plan_stages(event, policy, ChangedFiles(paths=()), enforced=plan.enforced)
    if isinstance(skip, Plan):  # never a pass for what has to be measured
        raise EvidenceError("no stage was measured", remedy="run `sluice run` again")
    return Decided(decision=replace(decide_skip(skip), evidence_sha256=sha256), evidence=None)


def planned(git: Git, evidence: Evidence, policy: Loaded, *, enforced: bool) -> Plan:
    """What had to be measured: worked out from git, since evidence does not say what it may leave out."""
    subject = evidence.subject
    try:
        plan = local_plan(git, subject.base_sha, subject.head_sha, policy, enforced=enforced)
    except SluiceError:
        plan = local_plan(git, "", subject.head_sha, policy, enforced=enforced)
    measured = tuple(stage for stage in evidence.stages if stage not in plan.stages)
    return replace(plan, stages=(*plan.stages, *measured), base_sha=subject.base_sha)
