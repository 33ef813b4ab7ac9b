"""A registered model as the baseline: its recorded predictions for the very same data, or what it says when asked."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sluice.domain.champion import REFUSED, BaselineModel, Registered
from sluice.domain.config import Evaluation
from sluice.domain.errors import ColumnError, EvidenceError
from sluice.domain.outputs import CODE
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Predictions, misnumbered
from sluice.domain.verdict import Verdict
from sluice.pipeline.looking import modules_of
from sluice.pipeline.order import Found, Order, Workshop


def champion_predictions(
    evaluation: Evaluation, order: Order, shop: Workshop, found: Found
) -> tuple[BaselineModel, Path, Predictions | PredictionsFile]:
    """The model that the baseline names, the file of its predictions for the head's rows, and what is in it.

    Raises ``SluiceError`` for whatever keeps it from being compared with. A model that must not be loaded is a problem
    of the evaluation besides.
    """
    baseline = evaluation.baseline
    if baseline is None or baseline.model is None or evaluation.features is None:
        raise AssertionError("the rules of the configuration want a model and its rows")
    if evaluation.predictions is None:
        raise EvidenceError("the head names no predictions to compare with it", reason_code=CODE, where=baseline.model)
    model = shop.champions.named(baseline.model)
    if not (shop.root / evaluation.features).exists():
        shop.pull((evaluation.features,), order.subject.base_sha)
    sha256 = shop.champions.data_sha256(shop.root, evaluation.features)
    kept = BaselineModel(
        name=model.name,
        version=model.version,
        run_id=model.run_id,
        how="recorded",
        data=evaluation.features,
        data_sha256=sha256,
    )
    file = shop.champions.recorded(model, sha256)
    if file is None:
        kept, file = _scored(kept, model, (evaluation, order), shop, found)
    shop.say(f"baseline: {kept.label}")
    predictions = _read(file, evaluation, model.label, shop)
    told = misnumbered(predictions) if evaluation.task == "classification" else ""
    if told:
        remedy = "register a model that answers with the target's own classes"
        raise EvidenceError(told, reason_code=CODE, where=model.label, remedy=remedy)
    return kept, file, predictions


def _scored(
    kept: BaselineModel, model: Registered, asked: tuple[Evaluation, Order], shop: Workshop, found: Found
) -> tuple[BaselineModel, Path]:
    evaluation, order = asked
    shop.say(f"baseline: asking {model.label} about the rows of {kept.data}")
    folder = shop.champions.fetched(model)
    looked = shop.champions.looked_at(folder, modules_of(evaluation, order))
    if looked.verdict is not Verdict.PASS:
        error = EvidenceError(looked.message, reason_code=REFUSED, where=model.label)
        found.problem("evaluation", REFUSED, f"the baseline must not be loaded: {error.sentence}")
        raise error
    with _own_code(order, shop) as at:
        file = at.champions.scored(folder, model.label, shop.root, evaluation)
    after = (shop.champions.digest(folder), shop.champions.data_sha256(shop.root, kept.data))
    if after != (looked.sha256, kept.data_sha256):
        said = "the model or its rows were changed while it was asked"
        raise EvidenceError(said, reason_code="digest-changed", where=model.label)
    return replace(kept, how="scored", sha256=looked.sha256), file


@contextmanager
def _own_code(order: Order, shop: Workshop) -> Generator[Workshop, None, None]:
    """Where the modules that the model needs are the base's: the head's are what it is compared against."""
    if not order.subject.base_sha:
        yield shop
        return
    with shop.history.worktree(order.subject.base_sha) as root:
        yield shop.beside(root, "", True)


def _read(file: Path, evaluation: Evaluation, label: str, shop: Workshop) -> Predictions | PredictionsFile:
    """The predictions; without slices where they are not beside them, since joined rows are in the candidate's."""
    evaluation = replace(evaluation, predictions=label)
    try:
        return shop.predictions(file, evaluation)
    except ColumnError:
        return shop.predictions(file, replace(evaluation, slices=()))
