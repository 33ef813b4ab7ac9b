"""What serving the model costs: rows of a table are read in a process with limits, and sent to what is served.

Where there is a base to compare with, its own program and model are served in turn with the candidate's.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any, cast

from sluice.core.serving import with_serving
from sluice.core.serving.requests import bodies
from sluice.domain.config import Evaluation
from sluice.domain.errors import SluiceError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.gates import gated
from sluice.domain.plain_rows import plain_row
from sluice.domain.probes import Serving
from sluice.domain.serving import Served
from sluice.domain.serving_rules import is_looked_at
from sluice.pipeline.beside import Rival, beside
from sluice.pipeline.order import Beside, DataAt, Order, Workshop

MAX_ROWS = 10_000


def serving_results(
    result: EvaluationResult, evaluation: Evaluation, order: Order, shop: Workshop, mark: str, rival: Rival
) -> EvaluationResult:
    """The result with what serving costs, where that is asked for; what cannot be served has no value, and says why."""
    serving = evaluation.serving
    if serving is None:
        return result
    if serving.model is not None and not is_looked_at(serving.model, evaluation):
        said = f"{serving.model} is not the model that was looked at: it must be `evaluation.model`, or lie in it"
        return with_serving(result, Served(reason=said), serving)
    try:
        sent = _bodies(serving, shop)
    except SluiceError as error:
        return with_serving(result, Served(reason=error.sentence), serving)
    shop.say(f"serving: {serving.warmup} + {serving.requests} requests of {serving.batch_rows} rows")
    with ExitStack() as stack:
        found = beside(evaluation, order, shop, stack, rival)
        served, theirs = _served(serving, sent, shop, mark, found)
    for who, told in (("", served), ("the baseline: ", theirs)):
        if told is not None and told.reason:
            shop.say(f"serving: {who}{told.reason}")
    named = {name for one in (order.policy, order.head) if one is not None for name in gated(one.value.gates)}
    return with_serving(result, served, serving, theirs, named=named)


def _served(
    serving: Serving, sent: tuple[bytes, ...], shop: Workshop, mark: str, found: Beside | str | None
) -> tuple[Served, Served | None]:
    if not isinstance(found, Beside):
        served, _ = shop.serve(serving, sent, fingerprint=mark)
        return served, None if found is None else Served(reason=found)
    served, theirs = shop.serve(serving, sent, fingerprint=mark, baseline=found)
    if found.model is not None and shop.champions.digest(found.model) != found.sha256:
        return served, Served(reason="its model was changed while it was served")
    return served, theirs


def _bodies(serving: Serving, shop: Workshop) -> tuple[bytes, ...]:
    data = DataAt(root=shop.root, source=serving.inputs)

    def read() -> str:
        with shop.open_table(data) as table:
            names = tuple(table.columns())
            rows = table.rows(table.table, MAX_ROWS)
        return json.dumps([plain_row(names, row) for row in rows], allow_nan=False)

    rows = cast("list[dict[str, Any]]", json.loads(shop.apart(read, str, data)))
    return bodies(rows, serving.batch_rows, where=serving.inputs)
