"""The rules of ``evaluation.functions``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from sluice.domain.config import Config, Evaluation, Function

MAX_FUNCTIONS = 20
MAX_TIME_S = 3_600.0

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_CALL = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def is_call(text: str) -> bool:
    """Whether a text names a function, as ``package.module:function``."""
    return bool(_CALL.fullmatch(text)) and len(text) <= 200


def function_problems(config: Config) -> Iterator[tuple[str, str]]:
    """(key path, what is wrong) for every rule about functions of the user's own."""
    evaluation = config.evaluation
    if evaluation is None or not evaluation.functions:
        return
    if evaluation.predictions is None:
        yield "evaluation.functions", "needs `predictions`"
    if len(evaluation.functions) > MAX_FUNCTIONS:
        yield "evaluation.functions", f"names more than {MAX_FUNCTIONS} functions"
    for name, function in evaluation.functions.items():
        at = f"evaluation.functions.{name}"
        if not _NAME.fullmatch(name):
            yield "evaluation.functions", f"`{name[:40]}` is no name: use letters, digits, `_`, `-` and `.`"
        yield from _problems(at, function, evaluation)


def _problems(at: str, function: Function, evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    if not is_call(function.call):
        yield f"{at}.call", "names no function: write `package.module:function`"
    low = -math.inf if function.low is None else function.low
    high = math.inf if function.high is None else function.high
    if not low < high:
        yield f"{at}.high", "must be above `low`"
    if len(function.unit) > 20 or not function.unit.isprintable():
        yield f"{at}.unit", "must be at most 20 printable characters"
    if not 0 < function.timeout_s <= MAX_TIME_S:
        yield f"{at}.timeout_s", f"must be over 0 and at most {MAX_TIME_S:g}"
    if len(set(function.needs)) < len(function.needs):
        yield f"{at}.needs", "names a column twice"
    if len(function.needs) > 1 and "probabilities" in function.needs:
        yield f"{at}.needs", "`probabilities` come alone"
    for need in function.needs:
        if need != "prediction" and not getattr(evaluation.columns, need):
            yield f"{at}.needs", f"needs `evaluation.columns.{need}`"


def code_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Paths, from the root, of the packages and modules of all functions that are called; installed ones' too."""
    asked = evaluation.importance.call if evaluation.importance is not None else None
    calls = (*(function.call for function in evaluation.functions.values()), *((asked,) if asked else ()))
    tops = {call.partition(":")[0].partition(".")[0] for call in calls}
    return tuple(path for top in sorted(tops) for path in (f"/{top}.py", f"/{top}"))
