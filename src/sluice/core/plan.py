"""What one event asks for: which stages apply, where they run, and when nothing is to be run."""

from __future__ import annotations

from sluice.core.fingerprint import touches
from sluice.domain.config import Config, Loaded
from sluice.domain.planning import STAGES, ChangedFiles, Event, Plan, Skip, SkipCode, Stage
from sluice.domain.verdict import Verdict

POLICY_PATH = "sluice.yaml"
SKIP_LABEL = "sluice:skip"

# Where a stage runs that the base's policy names no runner for, and where a fork's code runs; never the head's choice.
HOSTED = ("ubuntu-latest",)


def plan(event: Event, policy: Loaded | None, changed: ChangedFiles, *, enforced: bool = True) -> Plan | Skip:
    """The stages that apply to an event under a policy, or why none does.

    ``policy`` is the base's ``sluice.yaml``; where the base has none, the head's with ``enforced`` false; where neither
    has one, ``None``. A draft and the skip label spare the run but leave the gate closed: not measured is never a pass.
    """
    if policy is None:
        return _skip(event, "not-applicable", "This repository has no sluice.yaml.", Verdict.PASS, enforced=False)
    reasons = touches(changed, policy.value)
    stages: tuple[Stage, ...] = tuple(stage for stage in STAGES if stage in reasons)
    if not stages:
        said = "This change touches nothing that the data or the model depends on."
        return _skip(event, "not-applicable", said, Verdict.PASS, policy, enforced=enforced)
    if SKIP_LABEL in event.labels:
        said = f"the label `{SKIP_LABEL}` is set; take it off to have this measured"
        return _skip(event, "skip-label", said, Verdict.INCONCLUSIVE, policy, enforced=enforced)
    if event.draft:
        said = "this pull request is a draft; it is measured when it is ready for review"
        return _skip(event, "draft", said, Verdict.INCONCLUSIVE, policy, enforced=enforced)
    return Plan(
        stages=stages,
        runs_on=_runs_on(stages, policy.value) if enforced and not event.is_fork else HOSTED,
        head_sha=event.head_sha,
        base_sha=event.base_sha,
        base_ref=event.base_ref,
        policy_sha256=policy.sha256,
        enforced=enforced,
        reasons={str(stage): reasons[stage] for stage in stages},
        policy_changes=_policy_changes(changed, policy.value),
    )


def _policy_changes(changed: ChangedFiles, config: Config) -> tuple[str, ...]:
    watched = (POLICY_PATH, *(source.contract for source in config.data.values()))
    return tuple(path for path in dict.fromkeys(watched) if path in changed.paths or not changed.complete)


def _runs_on(stages: tuple[Stage, ...], config: Config) -> tuple[str, ...]:
    if "training" in stages and config.training is not None:
        return config.training.runs_on
    return HOSTED


def _skip(
    event: Event, code: SkipCode, message: str, verdict: Verdict, policy: Loaded | None = None, *, enforced: bool
) -> Skip:
    return Skip(
        reason_code=code,
        message=message,
        verdict=verdict,
        head_sha=event.head_sha,
        base_sha=event.base_sha,
        policy_sha256=policy.sha256 if policy else "",
        enforced=enforced,
    )
