"""From a contract and a table to verdicts; and from another's measurements to verdicts under one's own contract."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sluice.checks import CHECKS, column_type
from sluice.core import asking, nesting
from sluice.core.asking import MAX_EXAMPLE_QUERIES, MAX_EXAMPLES
from sluice.core.backtracking import cannot_be_asked
from sluice.domain.check import MISSING_COLUMN, Check, Measured, Observation, Spec, nothing_else
from sluice.domain.contract import Contract
from sluice.domain.errors import DataError
from sluice.domain.ports import TableEngine
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict, worst

MAX_EXAMPLE_CHARS = 120

_N_ROWS = "n_rows"
_N_VALUES = "n_values"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """Every demand of the contract, in the order of the checks and then of the contract."""
    return tuple(spec for check in CHECKS.values() for spec in check.specs(contract))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One demand on this very table: the column's kind, and why it cannot be measured, if it cannot."""

    spec: Spec
    check: Check
    kind: str
    reason: str = ""
    unfit: str = ""


def _tasks(demands: Iterable[Spec], columns: Mapping[str, str], dialect: str = "duckdb") -> list[_Task]:
    found: list[_Task] = []
    for spec in demands:
        check = CHECKS[spec.check]
        kind = columns.get(spec.column, "") if spec.column is not None else ""
        absent = check.needs_column and not all(columns.get(name) for name in spec.own_columns)
        unfit = (check.unfit(spec, kind) or cannot_be_asked(spec, dialect)) if kind else ""
        found.append(_Task(spec=spec, check=check, kind=kind, reason=MISSING_COLUMN if absent else "", unfit=unfit))
    return found


def _expressions(table: Any, task: _Task) -> Mapping[str, Any]:
    """What to ask for one demand; a column that does not fit is only asked whether it has values at all."""
    if task.reason or (task.spec.column is not None and not task.kind):
        return {}
    if task.unfit:
        return {_N_VALUES: table[task.spec.column].count()}
    return task.check.aggregates(table, task.spec, task.kind)


def _aggregation(table: Any, tasks: Sequence[_Task]) -> dict[str, Any]:
    """One scalar expression per number needed, by name, for one query over the whole table."""
    asked = {_N_ROWS: table.count()}
    for index, task in enumerate(tasks):
        asked |= {f"c{index}_{name}": expr for name, expr in _expressions(table, task).items()}
    return asked


def run_checks(
    engine: TableEngine,
    contract: Contract,
    *,
    dataset: str,
    source: str,
    now: datetime,
    reference_rows: int | None = None,
) -> DatasetResult:
    """Measure and judge every demand; data that turns out unreadable is a result too, with the verdict error.

    One query for all that is an aggregate of the table, one for everything that a check asks beside it, then one more
    per failed check, 20 at most, for examples. ``reference_rows`` is how many rows the data's reference has.
    """
    table, columns = nesting.table_of(engine, contract), engine.columns()
    tasks = _tasks(specs(contract), nesting.kinds_of(engine, contract), engine.dialect)
    try:
        numbers = engine.aggregate(_aggregation(table, tasks))
        n_rows = int(numbers[_N_ROWS])
        values: dict[str, dict[str, Any]] = {}
        for name, value in numbers.items():
            index, _, own = name.partition("_")
            values.setdefault(index, {})[own] = value
        blank = Measured(kind="", values={}, n_rows=n_rows, now=now, reference_rows=reference_rows)
        judged: list[CheckResult] = []
        for index, task in enumerate(tasks):
            measured = replace(blank, kind=task.kind, values=values.get(f"c{index}", {}))
            judged.append(_result(task.spec, _observe(engine, table, task, measured), dataset))
        results = _with_examples(engine, contract, tasks, judged)
    except DataError as problem:
        return unreadable(contract, problem, dataset=dataset, source=source, sha256=engine.sha256)
    return DatasetResult(
        dataset=dataset,
        source=source,
        verdict=dataset_verdict(results),
        data_sha256=engine.sha256,
        contract_path=contract.path,
        contract_sha256=contract.sha256,
        n_rows=n_rows,
        n_columns=len(columns),
        results=results,
    )


def _observe(engine: TableEngine, table: Any, task: _Task, measured: Measured) -> Observation:
    if task.reason:
        return Observation(observed=None, n_rows=measured.n_rows, reason=task.reason)
    if task.unfit:
        # A column that holds nothing keeps every promise about its values.
        if measured.values.get(_N_VALUES) == 0:
            return Observation(observed=None, n_rows=measured.n_rows, n_failed=0)
        return Observation(observed=None, n_rows=measured.n_rows, reason=task.unfit)
    if task.check.asks is not nothing_else:
        asked = asking.answers(engine, table, task.check, task.spec, task.kind)
        if isinstance(asked, Observation):
            return replace(asked, n_rows=measured.n_rows)
        measured = replace(measured, values={**measured.values, **asked})
    return task.check.observe(task.spec, measured)


