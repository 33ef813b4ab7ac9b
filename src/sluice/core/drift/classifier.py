"""The domain classifier: whether a model can tell the reference's rows from the current ones, and by which columns.

It sees all columns at once, so that it finds what no single column shows, a changed correlation for example.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sluice.domain import stats
from sluice.domain.distribution import FloatArray
from sluice.domain.drift import ClassifierDrift
from sluice.domain.verdict import Verdict

if TYPE_CHECKING:
    import pyarrow as pa
    from sklearn.ensemble import HistGradientBoostingClassifier

Index = NDArray[np.intp]

MOST_ROWS = 20_000
"""Rows of each side that are looked at."""

MOST_VALUES = 4_000_000
"""Values of each side that are looked at: tables of many columns are bounded in rows."""

FOLDS = 5
SHARED = 1 / FOLDS + 1 / (FOLDS - 1)
"""Variance of the mean of the folds' areas over that of one: they are not independent, since their models share most
rows. Source: Nadeau & Bengio 2003, Machine Learning 52, 239-281."""

LEAST_ROWS = 50
"""Fewer rows on a side leave too few in a fold to rank."""

REPEATED = 0.5
"""Where no more than this share of a side's rows are different ones, equal rows are not kept together."""

SEED = 20_260_102
MOST_NAMED = 10
_MOST_CATEGORIES = 250
_LEAST_OF_CATEGORY = 10
_LEAST_VALUES = 30
# Half of the sum of two of these is still a number.
_LARGEST = 8e307
_MOST_PERMUTED = 50
_PERMUTED_ROWS = 4_000
_UNCERTAIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Both sides as numbers, a row each: ``side`` is 1 for the current data; ``categorical`` marks columns of codes."""

    values: FloatArray
    side: FloatArray
    names: tuple[str, ...]
    categorical: tuple[bool, ...]


def classify(reference: pa.Table, current: pa.Table, columns: Sequence[str]) -> ClassifierDrift:
    """How well boosted trees tell the sides apart on rows that they were not trained on; not judged yet.

    ``auc`` is the mean of ``FOLDS`` folds' areas: each fold is ranked by its own model, since scores of different
    models do not compare. ``p_value`` is one-sided against 0.5 with Mann and Whitney's variance, the interval (95 %)
    has DeLong's, both widened since folds share rows. ``columns`` of the result are those whose shuffling costs the
    model most, with the loss of AUC. ``auc`` is ``None`` where there are too few rows, or no column that can be used.
    The same rows give the same numbers.
    """
    sides = (_bounded(reference, columns), _bounded(current, columns))
    sizes = (sides[0].num_rows, sides[1].num_rows)
    rows = _rows(sides[0], sides[1], columns) if min(sizes) >= LEAST_ROWS else None
    if rows is None or not rows.names:
        few = f"a classifier needs {LEAST_ROWS} rows on either side" if rows is None else "no column can be classified"
        return ClassifierDrift(
            auc=None, n_reference=sizes[0], n_current=sizes[1], verdict=Verdict.INCONCLUSIVE, message=few
        )
    areas, errors, nulls, lost = _cross_validated(rows)
    auc = float(np.mean(areas))
    error = math.sqrt(float(np.mean(np.square(errors))) * SHARED)
    reach = stats.quantile() * error
    return ClassifierDrift(
        auc=auc,
        ci_low=max(auc - reach, 0.0),
        ci_high=min(auc + reach, 1.0),
        p_value=_upper_tail((auc - 0.5) / math.sqrt(float(np.mean(nulls)) * SHARED)),
        n_reference=sizes[0],
        n_current=sizes[1],
        columns=_named(rows, lost),
        verdict=Verdict.INCONCLUSIVE,
        message="not judged yet",
    )


def _upper_tail(z: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(-z))


def _bounded(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Rows spread over the table, no more than the bounds allow."""
    most = min(MOST_ROWS, max(MOST_VALUES // max(len(columns), 1), LEAST_ROWS))
    if table.num_rows <= most:
        return table
    return table.take(np.linspace(0, table.num_rows - 1, most).astype(np.int64))


def _rows(reference: pa.Table, current: pa.Table, columns: Sequence[str]) -> Rows:
    values: list[FloatArray] = []
    names: list[str] = []
    categorical: list[bool] = []
    for name in columns:
        encoded = _encoded(reference.column(name), current.column(name))
        if encoded is not None:
            codes = encoded[1]
            column = np.clip(encoded[0], -_LARGEST, _LARGEST)
            if np.count_nonzero(~np.isnan(column)) < _LEAST_VALUES:
                # Trees need a value to split at; of so few values only whether they are there can be learnt.
                column, codes = np.isnan(column).astype(np.float64), False
            values.append(column)
            categorical.append(codes)
            names.append(name)
    side = np.repeat((0.0, 1.0), (reference.num_rows, current.num_rows))
    table = np.column_stack(values) if values else np.empty((len(side), 0))
    return Rows(values=table, side=side, names=tuple(names), categorical=tuple(categorical))


def _encoded(reference: Any, current: Any) -> tuple[FloatArray, bool] | None:
    """Both sides of one column as numbers, nulls as NaN, and whether they are codes; ``None`` for other types.

    The most frequent categories of both sides together have a code each, all others share one.
    """
    import pyarrow

    pa: Any = pyarrow
    numbers = [_numbers(side) for side in (reference, current)]
    if numbers[0] is not None and numbers[1] is not None:
        return np.concatenate((numbers[0], numbers[1])), False
    sides = [
        side.cast(side.type.value_type) if pa.types.is_dictionary(side.type) else side for side in (reference, current)
    ]
    if not all(pa.types.is_string(side.type) or pa.types.is_large_string(side.type) for side in sides):
        return None
    texts = [chunk for side in sides for chunk in side.cast(pa.large_string()).chunks]
    codes = pa.chunked_array(texts, type=pa.large_string()).combine_chunks().dictionary_encode().indices
    return _frequent(_floats(codes)), True


def _numbers(column: Any) -> FloatArray | None:
    import pyarrow

    pa: Any = pyarrow
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        # One unit for both sides; microseconds reach from before our era to beyond the year 9999.
        return _floats(column.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64()))
    if pa.types.is_time(kind):
        return _floats(column.cast(pa.time64("us"), safe=False).cast(pa.int64()))
    if pa.types.is_duration(kind):
        return _floats(column.cast(pa.duration("us"), safe=False).cast(pa.int64()))
    if pa.types.is_boolean(kind):
        return _floats(column.cast(pa.int8()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _floats(column)
    return None


def _floats(column: Any) -> FloatArray:
    import pyarrow

    pa: Any = pyarrow
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _frequent(codes: FloatArray) -> FloatArray:
    """New codes for the categories that are frequent enough to learn from, one for all others; NaN stays.

    Of equally frequent ones all or none have a code: the order in which they come would tell the sides apart.
    """
    known = ~np.isnan(codes)
    if not known.any():
        return codes
    numbers = codes[known].astype(np.int64)
    counts = np.bincount(numbers)
    falling = np.sort(counts)[::-1]
    least = max(_LEAST_OF_CATEGORY, int(falling[_MOST_CATEGORIES]) + 1 if len(falling) > _MOST_CATEGORIES else 0)
    kept = np.flatnonzero(counts >= least)
    new = np.full(len(counts), float(len(kept)))
    new[kept] = np.arange(len(kept))
    coded = codes.copy()
    coded[known] = new[numbers]
    return coded


def _cross_validated(rows: Rows) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Each fold's AUC, its standard error, its variance without drift, and each column's loss when it is shuffled."""
    from sluice.metrics.roc_auc import ROC_AUC

    folds = _folds(rows)
    found: list[tuple[float, float, float]] = []
    lost = np.zeros(len(rows.names))
    for fold in range(FOLDS):
        learn, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        model = _fitted(rows, learn)
        scores = _scores(model, rows.values[held])
        side = rows.side[held]
        own, other = float(np.sum(side == 0)), float(np.sum(side == 1))
        influence = ROC_AUC.influence(side, scores, None)
        error = 0.0 if influence is None else float(np.std(influence, ddof=1)) / math.sqrt(len(held))
        found.append((ROC_AUC.value(side, scores, None), error, (own + other + 1) / (12 * own * other)))
        lost += _losses(model, rows, held) / FOLDS
    areas, errors, nulls = np.array(found).T
    return areas, errors, nulls, lost


def _folds(rows: Rows) -> Index:
    """The fold of each row, in which both sides have their share.

    Data often holds rows of its own reference. Were one of twins learnt, the other would be taken for the wrong side,
    which hides what did move: they are in one fold. Where rows mostly repeat, what they hold is what there is to learn.
    """
    # Infinity is no value here.
    values = np.where(np.isnan(rows.values), np.inf, rows.values)
    _, kind = np.unique(values, axis=0, return_inverse=True)
    kind = kind.ravel()
    on = np.column_stack([np.bincount(kind[rows.side == side], minlength=int(kind.max()) + 1) for side in (0, 1)])
    if not all(np.count_nonzero(count) > REPEATED * count.sum() for count in on.T):
        kind, on = np.arange(len(rows.side)), np.column_stack((rows.side == 0, rows.side == 1))
    order = np.random.default_rng(SEED).permutation(len(on))
    order = order[np.argsort((on[order] > 0) @ (1, 2), kind="stable")]
    folds = np.empty(len(on), dtype=np.intp)
    folds[order] = np.arange(len(on)) % FOLDS
    return folds[kind]


def _fitted(rows: Rows, learn: Index) -> HistGradientBoostingClassifier:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=50,
        max_leaf_nodes=15,
        early_stopping=False,
        class_weight="balanced",
        categorical_features=np.array(rows.categorical),
        random_state=SEED,
    )
    return model.fit(rows.values[learn], rows.side[learn])


def _scores(model: HistGradientBoostingClassifier, values: FloatArray) -> FloatArray:
    return np.asarray(model.decision_function(values), dtype=np.float64)


def _losses(model: HistGradientBoostingClassifier, rows: Rows, held: Index) -> FloatArray:
    """By how much the AUC falls when one column is shuffled among rows that the model was not trained on."""
    from sluice.metrics.roc_auc import ROC_AUC

    rng = np.random.default_rng(SEED)
    held = held[rng.permutation(len(held))[:_PERMUTED_ROWS]]
    values, side = rows.values[held], rows.side[held]
    whole = ROC_AUC.value(side, _scores(model, values), None)
    lost = np.zeros(len(rows.names))
    for column in _candidates(rows):
        kept = values[:, column].copy()
        values[:, column] = kept[rng.permutation(len(kept))]
        lost[column] = whole - ROC_AUC.value(side, _scores(model, values), None)
        values[:, column] = kept
    return lost


def _candidates(rows: Rows) -> list[int]:
    """Columns worth shuffling: all, or of many those whose means (missing values count as one more) differ most."""
    if len(rows.names) <= _MOST_PERMUTED:
        return list(range(len(rows.names)))
    current = rows.side == 1
    gone = np.isnan(rows.values)
    filled = np.where(np.isfinite(rows.values), rows.values, 0.0)
    distance = np.zeros(len(rows.names))
    for table in (gone.astype(np.float64), filled, np.square(filled)):
        scale = table.std(axis=0)
        scale[~(scale > 0)] = 1.0
        away = np.abs(table[current].mean(axis=0) - table[~current].mean(axis=0)) / scale
        distance = np.maximum(distance, np.nan_to_num(away))
    order: list[int] = np.argsort(-distance, kind="stable")[:_MOST_PERMUTED].tolist()
    return order


def _named(rows: Rows, lost: FloatArray) -> tuple[tuple[str, float], ...]:
    """The columns whose loss is more than chance's, the greatest first."""
    noise = _UNCERTAIN * math.sqrt(1 / (12 * min(len(rows.side) / 2, _PERMUTED_ROWS * FOLDS / 2)))
    order: list[int] = np.argsort(-lost, kind="stable")[:MOST_NAMED].tolist()
    return tuple((rows.names[index], float(lost[index])) for index in order if lost[index] > noise)
