"""The rows by which the importance of features is measured: drawn of the predictions, read of the features."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sluice.core import importance, shuffled
from sluice.domain import stats
from sluice.domain.config import Evaluation
from sluice.domain.errors import DataError, EvidenceError
from sluice.domain.importance_rules import MIN_ROWS
from sluice.domain.metric import Metric
from sluice.domain.plain_rows import plain_row
from sluice.domain.predictions import Index, Predictions
from sluice.pipeline.order import DataAt, Order, Workshop


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


def sampled(evaluation: Evaluation, candidate: Predictions, shop: Workshop, order: Order, mark: str) -> Sample:
    """The rows that the fingerprint ``mark`` chooses of the predictions, with what the model takes of them.

    Raises ``SluiceError`` for features that cannot be read, or do not fit.
    """
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