def _with_examples(
    engine: TableEngine, contract: Contract, tasks: Sequence[_Task], results: Sequence[CheckResult]
) -> tuple[CheckResult, ...]:
    found: list[CheckResult] = []
    table, queries = nesting.table_of(engine, contract), 0
    for task, result in zip(tasks, results, strict=True):
        shown = None
        if _to_show(result) and not result.examples and queries < MAX_EXAMPLE_QUERIES:
            shown = asking.examples(engine, table, contract, task.spec, task.kind)
        queries += shown is not None
        found.append(replace(result, examples=shown or result.examples))
    return tuple(found)


def _to_show(result: CheckResult) -> bool:
    """Whether rows failed; where a contract allows some, those that are there are no failures."""
    return bool(result.n_failed) and result.verdict is not Verdict.PASS


def _result(spec: Spec, seen: Observation, dataset: str) -> CheckResult:
    seen = CHECKS[spec.check].concealed(spec, seen)
    judged = asking.unasked(spec, seen) or CHECKS[spec.check].judge(spec, seen)
    return CheckResult(
        check=spec.check,
        dataset=dataset,
        column=spec.column,
        verdict=judged.verdict,
        observed=seen.observed,
        limit=spec.limit,
        n_rows=seen.n_rows,
        n_failed=seen.n_failed,
        examples=() if spec.sensitive else seen.examples,
        message=judged.message,
        severity=spec.severity,
        line=spec.line,
    )


def text_columns(contract: Contract) -> frozenset[str]:
    """Columns whose values are text whatever they look like, which a file without types must be read by."""
    return frozenset(column.name for column in contract.columns if column.logical_type == "string" and not column.path)


def unreadable(contract: Contract, problem: DataError, *, dataset: str, source: str, sha256: str = "") -> DatasetResult:
    """The result of data that could not be validated at all: verdict error, with the problem's sentence."""
    return DatasetResult(
        dataset=dataset,
        source=source,
        verdict=Verdict.ERROR,
        data_sha256=sha256,
        contract_path=contract.path,
        contract_sha256=contract.sha256,
        n_rows=0,
        n_columns=0,
        results=(),
        message=f"{problem.reason_code}: {problem.sentence}",
    )


def dataset_verdict(results: Iterable[CheckResult]) -> Verdict:
    """The worst verdict; a broken demand of severity ``warn`` is a warning, one that was not measured is not."""
    return worst(
        Verdict.WARN if result.severity == "warn" and result.verdict is Verdict.FAIL else result.verdict
        for result in results
    )


def rejudge(contract: Contract, results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """Verdicts under this contract, from numbers that another measured under another contract.

    Nothing is believed but the numbers: a demand that was not measured, was measured against another limit, or whose
    numbers cannot be, is inconclusive. Results that this contract does not ask for are dropped; where one demand
    is answered twice, the worse answer counts.
    """
    answers: dict[tuple[str, str | None, str], list[CheckResult]] = {}
    for result in results:
        answers.setdefault((result.check, result.column, result.limit), []).append(result)
    kinds = {
        result.column: str(result.observed)
        for result in results
        if result.check == column_type.NAME and result.column is not None and result.observed is not None
    }
    dataset = results[0].dataset if results else ""
    described = frozenset(column.name for column in contract.columns)
    return tuple(
        _rejudged(task, answers.get((task.spec.check, task.spec.column, task.spec.limit), ()), dataset, described)
        for task in _tasks(specs(contract), kinds)
    )


def _rejudged(task: _Task, answers: Sequence[CheckResult], dataset: str, described: Collection[str]) -> CheckResult:
    spec = task.spec
    again = [_again(task, answer, described) for answer in answers if _possible(answer)]
    if not answers or len(again) < len(answers):
        why = "holds numbers for this demand that cannot be" if answers else "does not answer this demand"
        return CheckResult(
            check=spec.check,
            dataset=dataset,
            column=spec.column,
            verdict=Verdict.INCONCLUSIVE,
            observed=None,
            limit=spec.limit,
            n_rows=0,
            n_failed=None,
            message=f"the evidence {why}",
            severity=spec.severity,
            line=spec.line,
        )
    return max(again, key=lambda result: result.verdict.rank)


def _again(task: _Task, answer: CheckResult, described: Collection[str]) -> CheckResult:
    spec = task.spec
    # Why there are no numbers is worked out anew: the other's sentences are not repeated under our name.
    known = all(name in described for name in spec.own_columns)
    unmeasured = known and answer.observed is None and answer.n_failed is None
    reason = (task.reason or task.unfit) if unmeasured else ""
    seen = Observation(observed=answer.observed, n_rows=answer.n_rows, n_failed=answer.n_failed, reason=reason)
    judged = _result(spec, seen, answer.dataset)
    examples = () if spec.sensitive or not _to_show(judged) else answer.examples[:MAX_EXAMPLES]
    return replace(judged, examples=tuple(text[:MAX_EXAMPLE_CHARS] for text in examples))


def _possible(answer: CheckResult) -> bool:
    """Whether the numbers can be: whole, none negative, no more failures than rows, nothing infinite."""
    counts = [answer.n_rows] if answer.n_failed is None else [answer.n_rows, answer.n_failed]
    if any(type(count) is not int or count < 0 for count in counts) or counts[-1] > answer.n_rows:
        return False
    return not isinstance(answer.observed, float) or math.isfinite(answer.observed)
