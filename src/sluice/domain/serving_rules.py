"""The rules of ``evaluation.serving``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sluice.domain.config import Config, Evaluation
from sluice.domain.function_rules import is_call
from sluice.domain.gates import Demand
from sluice.domain.probes import Serving
from sluice.domain.serving import PRICE, SERVING_NAMES

KINDS = ("model", "call", "command", "url")
MIN_REQUESTS = 30
MAX_REQUESTS = 100_000
MAX_WARMUP = 10_000
MAX_BATCH_ROWS = 10_000
MAX_TIME_S = 7_200.0
MAX_PORT = 65_535

# Nothing of a user, of another machine, or of a fragment; the rest is printable ASCII.
_URL = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\]):(?P<port>[0-9]{1,5})(?:[/?][!-\"$-~]*)?", re.ASCII)
_MAX_CHARS = 1_000
_MAX_CURRENCY_CHARS = 20


def serving_problems(config: Config) -> Iterator[tuple[str, str]]:
    """(key path, what is wrong) for every rule about what serving is measured by."""
    evaluation = config.evaluation
    if evaluation is None or evaluation.serving is None:
        return
    at, serving = "evaluation.serving", evaluation.serving
    stated = [kind for kind in KINDS if getattr(serving, kind) is not None]
    if len(stated) != 1:
        yield at, "needs exactly one of `model`, `call`, `command` and `url`"
    yield from ((f"{at}.{key}", wrong) for key, wrong in _kind_problems(serving))
    if serving.model is not None and not is_looked_at(serving.model, evaluation):
        yield f"{at}.model", "must be `evaluation.model` or lie in it: nothing is loaded that was not looked at"
    yield from ((f"{at}.{key}", wrong) for key, wrong in _load_problems(serving))
    for name in SERVING_NAMES:
        if name in evaluation.functions:
            yield f"evaluation.functions.{name}", "is the name of a metric that `evaluation.serving` measures"
    yield from ((f"{at}.{key}", wrong) for key, wrong in _price_problems(serving))
    yield from _gate_problems(config, serving)


def is_looked_at(model: str, evaluation: Evaluation) -> bool:
    """Whether a model is the one that ``evaluation.model`` names, or a part of it."""
    parts = [part for part in model.split("/") if part not in ("", ".")]
    known = [part for part in (evaluation.model or "").split("/") if part not in ("", ".")]
    return bool(known) and parts[: len(known)] == known


def governed_serving(policy: Evaluation, head: Evaluation) -> Serving | None:
    """What is served is the head's to say; how much is asked of it, and how patiently, is the base's.

    A head that leaves the section out is measured by the base's.
    """
    ours, theirs = policy.serving, head.serving
    if ours is None or theirs is None:
        return theirs or ours
    named = {key: getattr(theirs, key) for key in (*KINDS, "start", "inputs")}
    return replace(ours, **named)


def baseline_serving(policy: Evaluation, load: Serving) -> Serving | str:
    """What the base serves, under the load that is put on the candidate; or why it is not served beside it."""
    theirs = policy.serving
    if theirs is None:
        return "the base has no `evaluation.serving`"
    if theirs.url is not None and theirs.start is None:
        return "an endpoint without `start` is one and the same for candidate and baseline"
    return replace(load, **{key: getattr(theirs, key) for key in (*KINDS, "start")})


def served_code(evaluation: Evaluation) -> tuple[str, ...]:
    """Patterns, from the root, of the files that the section's function and commands name."""
    serving = evaluation.serving
    if serving is None:
        return ()
    words = [word.strip("\"'") for text in (serving.command, serving.start) if text for word in text.split()]
    modules = [word for word in (*words, (serving.call or "").partition(":")[0]) if word]
    found: list[str] = []
    for word in modules:
        plain = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in word.removeprefix("./"))
        top = plain.partition(".")[0].partition(":")[0]
        found += [f"/{plain}", *((f"/{top}", f"/{top}.py") if top else ())]
    return tuple(dict.fromkeys(found))


def _kind_problems(serving: Serving) -> Iterator[tuple[str, str]]:
    for key in ("command", "start"):
        text: str | None = getattr(serving, key)
        if text is not None and (not text.strip() or len(text) > _MAX_CHARS):
            yield key, f"must be a command of at most {_MAX_CHARS:,} characters"
    if serving.call is not None and not is_call(serving.call):
        yield "call", "names no function: write `package.module:function`"
    if serving.url is not None and (wrong := url_problem(serving.url)):
        yield "url", wrong
    if serving.start is not None and serving.url is None:
        yield "start", "needs `url`: it is the command that serves it"


def url_problem(url: str) -> str:
    """What is wrong with an endpoint: it must be plain HTTP on this machine; empty where it is."""
    found = _URL.fullmatch(url) if len(url) <= _MAX_CHARS else None
    if found is None:
        return "must be an endpoint of this machine with its port, such as `http://127.0.0.1:8080/invocations`"
    return "" if 0 < int(found["port"]) <= MAX_PORT else f"needs a port from 1 to {MAX_PORT}"


def _load_problems(serving: Serving) -> Iterator[tuple[str, str]]:
    bounds = {
        "batch_rows": (1, MAX_BATCH_ROWS),
        "warmup": (1, MAX_WARMUP),
        "requests": (MIN_REQUESTS, MAX_REQUESTS),
    }
    for key, (least, most) in bounds.items():
        if not least <= getattr(serving, key) <= most:
            yield key, f"must be from {least} to {most:,}"
    for key in ("timeout_s", "start_timeout_s", "total_timeout_s"):
        if not 0 < getattr(serving, key) <= MAX_TIME_S:
            yield key, f"must be over 0 and at most {MAX_TIME_S:g}"


def _price_problems(serving: Serving) -> Iterator[tuple[str, str]]:
    price, currency = serving.price_per_hour, serving.currency
    if price is not None and not price > 0:
        yield "price_per_hour", "must be over 0"
    if (price is None) != (not currency):
        yield "currency" if currency else "price_per_hour", "needs both, `price_per_hour` and `currency`"
    if len(currency) > _MAX_CURRENCY_CHARS or not currency.isprintable():
        yield "currency", f"must be at most {_MAX_CURRENCY_CHARS} printable characters"


def _gate_problems(config: Config, serving: Serving) -> Iterator[tuple[str, str]]:
    for index, gate in enumerate(config.gates):
        members: tuple[tuple[str, Demand], ...] = ((f"gates[{index}]", gate),)
        for kind, several in (("any_of", gate.any_of), ("all_of", gate.all_of)):
            members += tuple((f"gates[{index}].{kind}[{place}]", one) for place, one in enumerate(several))
        for at, demand in members:
            if demand.metric in SERVING_NAMES:
                yield from _demand_problems(at, demand, serving)


def _demand_problems(at: str, demand: Demand, serving: Serving) -> Iterator[tuple[str, str]]:
    for key in ("no_slice_worse", "per_slice", "max_gap"):
        if getattr(demand, key) is not None:
            yield f"{at}.{key}", "is not for what serving costs: that is not measured for slices"
    if demand.metric == PRICE and serving.price_per_hour is None:
        yield f"{at}.metric", "needs `evaluation.serving.price_per_hour`"
