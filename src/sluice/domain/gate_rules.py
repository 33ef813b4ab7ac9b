"""The rules of ``gates`` in ``sluice.yaml``: what may stand together, and what each key needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from sluice.domain.config import Config, Evaluation
from sluice.domain.gates import Demand, Gate, gate_id, group_id, limits_of
from sluice.domain.margin import margin
from sluice.domain.metric import MIN_ROWS

COMPARED = ("max_drop", "max_rise", "must_improve", "no_slice_worse")
"""Limits on the difference from the baseline: each takes a margin."""

JUDGED_TOGETHER = ("max_drop", "max_rise", "must_improve")
"""Limits that a family adjusts."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LIMITS = "`min`, `max`, `max_drop`, `max_rise`, `must_improve`, `no_slice_worse` or `max_gap`"

Problems = Iterator[tuple[str, str]]


def gate_problems(config: Config) -> list[tuple[str, str]]:
    """(key path, what is wrong) for every rule that crosses the fields of a gate, and for names stated twice."""
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    for index, gate in enumerate(config.gates):
        at = f"gates[{index}]"
        if gate.training is not None:
            found += _of_training(at, gate, config)
            found += _twice(at, [("", f"training.{gate.training}")], seen)
            continue
        if config.evaluation is None:
            found.append((at, "needs an `evaluation` section"))
        if gate.any_of or gate.all_of:
            found += _group(at, gate, config.evaluation)
            found += _twice(at, [("", group_id(gate))], seen)
        else:
            found += _single(at, gate, config.evaluation)
            found += _twice(at, [(f".{name}", gate_id(gate, name)) for name, _ in limits_of(gate)], seen)
    return found


def _twice(at: str, ids: list[tuple[str, str]], seen: set[str]) -> Problems:
    for key, name in ids:
        if name in seen:
            yield f"{at}{key}", f"`{name}` is stated twice"
        seen.add(name)


def _of_training(at: str, gate: Gate, config: Config) -> Problems:
    if gate != Gate(training=gate.training, max=gate.max, severity=gate.severity):
        yield at, "`training` goes with `max` and `severity` only: make another gate of the rest"
    if config.training is None:
        yield at, "needs a `training` section"
    if gate.training == "clean_tree" and gate.max is not None:
        yield f"{at}.max", "does not go with `clean_tree`"
    if gate.training == "duration_s" and (gate.max is None or gate.max <= 0):
        yield at, "`duration_s` needs a `max` over 0"
    if gate.training == "reproducible" and gate.max is not None and gate.max < 0:
        yield f"{at}.max", "must not be negative"
    evaluation = config.evaluation
    if gate.training == "reproducible" and not (evaluation and (evaluation.predictions or evaluation.model)):
        yield at, "`reproducible` needs `evaluation.predictions` or `evaluation.model` to compare"


def _group(at: str, gate: Gate, evaluation: Evaluation | None) -> Problems:
    kind = "any_of" if gate.any_of else "all_of"
    if gate.any_of and gate.all_of:
        yield at, "states both `any_of` and `all_of`: make two gates of it"
    if gate.name is None or not _NAME.fullmatch(gate.name):
        yield at, f"`{kind}` needs a `name` of letters, digits, `-` and `_`: reports call it `{kind}.NAME`"
    if gate.family is not None:
        yield f"{at}.family", f"does not go with `{kind}`"
    if _demanded(gate) != Demand():
        yield at, f"states a demand of its own beside `{kind}`: make it one of the list"
    seen: set[str] = set()
    for key, members in (("any_of", gate.any_of), ("all_of", gate.all_of)):
        if len(members) == 1:
            yield f"{at}.{key}", "holds one demand only: a choice needs two"
        for index, member in enumerate(members):
            inner = f"{at}.{key}[{index}]"
            yield from _demand(inner, member, evaluation)
            yield from _twice(inner, [(f".{name}", gate_id(member, name)) for name, _ in limits_of(member)], seen)


def _demanded(gate: Gate) -> Demand:
    """What a gate demands itself, without the keys that only gates have."""
    return Demand(**{field.name: getattr(gate, field.name) for field in fields(Demand)})


def _single(at: str, gate: Gate, evaluation: Evaluation | None) -> Problems:
    yield from _demand(at, gate, evaluation)
    if gate.name is not None:
        yield f"{at}.name", "goes with `any_of` and `all_of` only: other gates are called by their metric and limit"
    if gate.family is not None and not gate.family.strip():
        yield f"{at}.family", "is empty: give the family a name"
    if gate.family is not None and not all(name in JUDGED_TOGETHER for name, _ in limits_of(gate)):
        yield (
            f"{at}.family",
            "goes with `max_drop`, `max_rise` and `must_improve` only: give each other limit a gate",
        )


def _demand(at: str, demand: Demand, evaluation: Evaluation | None) -> Problems:
    if demand.fairness is None and not demand.metric.strip():
        yield at, "names no metric: give `metric` or `fairness`"
    if demand.fairness is not None and demand.metric:
        yield at, "names both `metric` and `fairness`: make two gates of it"
    if not limits_of(demand) and demand.must_improve is None:
        yield at, f"states no limit: give {_LIMITS}"
    if demand.must_improve is False:
        yield f"{at}.must_improve", "is `false`, which demands nothing: remove it"
    if demand.min_rows is not None and demand.min_rows < MIN_ROWS:
        yield f"{at}.min_rows", f"must be at least {MIN_ROWS}: fewer are inconclusive in any case"
    yield from _sliced(at, demand, evaluation)
    yield from _compared(at, demand, evaluation)
    yield from _fair(at, demand, evaluation)


def _sliced(at: str, demand: Demand, evaluation: Evaluation | None) -> Problems:
    slices = evaluation.slices if evaluation else ()
    for name in ("max_gap", "no_slice_worse"):
        if getattr(demand, name) is not None and demand.per_slice is None:
            yield f"{at}.{name}", "needs `per_slice`"
    if demand.per_slice is not None and demand.per_slice not in slices:
        yield f"{at}.per_slice", f"`{demand.per_slice}` is not among `evaluation.slices`"
    if demand.max_gap is not None and demand.max_gap < 0:
        yield f"{at}.max_gap", "must not be negative"


def _compared(at: str, demand: Demand, evaluation: Evaluation | None) -> Problems:
    for name, written in limits_of(demand):
        if name not in COMPARED:
            continue
        if evaluation is None or evaluation.baseline is None:
            yield f"{at}.{name}", "needs `evaluation.baseline`"
        allowed = margin(written)
        if allowed is None:
            yield f"{at}.{name}", "must be a number, or a share of the baseline's value such as `2 %`"
        elif allowed.amount < 0:
            yield f"{at}.{name}", "must not be negative"


def _fair(at: str, demand: Demand, evaluation: Evaluation | None) -> Problems:
    if demand.fairness is None:
        return
    if [name for name, _ in limits_of(demand)] != ["max_gap"]:
        yield at, "`fairness` needs `max_gap`, and goes with no other limit"
    columns = evaluation.columns if evaluation is not None else None
    if evaluation is not None and (evaluation.task != "classification" or evaluation.predictions is None):
        yield f"{at}.fairness", "needs `evaluation.predictions` of a classification"
    elif columns is not None and columns.score is None and columns.prediction is None:
        yield f"{at}.fairness", "needs the column of a score or of a prediction"
