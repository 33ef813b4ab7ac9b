"""Which other tables a contract needs, and how they are read."""

from __future__ import annotations

from sluice.core.relating import datasets_of, other_tables, text_of
from sluice.domain.contract import Column, Contract, Disjoint, Relation

CONTRACT = Contract(
    name="orders",
    version="1",
    columns=(Column(name="customer", logical_type="string"), Column(name="n", logical_type="integer")),
    demands=(
        Relation(columns=("customer",), table="customers", to=("id",)),
        Relation(columns=("n",), table="customers", to=("number",)),
        Disjoint(table="train"),
    ),
)


def named(name: str) -> Contract:
    return Contract(name=name, version="1", columns=())


def test_the_tables_that_are_needed() -> None:
    assert set(other_tables(CONTRACT)) == {"customers", "train"}
    assert other_tables(named("x")) == ()


def test_a_dataset_is_found_by_its_name_or_by_its_contracts() -> None:
    datasets = {"orders": CONTRACT, "people": named("customers"), "train": named("other")}
    assert datasets_of(CONTRACT, "orders", datasets) == {"customers": "people", "train": "train"}
    twice = datasets | {"more": named("customers")}
    assert datasets_of(CONTRACT, "orders", twice) == {"train": "train"}
    assert datasets_of(CONTRACT, "customers", {"customers": CONTRACT}) == {}


def test_what_is_text_here_is_text_there() -> None:
    assert text_of(CONTRACT, "customers") == {"id"}
    assert text_of(CONTRACT, "train") == {"customer"}
