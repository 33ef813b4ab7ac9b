"""The decision and the report alone, from an evidence folder and this repository's git; nothing is posted."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.evidence import read
from sluice.adapters.git import Git
from sluice.core.report import render
from sluice.domain.config import Loaded
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, SluiceError, UsageError
from sluice.domain.records import Decision, Evidence, Plan
from sluice.entry.contracts import policy_contracts
from sluice.entry.local import local_plan
from sluice.entry.publishing import figures
from sluice.entry.running import head_config, policy_at
from sluice.pipeline.publishing import Decided, judge_evidence


def gate(folder: Path, policy: Path | None, *, as_json: bool) -> int:
    """``sluice gate``: what ``publish`` would decide, with the base's policy or with the one given."""
    from sluice.core.shapes import gate_shape

    decision = _decided(folder, policy).decision
    if as_json:
        print(json.dumps(gate_shape(decision), allow_nan=False))
    for result in decision.results:
        print(f"{result.verdict:12} {result.gate}: {result.message}", file=sys.stderr)
    print(f"sluice: the gate is {'open' if decision.open else 'closed'} ({_said(decision)})", file=sys.stderr)
    return EXIT_OPEN if decision.open else EXIT_CLOSED


def report(folder: Path, policy: Path | None, form: Literal["markdown", "html"]) -> int:
    """``sluice report``: the report on stdout; exits as ``gate`` does."""
    decided = _decided(folder, policy)
    pictures = figures(decided.evidence, folder) if decided.evidence else {}
    made = render(decided.evidence, decided.decision, figures=pictures)
    print(made.summary if form == "markdown" else made.html)
    return EXIT_OPEN if decided.decision.open else EXIT_CLOSED


def _said(decision: Decision) -> str:
    return (
        str(decision.verdict) if decision.enforced else f"{decision.verdict}, not enforced: the base has no sluice.yaml"
    )


def _decided(folder: Path, policy: Path | None) -> Decided:
    evidence, sha256 = read(folder)
    git = Git.find(Path.cwd())
    loaded, enforced = _policy(git, evidence, policy)
    plan = _plan(git, evidence, loaded, enforced=enforced)
    contracts = policy_contracts(git, loaded, _contract_ref(evidence, policy, enforced=enforced))
    return judge_evidence(loaded, plan, evidence, sha256, contracts=contracts)


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
