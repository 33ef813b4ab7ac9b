"""How much each feature matters: a sample of rows is read, the model asked about it shuffled, and the loss measured."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sluice.core import importance, shuffled
from sluice.core.importance import Loss
from sluice.core.large import too_many
from sluice.core.measurement import Measurement, measure
from sluice.core.shap_values import mean_absolute
from sluice.domain.champion import Registered
from sluice.domain.config import Evaluation
from sluice.domain.errors import EvidenceError, SluiceError
from sluice.domain.importance import MAX_FEATURES, MAX_NAMED, FeatureImportance, ImportanceResult
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Predictions
from sluice.domain.probes import Importance
from sluice.domain.serving_rules import is_looked_at
from sluice.domain.verdict import Verdict
from sluice.pipeline.beside import Rival
from sluice.pipeline.feature_sample import Sample, sampled
from sluice.pipeline.order import Order, Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A model to be asked: by its folder, or by the name of a function; ``label`` is what people call it."""

    kind: Literal["call", "score"]
    name: str
    label: str


@dataclass(slots=True, kw_only=True)
class Losses:
    """What a model's metric is on the sample, and what it loses feature by feature; ``stopped`` says why not of all."""

    original: Measurement | None = None
    predictions: Predictions | None = None
    by_feature: dict[str, Loss | str]
    stopped: str = ""


def importance_of(
    evaluation: Evaluation,
    candidate: Predictions | PredictionsFile | None,
    *,
    shop: Workshop,
    order: Order,
    mark: str,
    rival: Rival,
) -> ImportanceResult | None:
    """The importance of features, where that is asked for; what cannot be measured says why.

    ``mark`` is the fingerprint, which decides on the rows and the shuffles.
    """
    asked = evaluation.importance
    if asked is None:
        return None
    name = asked.metric or ""
    try:
        if candidate is None:
            raise EvidenceError("needs predictions", reason_code=shuffled.CODE, where="evaluation.importance")
        if not isinstance(candidate, Predictions):
            raise EvidenceError(too_many(candidate.most), reason_code=shuffled.CODE, where="evaluation.importance")
        sample = sampled(evaluation, candidate, shop, order, mark)
        found = _measured(sample, asked, shop, order, rival)
    except SluiceError as error:
        found = ImportanceResult(metric=name, reason=error.sentence)
    if found.reason:
        shop.say(f"importance: {found.reason}")
    return found


def _measured(sample: Sample, asked: Importance, shop: Workshop, order: Order, rival: Rival) -> ImportanceResult:
    own = _own(sample.evaluation, asked)
    count = min(len(sample.features), MAX_FEATURES)
    shop.say(f"importance: {own.label}, {count} features, {len(sample.rows):,} rows, {asked.repeats} times each")
    ours = _losses(own, sample, asked, shop)
    if ours.original is None or ours.predictions is None or not ours.by_feature:
        return ImportanceResult(metric=sample.metric.name, reason=ours.stopped or "the model was not asked")
    if ours.original.value is None:
        return ImportanceResult(metric=sample.metric.name, reason=ours.original.reason)
    baseline, theirs, why = _baseline(sample, asked, shop, order, rival)
    weight, group = sample.rests
    found: list[FeatureImportance] = []
    for feature, loss in ours.by_feature.items():
        one = importance.measured(feature, loss, sample.given, weight, group)
        if feature in theirs:
            one = importance.compared(one, (loss, theirs[feature]), sample.given, weight, group)
        found.append(one)
    found, no_shap = _with_shap(found, asked, sample, shop)
    left_out = tuple(name for name in sample.features if name not in ours.by_feature)
    return ImportanceResult(
        metric=sample.metric.name,
        model=own.label,
        n=len(sample.rows),
        repeats=asked.repeats,
        value=ours.original.value,
        features=importance.adjusted(found),
        left_out=left_out[:MAX_NAMED],
        n_left_out=len(left_out),
        baseline=baseline,
        baseline_reason=why,
        shap_reason=no_shap,
        message=_said(ours, sample),
    )


def _own(evaluation: Evaluation, asked: Importance) -> Asked:
    if asked.call is not None:
        return Asked(kind="call", name=asked.call, label=asked.call)
    model = asked.model or ""
    if not is_looked_at(model, evaluation):
        said = "is not the model that was looked at: it must be `evaluation.model`, or lie in it"
        raise EvidenceError(said, reason_code=shuffled.CODE, where=model)
    return Asked(kind="score", name=model, label=model)


