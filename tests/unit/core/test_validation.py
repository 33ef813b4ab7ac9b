"""Whole contracts on whole tables, and verdicts made again from another's numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice.adapters.tables import open_table
from sluice.core.asking import MAX_EXAMPLE_QUERIES, MAX_EXAMPLES
from sluice.core.shapes import validation_shape
from sluice.core.validation import (
    dataset_verdict,
    rejudge,
    run_checks,
    text_columns,
    unreadable,
)
from sluice.domain.contract import Bound, Column, Contract, Freshness, Key, RowCount, Rule, Unsupported
from sluice.domain.errors import DataError
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

COLUMNS = (
    Column(name="id", logical_type="integer", required=True, unique=True),
    Column(name="x", logical_type="number", required=True, minimum=0, maximum=1),
    Column(name="kind", logical_type="string", allowed=("a", "b"), sensitive=True),
    Column(name="gone", logical_type="string", required=True, severity="warn"),
)
CONTRACT = Contract(
    name="data",
    version="1",
    columns=COLUMNS,
    demands=(
        RowCount(bound=Bound(minimum=2)),
        Freshness(column="t", max_age_s=3600, severity="warn"),
        Unsupported(what="pattern", severity="warn"),
    ),
    sha256="c" * 64,
    path="contracts/data.odcs.yaml",
)
DATA = {
    "id": [1, 2, 3, 3],
    "x": [0.5, 2.0, float("nan"), None],
    "kind": ["a", "b", "c", None],
    "t": [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (1, 2, 3, 4)],
}


def run(folder: Path, data: dict[str, Any], contract: Contract = CONTRACT) -> DatasetResult:
    pq.write_table(pa.table(data), folder / "data.parquet")
    with open_table(folder, "data.parquet") as table:
        return run_checks(table, contract, dataset="data", source="data.parquet", now=NOW)


def verdicts(results: tuple[CheckResult, ...]) -> dict[tuple[str, str | None], str]:
    return {(result.check, result.column): result.verdict.value for result in results}


def test_every_demand_gets_one_result(tmp_path: Path) -> None:
    result = run(tmp_path, DATA)
    assert verdicts(result.results) == {
        ("row_count", None): "pass",
        ("column_type", "id"): "pass",
        ("column_type", "x"): "pass",
        ("column_type", "kind"): "pass",
        ("column_type", "gone"): "warn",
        ("required", "id"): "pass",
        ("required", "x"): "fail",
        ("required", "gone"): "error",
        ("unique", "id"): "fail",
        ("value_range", "x"): "fail",
        ("allowed_values", "kind"): "fail",
        ("freshness", "t"): "warn",
        ("unsupported", None): "inconclusive",
    }
    assert (result.verdict, result.n_rows, result.n_columns) == (Verdict.FAIL, 4, 4)
    assert result.contract_sha256 == CONTRACT.sha256
    assert len(result.data_sha256) == 64


def test_a_good_table_passes_and_shows_no_examples(tmp_path: Path) -> None:
    data = {"id": [1, 2], "x": [0.0, 1.0], "kind": ["a", None]}
    result = run(tmp_path, data, Contract(name="data", version="1", columns=COLUMNS[:3]))
    assert result.verdict is Verdict.PASS
    assert all(one.examples == () and one.message == "" for one in result.results)


def test_an_empty_table_never_passes(tmp_path: Path) -> None:
    data = {"id": pa.array([], pa.int64()), "x": pa.array([], pa.float64()), "kind": pa.array([], pa.string())}
    result = run(tmp_path, data, Contract(name="data", version="1", columns=COLUMNS[:3]))
    assert result.verdict is Verdict.FAIL
    assert verdicts(result.results)["required", "id"] == "inconclusive"


def test_all_numbers_come_by_one_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    pq.write_table(pa.table(DATA), tmp_path / "data.parquet")
    with open_table(tmp_path, "data.parquet") as table:
        aggregate = table.aggregate

        def counted(exprs: Mapping[str, Any]) -> Mapping[str, Any]:
            asked.append(len(exprs))
            return aggregate(exprs)

        monkeypatch.setattr(table, "aggregate", counted)
        run_checks(table, CONTRACT, dataset="data", source="data.parquet", now=NOW)
    assert len(asked) == 1


def test_examples_are_bounded_and_never_of_sensitive_columns(tmp_path: Path) -> None:
    columns = tuple(Column(name=f"c{index}", maximum=0) for index in range(MAX_EXAMPLE_QUERIES + 5))
    hidden = Column(name="c0", allowed=(0,), sensitive=True)
    data: dict[str, Any] = {column.name: list(range(1, 20)) for column in columns}
    result = run(tmp_path, data, Contract(name="data", version="1", columns=columns))
    shown = [one for one in result.results if one.examples]
    assert len(shown) == MAX_EXAMPLE_QUERIES
    assert all(len(one.examples) == MAX_EXAMPLES for one in shown)
    (secret,) = [
        one
        for one in run(tmp_path, data, Contract(name="data", version="1", columns=(hidden,))).results
        if one.check == "allowed_values"
    ]
    assert (secret.n_failed, secret.examples) == (19, ())


def test_failing_rows_are_the_first_by_key(tmp_path: Path) -> None:
    key = Column(name="id", required=True, unique=True)
    data = {"id": [30, 9, 100, 8], "x": [-3, -4, -5, 1]}
    columns = (key, Column(name="x", minimum=0))
    (shown,) = [
        one.examples
        for one in run(tmp_path, data, Contract(name="d", version="1", columns=columns)).results
        if one.check == "value_range"
    ]
    assert shown == ("id=9: -4", "id=30: -3", "id=100: -5")
    hidden = (replace(key, sensitive=True), columns[1])
    (shown,) = [
        one.examples
        for one in run(tmp_path, data, Contract(name="d", version="1", columns=hidden)).results
        if one.check == "value_range"
    ]
    assert shown == ("-5", "-4", "-3"), "the key is classified"


def test_a_key_of_several_columns_names_rows(tmp_path: Path) -> None:
    columns = (Column(name="a"), Column(name="b"), Column(name="x", required=True))
    demands = (Key(columns=("b", "a"), primary=True),)
    contract = Contract(name="d", version="1", columns=columns, demands=demands)
    result = run(tmp_path, {"a": [1, 2], "b": ["p", "o"], "x": [None, None]}, contract)
    (shown,) = [one.examples for one in result.results if one.check == "required"]
    assert shown == ("b=o, a=2", "b=p, a=1")


def test_a_rule_of_its_own_weighs_by_its_own_severity(tmp_path: Path) -> None:
    rules = {"required": Rule(severity="warn", line=12)}
    contract = Contract(name="d", version="1", columns=(Column(name="x", required=True, maximum=1, rules=rules),))
    result = run(tmp_path, {"x": [0.5, None]}, contract)
    (missing,) = [one for one in result.results if one.check == "required"]
    assert (missing.verdict, missing.line, result.verdict) == (Verdict.WARN, 12, Verdict.WARN)


def test_data_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": list(range(100_000))}), tmp_path / "data.parquet")
    content = bytearray((tmp_path / "data.parquet").read_bytes())
    content[100:4000] = b"\xff" * 3900
    (tmp_path / "data.parquet").write_bytes(content)
    contract = Contract(name="data", version="1", columns=(Column(name="id", maximum=10),))
    with open_table(tmp_path, "data.parquet") as table:
        result = run_checks(table, contract, dataset="data", source="data.parquet", now=NOW)
    assert (result.verdict, result.results) == (Verdict.ERROR, ())
    assert result.message.startswith("parse: data.parquet: is not a readable Parquet file")


def test_unreadable_says_why() -> None:
    problem = DataError("the file has no bytes", reason_code="data-empty", where="a.csv")
    result = unreadable(CONTRACT, problem, dataset="data", source="a.csv")
    assert (result.verdict, result.message) == (Verdict.ERROR, "data-empty: a.csv: the file has no bytes")


def test_nothing_measured_is_inconclusive() -> None:
    assert dataset_verdict(()) is Verdict.INCONCLUSIVE


def test_columns_that_the_contract_calls_text(tmp_path: Path) -> None:
    assert text_columns(CONTRACT) == {"kind", "gone"}
    (tmp_path / "zip.csv").write_text("zip,yes\n12345,true\n67890,false\n")
    columns = (Column(name="zip", logical_type="string"), Column(name="yes", logical_type="string"))
    contract = Contract(name="zip", version="1", columns=columns)
    with open_table(tmp_path, "zip.csv", strings=text_columns(contract)) as table:
        result = run_checks(table, contract, dataset="zip", source="zip.csv", now=NOW)
    assert result.verdict is Verdict.PASS


def test_the_json_shape_is_plain_json(tmp_path: Path) -> None:
    shape = validation_shape(run(tmp_path, DATA))
    assert json.loads(json.dumps(shape, allow_nan=False)) == shape
    assert set(shape) >= {"verdict", "dataset", "n_rows", "n_columns", "results"}
    keys = {"check", "column", "verdict", "observed", "limit", "n_rows", "n_failed", "examples", "message"}
    assert all(set(one) >= keys for one in shape["results"])


# -- judged again ---------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path: Path) -> tuple[CheckResult, ...]:
    return run(tmp_path, DATA).results


def test_the_same_numbers_give_the_same_verdicts(results: tuple[CheckResult, ...]) -> None:
    assert rejudge(CONTRACT, results) == results
    assert rejudge(CONTRACT, tuple(reversed(results))) == results


def test_claimed_verdicts_severities_and_sentences_are_not_believed(results: tuple[CheckResult, ...]) -> None:
    claimed = tuple(
        replace(one, verdict=Verdict.PASS, severity="warn", message="approved by the owner", line=99) for one in results
    )
    assert rejudge(CONTRACT, claimed) == results


def test_a_demand_without_an_answer_is_inconclusive(results: tuple[CheckResult, ...]) -> None:
    for index, absent in enumerate(results):
        again = rejudge(CONTRACT, results[:index] + results[index + 1 :])
        assert len(again) == len(results)
        assert again[index].verdict is Verdict.INCONCLUSIVE, absent
        assert again[index].message == "the evidence does not answer this demand"
    assert {one.verdict for one in rejudge(CONTRACT, ())} == {Verdict.INCONCLUSIVE}


def test_another_limit_is_no_answer(results: tuple[CheckResult, ...]) -> None:
    looser = tuple(replace(one, limit=f"{one.limit} ") for one in results)
    assert {one.verdict for one in rejudge(CONTRACT, looser)} == {Verdict.INCONCLUSIVE}


def test_what_the_contract_does_not_ask_for_is_dropped(results: tuple[CheckResult, ...]) -> None:
    more = (replace(results[0], check="invented"), *results, replace(results[1], column="other"))
    assert rejudge(CONTRACT, more) == tuple(replace(one, dataset="data") for one in results)


@pytest.mark.parametrize(
    "numbers",
    [
        {"n_failed": -1},
        {"n_failed": 5, "n_rows": 4},
        {"n_rows": -1, "n_failed": 0},
        {"n_failed": True},
        {"n_failed": 0.0},
        {"n_rows": 4.0, "n_failed": 0},
    ],
)
def test_numbers_that_cannot_be_are_inconclusive(results: tuple[CheckResult, ...], numbers: dict[str, int]) -> None:
    index = next(index for index, one in enumerate(results) if one.check == "required" and one.column == "id")
    forged = (*results[:index], replace(results[index], **numbers), *results[index + 1 :])
    again = rejudge(CONTRACT, forged)[index]
    assert again.verdict is Verdict.INCONCLUSIVE
    assert again.message == "the evidence holds numbers for this demand that cannot be"


@pytest.mark.parametrize("observed", [float("nan"), float("inf"), None, "young", True])
def test_an_age_that_is_none_does_not_pass(results: tuple[CheckResult, ...], observed: object) -> None:
    index = next(index for index, one in enumerate(results) if one.check == "freshness")
    forged = (*results[:index], replace(results[index], observed=observed), *results[index + 1 :])
    assert not rejudge(CONTRACT, forged)[index].verdict.opens


def test_the_worse_of_two_answers_counts(results: tuple[CheckResult, ...]) -> None:
    better = tuple(replace(one, n_failed=0) if one.n_failed else one for one in results)
    assert rejudge(CONTRACT, better + results) == results
    assert rejudge(CONTRACT, results + better) == results


def test_values_of_columns_that_the_base_calls_sensitive_are_not_carried_over(
    results: tuple[CheckResult, ...],
) -> None:
    hidden = replace(CONTRACT, columns=tuple(replace(column, sensitive=True) for column in CONTRACT.columns))
    assert any(one.examples for one in results)
    again = rejudge(hidden, results)
    assert all(one.examples == () for one in again)
    assert [one.verdict for one in again] == [one.verdict for one in results]


def test_examples_are_cut(results: tuple[CheckResult, ...]) -> None:
    forged = tuple(replace(one, examples=("x" * 10_000,) * 50) for one in results)
    again = rejudge(CONTRACT, forged)
    assert max(len(text) for one in again for text in one.examples) == 120
    assert max(len(one.examples) for one in again) == MAX_EXAMPLES
