"""From a work tree to evidence: validate, train, evaluate; holds no token and decides nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sluice.core.diagnosis import explain
from sluice.core.evaluation import evaluate as core_evaluate
from sluice.core.fingerprint import fingerprint
from sluice.core.metric_files import from_file, merge
from sluice.core.validation import run_checks, text_columns, unreadable
from sluice.domain.config import Evaluation, Loaded, Training
from sluice.domain.contract import Contract
from sluice.domain.errors import ConfigError, DataError, SluiceError
from sluice.domain.ports import TableEngine
from sluice.domain.predictions import Predictions
from sluice.domain.records import (
    DatasetResult,
    Environment,
    EvaluationResult,
    Evidence,
    MetricValue,
    Plan,
    Problem,
    Stage,
    Subject,
    TrainResult,
)
from sluice.domain.repository import TreeEntry
from sluice.domain.verdict import Verdict
from sluice.pipeline.results import metrics_bytes, remark, require_kept, result_files, unwritten


class History(Protocol):
    """What the run asks of git."""

    def show(self, ref: str, path: str) -> bytes | None: ...
    def tree(self, ref: str) -> tuple[TreeEntry, ...]: ...
    def worktree(self, ref: str) -> AbstractContextManager[Path]: ...


class Trainer(Protocol):
    """Runs one training command in a folder, supervised."""

    def __call__(self, command: str, *, cwd: Path, timeout_s: float, fingerprint: str) -> TrainResult: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Everything outside that a run uses."""

    root: Path
    history: History
    open_table: Callable[[Path, str, frozenset[str]], AbstractContextManager[TableEngine]]
    contract: Callable[[bytes, str, str], Contract]
    pull: Callable[[tuple[str, ...], str], object]
    train: Trainer
    environment: Callable[[str], Environment]
    predictions: Callable[[Path, Evaluation], Predictions]
    metrics: Callable[[bytes, str], tuple[MetricValue, ...]]
    base_file: Callable[[str, str], Path | None]
    copied: Callable[[Path], Path | None]
    kept: Callable[[str], bool]
    prepare_worktree: Callable[[Path], None]
    digest: Callable[[Path], str]
    now: Callable[[], datetime]
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to measure: the plan, what the head says about how, and what the base demands."""

    subject: Subject
    plan: Plan
    head: Loaded
    policy: Loaded | None
    version: str


def measure(order: Order, shop: Workshop) -> Evidence:
    """Run the planned stages, one after the other; a stage that cannot do its work becomes a problem in the evidence.

    Training does not start where the data breaks its contract, nor evaluation where training failed: no time is spent
    on a model that cannot be merged.
    """
    started = shop.now()
    mark = fingerprint(shop.history.tree(order.subject.head_sha), order.head.value)
    found = _Found()
    work: dict[Stage, Callable[[], None]] = {
        "data": lambda: validate(order, shop, found),
        "training": lambda: train(order, shop, found, mark),
        "evaluation": lambda: evaluate(order, shop, found, mark),
    }
    for stage in order.plan.stages:
        if found.stopped:
            found.problem(stage, "not-started", f"not started: {found.stopped}")
            continue
        _attempt(stage, work[stage], found, shop.say)
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
        evaluation=found.evaluation,
        problems=tuple(found.problems),
    )


@dataclass(slots=True, kw_only=True)
class _Found:
    """What the stages have come to so far; ``stopped`` says why those after need not start."""

    data: list[DatasetResult] = field(default_factory=list[DatasetResult])
    training: TrainResult | None = None
    evaluation: EvaluationResult | None = None
    unwritten: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list[Problem])
    stopped: str = ""

    def problem(self, stage: Stage, code: str, message: str) -> None:
        self.problems.append(Problem(stage=stage, reason_code=code, message=message))


def _attempt(stage: Stage, work: Callable[[], None], found: _Found, say: Callable[[str], None]) -> None:
    try:
        work()
        return
    except SluiceError as error:
        found.problem(stage, getattr(error, "reason_code", stage), error.sentence)
    except Exception as error:
        # Evidence that names a bug, in place of none. The exception's own words are left out: they may hold a secret.
        say("".join(traceback.format_tb(error.__traceback__)).rstrip())
        found.problem(stage, "bug", f"{type(error).__name__}, which Sluice did not foresee; the log says where")
    found.stopped = f"{stage} could not be measured"


def validate(order: Order, shop: Workshop, found: _Found) -> None:
    """Check every data source of the head against the contract that stands: the base's, where it has one."""
    own = _own_contracts(order, shop, found)
    for name, source in order.head.value.data.items():
        contract = _base_contract(order, shop, name) or own.get(name)
        if contract is None:
            continue
        shop.say(f"data {name}: {source.source}")
        try:
            shop.pull((source.source,), order.subject.base_sha)
            with shop.open_table(shop.root, source.source, text_columns(contract)) as table:
                result = run_checks(table, contract, dataset=name, source=source.source, now=shop.now())
        except DataError as error:
            result = unreadable(contract, error, dataset=name, source=source.source)
        found.data.append(result)
        shop.say(f"data {name}: {result.verdict}, {len(result.results)} checks on {result.n_rows:,} rows")
    broken = [result.dataset for result in found.data if result.verdict in (Verdict.FAIL, Verdict.ERROR)]
    if broken:
        found.stopped = f"the data {', '.join(broken)} does not keep its contract"


