"""Mean absolute SHAP values of a sample: what a child process answered row by row, read and averaged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from sluice.domain import stats
from sluice.domain.clusters import clustered, spread
from sluice.domain.predictions import Codes
from sluice.domain.stats import FloatArray

SKIPPED: Mapping[str, str] = {
    "shap": "training's Python has no `shap`: install it there (`pip install shap`)",
    "model": "no fast explainer takes this model: it is neither a tree's nor linear, or lies within a pipeline",
}
"""Why there are no SHAP values, by the word that the child says."""

Mean = tuple[float, float | None, float | None]
"""A mean and the ends of its interval."""


def mean_absolute(
    answers: list[object], n: int, features: Sequence[str], weight: FloatArray | None, group: Codes | None
) -> Mapping[str, Mean] | str:
    """The mean of each feature's values over the rows; or why there is none, in words.

    ``answers`` has for each of ``n`` rows a number of 0 or more by feature; what the model does not take has none.
    """
    first = cast("dict[str, Any]", answers[0]) if answers and isinstance(answers[0], dict) else {}
    if isinstance(said := first.get("skipped"), str):
        return SKIPPED.get(said, "they were not computed")
    if len(answers) != n:
        return f"there are values for {len(answers):,} of {n:,} rows"
    try:
        columns = {name: np.array([_number(answer, name) for answer in answers]) for name in features if name in first}
    except (KeyError, TypeError, ValueError):
        return "the answer cannot be read"
    return {name: _mean(column, weight, group) for name, column in columns.items()}


def _number(answer: object, name: str) -> float:
    value = cast("dict[str, Any]", answer)[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("no number of 0 or more")
    return float(value)


def _mean(column: FloatArray, weight: FloatArray | None, group: Codes | None) -> Mean:
    weights = stats.relative_weights(weight, len(column))
    value, influence = float(np.mean(weights * column)), stats.mean_influence(column, weight)
    if group is None:
        error = stats.standard_error(influence)
    else:
        found = spread(influence, clustered(group), weights, np.ones(len(column), dtype=np.bool_))
        if found.few:
            return value, None, None
        error = found.error
    reach = stats.student(len(column) - 1) * error
    return value, max(value - reach, 0.0), value + reach
