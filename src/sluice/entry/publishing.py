"""The half with the token: builds the connection and the strict decoders, plans, judges and posts."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.adapters import actions
from sluice.adapters.actions import Runtime
from sluice.adapters.decode import shapes, strict_json
from sluice.adapters.decode.config import load_config
from sluice.adapters.github import connect
from sluice.core.gate import decide_error
from sluice.core.report import Links, render
from sluice.core.statements import varies
from sluice.domain.contract import Contract, Freshness, Query, Retention
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, ConfigError, EvidenceError, StaleHead, UsageError
from sluice.domain.evidence import Evidence
from sluice.domain.planning import Event, Plan, PullRequest, Skip
from sluice.domain.protection import is_protected
from sluice.domain.verdict import Verdict
from sluice.entry import telling
from sluice.pipeline.planning import Planned, governing_policy, plan_event
from sluice.pipeline.publishing import Published, Readers, judge, perform, policy_contracts
from sluice.pipeline.reusing import earlier_evidence, fingerprinted

if TYPE_CHECKING:
    from sluice.adapters.github.repository import Repository

ARTIFACT_BYTES = 50_000_000
ARTIFACT_FILES = 100


def connected(runtime: Runtime) -> AbstractContextManager[Repository]:
    """The repository on GitHub that this job works for; the token is the input ``token``, or GITHUB_TOKEN."""
    token = actions.read_input("token") or os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
    if not token:
        raise UsageError("there is no token", where="input `token` or GITHUB_TOKEN", remedy="give one")
    telling.hush_retries()
    return connect(token=token, api_url=runtime.api_url, repository=runtime.repository, details_url=runtime.run_url)


# -- planning -------------------------------------------------------------------------------


def plan(event: Event, github: Repository) -> Planned:
    """Plan an event with the base's policy, fetched through the API."""
    return plan_event(event, github, load_config)


def marked(planned: Planned, github: Repository) -> Planned:
    """The plan with the fingerprint of its head."""
    return fingerprinted(planned, github, load_config)


def artifact_name(prefix: str, made: Plan) -> str:
    """The name of a run's evidence: what it was measured from, so that the same is found again."""
    return f"{prefix}-{made.fingerprint[:32]}" if made.fingerprint else prefix


def used_again(planned: Planned, github: Repository, runtime: Runtime, prefix: str, workflow: str) -> Published | None:
    """Post what an earlier run measured from the same inputs; ``None`` where everything is to be measured.

    Only a clear verdict counts again: what was inconclusive or went wrong is worth another try. Contracts that demand
    fresh data are judged on data read now.
    """
    if not isinstance(planned.plan, Plan):
        return None
    found = earlier_evidence(planned, artifact_name(prefix, planned.plan), workflow, github, load_config)
    if found is None:
        return None
    again, artifact = found
    with tempfile.TemporaryDirectory() as folder:
        try:
            evidence = _unpacked(github.download(artifact, Path(folder), ARTIFACT_BYTES), Path(folder))
            contracts = _contracts(again, github)
        except (ConfigError, EvidenceError) as error:
            # Measured anew, so that publishing says it where people look.
            actions.say("warning", error.sentence, title="Sluice")
            return None
        if any(_depends_on_the_time(contract) for contract in contracts.values()):
            return None
        judged = judge(again, evidence, github, _readers(), Links(run_url=runtime.run_url))
    if judged.decision.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR):
        return None
    return perform(judged, again.event, github)


def _depends_on_the_time(contract: Contract) -> bool:
    aged = contract.all(Freshness) or contract.all(Retention)
    return bool(aged) or any(varies(query.sql) for query in contract.all(Query))


def _contracts(planned: Planned, github: Repository) -> Mapping[str, Contract]:
    if planned.policy is None or not isinstance(planned.plan, Plan):
        return {}
    return policy_contracts(planned.policy, planned.plan, github, _readers())


