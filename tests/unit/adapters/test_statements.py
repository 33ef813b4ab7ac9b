"""Statements of others: each in a process of its own, within a time that all of them share."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice.adapters.allowance import Allowance
from sluice.adapters.located import locate
from sluice.adapters.statements import refused
from sluice.adapters.tables import Other, open_table
from sluice.domain.errors import DataError

HOARDS = (
    "SELECT count(*) FROM (SELECT list(repeat('a', 100000000)) AS l FROM generate_series(1, 1000)) WHERE len(l) > 2"
)
# One step of the engine's, which no timer interrupts.
DEAF = "SELECT max(levenshtein(repeat('a', 60000 + g::INT), repeat('b', 60000))) FROM generate_series(1, 2000) AS t(g)"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text("x,a b,since\n1,2,2024-01-01\n2,3,2024-01-02\n")
    return tmp_path


@pytest.mark.parametrize(("statement", "code"), [(HOARDS, "memory"), (DEAF, "timeout")])
def test_what_takes_too_much_is_ended_and_the_table_goes_on(data: Path, statement: str, code: str) -> None:
    with open_table(data, "a.csv") as table:
        begin_s = time.monotonic()
        with pytest.raises(DataError) as ended:
            table.sql(statement, timeout_s=20.0 if code == "memory" else 0.2, total_s=60)
        assert time.monotonic() - begin_s < 15
        assert ended.value.reason_code == code
        assert table.sql("SELECT count(*) FROM data", timeout_s=5, total_s=60) == [(2,)]
        assert table.rows(table.table.count(), 1) == [(2,)]


def test_numbers_come_back_as_they_are_and_everything_else_as_nothing(data: Path) -> None:
    with open_table(data, "a.csv") as table:
        found = table.sql(
            "SELECT 9007199254740993::HUGEINT * 1000000, 0.1::DOUBLE, 1.50::DECIMAL(4, 2), true, 'text', NULL, "
            "'nan'::DOUBLE, since, -7 FROM data ORDER BY x",
            timeout_s=5,
            total_s=60,
        )[0]
    assert found[0] == 9007199254740993 * 10**6 and found[1:4] == (Decimal("0.1"), Decimal("1.50"), 1)
    assert found[4:] == (None, None, None, None, -7)


def test_the_new_process_sees_the_same_tables(tmp_path: Path) -> None:
    """Names that need quotes, folders that make columns, other tables, and files written anew."""
    (tmp_path / "own" / "when=2024-01-01").mkdir(parents=True)
    pq.write_table(pa.table({'a"b': [1, 2], "é'": ["007", None]}), tmp_path / "own" / "when=2024-01-01" / "p.parquet")
    (tmp_path / "b;'.csv").write_text("id\n007\n008\n")
    other = Other(located=locate(tmp_path, "b;'.csv"), strings=frozenset(("id",)))
    with open_table(tmp_path, "own", related={"b": other}) as table:
        ask = 'SELECT sum("a""b") + count(b.id) + count("when") FROM data LEFT JOIN related_0 AS b ON b.id = "é\'"'
        assert table.sql(ask, timeout_s=5, total_s=60) == [(3 + 1 + 2,)]


def test_time_that_others_took_is_gone(data: Path) -> None:
    with open_table(data, "a.csv") as table:
        with pytest.raises(DataError) as ended:
            table.sql(DEAF, timeout_s=5.0, total_s=0.1)
        assert (ended.value.reason_code, ended.value.what) == (
            "timeout",
            "all statements together took longer than 0.1 s",
        )
        with pytest.raises(DataError, match="all statements together"):
            table.sql("SELECT 1", timeout_s=5.0, total_s=0.1)


def test_an_allowance_leaves_other_errors_alone() -> None:
    allowance = Allowance()
    with allowance.within(5.0, 1.0) as shorter_s, allowance.within(0.5, 60.0) as whole_s:
        assert (shorter_s, whole_s) == (1.0, 0.5)
    for total_s, code in ((1.0, "sql"), (60.0, "timeout")):
        problem = DataError("the statement's own", reason_code=code)
        with pytest.raises(DataError, match="own"), allowance.within(5.0, total_s):
            raise problem


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT since_when FROM data", "the columns of the data and their types (at `since_when`)"),
        ("SELECT nofunction(x) FROM data", "a function or a table that is not there (at `nofunction`)"),
        ("SELEC 1", "it cannot be read (at `SELEC`)"),
        ("SELECT x + s FROM data", "the columns of the data and their types"),
        ("SELECT x[1].y FROM data", "the columns of the data and their types"),
        ("SELECT error(secret) FROM data", "a value of the data does not fit what it computes"),
        ("SELECT secret::INT FROM data", "a value of the data does not fit what it computes"),
    ],
)
def test_a_refusal_is_one_short_sentence_of_ours(statement: str, said: str) -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE VIEW data AS SELECT 1 AS x, date '2024-01-01' AS since, 'nobody' AS secret, "
        "'<img src=x>' AS \"since_<img src=x>\", {'hidden': 1} AS s"
    )
    with pytest.raises(duckdb.Error) as problem:
        connection.execute(statement).fetchall()
    sentence = refused(problem.value, statement)
    assert sentence.startswith("the engine refuses the statement: ") and sentence.endswith(said)
    assert not any(word in sentence for word in ("nobody", "<img", "hidden", "LINE", "\n")) and len(sentence) < 200


def test_a_refusal_quotes_nothing_but_the_statement() -> None:
    problem = duckdb.BinderException('Binder Error: Column "the value of a row" is like "' + "x" * 90 + '"\nmore')
    assert "value of a row" not in refused(problem, "SELECT 1")
    quoted = refused(problem, f"SELECT {'x' * 90}")
    assert quoted.endswith("...`)") and len(quoted) < 200
