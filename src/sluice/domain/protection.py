"""Protected evaluation: by the code, the data and the policy of the base, of the head nothing but the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TypeGuard

from sluice.domain.config import Config, Evaluation, Loaded
from sluice.domain.result_rules import named_paths

MODEL_VARIABLE = "SLUICE_MODEL"
"""Where the evaluation's command finds the model that it is to judge: the file's or folder's whole path."""


def is_protected(policy: Loaded | None) -> TypeGuard[Loaded]:
    """Whether a policy, which must be the base's, lets only the base's own code evaluate."""
    evaluation = policy.value.evaluation if policy is not None else None
    return evaluation is not None and evaluation.code == "base"


def protection_problems(config: Config) -> Iterator[tuple[str, str]]:
    """(key path, what is wrong) for every rule about whose code evaluates."""
    evaluation = config.evaluation
    if evaluation is None:
        return
    if evaluation.run is not None and not evaluation.run.strip():
        yield "evaluation.run", "the command is empty"
    if evaluation.code == "head":
        return
    yield from _lacking(evaluation)
    if evaluation.mlflow is not None:
        yield "evaluation.mlflow", "cannot be with `code: base`: what training logs, the head's own code has measured"


def lies_in_model(path: str, evaluation: Evaluation) -> bool:
    """Whether a path is that of the model, or of something in it: the head could bring it along."""
    return evaluation.model is not None and PurePosixPath(path).is_relative_to(PurePosixPath(evaluation.model))


def _lacking(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    if evaluation.run is None:
        yield "evaluation.code", "needs `run`: the command of the base that evaluates the model"
    if evaluation.model is None:
        yield "evaluation.code", "needs `model`: the one thing of the head that is evaluated"
    elif all(part in ("", ".") for part in evaluation.model.split("/")):
        yield "evaluation.model", "must name a file or a folder below the root with `code: base`"
    for key, path in named_paths(evaluation):
        if not key.endswith(".model") and lies_in_model(path, evaluation):
            yield key, "must not lie in `evaluation.model` with `code: base`: the head would bring its own"