def close_for_new_base(event: Event, github: Repository) -> None:
    """Close the gate of a pull request that was pointed at another branch, until it is measured against that one."""
    said = f"the base is {event.base_ref} now; this is being measured against it"
    decision = decide_error("stale-base", said, head_sha=event.head_sha, base_sha=event.base_sha)
    github.set_checks(render(None, replace(decision, verdict=Verdict.INCONCLUSIVE)).checks)


def plan_again(event: Event, github: Repository, given: str) -> Planned:
    """The plan of an earlier job with the policy it was made with; planned anew where none is given.

    The plan comes from a job of this workflow that ran no code of the pull request. Raises ``StaleHead`` where the pull
    request was pointed at another branch since: a result for one base must not stand for another.
    """
    if not given:
        return plan(event, github)
    told = read_plan(given)
    if event.name != "workflow_dispatch" and told.head_sha != event.head_sha:
        raise UsageError("the plan is for another commit than the event", where="input `plan`")
    event = replace(event, head_sha=told.head_sha, base_sha=told.base_sha, base_ref=told.base_ref)
    if event.pr_number is not None:
        _require_base(github.pull_request(event.pr_number), told)
    policy, enforced = governing_policy(event, github, load_config)
    if policy is None or policy.sha256 != told.policy_sha256 or enforced != told.enforced:
        changed = ConfigError(
            "the policy is another than the one planned with", where="sluice.yaml", remedy="run it again"
        )
        return Planned(event=event, plan=None, policy=None, error=changed)
    return Planned(event=event, plan=told, policy=policy)


def _require_base(pull: PullRequest, told: Plan) -> None:
    if pull.base_ref != told.base_ref:
        raise StaleHead(
            f"pull request #{pull.number} is for {pull.base_ref} now, the plan was made for {told.base_ref}",
            remedy="the run for the new base judges it",
        )


def is_evaluated_apart(planned: Planned) -> bool:
    """Whether a job of its own has to evaluate: the base asks for its own code, and this concerns the evaluation."""
    plan = planned.plan
    return isinstance(plan, Plan) and plan.enforced and "evaluation" in plan.stages and is_protected(planned.policy)


def vouched(planned: Planned, sha256: str) -> Planned:
    """The plan with the digest that the job which evaluated has stated; empty where there was none."""
    if not isinstance(planned.plan, Plan):
        return planned
    return replace(planned, plan=replace(planned.plan, vouched=sha256.strip().lower()))


def plan_fork(event: Event, github: Repository, workflow: str) -> Planned:
    """The plan for the pull request that a fork's run came from.

    Nothing the run says of itself is believed: the API tells which workflow ran, on which head, from which repository,
    and which open pull request has that head. Raises ``EvidenceError`` where these do not fit together.
    """
    run_id = event.run_id or 0
    run = github.workflow_run(run_id)
    if run.event != "pull_request" or run.path.partition("@")[0] != workflow:
        raise EvidenceError(
            f"run {run_id} is a {run.event} run of {run.path}, not a pull_request run of {workflow}",
            reason_code="other-run",
            remedy="name the workflow in the input `workflow`",
        )
    if run.repository.lower() != event.repository.lower() or run.head_sha != event.head_sha:
        raise EvidenceError(f"run {run_id} is not the run that the event tells of", reason_code="other-run")
    pull = github.pull_for_head(run.head_repository, run.head_branch, run.head_sha)
    if pull is None:
        raise StaleHead(f"no open pull request has the head {run.head_sha[:12]} of run {run_id} any more")
    told = replace(event, name="pull_request", pr_number=pull.number, base_sha=pull.base_sha, base_ref=pull.base_ref)
    return marked(plan(told, github), github)


def fork_evidence(planned: Planned, github: Repository, artifact: str, folder: Path) -> Path | None:
    """The evidence of the fork's run, fetched into ``folder``.

    ``None`` where it has none or one that is refused: the gate must close, not the job end.
    """
    if not isinstance(planned.plan, Plan):
        return None
    try:
        name = artifact_name(artifact, planned.plan)
        archive = github.run_artifact(planned.event.run_id or 0, name, folder, ARTIFACT_BYTES)
        return _unpacked(archive, folder) if archive is not None else None
    except EvidenceError as error:
        actions.say("warning", error.sentence, title="Sluice")
        return None


