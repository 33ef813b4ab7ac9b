"""How much each feature matters: a sample of rows is read, the model asked about it shuffled, and the loss measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from sluice.core import importance, shuffled
from sluice.core.importance import Loss
from sluice.core.large import too_many
from sluice.core.measurement import Measurement, measure
from sluice.core.shap_values import mean_absolute
from sluice.domain import stats
from sluice.domain.config import Evaluation, Importance
from sluice.domain.errors import DataError, EvidenceError, SluiceError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.importance import MAX_FEATURES, MAX_NAMED, FeatureImportance, ImportanceResult
from sluice.domain.importance_rules import MIN_ROWS
from sluice.domain.metric import Metric
from sluice.domain.plain_rows import plain_row
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Index, Predictions
from sluice.domain.serving_rules import is_looked_at
from sluice.domain.verdict import Verdict
from sluice.pipeline.order import DataAt, Order, Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A model to be asked: by its folder, or by the name of a function; ``label`` is what people call it."""

    kind: Literal["call", "score"]
    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The rows of the sample as they are sent, what is known of them, what is shuffled, and how."""

    rows: Sequence[shuffled.Row]
    truth: Predictions
    features: tuple[str, ...]
    given: tuple[Index, ...]
    metric: Metric
    evaluation: Evaluation
    mark: str

    @property
    def rests(self) -> tuple[Any, Any]:
        """The weights and the groups of the rows, where there are any."""
        return self.truth.weight, self.truth.group


@dataclass(slots=True, kw_only=True)
class Losses:
    """What a model's metric is on the sample, and what it loses feature by feature; ``stopped`` says why not of all."""

    original: Measurement | None = None
    predictions: Predictions | None = None
    by_feature: dict[str, Loss | str]
    stopped: str = ""


def importance_results(
    result: EvaluationResult,
    evaluation: Evaluation,
    candidate: Predictions | PredictionsFile | None,
    *,
    shop: Workshop,
    order: Order,
    mark: str,
) -> EvaluationResult:
    """The result with the importance of features, where that is asked for; what cannot be measured says why.

    ``mark`` is the fingerprint, which decides on the rows and the shuffles.
    """
    asked = evaluation.importance
    if asked is None:
        return result
    name = asked.metric or ""
    try:
        if candidate is None:
            raise EvidenceError("needs predictions", reason_code=shuffled.CODE, where="evaluation.importance")
        if not isinstance(candidate, Predictions):
            raise EvidenceError(too_many(candidate.most), reason_code=shuffled.CODE, where="evaluation.importance")
        sample = _sampled(evaluation, candidate, shop, order, mark)
        found = _measured(sample, asked, shop, order)
    except SluiceError as error:
        found = ImportanceResult(metric=name, reason=error.sentence)
    if found.reason:
        shop.say(f"importance: {found.reason}")
    return replace(result, importance=found)


def _sampled(evaluation: Evaluation, candidate: Predictions, shop: Workshop, order: Order, mark: str) -> Sample:
    asked = evaluation.importance
    if candidate.key is None or evaluation.features is None or asked is None:
        said = "needs `evaluation.features` and `evaluation.columns.key`"
        raise EvidenceError(said, reason_code=shuffled.CODE, where="evaluation.importance")
    metric = shuffled.lost_metric(evaluation)
    positions = shuffled.sample(candidate.n, asked.rows, mark)
    if len(positions) < MIN_ROWS:
        said = f"{len(positions)} rows are too few, {MIN_ROWS} are needed"
        raise EvidenceError(said, reason_code=shuffled.CODE, where="evaluation.importance")
    keys = candidate.key[positions].tolist()
    if not (shop.root / evaluation.features).exists():
        shop.pull((evaluation.features,), order.subject.base_sha)
    columns, found = _read(evaluation.features, evaluation.columns.key or "", keys, shop)
    sent, features = shuffled.features(columns, evaluation)
    rows = shuffled.in_order(found, keys, evaluation)
    given = importance.shuffles(stats.generator(mark, "importance", "shuffles"), len(rows), asked.repeats)
    return Sample(
        rows=[{name: row[name] for name in sent} for row in rows],
        truth=candidate.take(positions),
        features=features,
        given=given,
        metric=metric,
        evaluation=evaluation,
        mark=mark,
    )


