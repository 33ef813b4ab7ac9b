"""Contracts from data in any engine: the same as from a file of the same rows, and kept by the data itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice.adapters.decode.contract import load_contract
from sluice.adapters.profiling import profile
from sluice.adapters.tables import open_table
from sluice.core.inference import infer
from sluice.core.validation import run_checks
from sluice.domain.verdict import Verdict
from sluice.entry.cli import main

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning"
)
N = 400
DAYS = [date(2024, 3, 1) + timedelta(days=index) for index in range(N)]
ROWS: dict[str, Any] = {
    "id": list(range(N)),
    "Code": [f"AB-{index:04}" for index in range(N)],
    "uuid": [f"0123abcd-0000-4000-8000-{index:012x}" for index in range(N)],
    "region": ["north", "south", "East", "west", None, "south"] * (N // 6) + ["west"] * (N % 6),
    "stars": [1, 2, 3, 4, 5, 5, 5, 5] * (N // 8),
    "amount": [index / 8 for index in range(N)],
    "share": [float("nan") if index % 7 == 0 else index / 16 - 3 for index in range(N)],
    "endless": [float("inf") if index == 9 else float(index) for index in range(N)],
    "price": [Decimal(index) / 100 for index in range(N)],
    "ok": [index % 3 == 0 for index in range(N)],
    "day": DAYS,
    "at": [datetime.combine(day, time(12, 30, 0, 250)) for day in DAYS],
    "seen": [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in DAYS],
    "note": [f"line {index}\nand {'x' * 90}" if index % 2 else None for index in range(N)],
    "long": ["y" * 100, "z" * 100] * (N // 2),
}


def test_a_contract_is_the_same_from_every_engine(opened: Any, tmp_path: Path) -> None:
    rows = {name: pa.array(values) for name, values in ROWS.items()}
    rows["price"] = pa.array(ROWS["price"], pa.decimal128(10, 2))
    pq.write_table(pa.table(rows), tmp_path / "data.parquet")
    with open_table(tmp_path, "data.parquet") as table:
        expected = infer(profile(table), name="data", source="data")
    with opened(rows, {}) as table:
        text = infer(profile(table), name="data", source="data")
        assert text.splitlines() == expected.splitlines()
        contract = load_contract(text.encode(), path="data", dataset="data")
        result = run_checks(table, contract, dataset="data", source="data", now=datetime.now(UTC))
    broken = [(one.check, one.column, one.message) for one in result.results if one.verdict is not Verdict.PASS]
    assert (broken, result.n_rows) == ([], N)


def test_a_contract_from_a_table_of_a_database_is_kept_by_it(
    loaded: Callable[[str, pa.Table], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = loaded("orders", pa.table({"id": list(range(N)), "status": ["new", "paid"] * (N // 2)}))
    monkeypatch.chdir(tmp_path)
    for name, source in (("whole", [f"{url}#orders"]), ("engine", ["#public.orders", "--engine", url])):
        assert main(["contract", "infer", *source, "--out", f"{name}.yaml"]) == 0
        said = capsys.readouterr().err
        assert f"a contract from {N} rows, 2 columns, in {name}.yaml" in said and "sluice@" not in said
        text = (tmp_path / f"{name}.yaml").read_text()
        contract = load_contract(text.encode(), path=name, dataset="orders")
        assert (contract.name, [one.name for one in contract.columns]) == ("orders", ["id", "status"])
        assert "sluice@" not in text
        assert main(["validate", *source, "--contract", f"{name}.yaml"]) == 0
    assert main(["contract", "infer", "#nowhere", "--engine", url, "--json"]) == 2
    assert "there is no table `nowhere` that may be read" in capsys.readouterr().out


def test_a_contract_that_spark_infers_is_kept_there(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "people.csv").write_text("id,zip\n" + "".join(f"{index},{index:05}\n" for index in range(N)))
    monkeypatch.chdir(tmp_path)
    assert main(["contract", "infer", "people.csv", "--engine", "spark", "--out", "people.yaml"]) == 0
    assert main(["validate", "people.csv", "--engine", "spark", "--contract", "people.yaml"]) == 0
    assert main(["validate", "people.csv", "--contract", "people.yaml"]) == 0
    assert "does not keep" not in capsys.readouterr().err
