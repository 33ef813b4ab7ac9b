"""Which statements may show their number where a column is classified."""

from __future__ import annotations

import pytest

from sluice.domain.statement_words import may_show

TABLES, CLASSIFIED = ("data", "Orders"), frozenset(("salary", "größe".casefold()))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM data",
        "select COUNT(*) from orders where salary < 0;",
        "SELECT count(DISTINCT salary) AS n FROM main.orders o WHERE o.salary > 1 GROUP BY x",
        "SELECT count(o.salary) FROM orders AS o",
        "SELECT avg(amount) FROM data",
        'SELECT sum(price * 2 * "n of") FROM data WHERE price > 0 AND "n of" < 3',
        "SELECT max(orders.amount) FROM orders HAVING count(*) > 1",
        "SELECT sum(CASE WHEN state = 'a;b' THEN 1 ELSE 0 END) / count(*) FROM data".replace(";", ","),
    ],
)
def test_counts_and_what_names_no_classified_column_may(sql: str) -> None:
    assert may_show(sql, TABLES, CLASSIFIED)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT max(salary) FROM data",
        'SELECT max("SALARY") FROM data',
        "SELECT max(GRÖSSE) FROM data",
        "SELECT max(o.Salary) FROM orders o",
        "SELECT count(*) + max(salary) FROM data",
        "SELECT max(amount) FROM data WHERE salary = 7",
        "SELECT count(*), max(salary) FROM data",
        "SELECT * FROM data",
        "FROM data",
        "SELECT DISTINCT * EXCLUDE (x) FROM data",
        "SELECT data.* FROM data",
        "SELECT max(COLUMNS(*)) FROM data",
        "SELECT max(COLUMNS('sal.*')) FROM data",
        "SELECT max(#2) FROM data",
        "SELECT max(b) FROM data t(a, b)",
        "SELECT max(b) FROM data AS t(a, b)",
        "SELECT max(data)['salary'] FROM data",
        "SELECT max(t)[2] FROM data AS t",
        "SELECT length(t::VARCHAR) FROM data t",
        "SELECT max(v) FROM data UNPIVOT (v FOR n IN (x, y))",
        "WITH c(a, b) AS (SELECT * FROM data) SELECT max(b) FROM c",
        "SELECT max(b) FROM (SELECT salary AS b FROM data) t",
        "SELECT max(x) FROM people",
        "SELECT count(*) FROM data, generate_series(1, (SELECT max(salary) FROM data))",
        "SELECT count(*) FROM data CROSS JOIN people",
        "SELECT count(*) FROM data, people",
        "SELECT count(*) FROM data UNION SELECT max(salary) FROM data",
        "SELECT max(sal/**/ary) FROM data",
        "SELECT max(x) -- FROM data\n FROM people",
        "SELECT max(`salary`) FROM data",
        'SELECT max(U&"sal\\0061ry") FROM data',
        "SELECT 1",
        "",
        "not a statement",
        "SELECT max(x) FROM",
        "SELECT max(x) FROM main.",
    ],
)
def test_everything_else_may_not(sql: str) -> None:
    assert not may_show(sql, TABLES, CLASSIFIED)
    assert may_show(sql, TABLES, frozenset()), "where nothing is classified, every number may be shown"
