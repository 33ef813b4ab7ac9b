"""What action.yml runs: picks by the command and the event, and hands the results to the steps after it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.adapters import actions
from sluice.adapters.actions import Runtime
from sluice.domain.errors import EXIT_BUG, EXIT_CLOSED, EXIT_OPEN, SluiceError, UsageError
from sluice.domain.planning import Event, Plan, Skip
from sluice.entry import publishing
from sluice.pipeline.planning import Planned
from sluice.pipeline.publishing import Published

if TYPE_CHECKING:
    from sluice.adapters.github.repository import Repository

COMMANDS = ("auto", "plan", "run", "evaluate", "publish")


def main() -> int:
    """Run one step of the Action; the exit code. Whatever goes wrong is one error line beside the run."""
    try:
        actions.mask(actions.read_input("token"))
        return _act(actions.runtime(), _command())
    except SluiceError as error:
        actions.say("error", error.sentence, title="Sluice")
        return error.exit_code
    except Exception as error:
        if os.environ.get("RUNNER_DEBUG") == "1":
            import traceback

            traceback.print_exc()
        said = f"a bug in Sluice: {type(error).__name__}: {error}; please report it with the log of a debug run"
        actions.say("error", said, title="Sluice")
        return EXIT_BUG


def _command() -> str:
    command = actions.read_input("command") or "auto"
    if command not in COMMANDS:
        raise UsageError(
            f"{command[:40]!r} is not a command", where="input `command`", remedy=f"use {', '.join(COMMANDS)}"
        )
    return command


def _act(runtime: Runtime, command: str) -> int:
    event = _event(runtime)
    if event.name == "merge_group" and event.action != "checks_requested":
        return EXIT_OPEN  # a group that was taken apart asks for nothing
    if event.default_branch and event.pr_number is None and event.head_ref != event.default_branch:
        # The commit may be a pull request's head, whose gate is judged by its base and not by its own branch.
        _log(f"{event.head_ref} is not the default branch: it is judged by its pull request")
        actions.set_output("applies", "false")
        return EXIT_OPEN
    act: dict[str, Callable[[Runtime, Event], int]] = {
        "auto": _auto, "plan": _plan, "run": _run, "evaluate": _evaluate, "publish": _publish
    }  # fmt: skip
    return act[command](runtime, event)


def _event(runtime: Runtime) -> Event:
    from sluice.adapters.decode.payload import event

    if not runtime.event_path or not Path(runtime.event_path).is_file():
        raise UsageError("there is no event to read", where="GITHUB_EVENT_PATH", remedy="run this in GitHub Actions")
    payload = Path(runtime.event_path).read_bytes()
    return event(runtime.event_name, payload, repository=runtime.repository, sha=runtime.sha, run_id=runtime.run_id)


# -- the commands ---------------------------------------------------------------------------


def _auto(runtime: Runtime, event: Event) -> int:
    """All in one job; for a fork's pull request the run alone, since its token may not write."""
    if event.name == "workflow_run":
        return _publish(runtime, event)
    with publishing.connected(runtime) as github:
        planned = publishing.marked(publishing.plan(event, github), github)
        again = _used_again(planned, github, runtime)
        _set_plan(planned, applies=again is None)
        if again is not None:
            return _finish(runtime, again)
        if isinstance(planned.plan, Plan):
            # A fork's model is evaluated after its own run, where the base demands its own code.
            _measure(planned.event, planned.plan, alone=not event.is_fork)
        if event.is_fork:
            return EXIT_OPEN
        return _finish(runtime, publishing.judge_and_post(planned, github, runtime, _evidence_folder()))


def _plan(runtime: Runtime, event: Event) -> int:
    """Decide what applies; where nothing is to be run, publish that at once."""
    with publishing.connected(runtime) as github:
        planned = publishing.marked(publishing.plan(event, github), github)
        again = _used_again(planned, github, runtime)
        _set_plan(planned, applies=again is None)
        if again is not None:
            _finish(runtime, again)
        elif isinstance(planned.plan, Plan) and event.action == "edited" and not event.is_fork:
            publishing.close_for_new_base(planned.event, github)
        elif not isinstance(planned.plan, Plan) and not event.is_fork:
            _finish(runtime, publishing.judge_and_post(planned, github, runtime, None))
        return EXIT_OPEN  # a closed gate is not a failed plan: the check says it


def _used_again(planned: Planned, github: Repository, runtime: Runtime) -> Published | None:
    """What an earlier run measured from the same inputs, posted; a re-run by hand always measures anew."""
    if int(os.environ.get("GITHUB_RUN_ATTEMPT") or 1) > 1:
        return None
    return publishing.used_again(planned, github, runtime, _artifact(), _workflow())


def _run(runtime: Runtime, event: Event) -> int:
    """Execute the pull request's code and write evidence; no token is here."""
    return _measure(event, _given_plan(event), alone=False)


