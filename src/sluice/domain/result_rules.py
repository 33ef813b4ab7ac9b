"""What ``evaluation`` names as results, and the rules of it that cross fields."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.domain.config import Config, Evaluation

METRIC_SUFFIXES = (".json", ".yaml", ".yml", ".toml")
"""Endings of metric files' names."""

USES_DVC = "dvc"
"""What ``evaluation.metrics`` is where ``dvc.yaml`` names the files."""

MAX_FILES = 100


def metric_paths(evaluation: Evaluation) -> tuple[str, ...]:
    """The metric files that the configuration itself names."""
    named = evaluation.metrics
    if named is None or named == USES_DVC:
        return ()
    return (named,) if isinstance(named, str) else named


def named_paths(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """(key, path) of every file of results that the configuration names."""
    found: list[tuple[str, str]] = []
    if evaluation.predictions is not None:
        found.append(("evaluation.predictions", evaluation.predictions))
    single = isinstance(evaluation.metrics, str)
    for index, path in enumerate(metric_paths(evaluation)):
        found.append(("evaluation.metrics" if single else f"evaluation.metrics[{index}]", path))
    return tuple(found)


def result_problems(config: Config) -> Iterator[tuple[str, str]]:
    """(key path, what is wrong) for every rule about where results are."""
    evaluation = config.evaluation
    if evaluation is None:
        return
    if evaluation.predictions is None and evaluation.metrics is None:
        yield "evaluation", "needs `predictions`, `metrics`, or both"
    named = metric_paths(evaluation)
    if evaluation.metrics is not None and evaluation.metrics != USES_DVC and not named:
        yield "evaluation.metrics", "names no file"
    if len(named) > MAX_FILES:
        yield "evaluation.metrics", f"names more than {MAX_FILES} files"
    for index, path in enumerate(named):
        if path in named[:index]:
            yield "evaluation.metrics", f"names `{path}` twice"
