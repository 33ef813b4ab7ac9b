"""The baseline's model as something to be served beside the candidate's: found, and looked at before it is loaded."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sluice.domain.champion import BaselineModel, Registered
from sluice.domain.config import Evaluation
from sluice.domain.errors import SluiceError
from sluice.domain.model import ModelArtifact
from sluice.domain.probes import Serving
from sluice.domain.serving_rules import baseline_serving
from sluice.domain.verdict import Verdict
from sluice.pipeline.looking import modules_of
from sluice.pipeline.order import Beside, Order, Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """What is known of the baseline already: the registered model, or a folder with what the base has trained again."""

    registered: BaselineModel | None = None
    trained: Path | None = None


def set_aside(where: Evaluation, root: Path, shop: Workshop) -> Path | None:
    """A copy of the model that the base's training has left below ``root``, where it is served or asked later."""
    wanted = where.serving is not None or where.importance is not None
    if not wanted or where.model is None or not (root / where.model).exists():
        return None
    folder = shop.folder()
    shop.carry(root, where.model, folder / where.model)
    return folder


def beside(evaluation: Evaluation, order: Order, shop: Workshop, stack: ExitStack, rival: Rival) -> Beside | str | None:
    """The baseline as it is served; why it cannot be; ``None`` where nothing is compared.

    ``stack`` closes what it lies in.
    """
    serving, wanted = evaluation.serving, evaluation.baseline
    if serving is None or wanted is None:
        return None
    policy = order.policy.value.evaluation if order.policy is not None else None
    if policy is None:
        return "there is no base that says what is served"
    theirs = baseline_serving(policy, serving)
    if isinstance(theirs, str):
        return theirs
    try:
        if wanted.model is not None:
            return _registered(theirs, rival, evaluation, order, shop)
        return _of_base(theirs, policy, order, shop, (stack, rival.trained if wanted.rerun else None))
    except SluiceError as error:
        return error.sentence


def _registered(theirs: Serving, rival: Rival, evaluation: Evaluation, order: Order, shop: Workshop) -> Beside | str:
    """A model of the registry, by itself: what is served otherwise loads a model of its own."""
    if theirs.model is None:
        return "a registered model is served where the base has `evaluation.serving.model`, and by itself alone"
    if rival.registered is None:
        return "the registered model was not found"
    known = rival.registered
    found = Registered(name=known.name, version=known.version, run_id=known.run_id)
    folder = shop.champions.fetched(found)
    looked = shop.champions.looked_at(folder, modules_of(evaluation, order))
    if refused := _refused(looked):
        return refused
    shop.say(f"serving: {found.label} in turn with the candidate")
    return Beside(serving=replace(theirs, model=folder.name), root=folder.parent, model=folder, sha256=looked.sha256)


def _of_base(
    theirs: Serving, policy: Evaluation, order: Order, shop: Workshop, at: tuple[ExitStack, Path | None]
) -> Beside | str:
    """The base's own program in a checkout of the base, with the model that it has there, or has trained again."""
    stack, trained = at
    base_sha = order.subject.base_sha
    if not base_sha:
        return "there is no base commit"
    root = stack.enter_context(shop.history.worktree(base_sha))
    shop.prepare_worktree(root)
    said = f"serving: base {base_sha[:12]} in turn with the candidate"
    if policy.model is None:
        shop.say(said)
        return Beside(serving=theirs, root=root)
    if trained is not None:
        shop.carry(trained, policy.model, root / policy.model)
    elif not (root / policy.model).exists():
        found = shop.data_at(base_sha, policy.model)
        if found is None:
            return f"base {base_sha[:12]} does not have {policy.model}: commit it, or track it with DVC"
        shop.carry(found.root, policy.model, root / policy.model)
    looked = shop.model_at(root, policy.model, policy.model_modules)
    if refused := _refused(looked):
        return refused
    shop.say(said)
    return Beside(serving=theirs, root=root, model=root / policy.model, sha256=looked.sha256)


def _refused(looked: ModelArtifact) -> str:
    return "" if looked.verdict is Verdict.PASS else f"its model is refused: {looked.message}"
