"""Statements from contracts: one query of the data, or a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.core.statements import prepared, varies
from sluice.domain.errors import DataError


def refused(sql: str) -> str:
    with pytest.raises(DataError) as problem:
        prepared(sql, "duckdb", ("orders",), {"people": "related_0"})
    assert problem.value.reason_code == "sql"
    return problem.value.sentence


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SELECT COUNT(*) FROM orders", 'SELECT COUNT(*) FROM "data" AS "orders"'),
        ("SELECT count(*) FROM data -- all of it", 'SELECT COUNT(*) FROM "data" AS "data"'),
        ("SELECT max(o.x) FROM shop.orders AS o", 'SELECT MAX(o.x) FROM "data" AS o'),
        ("FROM people", 'SELECT * FROM "related_0" AS "people"'),
        (
            "WITH orders AS (SELECT 1 AS a) SELECT a FROM orders",
            'WITH "sluice_part_orders" AS (SELECT 1 AS a) SELECT a FROM "sluice_part_orders" AS "orders"',
        ),
        (
            "WITH RECURSIVE R(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE r.n < 5) SELECT max(r.n) FROM r",
            'WITH RECURSIVE "sluice_part_r"(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM "sluice_part_r" AS "r" '
            'WHERE r.n < 5) SELECT MAX(r.n) FROM "sluice_part_r" AS "r"',
        ),
        ("SELECT sum(x) FROM data;", 'SELECT SUM(x) FROM "data" AS "data"'),
    ],
)
def test_tables_get_the_engines_names(sql: str, made: str) -> None:
    assert prepared(sql, "duckdb", ("orders",), {"people": "related_0"}) == made


@pytest.mark.parametrize(
    "sql",
    [
        "WITH salaries AS (SELECT * FROM salaries) SELECT max(amount) FROM salaries",
        "WITH a AS (SELECT * FROM salaries), salaries AS (SELECT 1 AS amount) SELECT max(amount) FROM a",
        "SELECT (WITH salaries AS (SELECT 1 AS x) SELECT x FROM salaries) + (SELECT max(amount) FROM salaries)",
    ],
)
@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_a_part_of_the_statement_lends_its_name_to_no_other_table(sql: str, dialect: str) -> None:
    """Where the part itself is not in reach, its name is that of whatever table the database has."""
    import sqlglot
    import sqlglot.expressions as exp

    tree = sqlglot.parse_one(prepared(sql, dialect, ("orders",), {}), read=dialect)
    assert all(table.name.startswith("sluice_part_") for table in tree.find_all(exp.Table))


@pytest.mark.parametrize(
    "sql",
    [
        "DROP VIEW data",
        "DELETE FROM data",
        "INSERT INTO data VALUES (1)",
        "UPDATE data SET x = 1",
        "CREATE TABLE t AS SELECT 1",
        "SELECT 1 INTO t",
        "COPY data TO '/tmp/x'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "ATTACH '/tmp/x.db' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA version",
        "SET memory_limit = '1TB'",
        "RESET memory_limit",
        "CALL pragma_version()",
        "EXPORT DATABASE 'x'",
        "CHECKPOINT",
        "DESCRIBE data",
        "SUMMARIZE data",
        "EXPLAIN SELECT 1",
        "WITH x AS (DELETE FROM data RETURNING *) SELECT count(*) FROM x",
        "BEGIN",
        "EXECUTE x",
        "PREPARE x AS SELECT 1",
    ],
)
def test_what_does_more_than_read_is_refused(sql: str) -> None:
    refused(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM read_csv('/etc/passwd')",
        "SELECT count(*) FROM read_parquet(['/a', '/b'])",
        "SELECT count(*) FROM read_text('/etc/passwd')",
        "SELECT (SELECT content FROM read_blob('/etc/passwd'))",
        "SELECT count(*) FROM '/etc/passwd'",
        'SELECT count(*) FROM "data.csv"',
        "SELECT count(*) FROM 's3://bucket/x.parquet'",
        "SELECT count(*) FROM glob('*')",
        "SELECT count(*) FROM duckdb_settings()",
        "SELECT count(*) FROM duckdb_secrets()",
        "SELECT count(*) FROM information_schema.tables",
        "SELECT count(*) FROM query('SELECT 1')",
        "SELECT count(*) FROM query_table('data')",
        "SELECT count(*) FROM elsewhere",
        "SELECT length(getenv('HOME'))",
        "SELECT length(current_setting('temp_directory'))",
        "SELECT nextval('s')",
        "SELECT pg_sleep(100)",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_catalog.pg_sleep(1)",
        "SELECT lo_import('/etc/passwd')",
        "SELECT dblink('x', 'y')",
        "SELECT java_method('java.lang.System', 'exit', 1)",
        "SELECT write_log('x')",
        "SELECT a FROM data WHERE x = (SELECT content FROM read_text('y'))",
    ],
)
def test_what_reads_anything_else_is_refused(sql: str) -> None:
    refused(sql)


@pytest.mark.parametrize(
    "sql", ["", "   ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1;;DROP TABLE x", "SELEC 1", "(((("]
)
def test_what_is_not_one_statement_is_refused(sql: str) -> None:
    assert refused(sql).startswith("the statement ")


def test_a_statement_stays_in_the_engines_own_sql() -> None:
    sql = "SELECT count(*) FROM orders WHERE a::TEXT ~ 'x' AND CAST(b AS DOUBLE PRECISION) > 0"
    made = prepared(sql, "postgres", ("orders",), {})
    assert 'FROM "data" AS "orders"' in made and "DOUBLE PRECISION" in made and "~ 'x'" in made
    assert "`data`" in prepared("SELECT count(*) FROM data", "spark", (), {})


def test_deep_statements_end() -> None:
    refused("SELECT " + "(" * 5000 + "1" + ")" * 5000)


def test_statements_by_the_clock_or_by_chance() -> None:
    assert varies("SELECT count(*) FROM data WHERE t > NOW()")
    assert varies("SELECT max(current_date - day) FROM data")
    assert varies("SELECT avg(x) FROM data TABLESAMPLE 10%")
    assert not varies("SELECT avg(known), max(averages) FROM data")


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from("SELECT FROM data orders ( ) , * count ; WITH AS x 1 'a' \" $$ \\ {".split()), max_size=12
    ).map(" ".join)
)
def test_any_text_is_one_query_or_refused(sql: str) -> None:
    said, made = "", "SELECT"
    try:
        made = prepared(sql, "duckdb", ("orders",), {})
    except DataError as problem:
        said = problem.sentence
    assert len(said) < 600 and made.upper().lstrip("( ").startswith(("SELECT", "WITH"))