def _read(source: str, key: str, keys: Sequence[object], shop: Workshop) -> tuple[tuple[str, ...], list[shuffled.Row]]:
    """The table's columns, and its rows of these keys."""
    data = DataAt(root=shop.root, source=source)

    def read() -> str:
        with shop.open_table(data) as table:
            names = tuple(table.columns())
            if key not in names:
                raise DataError(f"there is no column `{key}`", reason_code=shuffled.CODE, where=source)
            chosen = table.table.filter(table.table[key].cast("string").isin([str(one) for one in keys]))
            # One row more than there are keys: a key that is there twice is told.
            rows = table.rows(chosen, len(keys) + 1)
        return json.dumps({"names": names, "rows": [plain_row(names, row) for row in rows]}, allow_nan=False)

    told = cast("dict[str, Any]", json.loads(shop.apart(read, str, data)))
    return tuple(told["names"]), told["rows"]


def _measured(sample: Sample, asked: Importance, shop: Workshop, order: Order) -> ImportanceResult:
    own = _own(sample.evaluation, asked)
    count = min(len(sample.features), MAX_FEATURES)
    shop.say(f"importance: {own.label}, {count} features, {len(sample.rows):,} rows, {asked.repeats} times each")
    ours = _losses(own, sample, asked, shop)
    if ours.original is None or ours.predictions is None or not ours.by_feature:
        return ImportanceResult(metric=sample.metric.name, reason=ours.stopped or "the model was not asked")
    if ours.original.value is None:
        return ImportanceResult(metric=sample.metric.name, reason=ours.original.reason)
    baseline, theirs, why = _baseline(sample, asked, shop, order)
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
    sample: Sample, asked: Importance, shop: Workshop, order: Order
) -> tuple[str, dict[str, Loss | str], str]:
    """Which model it is, what it loses, or why that is not known; nothing of all where none is asked for."""
    if sample.evaluation.baseline is None:
        return "", {}, ""
    if asked.model is None:
        return "", {}, "a function is of the head's code alone"
    try:
        found = _theirs(sample.evaluation, shop, order, asked.model)
        losses = _losses(found, sample, asked, shop)
    except SluiceError as error:
        return "", {}, error.sentence
    return found.label if losses.by_feature else "", losses.by_feature, losses.stopped


def _theirs(evaluation: Evaluation, shop: Workshop, order: Order, model: str) -> Asked:
    """The baseline's model, looked at; raises ``SluiceError`` where there is none, or none that may be loaded.

    ``model`` is where the head has its own; the base's lies where the base's policy says, if it says.
    """
    policy, baseline = order.policy.value.evaluation if order.policy else None, evaluation.baseline
    if baseline is not None and baseline.model is not None:
        registered = shop.champions.named(baseline.model)
        folder, label = shop.champions.fetched(registered), registered.label
    else:
        base = order.subject.base_sha
        theirs = (policy.importance.model if policy is not None and policy.importance is not None else None) or model
        at = shop.data_at(base, theirs) if base else None
        if at is None:
            said = f"base {base[:12]} holds no such model" if base else "there is no base commit"
            raise EvidenceError(said, reason_code=shuffled.CODE, where=theirs)
        folder, label = at.root / at.source, f"{theirs} at base {base[:12]}"
    modules = (policy or evaluation).model_modules
    looked = shop.model_at(folder.parent, folder.name, modules)
    if looked.verdict is not Verdict.PASS:
        raise EvidenceError(f"must not be loaded: {looked.message}", reason_code=shuffled.CODE, where=label)
    return Asked(kind="score", name=str(folder), label=label)