def _evaluate(_runtime: Runtime, event: Event) -> int:
    """Have the base's code evaluate the model of an earlier job, and complete that job's evidence; no token is here."""
    from sluice.entry.evaluating import evaluate_in

    out = _evidence_folder()
    with actions.group("Sluice: evaluate"), actions.guarded_output():
        sha256 = evaluate_in(_root(), event, _given_plan(event), out, handed=_model_folder(), say=_echo)
    actions.set_output("evidence", str(out))
    actions.set_output("evidence_sha256", sha256)
    return EXIT_OPEN


def _publish(runtime: Runtime, event: Event) -> int:
    """Judge evidence and post: that of an earlier job, or, after ``workflow_run``, that of a fork's run."""
    given = actions.read_input("plan")
    with publishing.connected(runtime) as github, tempfile.TemporaryDirectory() as folder:
        evidence: Path | None = _evidence_folder()
        if event.name == "workflow_run":
            planned = publishing.plan_fork(event, github, _workflow())
            if publishing.is_evaluated_apart(planned) and not given:
                _set_plan(planned, applies=True)  # the jobs after this one evaluate, and publish
                return EXIT_OPEN
            if not given:
                evidence = publishing.fork_evidence(planned, github, _artifact(), Path(folder))
        else:
            planned = publishing.plan_again(event, github, given)
        planned = publishing.vouched(planned, actions.read_input("evidence-sha256"))
        return _finish(runtime, publishing.judge_and_post(planned, github, runtime, evidence))


def _measure(event: Event, plan: Plan, *, alone: bool) -> int:
    """Run the plan; ``alone`` where no other job will evaluate what this one has trained."""
    from sluice.entry.running import run_in

    out, model = _evidence_folder(), _model_folder()
    with actions.group("Sluice: run"), actions.guarded_output():
        run_in(_root(), event, plan, out, say=_echo, handing=None if alone else model)
    actions.set_output("evidence", str(out))
    actions.set_output("model", str(model) if model.is_dir() and not alone else "")
    return EXIT_OPEN


# -- inputs and outputs ---------------------------------------------------------------------


def _root() -> Path:
    return Path(actions.read_input("working-directory") or ".").resolve()


def _evidence_folder() -> Path:
    return Path(actions.read_input("evidence") or _beside_the_job("sluice-evidence"))


def _model_folder() -> Path:
    return Path(actions.read_input("model") or _beside_the_job("sluice-model"))


def _beside_the_job(name: str) -> Path:
    return Path(os.environ.get("RUNNER_TEMP") or tempfile.gettempdir()) / name


def _artifact() -> str:
    return actions.read_input("artifact") or "sluice-evidence"


def _workflow() -> str:
    return actions.read_input("workflow") or ".github/workflows/sluice.yml"


def _given_plan(event: Event) -> Plan:
    text = actions.read_input("plan", required=True)
    plan = publishing.read_plan(text)
    if not isinstance(plan, Plan):
        raise UsageError("the plan has nothing to run", where="input `plan`")
    if event.name != "workflow_dispatch" and event.head_sha != plan.head_sha:
        raise UsageError("the plan is for another commit than the event", where="input `plan`")
    return plan


def _set_plan(planned: Planned, *, applies: bool) -> None:
    plan = planned.plan
    actions.set_output("applies", "true" if applies and isinstance(plan, Plan) else "false")
    actions.set_output("artifact", publishing.artifact_name(_artifact(), plan) if isinstance(plan, Plan) else "")
    actions.set_output("runs_on", json.dumps(list(plan.runs_on) if isinstance(plan, Plan) else []))
    actions.set_output("head_sha", planned.event.head_sha)
    apart = applies and publishing.is_evaluated_apart(planned)
    actions.set_output("evaluate", "true" if apart else "false")
    actions.set_output("base_sha", plan.base_sha if isinstance(plan, Plan) else "")
    actions.set_output("plan", publishing.write_plan(plan) if plan is not None else "")
    if isinstance(plan, Plan):
        _log("; ".join(f"{stage}: {reason}" for stage, reason in plan.reasons.items()))
    elif isinstance(plan, Skip):
        _log(f"{plan.reason_code}: {plan.message}")


def _finish(runtime: Runtime, outcome: Published) -> int:
    decision = outcome.judged.decision
    page = Path(os.environ.get("RUNNER_TEMP") or tempfile.gettempdir()) / "sluice-report" / "report.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(outcome.judged.report.html, encoding="utf-8")
    actions.append_summary(outcome.judged.report.summary)
    actions.set_output("verdict", str(decision.verdict))
    actions.set_output("open", "true" if decision.open else "false")
    actions.set_output("report", str(page))
    actions.set_output("comment_id", str(outcome.comment_id or ""))
    if outcome.stale:
        actions.say("warning", outcome.stale, title="Sluice")
    _log(f"verdict {decision.verdict}, the gate is {'open' if decision.open else 'closed'}")
    return EXIT_OPEN if decision.open else EXIT_CLOSED


def _log(line: str) -> None:
    """Log what may hold a name of the pull request's: a file's name may hold a line that reads as a command."""
    with actions.guarded_output():
        _echo(line)


def _echo(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
