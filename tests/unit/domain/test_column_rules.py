"""Which columns a task uses and needs."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from sluice.domain.column_rules import USED_BY, column_problems
from sluice.domain.config import Columns, Evaluation, Task
from sluice.metrics import FAMILIES, METRICS


def problems(task: Task, **columns: Any) -> list[tuple[str, str]]:
    return list(column_problems(Evaluation(task=task, predictions="p.parquet", columns=Columns(**columns))))


def test_the_tasks_of_a_column_are_those_whose_metrics_need_it() -> None:
    metrics = (*METRICS.values(), *(family.make(family.usual) for family in FAMILIES.values()))
    for column, tasks in USED_BY.items():
        needed = {task for metric in metrics for task in metric.tasks if column in metric.needs}
        # A score gives alarms by the threshold.
        assert set(tasks) == needed | ({"events"} if column == "score" else set()), column


@pytest.mark.parametrize("task", get_args(Task))
def test_a_column_that_no_metric_of_the_task_uses_is_refused_with_the_tasks_that_do(task: Task) -> None:
    for column, tasks in USED_BY.items():
        value = {"a": "p_a", "b": "p_b"} if column == "probabilities" else "c"
        refused = dict(problems(task, **{column: value})).get(f"columns.{column}", "")
        assert (f"no metric of the task `{task}` uses it" in refused) == (task not in tasks)
        if task not in tasks:
            assert all(f"`{other}`" in refused for other in tasks)


@pytest.mark.parametrize(
    ("task", "columns"),
    [
        ("classification", {"score": "s"}),
        ("classification", {"prediction": "p", "group": "g", "weight": "w", "key": "k"}),
        ("classification", {"probabilities": {"a": "p_a", "b": "p_b"}, "prediction": "p"}),
        ("regression", {"prediction": "p"}),
        ("forecasting", {"prediction": "p", "naive": "n", "low": "l", "high": "h"}),
        ("forecasting", {"low": "l", "high": "h"}),
        ("ranking", {"score": "s", "query": "q"}),
        ("events", {"score": "s", "time": "t"}),
        ("events", {"prediction": "p", "time": "t", "group": "g"}),
    ],
)
def test_what_a_task_needs_is_enough(task: Task, columns: dict[str, Any]) -> None:
    assert problems(task, **columns) == []


@pytest.mark.parametrize(
    ("task", "columns", "at", "said"),
    [
        ("classification", {}, "columns", "needs `score`, `prediction`"),
        ("classification", {"probabilities": {"a": "p"}}, "columns.probabilities", "at least two classes"),
        ("classification", {"probabilities": {"a": "p", "b": "p"}}, "columns.probabilities", "one column for two"),
        ("classification", {"probabilities": {"a": "p", "b": "q"}, "score": "s"}, "columns.score", "every class"),
        ("classification", {"probabilities": {str(n): str(n) for n in range(1001)}}, "columns.probabilities", "1000"),
        ("regression", {}, "columns", "needs `prediction` for regression"),
        ("forecasting", {"prediction": "p", "low": "l"}, "columns.low", "needs `high`"),
        ("forecasting", {"prediction": "p", "high": "h"}, "columns.high", "needs `low`"),
        ("forecasting", {"low": "l", "high": "h", "naive": "n"}, "columns.naive", "needs `prediction`"),
        ("ranking", {"score": "s"}, "columns", "needs `query`"),
        ("ranking", {"query": "q"}, "columns", "needs `score`"),
        ("events", {"time": "t"}, "columns", "needs `score` or `prediction`"),
        ("events", {"prediction": "p"}, "columns", "needs `time`"),
    ],
)
def test_what_a_task_lacks_is_said(task: Task, columns: dict[str, Any], at: str, said: str) -> None:
    found = problems(task, **columns)
    assert [key for key, _ in found] == [at] and said in found[0][1]


def test_without_a_predictions_file_no_columns_are_needed() -> None:
    assert list(column_problems(Evaluation(task="ranking", metrics="m.json"))) == []
