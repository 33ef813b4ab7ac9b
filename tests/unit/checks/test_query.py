"""Statements of the contract's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.validation import rejudge, specs
from sluice.domain.contract import Bound, Column, Contract, Query
from sluice.domain.validation import CheckResult
from sluice.domain.verdict import Verdict

C = Column(name="c")
DATA = {"c": [1, 2, 3]}


def query(sql: str, **bound: float) -> Query:
    return Query(name="", sql=sql, bound=Bound(**bound), tables=("orders", "Orders_1"))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("sql", "observed"),
    [
        ("SELECT count(*) FROM data", 3),
        ("SELECT avg(c) FROM orders", 2),
        ("SELECT max(orders.c) FROM orders", 3),
        ("SELECT sum(o.c) FROM Orders_1 o WHERE o.c > 1", 5),
        ("SELECT count(*) FROM main.orders", 3),
        ("WITH big AS (SELECT * FROM data WHERE c > 1) SELECT count(*) FROM big", 2),
        ("SELECT bool_and(c > 0) FROM data", 1),
        ("SELECT 0.5", 0.5),
        ("SELECT count(*) FROM data UNION ALL SELECT 1 WHERE false", 3),
    ],
)
def test_the_number_is_held_against_the_range(measure, sql: str, observed: float) -> None:
    result = measure("query", DATA, C, demands=(query(sql, minimum=observed, maximum=observed),))
    assert (result.verdict, result.observed) == (Verdict.PASS, observed)
    result = measure("query", DATA, C, demands=(query(sql, minimum=observed + 1),))
    assert result.verdict is Verdict.FAIL and result.message.startswith("gives ")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT c FROM data", "does not give one number"),
        ("SELECT 1, 2", "does not give one number"),
        ("SELECT 'a'", "gives no number"),
        ("SELECT NULL", "gives no number"),
        ("SELECT 1 WHERE false", "does not give one number"),
        ("SELECT CAST('NaN' AS DOUBLE PRECISION)", "gives no number"),
        ("SELECT unknown FROM data", "the rule `SELECT unknown FROM data`: the engine refuses the statement"),
        ("SELECT count(*) FROM elsewhere", "names the table `elsewhere`, which is not here"),
        ("SELECT count(*) FROM '/etc/passwd'", "which is not here"),
        ("DROP VIEW data", "does not only read"),
        ("not sql at all", "cannot be read"),
    ],
)
def test_what_gives_no_number_is_an_error(measure, sql: str, said: str) -> None:
    result = measure("query", DATA, C, demands=(query(sql, minimum=0),))
    assert result.verdict is Verdict.ERROR
    assert said in result.message


@pytest.mark.parametrize(
    "sql", ["SELECT CAST(c AS DATE) FROM data", "SELECT count(*) FROM data WHERE CAST(c AS INT) = 0"]
)
def test_what_an_engine_says_of_a_value_is_not_passed_on(measure, sql: str) -> None:
    result = measure("query", {"c": ["nobody's business"]}, C, demands=(query(sql, minimum=0),))
    assert (result.verdict, "refuses the statement" in result.message) == (Verdict.ERROR, True)
    assert "nobody" not in f"{result.message} {result.examples}"


def test_a_statement_without_end_is_ended_and_nothing_else_suffers(measure, monkeypatch: pytest.MonkeyPatch) -> None:
    from sluice.core import asking

    monkeypatch.setattr(asking, "STATEMENT_TIMEOUT_S", 0.5)
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 - n FROM t) SELECT count(*) FROM t"
    result = measure("query", DATA, C, demands=(query(endless, minimum=0),))
    # Not every engine knows such statements.
    assert (result.verdict, result.observed in ("timeout", "refused")) == (Verdict.ERROR, True)
    names = [f"t{index}" for index in range(4)]
    tables = ", ".join(f"data AS {name}" for name in names)
    total = " + ".join(f"{name}.c" for name in names)
    wide = " ".join(("SELECT count(*) FROM", tables, "WHERE", total, "< 0"))
    assert measure("query", {"c": list(range(2000))}, C, demands=(query(wide, minimum=0),)).observed == "timeout"
    assert measure("row_count", DATA, C, demands=(query(endless, minimum=0),)).verdict is Verdict.PASS


def test_all_statements_together_have_an_end(measure, monkeypatch: pytest.MonkeyPatch) -> None:
    from sluice.core import asking

    monkeypatch.setattr(asking, "STATEMENTS_TIMEOUT_S", 0.0)
    result = measure("query", DATA, C, demands=(query("SELECT 1", minimum=0),))
    assert (result.verdict, result.observed) == (Verdict.ERROR, "timeout")
    said = "timeout: the rule `SELECT 1`: all statements together took longer than 0 s; let it read fewer rows"
    assert result.message.startswith(said)


def test_a_number_that_may_be_a_classified_value_is_not_shown(measure) -> None:
    pay, data = Column(name="Pay", sensitive=True), {"pay": [70_123, 80_456], "c": [1, 2]}
    for sql in ("SELECT max(pay) FROM data", "SELECT max(b) FROM (SELECT pay AS b FROM data) AS t"):
        result = measure("query", data, C, pay, demands=(query(sql, maximum=90_000),))
        assert (result.verdict, result.observed, result.message) == (Verdict.PASS, "in the range", "")
        result = measure("query", data, C, pay, demands=(query(sql, maximum=80_000),))
        assert (result.verdict, result.observed) == (Verdict.FAIL, "not in the range")
        assert "456" not in result.message and "is not shown" in result.message
    shown = measure("query", data, C, pay, demands=(query("SELECT count(*) FROM data WHERE pay > 75000", maximum=0),))
    assert (shown.verdict, shown.observed) == (Verdict.FAIL, 1)


def test_evidence_with_the_number_of_a_hidden_rule_is_judged_and_the_number_taken_out() -> None:
    demand = query("SELECT max(pay) FROM data", maximum=80_000)
    contract = Contract(name="data", version="1", columns=(Column(name="pay", sensitive=True),), demands=(demand,))
    (spec,) = [one for one in specs(contract) if one.check == "query"]
    claimed = CheckResult(
        check="query", dataset="d", column=None, verdict=Verdict.PASS, observed=80_456, limit=spec.limit, n_rows=2,
        n_failed=None,
    )  # fmt: skip
    (judged,) = [one for one in rejudge(contract, (claimed,)) if one.check == "query"]
    assert (judged.verdict, judged.observed) == (Verdict.FAIL, "not in the range")
    told = replace(claimed, observed="in the range")
    (judged,) = [one for one in rejudge(contract, (told,)) if one.check == "query"]
    assert judged.verdict is Verdict.PASS
    (judged,) = [
        one for one in rejudge(replace(contract, columns=(Column(name="pay"),)), (told,)) if one.check == "query"
    ]
    assert judged.verdict is Verdict.ERROR, "where nothing is classified, a word stands for no number"


def test_another_statement_is_another_demand(measure) -> None:
    one = measure("query", DATA, C, demands=(query("SELECT 1", minimum=1),))
    other = measure("query", DATA, C, demands=(query("SELECT 1 + 0", minimum=1),))
    assert one.limit == "at least 1: SELECT 1" != other.limit


def test_a_related_table_may_be_read(measure) -> None:
    demand = query("SELECT count(*) FROM orders o JOIN people p ON o.c = p.id", minimum=2, maximum=2)
    assert measure("query", DATA, C, demands=(demand,), related={"people": {"id": [1, 2]}}).verdict is Verdict.PASS
