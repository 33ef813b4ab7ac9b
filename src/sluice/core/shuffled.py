"""What a model is asked where its features are shuffled, and what its answers come to: rows out, predictions back."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sluice.domain import stats
from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import EvidenceError
from sluice.domain.importance import MAX_FEATURES
from sluice.domain.metric import Metric
from sluice.domain.outputs import Outputs, predicted
from sluice.domain.predictions import Index, Predictions, checked
from sluice.metrics import lacking, metric_named

CODE = "importance"
SAME_ANSWER = 1e-6
"""A model may answer that much away from the predictions file, relatively, before it counts as another answer."""

Row = Mapping[str, Any]

_KNOWN = ("target", "key", "weight", "group", "query", "time", "score", "prediction", "low", "high", "naive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffle:
    """One request: the feature whose values come from other rows, in this repeat; no feature for the rows as they are.

    ``giving`` says for each row which one gives its value.
    """

    feature: str = ""
    giving: Index | None = None


def sample(n: int, rows: int, seed: str) -> Index:
    """Positions of at most ``rows`` of ``n`` rows, in their order; ``seed`` alone decides which."""
    if n <= rows:
        return np.arange(n)
    return np.sort(stats.generator(seed, "importance", "rows").choice(n, rows, replace=False))


def features(columns: Sequence[str], evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is sent of a table, and which of it is shuffled: all but what ``columns`` names as no feature.

    Raises ``EvidenceError`` where nothing is left.
    """
    named = evaluation.columns
    known = {*(getattr(named, role) for role in _KNOWN), *named.probabilities.values()}
    sent = tuple(name for name in columns if name not in known)
    patterns = evaluation.importance.columns if evaluation.importance is not None else ()
    chosen = tuple(name for name in sent if not patterns or any(fnmatch.fnmatchcase(name, one) for one in patterns))
    if not chosen:
        said = "has no column that is a feature" + (", or none of `importance.columns`" if patterns else "")
        raise EvidenceError(said, reason_code=CODE, where=evaluation.features or "")
    return sent, chosen


def in_order(rows: Sequence[Row], keys: Sequence[object], evaluation: Evaluation) -> list[Row]:
    """The rows of a table by their keys, in the order of ``keys`` and without them.

    Raises ``EvidenceError`` for a key that is not there, or there more than once.
    """
    name, where = evaluation.columns.key or "", evaluation.features or ""
    found: dict[str, Row] = {}
    for row in rows:
        key = str(row.get(name))
        if key in found:
            raise EvidenceError(f"the key `{key[:60]}` occurs more than once", reason_code=CODE, where=where)
        found[key] = {column: value for column, value in row.items() if column != name}
    missing = [str(key) for key in keys if str(key) not in found]
    if missing:
        said = f"has no row for {len(missing):,} of {len(keys):,} keys of the predictions, such as `{missing[0][:60]}`"
        raise EvidenceError(said, reason_code=CODE, where=where, remedy="write a row for each prediction")
    return [found[str(key)] for key in keys]


def requests(shuffled: Sequence[str], given: Sequence[Index]) -> Iterator[Shuffle]:
    """The rows as they are, then every repeat of each feature, of the first ``MAX_FEATURES``."""
    yield Shuffle()
    for feature in shuffled[:MAX_FEATURES]:
        for giving in given:
            yield Shuffle(feature=feature, giving=giving)


def body(rows: Sequence[Row], asked: Shuffle) -> bytes:
    """The JSON list of rows that is sent."""
    if asked.giving is None:
        return json.dumps(rows, allow_nan=False).encode()
    givers = asked.giving.tolist()
    sent: list[Row] = [
        {**row, asked.feature: rows[giver][asked.feature]} for row, giver in zip(rows, givers, strict=True)
    ]
    return json.dumps(sent, allow_nan=False).encode()


def answered(answers: list[object], truth: Predictions, evaluation: Evaluation, where: str) -> Predictions:
    """What a model said of the rows whose true values ``truth`` has; raises ``EvidenceError`` for what is no answer."""
    if len(answers) != truth.n:
        said = f"was answered by {len(answers):,} predictions for {truth.n:,} rows"
        raise EvidenceError(said, reason_code=CODE, where=where)
    outputs = Outputs(evaluation, where)
    outputs.add(answers)
    columns = outputs.finish()
    named = predicted(evaluation.columns)
    single: dict[str, Any] = {
        role: np.array(columns[name]) for role, name in named.items() if role in Columns.__annotations__
    }
    classes = tuple(evaluation.columns.probabilities)
    if classes:
        every = [columns[name] for name in evaluation.columns.probabilities.values()]
        single |= {"probabilities": np.array(every, dtype=np.float64).T.copy(), "classes": classes}
    return checked(replace(truth, **single), evaluation.task, where=where)


def differing(found: Predictions, written: Predictions) -> int:
    """In how many rows a model answers otherwise than the predictions file says."""
    other = np.zeros(found.n, dtype=np.bool_)
    for role in ("score", "prediction", "low", "high", "probabilities"):
        ours, theirs = getattr(found, role), getattr(written, role)
        if ours is None or theirs is None:
            continue
        if ours.dtype.kind != theirs.dtype.kind or ours.shape != theirs.shape:
            return found.n
        unlike = ours != theirs if ours.dtype.kind == "U" else ~np.isclose(ours, theirs, rtol=SAME_ANSWER, atol=1e-12)
        other |= unlike if unlike.ndim == 1 else unlike.any(axis=1)
    return int(other.sum())


def lost_metric(evaluation: Evaluation) -> Metric:
    """The metric whose loss is measured; raises ``EvidenceError`` for one that the predictions do not allow."""
    asked = evaluation.importance.metric if evaluation.importance is not None else None
    name = asked or _usual(evaluation)
    metric = metric_named(name)
    why = "is no metric that is measured row by row" if metric is None else lacking(metric, evaluation)
    if metric is None or why:
        raise EvidenceError(f"`{name}` {why}", reason_code=CODE, where="evaluation.importance.metric")
    return metric


def _usual(evaluation: Evaluation) -> str:
    columns = evaluation.columns
    if evaluation.task != "classification":
        return "rmse"
    if columns.probabilities:
        return "log_loss_multiclass"
    return "roc_auc" if columns.score is not None else "accuracy"