def _unpacked(archive: Path, folder: Path) -> Path:
    from sluice.adapters.decode.archive import unpack

    evidence = folder / "evidence"
    unpack(archive, evidence, max_bytes=ARTIFACT_BYTES, max_files=ARTIFACT_FILES)
    return evidence


def write_plan(made: Plan | Skip) -> str:
    """A plan as one line of JSON, for the job after this one."""
    return json.dumps(shapes.encode(made), sort_keys=True, separators=(",", ":"))


def read_plan(text: str) -> Plan:
    """A plan of an earlier job; raises ``UsageError``."""
    value = strict_json.parse(text.encode(), where="input `plan`", max_bytes=1_000_000, error=UsageError)
    try:
        return shapes.decode(Plan, value)
    except shapes.ShapeError as error:
        raise UsageError(str(error), where="input `plan`", remedy="give it the output `plan` as it is") from error


# -- judging and posting --------------------------------------------------------------------


def judge_and_post(planned: Planned, github: Repository, runtime: Runtime, folder: Path | None) -> Published:
    """Decide, render, set the checks and write the comment."""
    links = Links(run_url=runtime.run_url)
    present = folder if folder is not None and (folder / "evidence.json").exists() else None
    judged = judge(planned, present, github, _readers(), links)
    # Where nothing was to be run, the plan has read the head a moment ago.
    return perform(judged, planned.event, github, head_verified=not isinstance(planned.plan, Plan))


def _readers() -> Readers:
    from sluice.adapters.decode.contract import load_contract
    from sluice.adapters.decode.evidence import read

    return Readers(
        evidence=read,
        config=load_config,
        contract=lambda text, path, name: load_contract(text, path=path, dataset=name),
        figures=figures,
    )


def figures(evidence: Evidence, folder: Path) -> dict[str, bytes]:
    """The bytes of the evidence's pictures, which ``read`` has checked."""
    return {figure.path: (folder / figure.path).read_bytes() for figure in evidence.figures}


def publish_folder(folder: Path, *, repository: str, pr_number: int | None, as_json: bool) -> int:
    """``sluice publish``: judge a folder for one pull request, or for the event of this job."""
    from sluice.core.shapes import gate_shape

    runtime = replace(actions.runtime(), **({"repository": repository} if repository else {}))
    if not (folder / "evidence.json").is_file():
        raise UsageError("there is no evidence.json", where=str(folder), remedy="run `sluice run --out` into it first")
    with connected(runtime) as github:
        planned = plan(_event(runtime, pr_number), github)
        published = judge_and_post(planned, github, runtime, folder)
    decision = published.judged.decision
    if as_json:
        telling.print_json(gate_shape(decision) | {"comment_id": published.comment_id})
    telling.tell(f"sluice: the gate is {'open' if decision.open else 'closed'} ({decision.verdict})")
    if published.stale:
        telling.tell(f"sluice: {published.stale}")
    return EXIT_OPEN if decision.open else EXIT_CLOSED


def _event(runtime: Runtime, pr_number: int | None) -> Event:
    from sluice.adapters.decode.payload import event

    if pr_number is None:
        if not runtime.event_path:
            raise UsageError("which pull request is not said", remedy="give `--pr NUMBER`")
        payload = Path(runtime.event_path).read_bytes()
        return event(runtime.event_name, payload, repository=runtime.repository, sha=runtime.sha, run_id=runtime.run_id)
    # Asked for by number, as by a dispatch: planning fills in what the API says of it.
    return Event(
        name="workflow_dispatch",
        action="",
        repository=runtime.repository,
        head_sha="",
        base_sha="",
        pr_number=pr_number,
        run_id=runtime.run_id,
    )
