"""From a work tree to evidence: validate, train, evaluate; holds no token and decides nothing."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sluice.core.asked_metrics import asked, with_reasons
from sluice.core.diagnosis import explain
from sluice.core.evaluation import evaluate as core_evaluate
from sluice.core.fingerprint import fingerprint
from sluice.core.metric_files import from_file, merge
from sluice.core.model_gate import with_size
from sluice.domain.amounts import amount
from sluice.domain.champion import BaselineModel
from sluice.domain.config import Evaluation, Loaded
from sluice.domain.errors import ConfigError, SluiceError
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence
from sluice.domain.importance_rules import governed_importance
from sluice.domain.planning import Stage
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Predictions
from sluice.domain.protection import is_protected
from sluice.domain.result_rules import governed_suites
from sluice.domain.serving_rules import governed_serving
from sluice.domain.verdict import Verdict
from sluice.pipeline.beside import Rival, set_aside
from sluice.pipeline.champion import champion_predictions
from sluice.pipeline.comparing import predictions_drift
from sluice.pipeline.filed import baseline_metrics, result_paths, suite_results, written_metrics
from sluice.pipeline.importance import importance_of
from sluice.pipeline.looking import look_at_model, require_same_model
from sluice.pipeline.order import Found, Order, Workshop
from sluice.pipeline.own import own_results
from sluice.pipeline.protecting import as_protected, by_the_base, hand_over, run_own
from sluice.pipeline.protecting import run as run_evaluation
from sluice.pipeline.results import remark, require_kept, result_files, unwritten
from sluice.pipeline.serving import serving_results
from sluice.pipeline.training_facts import asks_to_repeat, before_training, training_facts, with_repeat
from sluice.pipeline.validating import validate


def measure(order: Order, shop: Workshop) -> Evidence:
    """Run the planned stages, one after the other; a stage that cannot do its work becomes a problem in the evidence.

    Training does not start where the data breaks its contract, nor evaluation where training failed: no time is spent
    on a model that cannot be merged.
    """
    started = shop.now()
    mark = fingerprint(shop.history.tree(order.subject.head_sha), order.head.value)
    found = Found()
    work: dict[Stage, Callable[[], None]] = {
        "data": lambda: validate(order, shop, found),
        "training": lambda: train(order, shop, found, mark),
        "evaluation": lambda: evaluate(order, shop, found, mark),
    }
    for stage in order.plan.stages:
        if found.stopped:
            found.problem(stage, "not-started", f"not started: {found.stopped}")
            continue
        attempt(stage, work[stage], found, shop.say)
    return Evidence(
        sluice_version=order.version,
        subject=order.subject,
        stages=order.plan.stages,
        fingerprint=mark,
        config_sha256=order.head.sha256,
        started_at=started.isoformat(timespec="seconds"),
        duration_s=max(0.0, (shop.now() - started).total_seconds()),
        environment=shop.environment(mark),
        data=tuple(found.data),
        training=found.training,
        model=found.model,
        evaluation=found.evaluation,
        problems=tuple(found.problems),
    )


def attempt(stage: Stage, work: Callable[[], None], found: Found, say: Callable[[str], None]) -> None:
    """Do a stage's work; where it cannot be done, that is a problem in the evidence."""
    try:
        work()
        return
    except SluiceError as error:
        found.problem(stage, getattr(error, "reason_code", stage), error.sentence)
    except Exception as error:
        # Evidence that names a bug, in place of none. The exception's own words are left out: they may hold a secret.
        say("".join((*traceback.format_tb(error.__traceback__), *getattr(error, "__notes__", ()))).rstrip())
        kind = getattr(error, "kind", type(error).__name__)  # one of a child process is told by the class it had there
        found.problem(stage, "bug", f"{kind}, which Sluice did not foresee; the log says where")
    found.stopped = f"{stage} could not be measured"


