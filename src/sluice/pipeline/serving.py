"""What serving the model costs: rows of a table are read in a process with limits, and sent to what is served.

Where there is a base to compare with, its own program and model are served in turn with the candidate's.
"""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from typing import Any, cast

from sluice.core.serving import with_serving
from sluice.core.serving.requests import bodies
from sluice.domain.config import Evaluation, Serving
from sluice.domain.errors import SluiceError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.plain_rows import plain_row
from sluice.domain.serving import Served
from sluice.domain.serving_rules import baseline_serving, is_looked_at
from sluice.domain.verdict import Verdict
from sluice.pipeline.order import Beside, DataAt, Order, Workshop

MAX_ROWS = 10_000


def serving_results(
    result: EvaluationResult, evaluation: Evaluation, order: Order, shop: Workshop, mark: str
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
        beside = _beside(evaluation, serving, order, shop, stack)
        baseline = beside if isinstance(beside, Beside) else None
        served, theirs = shop.serve(serving, sent, fingerprint=mark, baseline=baseline)
    theirs = Served(reason=beside) if isinstance(beside, str) else theirs
    for who, told in (("", served), ("the baseline: ", theirs)):
        if told is not None and told.reason:
            shop.say(f"serving: {who}{told.reason}")
    return with_serving(result, served, serving, theirs)


def _beside(
    evaluation: Evaluation, serving: Serving, order: Order, shop: Workshop, stack: ExitStack
) -> Beside | str | None:
    """The base's own program, in a checkout of the base with its model; why there is none; ``None``: nobody asks."""
    base_sha = order.subject.base_sha
    policy = order.policy.value.evaluation if order.policy is not None else None
    if evaluation.baseline is None:
        return None
    if evaluation.baseline.model is not None:
        return "a registered model is compared by what it predicts, and is not served beside the candidate"
    if not base_sha or policy is None:
        return "there is no base that says what is served"
    theirs = baseline_serving(policy, serving)
    if isinstance(theirs, str):
        return theirs
    try:
        root = stack.enter_context(shop.history.worktree(base_sha))
        shop.prepare_worktree(root)
        if policy.model is not None and not (root / policy.model).exists():
            found = shop.data_at(base_sha, policy.model)
            if found is None:
                return f"base {base_sha[:12]} does not have {policy.model}: commit it, or track it with DVC"
            (root / policy.model).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(found.root / policy.model, root / policy.model)
        model = shop.model_at(root, policy.model, policy.model_modules) if policy.model is not None else None
    except SluiceError as error:
        return error.sentence
    if model is not None and model.verdict is not Verdict.PASS:
        return f"its model is refused: {model.message}"
    shop.say(f"serving: base {base_sha[:12]} in turn with the candidate")
    return Beside(serving=theirs, root=root)


def _bodies(serving: Serving, shop: Workshop) -> tuple[bytes, ...]:
    data = DataAt(root=shop.root, source=serving.inputs)

    def read() -> str:
        with shop.open_table(data) as table:
            names = tuple(table.columns())
            rows = table.rows(table.table, MAX_ROWS)
        return json.dumps([plain_row(names, row) for row in rows], allow_nan=False)

    rows = cast("list[dict[str, Any]]", json.loads(shop.apart(read, str, data)))
    return bodies(rows, serving.batch_rows, where=serving.inputs)
