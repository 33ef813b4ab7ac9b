"""The decision and the report alone, from an evidence folder and this repository's git; nothing is posted."""

from __future__ import annotations

from dataclasses import replace
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
from sluice.entry.local import local_plan
from sluice.entry.publishing import figures
from sluice.entry.running import head_config, policy_at
from sluice.pipeline.publishing import Decided, judge_evidence


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
    loaded, enforced = _policy(git, evidence, policy)
    plan = _plan(git, evidence, loaded, enforced=enforced)
    if not plan.stages and not evidence.problems:
        return _nothing_to_decide(plan, loaded, sha256)
    ref = _contract_ref(evidence, policy, enforced=enforced)
    contracts = known_contracts(git, loaded, ref, evidence.subject.head_sha)
    return judge_evidence(loaded, plan, evidence, sha256, contracts=contracts)


def _nothing_to_decide(plan: Plan, policy: Loaded, sha256: str) -> Decided:
    """What CI says of a change that asks for nothing; it would not even have run."""
    event = Event(
        name="workflow_dispatch", action="", repository="local", head_sha=plan.head_sha, base_sha=plan.base_sha
    )
    skip = plan_stages(event, policy, ChangedFiles(paths=()), enforced=plan.enforced)
    if isinstance(skip, Plan):  # never a pass for what has to be measured
        raise EvidenceError("no stage was measured", remedy="run `sluice run` again")
    return Decided(decision=replace(decide_skip(skip), evidence_sha256=sha256), evidence=None)


def _policy(git: Git, evidence: Evidence, given: Path | None) -> tuple[Loaded, bool]:
    """The policy to decide with, and whether it is enforced: the one given, else the base's, else the work tree's."""
    if given is not None:
        if not given.is_file():
            raise UsageError("there is no such file", where=str(given), remedy="give one with `--policy FILE`")
        return load_config(given.read_bytes(), path=str(given)), True
    found = policy_at(git, evidence.subject.base_sha)
    return (found, True) if found is not None else (head_config(git), False)


def _plan(git: Git, evidence: Evidence, policy: Loaded, *, enforced: bool) -> Plan:
    """What had to be measured: worked out from git, since evidence does not say what it may leave out."""
    subject = evidence.subject
    try:
        plan = local_plan(git, subject.base_sha, subject.head_sha, policy, enforced=enforced)
    except SluiceError:
        plan = local_plan(git, "", subject.head_sha, policy, enforced=enforced)
    measured = tuple(stage for stage in evidence.stages if stage not in plan.stages)
    return replace(plan, stages=(*plan.stages, *measured), base_sha=subject.base_sha)


def _contract_ref(evidence: Evidence, policy: Path | None, *, enforced: bool) -> str:
    return evidence.subject.base_sha if enforced and policy is None else ""
