"""The rules of ``sluice.yaml`` that cross its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.domain.baseline_rules import baseline_problems
from sluice.domain.champion import MODEL
from sluice.domain.column_rules import column_problems
from sluice.domain.config import Config, DataSource, Reference
from sluice.domain.drift_limits import Drift
from sluice.domain.gate_rules import gate_problems
from sluice.domain.gates import gated
from sluice.domain.importance_rules import importance_problems
from sluice.domain.metric_names import wrong_name

# A backend's own name, or an address; what can be reached by it, the engine says when it is asked.
_ENGINES = ("duckdb", "spark")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]+@", re.IGNORECASE)
_SHARES = ("jensen_shannon", "cramers_v", "ks")


def problems(config: Config) -> tuple[tuple[str, str], ...]:
    """(key path, what is wrong) for every rule that crosses fields; empty where all hold.

    Those of one data source ``source_problems`` has.
    """
    return (*gate_problems(config), *_evaluation_problems(config), *_training_problems(config))


def _training_problems(config: Config) -> list[tuple[str, str]]:
    if config.training is None:
        return []
    found: list[tuple[str, str]] = []
    if not config.training.run.strip():
        found.append(("training.run", "the command is empty"))
    if all(pattern.startswith("!") for pattern in config.training.inputs):
        found.append(("training.inputs", "names nothing, so nothing would ever be trained"))
    if not config.training.runs_on:
        found.append(("training.runs_on", "names no runner"))
    if not 0 < config.training.timeout_minutes <= 7200:
        found.append(("training.timeout_minutes", "must be over 0 and at most 7200 (five days)"))
    return found


def _evaluation_problems(config: Config) -> list[tuple[str, str]]:
    evaluation = config.evaluation
    if evaluation is None:
        return []
    found: list[tuple[str, str]] = []
    found += [(f"evaluation.{key}", what) for key, what in column_problems(evaluation)]
    if evaluation.task == "events" and evaluation.predictions and not (evaluation.report or gated(config.gates)):
        what = "name a metric with its tolerance in seconds, such as `event_recall@3600`: none is measured otherwise"
        found.append(("evaluation.report", what))
    if evaluation.report and evaluation.predictions is None:
        found.append(("evaluation.report", "needs `predictions`"))
    names = ((f"evaluation.report[{index}]", wrong_name(name)) for index, name in enumerate(evaluation.report))
    found += [(at, wrong) for at, wrong in names if wrong]
    if evaluation.slices and evaluation.predictions is None:
        found.append(("evaluation.slices", "needs `predictions`"))
    found += importance_problems(evaluation)
    found += baseline_problems(config)
    if evaluation.drift is not None:
        found += _drift_problems("evaluation.drift", evaluation.drift)
        if evaluation.baseline is None or evaluation.predictions is None:
            found.append(("evaluation.drift", "needs `evaluation.baseline` and `evaluation.predictions` to compare"))
    return found


def source_problems(source: DataSource) -> Iterator[tuple[str, str]]:
    """(key below the data source, what is wrong) for every rule that crosses its fields."""
    if source.reference is not None:
        yield from _reference_problems("reference", source.reference)
    if source.drift is not None:
        yield from _drift_problems("drift", source.drift)
        if source.reference is None:
            yield "drift", "needs `reference`: say what the data is compared with, such as `{ref: base}`"
    yield from _engine_problems(source)


def _reference_problems(at: str, reference: Reference) -> Iterator[tuple[str, str]]:
    stated = [one for one in (reference.ref, reference.path, reference.model) if one is not None]
    if len(stated) != 1:
        yield at, "needs exactly one of `ref`, `path` and `model`"
    if reference.model is not None and not MODEL.fullmatch(reference.model):
        yield f"{at}.model", "names no model: write `name@alias`, `name/version` or the alias alone"


def _drift_problems(at: str, drift: Drift) -> Iterator[tuple[str, str]]:
    if not 0 < drift.alpha < 1:
        yield f"{at}.alpha", "must lie between 0 and 1"
    if drift.min_rows < 1:
        yield f"{at}.min_rows", "must be at least 1"
    for measure in ("psi", "jensen_shannon", "wasserstein", "cramers_v", "ks"):
        limit: float | None = getattr(drift, measure)
        if limit is not None and limit < 0:
            yield f"{at}.{measure}", "must not be negative"
        if limit is not None and measure in _SHARES and limit >= 1:
            yield f"{at}.{measure}", "must be below 1: nothing could ever exceed it"
    for key, patterns in (("columns", drift.columns), ("ignore", drift.ignore)):
        if not all(pattern.strip() for pattern in patterns):
            yield f"{at}.{key}", "holds an empty text: give a column's name or a glob"


def _engine_problems(source: DataSource) -> Iterator[tuple[str, str]]:
    if source.engine not in _ENGINES and not _URL.fullmatch(source.engine):
        yield "engine", "must be `duckdb`, `spark`, or the URL of an ibis backend"
    if _PASSWORD.match(source.engine):
        yield "engine", "holds a password: leave it out, and give it to the job by its environment"
