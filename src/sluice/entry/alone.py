"""One stage alone, on files, without a repository: the data checks, the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.domain.amounts import amount
from sluice.domain.column_rules import column_problems
from sluice.domain.config import Evaluation, Task
from sluice.domain.contract import RowChange
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, ColumnError, DataError, UsageError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.metric_names import wrong_name
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict, worst
from sluice.entry import telling
from sluice.entry.arguments import called, require, shown, wanted

if TYPE_CHECKING:
    from sluice.adapters.opening import Wanted

if TYPE_CHECKING:
    from sluice.adapters.opening import Wanted


def validate(
    data: str,
    contract: Path,
    *,
    tables: tuple[str, ...] = (),
    reference: str | None = None,
    engine: str = "duckdb",
    as_json: bool = False,
) -> int:
    """``sluice validate``: every demand of the contract on one table; ``tables`` are others as ``NAME=DATA``.

    ``reference`` is data too: what demands of change compare with.
    """
    from sluice.adapters.decode.contract import load_contract
    from sluice.adapters.opening import apart, open_data
    from sluice.core.relating import text_of
    from sluice.core.shapes import validation_shape
    from sluice.core.validation import run_checks, text_columns, unreadable

    if not contract.is_file():
        raise UsageError("there is no such file", where=str(contract), remedy="give it with `--contract FILE`")
    dataset = called(data)
    demands = load_contract(contract.read_bytes(), path=str(contract), dataset=dataset)
    own = replace(wanted(data, "name the data to check"), strings=text_columns(demands))
    others = {
        name: replace(wanted(other, "name the table's data"), strings=text_of(demands, name))
        for name, other in map(_named, tables)
    }
    before = None if reference is None else replace(wanted(reference, "name the reference"), strings=own.strings)
    now = datetime.now(UTC)

    def checked() -> DatasetResult:
        n_before = _rows_of(before, engine) if before is not None and demands.all(RowChange) else None
        with open_data(own, engine=engine, related=others) as table:
            return run_checks(table, demands, dataset=dataset, source=shown(data), now=now, reference_rows=n_before)

    try:
        result = apart(checked, DatasetResult, where=shown(data), engine=engine)
    except DataError as error:
        result = unreadable(demands, error, dataset=dataset, source=shown(data))
    if as_json:
        telling.print_json(validation_shape(result))
    # What is worst stands last, where people look first.
    for check in () if as_json else sorted(result.results, key=lambda check: check.verdict.rank):
        telling.show(telling.check_line(check))
    said = _without_code(result.message) or f"{amount(len(result.results), 'check')} on {amount(result.n_rows, 'row')}"
    telling.tell(f"sluice: {shown(data)}: {result.verdict} ({said})")
    return EXIT_OPEN if result.verdict.opens else EXIT_CLOSED


def _rows_of(data: Wanted, engine: str) -> int:
    """How many rows data has. Raises ``DataError``: who names a reference by hand wants it read."""
    from sluice.adapters.opening import open_data

    with open_data(data, engine=engine) as table:
        return int(table.aggregate({"n": table.table.count()})["n"])


def _without_code(message: str) -> str:
    """What could not be read, for people: without the code that stands before the sentence."""
    from sluice.core.contract_gates import UNREADABLE_CODES

    code, _, sentence = message.partition(": ")
    return sentence if code in UNREADABLE_CODES else message


def _named(table: str) -> tuple[str, str]:
    name, equals, data = table.partition("=")
    if not (name and equals and data):
        raise UsageError(f"{table!r} names no table", where="--table", remedy="write it as `NAME=DATA`")
    return name, data


def evaluate(
    predictions: Path, baseline: Path | None, spec: Evaluation, *, as_json: bool, rows_in_memory: int | None = None
) -> int:
    """``sluice evaluate``: metrics with intervals, and the comparison with a baseline where one is given.

    Files of more than ``rows_in_memory`` rows are read part by part.
    """
    from sluice.adapters.predictions import MAX_ROWS, open_predictions
    from sluice.core.evaluation import evaluate as measure
    from sluice.core.shapes import evaluation_shape

    if not isfinite(spec.threshold):
        raise UsageError(
            f"{spec.threshold} is not a threshold", where="--threshold", remedy="give a number, such as 0.5"
        )
    spec = _with_columns(spec)
    for key, what in column_problems(spec):
        raise UsageError(what, where=_option(key))
    if spec.task == "events" and not spec.report:
        said = "name one with its tolerance in seconds, such as `event_recall@3600`: none is measured otherwise"
        raise UsageError(said, where="--metric")
    _check_names(spec)
    for path in filter(None, (predictions, baseline)):
        require(path, "name a file of predictions")
    try:
        most = MAX_ROWS if rows_in_memory is None else rows_in_memory
        candidate = open_predictions(predictions.resolve(), spec, most=most)
        theirs = replace(spec, predictions=str(baseline))
        other = open_predictions(baseline.resolve(), theirs, most=most) if baseline else None
    except ColumnError as error:
        # The columns were named on the command line: it is the command that is wrong, not the predictions.
        raise UsageError(error.what, where=error.where, remedy=error.remedy) from error
    result = measure(candidate, spec, other, seed=candidate.sha256)
    verdict = worst(Verdict.ERROR if value.value is None else Verdict.PASS for value in result.metrics)
    if as_json:
        telling.print_json(evaluation_shape(result, verdict))
    else:
        _print(result)
    said = f"{amount(len(result.metrics), 'value')} on {amount(result.n or 0, 'row')}"
    telling.tell(f"sluice: {predictions}: {verdict}, {'; '.join(filter(None, (said, result.message)))}")
    return EXIT_OPEN if verdict.opens else EXIT_CLOSED


def _check_names(spec: Evaluation) -> None:
    """Raise ``UsageError`` for a metric that would not be measured."""
    from sluice.metrics import lacking, metric_named

    for name in spec.report:
        metric = metric_named(name)
        if metric is None:
            raise UsageError(wrong_name(name), where="--metric")
        if why := lacking(metric, spec):
            raise UsageError(f"`{name}` {why}", where="--metric")


def class_columns(named: tuple[str, ...]) -> dict[str, str]:
    """The column of each class's probability, of texts such as ``cat=p_cat``. Raises ``UsageError``."""
    found: dict[str, str] = {}
    for one in named:
        name, equals, column = one.partition("=")
        if not (name and equals and column):
            raise UsageError(f"{one!r} names no class", where="--probability", remedy="write it as `CLASS=COLUMN`")
        if name in found:
            raise UsageError(f"names the class {name!r} twice", where="--probability")
        found[name] = column
    return found


