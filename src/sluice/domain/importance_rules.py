"""The rules of ``evaluation.importance`` and ``evaluation.features``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sluice.domain.config import Evaluation
from sluice.domain.function_rules import is_call
from sluice.domain.metric_names import wrong_name
from sluice.domain.probes import Importance
from sluice.domain.serving_rules import is_looked_at

MIN_ROWS = 30
MAX_ROWS = 10_000
MAX_REPEATS = 100
MAX_SHUFFLED = 100_000
"""Rows times repeats: what is kept of each feature."""

MAX_TIME_S = 7_200.0
TASKS = ("classification", "regression", "forecasting")


def importance_problems(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """(key path, what is wrong) for every rule about the importance of features."""
    asked = evaluation.importance
    if asked is None:
        if evaluation.features is not None and (evaluation.baseline is None or evaluation.baseline.model is None):
            yield "evaluation.features", "is read by `importance` and `baseline.model` alone: name one of them"
        return
    at = "evaluation.importance"
    if evaluation.features is None:
        yield at, "needs `evaluation.features`: the table with what the model takes"
    if evaluation.predictions is None or evaluation.columns.key is None:
        yield at, "needs `evaluation.predictions` and `evaluation.columns.key`, which joins them with the features"
    if evaluation.task not in TASKS:
        yield at, f"is for {', '.join(TASKS[:-1])} and {TASKS[-1]}: other models do not predict row by row"
    if (asked.model is None) == (asked.call is None):
        yield at, "needs exactly one of `model` and `call`"
    if asked.model is not None and not is_looked_at(asked.model, evaluation):
        yield f"{at}.model", "must be `evaluation.model` or lie in it: nothing is loaded that was not looked at"
    if asked.call is not None and not is_call(asked.call):
        yield f"{at}.call", "names no function: write `package.module:function`"
    yield from ((f"{at}.{key}", wrong) for key, wrong in _amounts(asked))


def _amounts(asked: Importance) -> Iterator[tuple[str, str]]:
    if asked.metric is not None and (wrong := wrong_name(asked.metric)):
        yield "metric", wrong
    if not all(pattern.strip() for pattern in asked.columns):
        yield "columns", "holds an empty text: give a feature's name or a glob"
    if not MIN_ROWS <= asked.rows <= MAX_ROWS:
        yield "rows", f"must be from {MIN_ROWS} to {MAX_ROWS:,}"
    if not 2 <= asked.repeats <= MAX_REPEATS:
        yield "repeats", f"must be from 2 to {MAX_REPEATS}"
    elif asked.rows * asked.repeats > MAX_SHUFFLED:
        yield "repeats", f"times `rows` must be at most {MAX_SHUFFLED:,}"
    if not 0 < asked.timeout_s <= MAX_TIME_S:
        yield "timeout_s", f"must be over 0 and at most {MAX_TIME_S:g}"
    if asked.shap and asked.model is None:
        yield "shap", "needs `model`: a function cannot be looked into"


def governed_importance(policy: Evaluation, head: Evaluation) -> Importance | None:
    """What is asked is the head's to say; of how many rows, how often and how patiently, the base's.

    A head that leaves the section out is asked by the base's.
    """
    ours, theirs = policy.importance, head.importance
    if ours is None or theirs is None:
        return theirs or ours
    return replace(ours, model=theirs.model, call=theirs.call)
