"""The gate ``model``: an artifact that was looked at before anything loaded it, judged by the policy's own list.

The run looks, and says which globals the files name; whether a model may name them is judged here again, from the
base's ``evaluation.model_modules``. The digest in the evidence is the one that was evaluated: nothing else of this
head may be promoted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sluice.core.data_gates import Asked, stated
from sluice.domain.amounts import amount
from sluice.domain.config import Loaded
from sluice.domain.decision import GateResult
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.model import SIZE_METRIC, UNSAFE, ModelArtifact
from sluice.domain.model_globals import refusal, refused
from sluice.domain.verdict import Verdict

GATE = "model"
RULE = "Every file of the model must be of a format that can be looked into, and name only what the base allows."
_SAVE = (
    "Save the model as safetensors, ONNX or skops; or, where you trust what it names, list that under "
    "`evaluation.model_modules` first, in a pull request of its own."
)
_WRITE = "Let training write the model, and name its path as `evaluation.model`."


def model_gates(policy: Loaded, model: ModelArtifact | None) -> Iterator[GateResult]:
    """The gate, where the policy names a model."""
    evaluation = policy.value.evaluation
    if evaluation is None or evaluation.model is None:
        return
    asked = Asked(gate=GATE, stage="evaluation", line=policy.lines.get("evaluation.model", 0), rule=RULE)
    if model is None:
        said = "the evidence does not speak of the model"
        yield replace(stated(asked, Verdict.INCONCLUSIVE, "missing-evidence", said), remedy=_WRITE)
        return
    strangers = refused(model.globals_named, evaluation.model_modules)
    if model.verdict is not Verdict.PASS or strangers:
        said = model.message if model.verdict is not Verdict.PASS else ""
        said = said or (refusal(strangers) if strangers else "it was not found to be safe")
        found = stated(asked, Verdict.ERROR, UNSAFE, f"{model.path}: {said}")
        yield replace(found, observed=model.format or None, remedy=_SAVE)
        return
    yield replace(stated(asked, Verdict.PASS, "pass", _described(model)), observed=model.format)


def _described(model: ModelArtifact) -> str:
    files = f" in {amount(model.n_files, 'file')}" if model.n_files > 1 else ""
    names = f", names {amount(len(model.globals_named), 'global')} that may be named" if model.globals_named else ""
    return f"{model.path}: {amount(model.n_bytes, 'byte')}{files}, SHA-256 {model.sha256}{names}"


def with_size(result: EvaluationResult, model: ModelArtifact | None) -> EvaluationResult:
    """The result with the artifact's size as a metric, in place of one of that name that a file states."""
    if model is None or model.verdict is not Verdict.PASS:
        return result
    size = MetricValue(
        metric=SIZE_METRIC, value=float(model.n_bytes), unit="bytes", direction="lower", source="artifact"
    )
    others = tuple(value for value in result.metrics if value.metric != SIZE_METRIC)
    compared = tuple(found for found in result.comparisons if found.metric != SIZE_METRIC)
    return replace(result, metrics=(*others, size), comparisons=compared)