def _option(key: str) -> str:
    """The option of the command for a key of ``evaluation``."""
    name = key.removeprefix("columns").removeprefix(".")
    return {"": "the columns", "probabilities": "--probability"}.get(name, f"--{name}")


# Where no option names what a model said, or what its task needs: the usual name of a column.
_USUAL: Mapping[Task, tuple[tuple[tuple[str, ...], str, str], ...]] = {
    "classification": ((("score", "prediction", "probabilities"), "score", "y_score"),),
    "regression": ((("prediction", "low", "high"), "prediction", "y_pred"),),
    "forecasting": ((("prediction", "low", "high"), "prediction", "y_pred"),),
    "ranking": ((("score",), "score", "y_score"), (("query",), "query", "query")),
    "events": ((("score", "prediction"), "prediction", "y_pred"), (("time",), "time", "time")),
}


def _with_columns(spec: Evaluation) -> Evaluation:
    """Where no column is named for what the task cannot do without: the usual name."""
    columns = spec.columns
    usual = {role: name for any_of, role, name in _USUAL[spec.task] if not any(getattr(columns, one) for one in any_of)}
    if columns.naive is not None and columns.prediction is None:
        usual["prediction"] = "y_pred"
    return replace(spec, columns=replace(columns, **usual))


def _print(result: EvaluationResult) -> None:
    found = {(row.metric, row.slice): row for row in result.comparisons}
    for value in result.metrics:
        name = f"{value.metric} [{value.slice}]" if value.slice else value.metric
        shown = f"{value.value:.6g}" if value.value is not None else f"error: {value.reason}"
        if value.ci_low is not None and value.ci_high is not None:
            shown += f"  ({value.ci_low:.6g} … {value.ci_high:.6g})"
        row = found.get((value.metric, value.slice))
        if row is not None and row.difference is not None:
            shown += f"  baseline {row.baseline:.6g}, difference {row.difference:+.6g}"
            if row.ci_low is not None and row.ci_high is not None:
                shown += f" ({row.ci_low:+.6g} … {row.ci_high:+.6g})"
        telling.show(f"{name:32} {shown}")
