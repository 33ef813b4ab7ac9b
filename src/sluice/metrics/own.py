"""Metrics of the user's own: what the policy says of functions and of plain numbers; ``run`` alone asks for values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sluice.domain.config import Evaluation, Function
from sluice.domain.evaluation import Direction
from sluice.domain.metric import Labels, Metric

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def own_metric(name: str, function: Function, evaluation: Evaluation) -> Metric:
    """The metric that a policy names by ``evaluation.functions``: its direction, unit, range and what it takes."""
    usual = "score" if evaluation.columns.score is not None else "prediction"
    return Metric(
        name=name,
        tasks=(evaluation.task,),
        direction=function.direction,
        unit=function.unit,
        low=-math.inf if function.low is None else function.low,
        high=math.inf if function.high is None else function.high,
        needs=function.needs or (usual,),
        binary=False,
        value=_elsewhere,
        influence=lambda _y, _p, _w: None,
        definition=f"What `{function.call}` returns.",
        assumptions="A function of the rows alone, whatever their order.",
        source="The repository.",
    )


def directed_metric(name: str, direction: Direction, evaluation: Evaluation) -> Metric:
    """The metric that a policy names by ``evaluation.directions``: a plain number, of which nothing else is known."""
    return Metric(
        name=name,
        tasks=(evaluation.task,),
        direction=direction,
        needs=(),
        binary=False,
        value=_elsewhere,
        influence=lambda _y, _p, _w: None,
        definition="What training wrote.",
        source="The repository.",
    )


def _elsewhere(y: Labels, p: Labels, w: FloatArray | None) -> float:
    raise AssertionError("what is the user's own is not measured from predictions here")