def _own_contracts(order: Order, shop: Workshop, found: _Found) -> Mapping[str, Contract]:
    """The head's contracts, those that are valid; a merge would make the others the policy that closes every gate."""
    valid: dict[str, Contract] = {}
    for name in order.head.value.data:
        try:
            valid[name] = _own_contract(order, shop, name)
        except ConfigError as error:
            found.problem("data", "contract", error.sentence)
            found.stopped = f"the contract of the data {name} is not valid"
    return valid


def _base_contract(order: Order, shop: Workshop, name: str) -> Contract | None:
    policy = order.policy.value.data.get(name) if order.policy else None
    text = shop.history.show(order.subject.base_sha, policy.contract) if policy else None
    return shop.contract(text, policy.contract, name) if policy and text is not None else None


def _own_contract(order: Order, shop: Workshop, name: str) -> Contract:
    path = order.head.value.data[name].contract
    text = shop.history.show(order.subject.head_sha, path)
    if text is None:
        raise ConfigError(f"there is no file {path}", where=f"{order.head.path}: data.{name}.contract", remedy="add it")
    return shop.contract(text, path, name)


def train(order: Order, shop: Workshop, found: _Found, mark: str) -> None:
    """Run the head's training command, within the time that the base's policy allows."""
    training = order.head.value.training
    if training is None:
        raise ConfigError("the head has no training section, the base has one", where=order.head.path)
    shop.say(f"training: {training.run}")
    timeout_s = 60 * ((order.policy.value.training if order.policy else None) or training).timeout_minutes
    before = result_files(order.head.value.evaluation, shop.root, shop.digest)
    result = explain(shop.train(training.run, cwd=shop.root, timeout_s=timeout_s, fingerprint=mark), (str(shop.root),))
    after = result_files(order.head.value.evaluation, shop.root, shop.digest)
    if result.verdict is Verdict.PASS:
        found.unwritten = unwritten(before, after)
    said = "; ".join(part for part in (result.message, remark(found.unwritten)) if part)
    found.training = replace(
        result, message=said, environment=shop.environment(mark), artifacts=tuple(one.artifact for one in after)
    )
    shop.say(f"training: {result.status} after {result.duration_s:.1f} s")
    if found.training.verdict is not Verdict.PASS:
        found.stopped = "training did not succeed"


