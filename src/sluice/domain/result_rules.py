"""What ``evaluation`` names as results, and the rules of it that cross fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from sluice.domain.config import Config, Evaluation, Suite
from sluice.domain.metric_names import wrong_name
from sluice.domain.model import SIZE_METRIC
from sluice.domain.model_globals import entry_problem
from sluice.domain.serving import SERVING_NAMES

METRIC_SUFFIXES = (".json", ".yaml", ".yml", ".toml")
"""Endings of metric files' names."""

USES_DVC = "dvc"
"""What ``evaluation.metrics`` is where ``dvc.yaml`` names the files."""

MAX_FILES = 100

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def metric_paths(evaluation: Evaluation) -> tuple[str, ...]:
    """The metric files that the configuration itself names."""
    named = evaluation.metrics
    if named is None or named == USES_DVC:
        return ()
    return (named,) if isinstance(named, str) else named


def suites_of(evaluation: Evaluation) -> tuple[Suite, ...]:
    """The reports of tests, each with its name."""
    stated = (Suite(path=one) if isinstance(one, str) else one for one in evaluation.tests)
    return tuple(replace(one, name=one.name or PurePosixPath(one.path).stem) for one in stated)


def governed_suites(policy: Evaluation, head: Evaluation) -> tuple[Suite, ...]:
    """The policy's reports, where the head says that they lie, then those that the head adds.

    Which tests must pass is the policy's to say: the head can neither leave a report out nor let more be skipped.
    """
    theirs = {one.name: one for one in suites_of(head)}
    stated = tuple(replace(one, path=theirs.get(one.name, one).path) for one in suites_of(policy))
    known = {one.name for one in stated}
    return (*stated, *(one for name, one in theirs.items() if name not in known))


def named_paths(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """(key, path) of every file of results that the configuration names."""
    found: list[tuple[str, str]] = []
    if evaluation.predictions is not None:
        found.append(("evaluation.predictions", evaluation.predictions))
    if evaluation.model is not None:
        found.append(("evaluation.model", evaluation.model))
    if evaluation.features is not None:
        found.append(("evaluation.features", evaluation.features))
    single = isinstance(evaluation.metrics, str)
    for index, path in enumerate(metric_paths(evaluation)):
        found.append(("evaluation.metrics" if single else f"evaluation.metrics[{index}]", path))
    for index, suite in enumerate(suites_of(evaluation)):
        found.append((f"evaluation.tests[{index}]", suite.path))
    if evaluation.mlflow is not None and evaluation.mlflow.run_file is not None:
        found.append(("evaluation.mlflow.run_file", evaluation.mlflow.run_file))
    if evaluation.importance is not None and evaluation.importance.model is not None:
        found.append(("evaluation.importance.model", evaluation.importance.model))
    if evaluation.serving is not None:
        found.append(("evaluation.serving.inputs", evaluation.serving.inputs))
        if evaluation.serving.model is not None:
            found.append(("evaluation.serving.model", evaluation.serving.model))
    return tuple(found)


def input_paths(evaluation: Evaluation) -> tuple[str, ...]:
    """The files of rows that models are given: training may write them, and may find them."""
    sent = evaluation.serving.inputs if evaluation.serving is not None else None
    return tuple(path for path in (evaluation.features, sent) if path is not None)


def result_problems(config: Config) -> Iterator[tuple[str, str]]:
    """(key path, what is wrong) for every rule about where results are."""
    evaluation = config.evaluation
    if evaluation is None:
        return
    results = (evaluation.predictions, evaluation.metrics, evaluation.mlflow, evaluation.serving)
    if not any(one is not None for one in results) and not evaluation.tests:
        yield "evaluation", "needs `predictions`, `metrics`, `mlflow`, `tests`, `serving`, or several of them"
    named = metric_paths(evaluation)
    if evaluation.metrics is not None and evaluation.metrics != USES_DVC and not named:
        yield "evaluation.metrics", "names no file"
    if len(named) > MAX_FILES:
        yield "evaluation.metrics", f"names more than {MAX_FILES} files"
    for index, path in enumerate(named):
        if path in named[:index]:
            yield "evaluation.metrics", f"names `{path}` twice"
    yield from _direction_problems(evaluation)
    yield from _model_problems(evaluation)
    yield from _suite_problems(suites_of(evaluation))
    asked = evaluation.mlflow
    if asked is not None and (asked.experiment is None) == (asked.run_file is None):
        yield "evaluation.mlflow", "needs exactly one of `experiment` and `run_file`"
    if asked is not None and asked.experiment is not None and not asked.experiment.strip():
        yield "evaluation.mlflow.experiment", "is empty: give the experiment's name"


def _direction_problems(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    if evaluation.directions and evaluation.metrics is None and evaluation.mlflow is None:
        yield "evaluation.directions", "needs `metrics` or `mlflow`"
    measured = {*evaluation.functions}
    measured |= {SIZE_METRIC} if evaluation.model is not None else set()
    measured |= {*SERVING_NAMES} if evaluation.serving is not None else set()
    for name in evaluation.directions:
        if name in measured or not wrong_name(name):
            yield f"evaluation.directions.{name}", "is a metric whose direction is known: leave it out"


def _model_problems(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    loaded = (evaluation.model, evaluation.baseline.model if evaluation.baseline is not None else None)
    if evaluation.model_modules and not any(loaded):
        yield "evaluation.model_modules", "needs `evaluation.model`, or `evaluation.baseline.model`"
    if len(evaluation.model_modules) > MAX_FILES:
        yield "evaluation.model_modules", f"names more than {MAX_FILES} modules"
    for index, entry in enumerate(evaluation.model_modules):
        if wrong := entry_problem(entry):
            yield f"evaluation.model_modules[{index}]", wrong


def _suite_problems(suites: tuple[Suite, ...]) -> Iterator[tuple[str, str]]:
    if len(suites) > MAX_FILES:
        yield "evaluation.tests", f"names more than {MAX_FILES} reports"
    seen: set[str] = set()
    for index, suite in enumerate(suites):
        at = f"evaluation.tests[{index}]"
        if not _NAME.fullmatch(suite.name):
            yield at, "needs a `name` of letters, digits, `_`, `-` and `.`, which the gate is called by"
        elif suite.name in seen:
            yield at, f"`{suite.name}` is the name of another report: give it a `name` of its own"
        seen.add(suite.name)
        if suite.max_skipped < 0:
            yield f"{at}.max_skipped", "must not be negative"
