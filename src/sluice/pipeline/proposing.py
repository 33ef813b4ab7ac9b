"""What the policy that a pull request proposes would make of this very pull request: shown, and never a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sluice.core.contract_gates import Contracts
from sluice.core.data_gates import Evolved
from sluice.core.fingerprint import touches
from sluice.core.gate import decide
from sluice.core.plan import POLICY_PATH
from sluice.core.replaying import changes
from sluice.domain.config import Loaded
from sluice.domain.contract import Contract
from sluice.domain.decision import Decision
from sluice.domain.errors import ConfigError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.evidence import Evidence
from sluice.domain.gates import demands_of, limits_of, rates_of
from sluice.domain.planning import STAGES, ChangedFiles, Plan, Stage
from sluice.domain.replay import Glance, Replayed

MAX_NEW_CONTRACTS = 2
"""Contracts that only the proposed policy names cost an API call each."""
MAX_DEMANDS = 500
"""A stranger's policy may name any number of limits; judging so many would hold up the gate that counts."""
MAX_LOOKS = 500_000
"""And each limit looks through all values and comparisons of the evidence, so many times about 3 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the head proposes: its ``sluice.yaml`` and its contracts, and their decoders.

    ``file`` reads a file of the head. ``known`` are the paths that it reads without a call of the API.
    """

    file: Callable[[str], bytes | None]
    known: frozenset[str]
    config: Callable[[bytes], Loaded]
    contract: Callable[[bytes, str, str], Contract]


def proposed(decision: Decision, evidence: Evidence, plan: Plan, contracts: Contracts, proposal: Proposal) -> Replayed:
    """The evidence under the proposed policy, beside the decision that stands; ``note`` where it cannot be judged.

    ``contracts`` are the base's, with what becomes of them in the head.
    """
    seen = Glance(
        evidence="",
        repository=evidence.subject.repository,
        pr_number=evidence.subject.pr_number,
        head_sha=plan.head_sha,
        started_at=evidence.started_at,
    )
    try:
        policy = _policy(proposal, evidence.evaluation)
        own = _contracts(policy, proposal)
    except ConfigError as error:
        return Replayed(seen=seen, before=decision, note=error.sentence)
    # A contract that the base has not cannot break what anybody relies on.
    evolved = {name: contracts.evolved.get(name, Evolved(path=one.path)) for name, one in own.items()}
    subject = replace(plan, stages=_stages(plan, policy), policy_sha256=policy.sha256)
    known = Contracts(base=own, evolved=evolved)
    after = decide(policy, evidence, decision.evidence_sha256, subject=subject, contracts=known)
    return Replayed(seen=seen, before=decision, after=after, changes=changes(decision, after))


def _policy(proposal: Proposal, evaluation: EvaluationResult | None) -> Loaded:
    text = proposal.file(POLICY_PATH)
    if text is None:
        raise ConfigError(f"there is no {POLICY_PATH} any more: nothing would be measured")
    policy = proposal.config(text)
    demands = [demand for gate in policy.value.gates for demand in demands_of(gate)]
    n_limits = sum(len(limits_of(demand)) * len(rates_of(demand)) for demand in demands)
    if n_limits + len(policy.value.data) > MAX_DEMANDS:
        said = f"it demands more than {MAX_DEMANDS} things, which are not tried here"
        raise ConfigError(said, remedy="try it with `sluice gate --replay`")
    n_values = len(evaluation.metrics) + len(evaluation.comparisons) if evaluation else 0
    if n_limits * n_values > MAX_LOOKS:
        said = f"{n_limits:,} limits on {n_values:,} values are not tried here"
        raise ConfigError(said, remedy="try it with `sluice gate --replay`")
    return policy


def _contracts(policy: Loaded, proposal: Proposal) -> Mapping[str, Contract]:
    named = {source.contract for source in policy.value.data.values()}
    if len(named - proposal.known) > MAX_NEW_CONTRACTS:
        said = f"it names more than {MAX_NEW_CONTRACTS} new contracts, which are not read here"
        raise ConfigError(said, remedy="try it with `sluice gate --replay`")
    found: dict[str, Contract] = {}
    for name, source in policy.value.data.items():
        text = proposal.file(source.contract)
        if text is None:
            raise ConfigError(f"there is no file {source.contract} at the head", where=f"data.{name}.contract")
        found[name] = proposal.contract(text, source.contract, name)
    return found


def _stages(plan: Plan, policy: Loaded) -> tuple[Stage, ...]:
    """Whatever the proposed policy configures, where it is another one; what was planned, where contracts changed."""
    if POLICY_PATH not in plan.policy_changes:
        return plan.stages
    touched = touches(ChangedFiles(paths=(POLICY_PATH,)), policy.value)
    return tuple(stage for stage in STAGES if stage in touched)
