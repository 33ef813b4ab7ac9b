"""What training was made of: the tree before and after it, and a second training where a gate asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sluice.core.fingerprint import depends
from sluice.core.repeating import repeated
from sluice.domain.config import Evaluation, Training
from sluice.domain.errors import SluiceError
from sluice.domain.predictions import Predictions
from sluice.domain.protection import is_protected
from sluice.domain.repository import Changes
from sluice.domain.training import MAX_PATHS, Repeat, TrainFacts, TrainResult
from sluice.domain.verdict import Verdict
from sluice.pipeline.order import Order, Workshop

HEAD = ".git/HEAD"
_WRITTEN = ("dvc.lock",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The work tree before training: its commit, and what differs from it."""

    commit: str
    changes: Changes


def before_training(shop: Workshop) -> Tree:
    """The work tree as training finds it."""
    return Tree(commit=shop.history.head(), changes=shop.history.changes())


def training_facts(order: Order, shop: Workshop, before: Tree, results: tuple[str, ...]) -> TrainFacts:
    """What was trained, after it was; ``results`` are paths that training writes, committed ones too."""
    config = order.head.value
    new = (path for path in before.changes.untracked if depends(path, config))
    unclean = sorted((*before.changes.tracked, *new))
    changed = set(shop.history.changes().tracked) - set(before.changes.tracked)
    rewritten = sorted(path for path in changed if depends(path, config) and not _is_written(path, results))
    if shop.history.head() != before.commit:
        rewritten = [HEAD, *rewritten]
    return TrainFacts(commit=before.commit, unclean=tuple(unclean[:MAX_PATHS]), rewritten=tuple(rewritten[:MAX_PATHS]))


def _is_written(path: str, results: tuple[str, ...]) -> bool:
    named = path.rpartition("/")[2] in _WRITTEN
    return named or any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in results)


def asks_to_repeat(order: Order) -> bool:
    """Whether a gate demands that training can be reproduced: the base's, or the head's where it has none."""
    return any(gate.training == "reproducible" for gate in (order.policy or order.head).value.gates)


def with_repeat(
    trained: TrainResult, training: Training, evaluation: Evaluation | None, order: Order, *, shop: Workshop, mark: str
) -> TrainResult:
    """The result with what a second training came to, on the same commit and seed, in a work tree of its own."""
    facts = trained.facts
    if facts is None:
        return trained
    return replace(trained, facts=replace(facts, repeat=_repeat(facts, training, evaluation, order, (shop, mark))))


def _repeat(
    facts: TrainFacts, training: Training, evaluation: Evaluation | None, order: Order, where: tuple[Workshop, str]
) -> Repeat:
    shop, mark = where
    if facts.unclean or facts.rewritten or facts.commit != order.subject.head_sha:
        return Repeat(reason="nothing was trained a second time: the commit is not what was trained")
    if evaluation is None:
        return Repeat(reason="there are no results to compare")
    shop.say(f"training again, to compare: {training.run}")
    try:
        return _again(training, evaluation, order, shop, mark)
    except SluiceError as error:
        return Repeat(reason=f"the second training was not compared: {error.sentence}")


def _again(training: Training, evaluation: Evaluation, order: Order, shop: Workshop, mark: str) -> Repeat:
    limits = (order.policy.value.training if order.policy else None) or training
    with shop.history.worktree(order.subject.head_sha) as root:
        shop.prepare_worktree(root)
        at = shop.beside(root, "", True)
        at.pull(tuple(source.source for source in order.head.value.data.values()), order.subject.base_sha)
        shop.forget_runs(root)
        before = _times(evaluation, order, at)
        # Its runs in MLflow are not those that were measured.
        result = at.train(
            training.run, cwd=root, timeout_s=60 * limits.timeout_minutes, fingerprint=mark, tag=f"repeat-{mark}"
        )
        if result.verdict is not Verdict.PASS:
            return Repeat(reason=f"the second training ended with {result.status}")
        if before and before == _times(evaluation, order, at):
            # Committed results lie there without any training.
            return Repeat(reason="the second training has not written what is compared")
        return _compared(evaluation, order, shop, at)


def _predicted(evaluation: Evaluation, order: Order) -> str | None:
    """The predictions that training writes: where a command of its own evaluates, they are not training's."""
    return evaluation.predictions if evaluation.run is None and not is_protected(order.policy) else None


def _times(evaluation: Evaluation, order: Order, at: Workshop) -> Mapping[str, int]:
    """When each file was written of what is compared: the predictions, or else the model."""
    named = _predicted(evaluation, order) or evaluation.model
    found = (at.root / named, *(at.root / named).rglob("*")) if named is not None else ()
    return {str(file): file.lstat().st_mtime_ns for file in found if file.is_symlink() or file.is_file()}


def _compared(evaluation: Evaluation, order: Order, shop: Workshop, at: Workshop) -> Repeat:
    same_model = None
    if evaluation.model is not None and (shop.root / evaluation.model).exists():
        same_model = shop.model_digest(evaluation.model) == at.model_digest(evaluation.model)
    path = _predicted(evaluation, order)
    if path is None:
        return Repeat(same_model=same_model)
    first, second = shop.root / path, at.root / path
    if not second.is_file():
        return Repeat(reason=f"the second training has not written {path}", same_model=same_model)
    ours = shop.predictions(first, evaluation)
    if shop.digest(first) == shop.digest(second):
        n = ours.n if isinstance(ours, Predictions) else sum(part.n for part in ours.parts())
        return Repeat(n=n, max_difference=0.0, same_model=same_model)
    theirs = at.predictions(second, evaluation)
    if not isinstance(ours, Predictions) or not isinstance(theirs, Predictions):
        said = f"{path} has other bytes than that of a second training, and too many rows to compare them one by one"
        return Repeat(reason=said, same_model=same_model)
    return replace(repeated(ours, theirs, evaluation.task), same_model=same_model)
