"""One stage alone, on files, without a repository: the data checks, the metrics."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sluice.domain.config import Evaluation
from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN, DataError, UsageError
from sluice.domain.records import EvaluationResult
from sluice.domain.verdict import Verdict, worst


def validate(data: str, contract: Path, *, as_json: bool) -> int:
    """``sluice validate``: every demand of the contract on one file (or folder of Parquet files)."""
    from sluice.adapters.decode.contract import load_contract
    from sluice.adapters.tables import open_table
    from sluice.core.shapes import validation_shape
    from sluice.core.validation import run_checks, text_columns, unreadable

    if not contract.is_file():
        raise UsageError("there is no such file", where=str(contract), remedy="give it with `--contract FILE`")
    path = Path(data)
    # A path given by hand is the caller's own: links and absolute paths are theirs to follow.
    file = path.resolve()
    dataset = path.stem
    demands = load_contract(contract.read_bytes(), path=str(contract), dataset=dataset)
    try:
        with open_table(file.parent, file.name, strings=text_columns(demands)) as table:
            result = run_checks(table, demands, dataset=dataset, source=data, now=datetime.now(UTC))
    except DataError as error:
        result = unreadable(demands, error, dataset=dataset, source=data)
    if as_json:
        print(json.dumps(validation_shape(result), allow_nan=False))
    for check in result.results:
        if check.verdict is not Verdict.PASS:
            _tell(f"{check.verdict}: {check.check} {check.column or ''}: {check.message}")
    said = result.message or f"{len(result.results)} checks on {result.n_rows:,} rows"
    _tell(f"sluice: {data}: {result.verdict} ({said})")
    return EXIT_OPEN if result.verdict.opens else EXIT_CLOSED


def evaluate(predictions: Path, baseline: Path | None, spec: Evaluation, *, as_json: bool) -> int:
    """``sluice evaluate``: metrics with intervals, and the comparison with a baseline where one is given."""
    from sluice.adapters.predictions import read_predictions
    from sluice.core.evaluation import evaluate as measure
    from sluice.core.shapes import evaluation_shape

    spec = _with_columns(spec)
    candidate = read_predictions(predictions.resolve(), spec)
    other = read_predictions(baseline.resolve(), replace(spec, predictions=str(baseline))) if baseline else None
    result = measure(candidate, spec, other, seed=candidate.sha256)
    verdict = worst(Verdict.ERROR if value.value is None else Verdict.PASS for value in result.metrics)
    if as_json:
        print(json.dumps(evaluation_shape(result, verdict), allow_nan=False))
    else:
        _print(result)
    _tell(f"sluice: {predictions}: {verdict}, {len(result.metrics)} values on {result.n} rows")
    return EXIT_OPEN if verdict.opens else EXIT_CLOSED


def _with_columns(spec: Evaluation) -> Evaluation:
    """Where neither a score nor a prediction column is named: the usual name of the task."""
    columns = spec.columns
    if columns.score is not None or columns.prediction is not None:
        return spec
    usual = {"score": "y_score"} if spec.task == "classification" else {"prediction": "y_pred"}
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
        print(f"{name:32} {shown}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
