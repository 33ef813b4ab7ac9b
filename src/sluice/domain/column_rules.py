"""Which columns of a predictions file a task uses, and which it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sluice.domain.config import Columns, Evaluation, Task

MAX_CLASSES = 1000

USED_BY: Mapping[str, tuple[Task, ...]] = {
    "score": ("classification", "ranking", "events"),
    "prediction": ("classification", "regression", "forecasting", "events"),
    "probabilities": ("classification",),
    "query": ("ranking",),
    "time": ("events",),
    "low": ("regression", "forecasting"),
    "high": ("regression", "forecasting"),
    "naive": ("forecasting",),
}
"""The tasks that have a metric for a column. `target`, `key`, `weight` and `group` are of use to each."""


def column_problems(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """(key below ``evaluation``, what is wrong) for the columns; nothing where there is no predictions file."""
    if evaluation.predictions is None:
        return
    given = {name for name in USED_BY if getattr(evaluation.columns, name)}
    for name in USED_BY:
        tasks = USED_BY[name]
        if name in given and evaluation.task not in tasks:
            others = " and ".join(f"`{task}`" for task in tasks)
            yield f"columns.{name}", f"no metric of the task `{evaluation.task}` uses it; {others} would"
    yield from _missing(evaluation.task, given)
    yield from _classes(evaluation.columns)


def _missing(task: Task, given: set[str]) -> Iterator[tuple[str, str]]:
    match task:
        case "classification":
            if not given & {"score", "prediction", "probabilities"}:
                yield "columns", "needs `score`, `prediction`, or both; or `probabilities`"
        case "regression" | "forecasting":
            if not given & {"prediction", "low", "high"}:
                yield "columns", f"needs `prediction` for {task}, or `low` and `high`"
            for end, other in (("low", "high"), ("high", "low")):
                if end in given and other not in given:
                    yield f"columns.{end}", f"needs `{other}`: an interval has two ends"
            if task == "forecasting" and "naive" in given and "prediction" not in given:
                yield "columns.naive", "needs `prediction`, which it is compared with"
        case "ranking":
            for name in ("score", "query"):
                if name not in given:
                    yield "columns", f"needs `{name}` for ranking"
        case "events":
            if "time" not in given:
                yield "columns", "needs `time` for events"
            if not given & {"score", "prediction"}:
                yield "columns", "needs `score` or `prediction` for events"


def _classes(columns: Columns) -> Iterator[tuple[str, str]]:
    classes = columns.probabilities
    if not classes:
        return
    if len(classes) < 2:
        yield "columns.probabilities", "needs a column for each of at least two classes"
    if len(classes) > MAX_CLASSES:
        yield "columns.probabilities", f"names more than {MAX_CLASSES} classes"
    if len(set(classes.values())) < len(classes):
        yield "columns.probabilities", "names one column for two classes"
    if columns.score is not None:
        yield "columns.score", "stands for the probability of class 1, where `probabilities` has that of every class"