def train(order: Order, shop: Workshop, found: Found, mark: str) -> None:
    """Run the head's training command, within the time that the base's policy allows."""
    training = order.head.value.training
    if training is None:
        raise ConfigError("the head has no training section, the base has one", where=order.head.path)
    shop.say(f"training: {training.run}")
    timeout_s = 60 * ((order.policy.value.training if order.policy else None) or training).timeout_minutes
    evaluation = _governed(order, order.head.value.evaluation)
    tree, before = before_training(shop), result_files(result_paths(evaluation, shop), shop.root, shop.digest)
    result = explain(shop.train(training.run, cwd=shop.root, timeout_s=timeout_s, fingerprint=mark), (str(shop.root),))
    after = result_files(result_paths(evaluation, shop), shop.root, shop.digest)
    if result.verdict is Verdict.PASS:
        found.unwritten = unwritten(before, after)
    said = "; ".join(part for part in (result.message, remark(found.unwritten, evaluation)) if part)
    shop.say(f"training: {result.status} after {result.duration_s:.1f} s")
    found.training = replace(
        result,
        message=said,
        environment=shop.environment(mark),
        artifacts=tuple(one.artifact for one in after),
        facts=training_facts(order, shop, tree, result_paths(evaluation, shop)),
    )
    if found.training.verdict is not Verdict.PASS:
        found.stopped = "training did not succeed"
    elif asks_to_repeat(order):
        found.training = with_repeat(found.training, training, evaluation, order, shop=shop, mark=mark)


def evaluate(order: Order, shop: Workshop, found: Found, mark: str) -> None:
    """Compute the candidate's metrics, and the baseline's where there is one, and compare them.

    With the head's own results, or with those of the base's code in its own checkout, where the base demands that.
    """
    if order.handing is not None:
        hand_over(order, shop, found)
        return
    if is_protected(order.policy):
        with by_the_base(order, shop, found) as (theirs, at, own_mark):
            _evaluate(theirs, order, at, found, own_mark)
        return
    evaluation = _governed(order, order.head.value.evaluation)
    if evaluation is None:
        raise ConfigError("the head has no evaluation section, the base has one", where=order.head.path)
    look_at_model(evaluation, order, shop, found)
    if evaluation.run is not None:
        run_own(evaluation, order, shop, found, mark)
    require_kept(found.unwritten, shop.kept)
    _evaluate(evaluation, order, shop, found, mark)


def _evaluate(evaluation: Evaluation, order: Order, shop: Workshop, found: Found, mark: str) -> None:
    evaluation = asked(evaluation, order.policy.value if order.policy else None, order.head.value)
    # Before the baseline is trained again: its run in MLflow would be the newer one.
    written = written_metrics(evaluation, order, shop, mark)
    baseline = _baseline(order, shop, evaluation, found, mark)
    results: list[EvaluationResult] = []
    candidate: Predictions | PredictionsFile | None = None
    if evaluation.predictions is not None:
        candidate = shop.predictions(shop.root / evaluation.predictions, evaluation)
        results.append(core_evaluate(candidate, evaluation, baseline.predictions, seed=mark))
        if evaluation.functions:
            results.append(own_results(evaluation, candidate, baseline.predictions, shop, mark))
    if written is not None:
        results.append(from_file(written, baseline.metrics, evaluation.directions))
    result = functools.reduce(merge, results) if results else EvaluationResult(n=None, metrics=())
    rival = Rival(registered=baseline.model, trained=baseline.trained)
    result = replace(
        with_reasons(result, evaluation),
        drift=predictions_drift(shop, evaluation, baseline.file, baseline.label or baseline.message),
        tests=suite_results(evaluation, shop),
        importance=importance_of(evaluation, candidate, shop=shop, order=order, mark=mark, rival=rival),
    )
    result = serving_results(result, evaluation, order, shop, mark, rival)
    require_same_model(shop, found)
    result = as_protected(with_size(result, found.model), order)
    said = "; ".join(part for part in (result.message, remark(found.unwritten, evaluation), baseline.message) if part)
    found.evaluation = replace(result, baseline=baseline.label, baseline_model=baseline.model, message=said)
    against = f"baseline {baseline.label}" if baseline.label else baseline.message or "no baseline"
    shop.say(f"evaluation: {amount(len(result.metrics), 'value')}, {against}")


