"""The queries beside the one aggregation: what a check asks of other tables and relations, and failing rows to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sluice.checks import CHECKS
from sluice.core.statements import prepared
from sluice.domain.check import Check, Judgement, Observation, Spec, Statement, Tables, nothing_else
from sluice.domain.contract import Contract, Key, Query
from sluice.domain.errors import DataError
from sluice.domain.ports import TableEngine
from sluice.domain.verdict import Verdict

MAX_EXAMPLES = 5
# Each one is a query of its own: a contract whose every demand fails must not cost a hundred scans.
MAX_EXAMPLE_QUERIES = 20
MAX_ASKED_ROWS = 1000
MAX_NAME_CHARS = 60
ASK_TIMEOUT_S = 600.0
STATEMENT_TIMEOUT_S = 10.0
# All statements of one contract together.
STATEMENTS_TIMEOUT_S = 60.0

# What was not measured, as the evidence says it, with its verdict and sentence.
_ABSENT, _TIMEOUT, _REFUSED, _MEMORY, _CRASH = "no such table", "timeout", "refused", "out of memory", "crash"
_UNASKED: Mapping[str, Judgement] = {
    _ABSENT: Judgement(verdict=Verdict.INCONCLUSIVE, message="the other table was not given"),
    _TIMEOUT: Judgement(verdict=Verdict.ERROR, message="timeout: the query did not end in time"),
    _REFUSED: Judgement(verdict=Verdict.ERROR, message="the query was refused"),
    _MEMORY: Judgement(verdict=Verdict.ERROR, message="memory: the query needs more memory than it may take"),
    _CRASH: Judgement(verdict=Verdict.ERROR, message="crash: the query ended the process that ran it"),
}
# Of a statement, whose author can do something about it.
_REMEDIES: Mapping[str, str] = {
    _TIMEOUT: "let it read fewer rows or tables, or measure it where the data is made",
    _REFUSED: "correct the statement in the contract",
    _MEMORY: "let it collect and repeat fewer values",
    _CRASH: "write it another way",
}


def answers(engine: TableEngine, table: Any, check: Check, spec: Spec, kind: str) -> Mapping[str, Any] | Observation:
    """What the check asked, by its names; an observation in their place where it could not be asked.

    Of an expression that is no table: its value; of a table or a statement: its rows.
    """
    absent = [name for name in check.needs(spec) if name not in engine.related]
    if absent:
        return Observation(observed=_ABSENT, n_rows=0, reason=_how_to_give(absent[0]))
    tables = tables_of(engine, table)
    try:
        return {name: _answer(engine, asked) for name, asked in check.asks(tables, spec, kind).items()}
    except DataError as problem:
        # The table itself was read before: it is this question that does not go.
        why = problem.reason_code if problem.reason_code in (_TIMEOUT, _CRASH) else _REFUSED
        why = _MEMORY if problem.reason_code == "memory" else why
        return Observation(observed=why, n_rows=0, reason=_why(spec, why, problem))


def _why(spec: Spec, why: str, problem: DataError) -> str:
    """Why there is no answer: of a statement, which one it is, and what to do."""
    if not isinstance(spec.demand, Query):
        return f"{why}: {problem.what}" if why == _TIMEOUT else problem.what
    message = problem.what if why in (_REFUSED, _TIMEOUT) else _UNASKED[why].message.partition(": ")[2]
    code = "" if why == _REFUSED else f"{'memory' if why == _MEMORY else why}: "
    # What a file's reader advises is of no use to a rule.
    remedy = (problem.remedy if why == _REFUSED else "") or _REMEDIES[why]
    return f"{code}{_called(spec.demand)}: {message}; {remedy}"


def _called(query: Query) -> str:
    """A rule by its name, else by its beginning."""
    name = " ".join((query.name or query.sql).split())
    short = name if len(name) <= MAX_NAME_CHARS else f"{name[:MAX_NAME_CHARS]} ..."
    return f"the rule `{short}`{f' (line {query.line})' if query.line else ''}"


def tables_of(engine: TableEngine, table: Any) -> Tables:
    """What a check may ask of this engine."""
    return Tables(own=table, related=engine.related, ordered=engine.keeps_order, hashes_rows=engine.hashes_rows)


def _answer(engine: TableEngine, asked: Any) -> Any:
    if isinstance(asked, Statement):
        related = {name: other.get_name() for name, other in engine.related.items()}
        statement = prepared(asked.sql, engine.dialect, asked.names, related)
        return engine.sql(statement, timeout_s=STATEMENT_TIMEOUT_S, total_s=STATEMENTS_TIMEOUT_S)
    rows = engine.rows(asked, MAX_ASKED_ROWS, timeout_s=ASK_TIMEOUT_S)
    return rows if hasattr(asked, "schema") else rows[0][0]


def _how_to_give(table: str) -> str:
    return (
        f"the other table `{table}` was not given: list it under `data` in sluice.yaml, or use `--table {table}=PATH`"
    )


def unasked(spec: Spec, seen: Observation) -> Judgement | None:
    """The verdict on a demand that could not be asked; ``None`` for every other."""
    check = CHECKS[spec.check]
    if check.asks is nothing_else or seen.n_failed is not None or not isinstance(seen.observed, str):
        return None
    judged = _UNASKED.get(seen.observed)
    if judged is None:
        return None
    # Evidence carries no sentence: which table is absent is told by the demand.
    tables = check.needs(spec) if seen.observed == _ABSENT else ()
    said = seen.reason or (_how_to_give(tables[0]) if tables else judged.message)
    return Judgement(verdict=judged.verdict, message=said)


def examples(engine: TableEngine, table: Any, contract: Contract, spec: Spec, kind: str) -> tuple[str, ...] | None:
    """Failing rows to show, the first by key, or failing values where there is none; ``None``: nothing was asked."""
    check = CHECKS[spec.check]
    if spec.sensitive:
        return None
    fails = check.fails(table, spec, kind)
    if fails is not None:
        shown = _shown(engine, table, contract, spec)
        return engine.examples(engine.table.filter(fails).select(**shown), MAX_EXAMPLES) if shown else None
    values = check.failing(table, spec, kind)
    if values is None:
        values = check.witnesses(tables_of(engine, table), spec, kind)
    return None if values is None else engine.examples(values, MAX_EXAMPLES)


def _shown(engine: TableEngine, table: Any, contract: Contract, spec: Spec) -> dict[str, Any]:
    """The key's columns by their names, then the value by the name ``value``."""
    keys = [name for name in key_columns(contract, engine.columns()) if name != spec.column and name != "value"]
    shown = {name: table[name] for name in keys}
    if spec.column is not None:
        shown["value"] = table[spec.column]
    return shown


def key_columns(contract: Contract, present: Mapping[str, str]) -> Sequence[str]:
    """The columns that name a row: the primary key's, or the one unique column; none where one is classified."""
    keys = [demand.columns for demand in contract.all(Key) if demand.primary]
    keys += [(column.name,) for column in contract.columns if column.unique and column.required]
    for key in keys:
        classified = any(column.sensitive for column in contract.columns if column.name in key)
        if not classified and all(name in present for name in key):
            return key
    return ()
