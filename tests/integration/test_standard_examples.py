"""The standard's own example contracts: each loads, and data that fits keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from sluice.adapters.decode.contract import load_contract
from sluice.adapters.located import locate
from sluice.adapters.tables import Other, open_table
from sluice.core.validation import run_checks, text_columns
from sluice.domain.contract import Column, Contract, Query, Relation, RowCount, Unsupported
from sluice.domain.errors import ConfigError
from sluice.domain.kinds import ITEMS
from sluice.domain.physical import parsed
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict

FOLDER = Path(__file__).parents[1] / "data" / "odcs"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILES = sorted(path.name for path in FOLDER.glob("*.odcs.yaml"))
# Documents about servers, roles and services, which describe no table, or a table without any column.
OF_NO_TABLE = {
    "roles-service-and-operational-roles.odcs.yaml",
    "schema-kafka-schemaregistry.odcs.yaml",
    "server-azure-server.odcs.yaml",
    "server-kafka-server.odcs.yaml",
    "sla-database-table-sla.odcs.yaml",
    "stakeholders-basic-four-dpo.odcs.yaml",
}
# Rules for another tool, and service levels of a table that the document does not have.
NOT_MEASURED = {"quality-column-custom.odcs.yaml": 2, "all-full-example.odcs.yaml": 2}
# Values that only a reader of the document's own patterns and rules can think of.
VALUES: dict[str, list[Any]] = {
    "account_id": ["ACC00000001", "ACC00000002", "ACC00000003"],
    "txn_ref_date": [date(2020, 6, 1)] * 3,
    "air_quality_status": ["", "n/a"],
    "age": [18, 99, 50],
    "latest_txns": [["a", "b"], [], ["c"]],
    "customer_details": [{"num_children": 1, "date_of_birth": "2000-01-01"}] * 3,
}


def tables(name: str) -> list[str]:
    document = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return [str(table["name"]) for table in document.get("schema") or []]


def contracts() -> Iterator[tuple[str, Contract]]:
    for name in FILES:
        for table in tables(name) if name not in OF_NO_TABLE else ():
            yield name, load_contract((FOLDER / name).read_bytes(), path=name, dataset=table)


CONTRACTS = list(contracts())


def test_documents_without_a_table_say_so() -> None:
    for name in sorted(OF_NO_TABLE):
        with pytest.raises(ConfigError, match=r"names no table|demands nothing"):
            load_contract((FOLDER / name).read_bytes(), path=name, dataset="tbl")


def test_next_to_everything_can_be_measured() -> None:
    assert len({name for name, _ in CONTRACTS} | OF_NO_TABLE) == len(FILES) >= 18
    for name, contract in CONTRACTS:
        assert len(contract.all(Unsupported)) == NOT_MEASURED.get(name, 0), (name, contract.all(Unsupported))


def chosen() -> list[tuple[str, Contract]]:
    """Every table, but for the one document that has dozens of the same make: every twelfth of it."""
    many = [pair for pair in CONTRACTS if "adventureworks" in pair[0]]
    return [pair for pair in CONTRACTS if pair not in many] + many[::12]


@pytest.mark.parametrize(("name", "contract"), chosen(), ids=lambda one: getattr(one, "name", ""))
def test_data_that_fits_keeps_the_contract(name: str, contract: Contract, tmp_path: Path) -> None:
    few = 3 if "air_quality_status" not in {column.name for column in contract.columns} else 2
    least = max((int(one.bound.minimum or 0) for one in contract.all(RowCount)), default=0)
    result = checked(contract, fitting(contract, max(few, least)), tmp_path)
    wrong = [one for one in result.results if one.verdict is not Verdict.PASS and one.check != "unsupported"]
    assert wrong == [], result.message
    assert result.verdict is (Verdict.INCONCLUSIVE if name in NOT_MEASURED else Verdict.PASS)


@pytest.mark.parametrize(("name", "contract"), chosen(), ids=lambda one: getattr(one, "name", ""))
def test_data_that_does_not_fit_breaks_it(name: str, contract: Contract, tmp_path: Path) -> None:
    data = pa.table(
        {column.name: pa.array([None, None], pa.binary()) for column in contract.columns if not column.path}
    )
    result = checked(contract, data, tmp_path)
    assert not result.verdict.opens


def checked(contract: Contract, data: pa.Table, folder: Path) -> DatasetResult:
    pq.write_table(data, folder / "data.parquet")
    related: dict[str, Other] = {}
    for one in contract.all(Relation):
        keys: dict[str, Any] = {to: data[column] for column, to in zip(one.columns, one.to, strict=True)}
        if one.table in related:
            keys |= {name: pq.read_table(folder / f"{one.table}.parquet")[name] for name in ("id", "country_code")}
        pq.write_table(pa.table(keys), folder / f"{one.table}.parquet")
        related[one.table] = Other(located=locate(folder, f"{one.table}.parquet"))
    with open_table(folder, "data.parquet", strings=text_columns(contract), related=related) as table:
        return run_checks(table, contract, dataset=contract.name, source="data.parquet", now=NOW)


# -- data that fits ---------------------------------------------------------------------------------


def fitting(contract: Contract, n_rows: int) -> pa.Table:
    """So many rows that keep the contract."""
    outer = [column for column in contract.columns if not column.path]
    assert len(contract.all(Query)) <= 1
    return pa.table({column.name: values(contract, column, n_rows) for column in outer})


def values(contract: Contract, column: Column, n_rows: int) -> Any:
    if column.name in VALUES:
        return VALUES[column.name][:n_rows]
    inner = [one for one in contract.columns if one.path[:1] == (column.name,)]
    if column.logical_type == "array":
        item = {one.path[-1]: "x" for one in inner if len(one.path) == 3} or "x"
        return [[item] if inner and inner[0].path[1] == ITEMS else ["x"]] * n_rows
    if column.logical_type == "object":
        return [{one.path[-1]: "x" for one in inner} or {"any": "x"}] * n_rows
    return [value(column, index) for index in range(n_rows)]


def value(column: Column, index: int) -> Any:
    physical = parsed(column.physical_type)
    whole = physical is not None and physical.family == "integer"
    match column.logical_type:
        case "integer":
            return index + 1
        case "number":
            return index + 1 if whole else index + 1.5 if physical is None or physical.scale else float(index + 1)
        case "boolean":
            return index % 2 == 0
        case "date":
            return date(2020, 6, 1)
        case "timestamp":
            zone = UTC if physical is not None and physical.zoned else None
            return datetime(2020, 6, 1, tzinfo=zone)
        case "time":
            return time(12)
        case _:
            # Seven letters are enough for every row to have its own.
            length = physical.max_length if physical is not None and physical.max_length else 7
            return f"{index:07d}"[-length:]
