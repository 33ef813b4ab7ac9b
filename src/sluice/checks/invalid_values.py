"""The number (or share) of rows with an invalid value is what the contract says.

Invalid is a value that is not in the contract's list, does not match its pattern, or is too short or too long.
Missing values are not in question, NaN is a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sluice.checks.allowed_values import comparable
from sluice.domain.asked_values import holds_no_text
from sluice.domain.check import Check, Expr, Spec, Table
from sluice.domain.contract import Contract
from sluice.domain.counted import counted_specs, judge_bound, observe_count, rule_of

NAME = "invalid_values"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every rule ``invalidValues``."""
    return counted_specs(NAME, contract, "invalidValues", "invalid")


def unfit(spec: Spec, kind: str) -> str:
    """Why the column's values cannot be told to be valid."""
    rule = rule_of(spec)
    strange = [value for value in rule.valid if comparable(value, kind) is None]
    if strange:
        said = json.dumps(strange[0], ensure_ascii=False)[:80]
        return f"not measured: a column of {kind} does not compare with {said}"
    of_text = rule.pattern or rule.min_length is not None or rule.max_length is not None
    return holds_no_text(spec, kind) if of_text else ""


def is_invalid(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold an invalid value."""
    rule, values = rule_of(spec), table[spec.column]
    tests: list[Expr] = []
    if rule.valid:
        tests.append(~values.isin([comparable(value, kind) for value in rule.valid]))
    if rule.pattern:
        tests.append(~values.re_search(rule.pattern))
    if rule.min_length is not None:
        tests.append(values.length() < rule.min_length)
    if rule.max_length is not None:
        tests.append(values.length() > rule.max_length)
    wrong = values.isnull() & values.notnull()
    for test in tests:
        wrong = wrong | test
    return wrong


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many rows hold an invalid value."""
    return {"counted": is_invalid(table, spec, kind).sum()}


CHECK = Check(
    name=NAME,
    specs=specs,
    unfit=unfit,
    aggregates=aggregates,
    observe=observe_count,
    judge=judge_bound,
    fails=is_invalid,
)