def _governed(order: Order, evaluation: Evaluation | None) -> Evaluation | None:
    """Where results are is the head's to say; what they mean and are compared with is the base's."""
    policy = order.policy.value.evaluation if order.policy else None
    if policy is None or evaluation is None:
        return evaluation
    slices = tuple(dict.fromkeys((*policy.slices, *evaluation.slices)))
    columns = evaluation.columns
    if policy.predictions is not None:
        # The baseline is read by the base's columns: both sides must weigh, join, group and scale their rows alike.
        columns = replace(columns, **{name: getattr(policy.columns, name) for name in _SETTLED})
    return replace(
        evaluation,
        task=policy.task,
        threshold=policy.threshold,
        slices=slices,
        columns=columns,
        drift=policy.drift,
        baseline=policy.baseline or evaluation.baseline,
        features=evaluation.features or policy.features,
        tests=governed_suites(policy, evaluation),
        functions=policy.functions,
        directions=policy.directions,
        serving=governed_serving(policy, evaluation),
        importance=governed_importance(policy, evaluation),
    )


_SETTLED = ("weight", "key", "group", "query", "time", "naive")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Baseline:
    """The baseline's results, what they are called, and why they are missing if they are.

    ``trained`` is a folder with the model that the base has trained again, where it is to be served or asked.
    """

    label: str = ""
    model: BaselineModel | None = None
    trained: Path | None = None
    file: Path | None = None
    predictions: Predictions | PredictionsFile | None = None
    metrics: tuple[MetricValue, ...] | None = None
    message: str = ""


def _baseline(order: Order, shop: Workshop, evaluation: Evaluation, found: Found, mark: str) -> _Baseline:
    wanted, base_sha = evaluation.baseline, order.subject.base_sha
    if wanted is None:
        return _Baseline()
    if wanted.model is None and not base_sha:
        return _Baseline(message="no baseline: there is no base commit")
    theirs = order.policy.value.evaluation if order.policy else None
    where = theirs or evaluation
    try:
        if wanted.model is not None:
            model, file, predictions = champion_predictions(evaluation, order, shop, found)
            return _Baseline(label=model.label, model=model, file=file, predictions=predictions)
        # What the base's own run in MLflow is known by.
        own = fingerprint(shop.history.tree(base_sha), (order.policy or order.head).value) if where.mlflow else ""
        if wanted.rerun and order.policy is not None:
            return _rerun(order.policy, where, base_sha, shop=shop, marks=(mark, own))
        label = f"base {base_sha[:12]}"
        return _read_baseline(where, label, shop, lambda path: shop.base_file(base_sha, path), own)
    except SluiceError as error:
        return _Baseline(message=f"no baseline: {error.sentence}")


def _rerun(policy: Loaded, where: Evaluation, base_sha: str, *, shop: Workshop, marks: tuple[str, str]) -> _Baseline:
    """Run the base's training in a work tree of its own: on this machine and with these packages, as the head's.

    ``marks`` are the head's fingerprint, which seeds both, and the base's own.
    """
    mark, own = marks
    training = policy.value.training
    if training is None:
        return _Baseline(message="no baseline: the base has no training section")
    shop.say(f"baseline: rerunning base {base_sha[:12]}")
    with shop.history.worktree(base_sha) as root:
        shop.prepare_worktree(root)
        timeout_s = 60 * training.timeout_minutes
        result = shop.train(training.run, cwd=root, timeout_s=timeout_s, fingerprint=mark, tag=own)
        if result.verdict is not Verdict.PASS:
            return _Baseline(message=f"no baseline: rerunning the base ended with {result.status}")
        if where.run is not None:
            run_evaluation(where, shop.beside(root, where.model or "", False), policy, base_sha, mark)
        # DVC may link its cache into the work tree; the base's own links may be followed.
        label = f"base {base_sha[:12]}, rerun"
        trained = set_aside(where, root, shop)
        return replace(_read_baseline(where, label, shop, lambda path: shop.copied(root / path), own), trained=trained)


def _read_baseline(
    where: Evaluation, label: str, shop: Workshop, find: Callable[[str], Path | None], mark: str
) -> _Baseline:
    predictions = find(where.predictions) if where.predictions else None
    metrics = baseline_metrics(where, find, shop, mark)
    if predictions is None and metrics is None:
        said = "commit them, track them with DVC, or set `evaluation.baseline.rerun`"
        return _Baseline(message=f"no baseline: {label} has neither predictions nor metrics; {said}")
    return _Baseline(
        label=label,
        file=predictions,
        predictions=shop.predictions(predictions, where) if predictions else None,
        metrics=metrics,
    )
