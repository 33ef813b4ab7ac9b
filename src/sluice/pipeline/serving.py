"""What serving the model costs: rows of a table are read in a process with limits, and sent to what is served."""

from __future__ import annotations

import json
from typing import Any, cast

from sluice.core.serving import bodies, plain_row, with_serving
from sluice.domain.config import Evaluation, Serving
from sluice.domain.errors import SluiceError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.serving import Served
from sluice.domain.serving_rules import is_looked_at
from sluice.pipeline.order import DataAt, Workshop

MAX_ROWS = 10_000


def serving_results(result: EvaluationResult, evaluation: Evaluation, shop: Workshop, mark: str) -> EvaluationResult:
    """The result with what serving costs, where that is asked for; what cannot be served has no value, and says why."""
    serving = evaluation.serving
    if serving is None:
        return result
    if serving.model is not None and not is_looked_at(serving.model, evaluation):
        said = f"{serving.model} is not the model that was looked at: it must be `evaluation.model`, or lie in it"
        return with_serving(result, Served(reason=said))
    try:
        sent = _bodies(serving, shop)
    except SluiceError as error:
        return with_serving(result, Served(reason=error.sentence))
    shop.say(f"serving: {serving.warmup} + {serving.requests} requests of {serving.batch_rows} rows")
    served = shop.serve(serving, sent, fingerprint=mark)
    if served.reason:
        shop.say(f"serving: {served.reason}")
    return with_serving(result, served)


def _bodies(serving: Serving, shop: Workshop) -> tuple[bytes, ...]:
    data = DataAt(root=shop.root, source=serving.inputs)

    def read() -> str:
        with shop.open_table(data) as table:
            names = tuple(table.columns())
            rows = table.rows(table.table, MAX_ROWS)
        return json.dumps([plain_row(names, row) for row in rows], allow_nan=False)

    rows = cast("list[dict[str, Any]]", json.loads(shop.apart(read, str, data)))
    return bodies(rows, serving.batch_rows, where=serving.inputs)
