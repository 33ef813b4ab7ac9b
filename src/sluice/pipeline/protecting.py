"""Protected evaluation: a clean checkout of the base, the base's command in it, and of the head nothing but its model.

What the head's tree holds (code, test data, settings, results) is neither read nor reachable by what is read here: the
results are those that the base's command has written into the base's checkout.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sluice.core.diagnosis import explain
from sluice.core.fingerprint import fingerprint
from sluice.domain.config import Evaluation, Loaded, Training
from sluice.domain.errors import ConfigError, EvidenceError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.model import ModelArtifact
from sluice.domain.protection import is_protected, lies_in_model
from sluice.domain.result_rules import input_paths, suites_of
from sluice.domain.verdict import Verdict
from sluice.pipeline.filed import in_work_tree, metric_files, result_paths
from sluice.pipeline.looking import look_at_model
from sluice.pipeline.order import Found, Order, Workshop
from sluice.pipeline.results import require_kept, result_files, unwritten

DEFAULT_TIMEOUT_MINUTES = 360.0


@contextmanager
def by_the_base(order: Order, shop: Workshop, found: Found) -> Generator[tuple[Evaluation, Workshop, str], None, None]:
    """The base's evaluation section, its checkout with the results that its command wrote there, and the seed's mark.

    The mark is of the base's own inputs: a head cannot try one after the other until a draw is lucky. Raises
    ``EvidenceError`` for a model that must not be loaded (no command runs then) and for a command that fails.
    """
    policy, evaluation = _policy(order)
    base_sha = order.subject.base_sha
    mark = fingerprint(shop.history.tree(base_sha), policy.value)
    with shop.history.worktree(base_sha) as root:
        shop.prepare_worktree(root)
        at = shop.beside(root, evaluation.model or "", order.handed is None)
        _clear_results(evaluation, at)
        _place_model(evaluation, order, shop, found, root)
        look_at_model(evaluation, order, at, found)
        run(evaluation, at, policy, base_sha, mark)
        found.unwritten = ()
        # What the command has not written is missing: results of the base are not the head's.
        yield evaluation, replace(at, pull=_nothing), mark


def hand_over(order: Order, shop: Workshop, found: Found) -> None:
    """Look at the model that training left, and put it where the job that evaluates finds it."""
    _, evaluation = _policy(order)
    if order.handing is None:
        raise ConfigError("there is no folder to hand the model over in")
    path = _trained(evaluation, order, shop, found)
    look_at_model(replace(evaluation, model=path), order, shop, found)
    shop.carry(shop.root, path, order.handing / (evaluation.model or ""))
    shop.say("evaluation: left to the job that runs the base's code")


def as_protected(result: EvaluationResult, order: Order) -> EvaluationResult:
    """The result with whose code has evaluated."""
    if not is_protected(order.policy):
        return result
    return replace(result, code="base", code_sha=order.subject.base_sha)


def run(evaluation: Evaluation, at: Workshop, policy: Loaded, base_sha: str, mark: str) -> None:
    """Bring the data and the inputs that the base's policy names, as the base has them, and run its command there.

    DVC is left no cache of runs: training could have left there what this command is to come to. Raises
    ``EvidenceError`` where the command does not end well.
    """
    at.pull((*(source.source for source in policy.value.data.values()), *input_paths(evaluation)), base_sha)
    at.forget_runs(at.root)
    _run(evaluation, at, policy.value.training, mark, "the base's")


def run_own(evaluation: Evaluation, order: Order, shop: Workshop, found: Found, mark: str) -> None:
    """Run the head's own command in its own tree, where the base asks for no other. Raises as ``run`` does."""
    paths = result_paths(evaluation, shop)
    before = result_files(paths, shop.root, shop.digest)
    at = shop.beside(shop.root, evaluation.model or "", False)
    _run(evaluation, at, (order.policy or order.head).value.training, mark, "the head's")
    left = unwritten(before, result_files(paths, shop.root, shop.digest))
    found.unwritten = tuple(path for path in found.unwritten if path in left)


def _run(evaluation: Evaluation, at: Workshop, training: Training | None, mark: str, whose: str) -> None:
    command = evaluation.run or ""
    at.say(f"evaluation: {command}")
    timeout_s = 60 * (training.timeout_minutes if training is not None else DEFAULT_TIMEOUT_MINUTES)
    result = explain(at.train(command, cwd=at.root, timeout_s=timeout_s, fingerprint=mark), (str(at.root),))
    if result.verdict is not Verdict.PASS:
        said = ". ".join(part for part in (result.message, result.diagnosis) if part)
        raise EvidenceError(f"{whose} evaluation did not succeed: {said}", reason_code="evaluation-failed")


def _nothing(_paths: tuple[str, ...], _base: str) -> None:
    return None


def _policy(order: Order) -> tuple[Loaded, Evaluation]:
    policy = order.policy
    if not is_protected(policy) or policy.value.evaluation is None:
        raise ConfigError("the base does not ask for protected evaluation")
    return policy, policy.value.evaluation


def _place_model(evaluation: Evaluation, order: Order, shop: Workshop, found: Found, root: Path) -> None:
    """Bring the model below ``root``, to the path that the base gives it; what was handed over lies there by it."""
    path = evaluation.model or ""
    try:
        if order.handed is not None:
            shop.carry(order.handed, path, root / path)
        else:
            shop.carry(shop.root, _trained(evaluation, order, shop, found), root / path)
    except EvidenceError as error:
        found.model = ModelArtifact(path=path, verdict=Verdict.ERROR, message=error.sentence)
        raise


def _trained(evaluation: Evaluation, order: Order, shop: Workshop, found: Found) -> str:
    """Where training left the model: the head says it. Raises ``EvidenceError`` for a leftover of another run."""
    head = order.head.value.evaluation
    path = (head.model if head is not None else None) or evaluation.model or ""
    require_kept(tuple(one for one in found.unwritten if one == path), shop.kept)
    return path


def _clear_results(evaluation: Evaluation, at: Workshop) -> None:
    """Take the base's own results out of its checkout: they must not stand for those of the head's model."""
    named = [path for path in (evaluation.predictions,) if path is not None]
    named += metric_files(evaluation, in_work_tree(at), at) if evaluation.metrics is not None else ()
    named += [suite.path for suite in suites_of(evaluation)]
    for path in named:
        if lies_in_model(path, evaluation):
            raise EvidenceError("lies in the model, which the head brings", where=path, reason_code="path")
        file = at.root / path
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