def evaluate(order: Order, shop: Workshop, found: _Found, mark: str) -> None:
    """Compute the candidate's metrics, and the baseline's where there is one, and compare them."""
    evaluation = order.head.value.evaluation
    if evaluation is None:
        raise ConfigError("the head has no evaluation section, the base has one", where=order.head.path)
    evaluation = _governed(order, evaluation)
    require_kept(found.unwritten, shop.kept)
    baseline = _baseline(order, shop, evaluation, mark)
    results: list[EvaluationResult] = []
    if evaluation.predictions is not None:
        candidate = shop.predictions(shop.root / evaluation.predictions, evaluation)
        results.append(core_evaluate(candidate, evaluation, baseline.predictions, seed=mark))
    if evaluation.metrics is not None:
        values = shop.metrics(metrics_bytes(shop.root / evaluation.metrics, evaluation.metrics), evaluation.metrics)
        results.append(from_file(values, baseline.metrics))
    result = merge(*results) if len(results) == 2 else results[0]
    said = "; ".join(part for part in (result.message, remark(found.unwritten), baseline.message) if part)
    found.evaluation = replace(result, baseline=baseline.label, message=said)
    shop.say(f"evaluation: {len(result.metrics)} values, baseline {baseline.label or 'none'}")


def _governed(order: Order, evaluation: Evaluation) -> Evaluation:
    """Where results are is the head's to say; what their metrics mean (task, threshold, slices) is the base's."""
    policy = order.policy.value.evaluation if order.policy else None
    if policy is None:
        return evaluation
    slices = tuple(dict.fromkeys((*policy.slices, *evaluation.slices)))
    columns = evaluation.columns
    if policy.predictions is not None:
        # The baseline is read by the base's columns: both sides must weigh and join their rows alike.
        columns = replace(columns, weight=policy.columns.weight, key=policy.columns.key)
    return replace(evaluation, task=policy.task, threshold=policy.threshold, slices=slices, columns=columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Baseline:
    """The base's results, what they are called, and why they are missing if they are."""

    label: str = ""
    predictions: Predictions | None = None
    metrics: tuple[MetricValue, ...] | None = None
    message: str = ""


def _baseline(order: Order, shop: Workshop, evaluation: Evaluation, mark: str) -> _Baseline:
    asked, base_sha = evaluation.baseline, order.subject.base_sha
    if asked is None:
        return _Baseline()
    if not base_sha:
        return _Baseline(message="no baseline: there is no base commit")
    theirs = order.policy.value.evaluation if order.policy else None
    where = theirs or evaluation
    try:
        if asked.rerun and order.policy is not None and order.policy.value.training is not None:
            return _rerun(order.policy.value.training, where, base_sha, shop=shop, mark=mark)
        return _read_baseline(where, f"base {base_sha[:12]}", shop, lambda path: shop.base_file(base_sha, path))
    except SluiceError as error:
        return _Baseline(message=f"no baseline: {error.sentence}")


def _rerun(training: Training, where: Evaluation, base_sha: str, *, shop: Workshop, mark: str) -> _Baseline:
    """Run the base's training in a work tree of its own: on this machine and with these packages, as the head's."""
    shop.say(f"baseline: rerunning base {base_sha[:12]}")
    with shop.history.worktree(base_sha) as root:
        shop.prepare_worktree(root)
        result = shop.train(training.run, cwd=root, timeout_s=60 * training.timeout_minutes, fingerprint=mark)
        if result.verdict is not Verdict.PASS:
            return _Baseline(message=f"no baseline: rerunning the base ended with {result.status}")
        # DVC may link its cache into the work tree; the base's own links may be followed.
        return _read_baseline(where, f"base {base_sha[:12]}, rerun", shop, lambda path: shop.copied(root / path))


def _read_baseline(where: Evaluation, label: str, shop: Workshop, find: Callable[[str], Path | None]) -> _Baseline:
    predictions = find(where.predictions) if where.predictions else None
    metrics = find(where.metrics) if where.metrics else None
    if predictions is None and metrics is None:
        return _Baseline(message=f"no baseline: {label} has neither predictions nor metrics")
    return _Baseline(
        label=label,
        predictions=shop.predictions(predictions, where) if predictions else None,
        metrics=shop.metrics(metrics_bytes(metrics, str(where.metrics)), str(where.metrics)) if metrics else None,
    )