def _losses(model: Asked, sample: Sample, asked: Importance, shop: Workshop) -> Losses:
    """Ask for the rows as they are, then for every shuffle; what was answered counts where a later request fails."""
    found = Losses(by_feature={})
    waiting: list[Measurement] = []
    sending = list(shuffled.requests(sample.features, sample.given))
    answers = shop.ask(
        model.kind,
        model.name,
        (shuffled.body(sample.rows, one) for one in sending),
        fingerprint=sample.mark,
        timeout_s=asked.timeout_s,
    )
    try:
        with closing(answers):
            for one, answer in zip(sending, answers, strict=True):
                said = shuffled.answered(answer, sample.truth, sample.evaluation, model.label)
                measured = measure(sample.metric, said, sample.evaluation.threshold)
                if found.original is None:
                    found.original, found.predictions = measured, said
                    continue
                waiting.append(measured)
                if len(waiting) == len(sample.given):
                    found.by_feature[one.feature] = importance.loss(found.original, waiting)
                    waiting = []
    except SluiceError as error:
        found.stopped = error.sentence
    return found


def _said(ours: Losses, sample: Sample) -> str:
    found = ours.stopped
    other = shuffled.differing(ours.predictions, sample.truth) if ours.predictions is not None else 0
    if other:
        said = f"the model answers otherwise than the predictions say in {other:,} of {len(sample.rows):,} rows"
        found = "; ".join(part for part in (found, said) if part)
    return found


def _with_shap(
    found: list[FeatureImportance], asked: Importance, sample: Sample, shop: Workshop
) -> tuple[list[FeatureImportance], str]:
    """The features with their mean absolute SHAP values, or why they have none."""
    if not asked.shap or asked.model is None:
        return found, ""
    body = shuffled.body(sample.rows, shuffled.Shuffle())
    try:
        answers = shop.ask("shap", asked.model, (body,), fingerprint=sample.mark, timeout_s=asked.timeout_s)
        with closing(answers):
            said = next(answers)
    except SluiceError as error:
        return found, error.sentence
    means = mean_absolute(said, len(sample.rows), sample.features, *sample.rests)
    if isinstance(means, str):
        return found, means
    none = (None, None, None)
    values = ((one, means.get(one.feature, none)) for one in found)
    return [replace(one, shap=value, shap_low=low, shap_high=high) for one, (value, low, high) in values], ""


# -- the baseline's -------------------------------------------------------------------------------


def _baseline(
    sample: Sample, asked: Importance, shop: Workshop, order: Order, rival: Rival
) -> tuple[str, dict[str, Loss | str], str]:
    """Which model it is, what it loses, or why that is not known; nothing of all where none is asked for."""
    if sample.evaluation.baseline is None:
        return "", {}, ""
    if asked.model is None:
        return "", {}, "a function is of the head's code alone"
    try:
        found = _theirs(sample.evaluation, asked.model, shop, order, rival)
        losses = _losses(found, sample, asked, shop)
    except SluiceError as error:
        return "", {}, error.sentence
    return found.label if losses.by_feature else "", losses.by_feature, losses.stopped


def _theirs(evaluation: Evaluation, model: str, shop: Workshop, order: Order, rival: Rival) -> Asked:
    """The baseline's model, looked at; raises ``SluiceError`` where there is none, or none that may be loaded.

    ``model`` is where the head has its own; the base's lies where the base's policy says, if it says.
    """
    policy, baseline = order.policy.value.evaluation if order.policy else None, evaluation.baseline
    if baseline is not None and baseline.model is not None:
        known = rival.registered
        if known is None:
            raise EvidenceError("the registered model was not found", reason_code=shuffled.CODE, where=baseline.model)
        found = Registered(name=known.name, version=known.version, run_id=known.run_id)
        folder, label = shop.champions.fetched(found), found.label
    else:
        theirs = (policy.importance.model if policy is not None and policy.importance is not None else None) or model
        folder, label = _of_base(theirs, shop, order, rival)
    modules = (policy or evaluation).model_modules
    looked = shop.model_at(folder.parent, folder.name, modules)
    if looked.verdict is not Verdict.PASS:
        raise EvidenceError(f"must not be loaded: {looked.message}", reason_code=shuffled.CODE, where=label)
    return Asked(kind="score", name=str(folder), label=label)


def _of_base(model: str, shop: Workshop, order: Order, rival: Rival) -> tuple[Path, str]:
    """Where the base's model lies, trained again or as the base has it, and what it is called."""
    base = order.subject.base_sha
    if rival.trained is not None and (rival.trained / model).exists():
        return rival.trained / model, f"{model} of base {base[:12]}, trained again"
    at = shop.data_at(base, model) if base else None
    if at is None:
        said = f"base {base[:12]} holds no such model" if base else "there is no base commit"
        raise EvidenceError(said, reason_code=shuffled.CODE, where=model)
    return at.root / at.source, f"{model} at base {base[:12]}"
