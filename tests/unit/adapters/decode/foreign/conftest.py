"""Files in other contract languages, read, written as contracts, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from open_data_contract_standard.model import OpenDataContractStandard

from sluice.adapters.decode import strict_yaml
from sluice.adapters.decode.contract import load_contract
from sluice.adapters.decode.foreign.reading import read
from sluice.core.drafting import document
from sluice.domain.contract import Column, Contract, Demand, Query, Unsupported

SAMPLES = Path(__file__).parent / "samples"


def _schema() -> Any:
    """The standard's own JSON schema, but that v3.2 asks of columns without a type what it asks of maps."""
    schema = json.loads(OpenDataContractStandard.json_schema())
    for one in schema["$defs"]["SchemaBaseProperty"]["allOf"]:
        for asked in (one.get("if", {}), *one.get("if", {}).get("anyOf", ())):
            if "properties" in asked:
                asked["required"] = ["logicalType"]
    return jsonschema_rs.validator_for(schema)


SCHEMA = _schema()


class Imported:
    """What a file came to: the contract of each table, and what could not be carried."""

    def __init__(self, text: bytes, **options: Any) -> None:
        self.language, draft = read(text, where="file", name="orders", **options)
        self.omitted = draft.omitted
        self.text = document(draft, head=("Imported.",))
        SCHEMA.validate(strict_yaml.parse(self.text.encode(), where="written").value)
        self.tables: dict[str, Contract] = {
            table.name: load_contract(self.text.encode(), path="written", dataset=table.name) for table in draft.tables
        }
        for contract in self.tables.values():
            assert contract.all(Unsupported) == (), self.text

    @property
    def contract(self) -> Contract:
        (contract,) = self.tables.values()
        return contract

    @property
    def columns(self) -> dict[str, Column]:
        """The one table's columns, without lines."""
        return {one.name: replace(one, line=0, rules={}) for one in self.contract.columns}

    @property
    def demands(self) -> list[Demand]:
        """The one table's demands, without lines; of SQL the statement as it was written."""
        found = [replace(one, line=0) for one in self.contract.demands]
        return [replace(one, tables=()) if isinstance(one, Query) else one for one in found]

    def column(self, **more: Any) -> Column:
        """A column ``c`` as it is expected."""
        return Column(name="c", **more)


@pytest.fixture
def imported() -> Callable[..., Imported]:
    """Reads a value as JSON, or bytes as they are."""

    def reading(value: object, **options: Any) -> Imported:
        return Imported(value if isinstance(value, bytes) else json.dumps(value).encode(), **options)

    return reading


@pytest.fixture
def sample() -> Callable[[str], Imported]:
    """Reads a file of ``samples``."""
    return lambda name: Imported((SAMPLES / name).read_bytes())
