"""The rules of ``evaluation.baseline``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sluice.domain.champion import MODEL
from sluice.domain.config import Config, Task

_TOGETHER: Mapping[Task, str] = {
    "ranking": "the rows of a list are ranked together",
    "events": "what a row says depends on the rows before it",
}
"""Tasks whose models cannot be asked about one row after the other, and why."""


def baseline_problems(config: Config) -> Iterator[tuple[str, str]]:
    """(key path, what is wrong) for every rule about what the candidate is compared with."""
    evaluation = config.evaluation
    if evaluation is None or evaluation.baseline is None:
        return
    at, baseline = "evaluation.baseline", evaluation.baseline
    if (baseline.ref is None) == (baseline.model is None):
        yield at, "needs exactly one of `ref` and `model`"
    if baseline.rerun and config.training is None:
        yield f"{at}.rerun", "needs a `training` section"
    if baseline.model is None:
        return
    if not MODEL.fullmatch(baseline.model):
        yield f"{at}.model", "names no model: write `name@alias`, `name/version` or the alias alone"
    if baseline.rerun:
        yield f"{at}.rerun", "goes with `ref: base` only: a registered model is not trained again"
    if evaluation.features is None:
        yield f"{at}.model", "needs `evaluation.features`: the rows that the model is asked about"
    if evaluation.predictions is None:
        yield f"{at}.model", "needs `evaluation.predictions`: the two models are compared row by row"
    if why := _TOGETHER.get(evaluation.task):
        said = f"is not for the task `{evaluation.task}`: {why}, and a registered model is asked row by row"
        yield f"{at}.model", f"{said}; use `{{ref: base}}`"
