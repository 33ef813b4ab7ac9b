"""The data of a head: against the contract that stands, against its reference, and the contract against the base's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from sluice.core.compatibility import breaks, changes
from sluice.core.data_gates import judged_drift
from sluice.core.relating import datasets_of, text_of
from sluice.core.validation import run_checks, text_columns, unreadable
from sluice.domain.amounts import amount
from sluice.domain.config import DataSource
from sluice.domain.contract import Contract, RowChange
from sluice.domain.errors import ConfigError, DataError
from sluice.domain.ports import TableEngine
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict
from sluice.pipeline.comparing import Comparison, ReferenceData, compared, nothing_to_compare, reference_of, row_count
from sluice.pipeline.order import DataAt, Found, Order, Workshop


def validate(order: Order, shop: Workshop, found: Found) -> None:
    """Check every data source of the head as the base demands, where the base knows it; else as the head does.

    Training does not start where the data breaks its contract, has drifted by more than is allowed, or where the
    contract breaks the compatibility that it promises: such a model could not be merged.
    """
    own, base = _own_contracts(order, shop, found), _base_contracts(order, shop)
    standing = {name: base.get(name) or own.get(name) for name in order.head.value.data}
    contracts = {name: contract for name, contract in standing.items() if contract is not None}
    for name in contracts:
        result = _measured(order, shop, name, contracts)
        if name in base and name in own:
            result = replace(result, changes=changes(base[name], own[name]))
        found.data.append(result)
        shop.say(f"data {name}: {_said(result)}")
    found.stopped = _closing(order, found.data) or found.stopped


def _said(result: DatasetResult) -> str:
    said = f"{result.verdict}, {amount(len(result.results), 'check')} on {amount(result.n_rows, 'row')}"
    return f"{said}; drift {result.drift.verdict} against {result.drift.reference}" if result.drift else said


def _closing(order: Order, data: list[DatasetResult]) -> str:
    """Why a model of this data could not be merged; empty where nothing speaks against it."""
    broken = [one.dataset for one in data if one.verdict in (Verdict.FAIL, Verdict.ERROR)]
    if broken:
        return f"the data {', '.join(broken)} does not keep its contract"
    drifted = [one.dataset for one in data if _has_drifted(governing(order, one.dataset), one)]
    if drifted:
        return f"the data {', '.join(drifted)} has drifted"
    changed = [one.dataset for one in data if breaks(one.changes, governing(order, one.dataset).compatibility)]
    return f"the contract of the data {', '.join(changed)} breaks its compatibility" if changed else ""


def _has_drifted(asked: DataSource, result: DatasetResult) -> bool:
    if asked.drift is None or result.drift is None:
        return False
    return judged_drift(asked.drift, result.drift)[0].verdict is Verdict.FAIL


def governing(order: Order, name: str) -> DataSource:
    """The data source as the base has it; the head's where the base does not know it."""
    policy = order.policy.value.data.get(name) if order.policy else None
    return policy or order.head.value.data[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One data source to be measured."""

    name: str
    contract: Contract
    data: DataAt
    asked: DataSource
    reference: ReferenceData | None


def _measured(order: Order, shop: Workshop, name: str, contracts: Mapping[str, Contract]) -> DatasetResult:
    source = order.head.value.data[name].source
    shop.say(f"data {name}: {source}")
    try:
        task = _task(order, shop, name, contracts)
        return shop.apart(lambda: _examined(shop, task), DatasetResult, task.data)
    except DataError as error:
        return unreadable(contracts[name], error, dataset=name, source=source)


def _task(order: Order, shop: Workshop, name: str, contracts: Mapping[str, Contract]) -> _Task:
    """What to measure, with all that comes from elsewhere fetched; raises ``DataError``."""
    head, asked, contract = order.head.value.data, governing(order, name), contracts[name]
    others = {
        table: DataAt(root=shop.root, source=head[other].source, strings=text_of(contract, table))
        for table, other in datasets_of(contract, name, contracts).items()
    }
    shop.pull((head[name].source, *(other.source for other in others.values())), order.subject.base_sha)
    strings = text_columns(contract)
    data = DataAt(root=shop.root, source=head[name].source, strings=strings, engine=asked.engine, related=others)
    reference = reference_of(order, shop, name, asked)
    if reference is not None and reference.data is not None:
        reference = replace(reference, data=replace(reference.data, strings=strings, engine=asked.engine))
    return _Task(name=name, contract=contract, data=data, asked=asked, reference=reference)


def _examined(shop: Workshop, task: _Task) -> DatasetResult:
    """Every check of the contract, and the comparison with the reference, which is opened once and only if needed."""
    with ExitStack() as open_tables:
        table = open_tables.enter_context(shop.open_table(task.data))
        opened: list[TableEngine] = []

        def other() -> TableEngine:
            if not opened and task.reference is not None and task.reference.data is not None:
                opened.append(open_tables.enter_context(shop.open_table(task.reference.data)))
            return opened[0]

        result = run_checks(
            table,
            task.contract,
            dataset=task.name,
            source=task.data.source,
            now=shop.now(),
            reference_rows=_reference_rows(task, other),
        )
        if task.asked.drift is None or result.verdict is Verdict.ERROR:
            return result
        wanted = Comparison(dataset=task.name, spec=task.asked.drift, sensitive=task.contract.classified)
        reference = task.reference or ReferenceData(label="nothing", problem="no reference is stated")
        if reference.data is None:
            return replace(result, drift=nothing_to_compare(task.name, reference))
        return replace(result, drift=compared(wanted, reference, table, other))


def _reference_rows(task: _Task, other: Callable[[], TableEngine]) -> int | None:
    """How many rows the reference has, where the contract asks for it and it can be read."""
    if task.reference is None or task.reference.data is None or not task.contract.all(RowChange):
        return None
    try:
        return row_count(other())
    except DataError:
        return None


# -- contracts --------------------------------------------------------------------------------


def _own_contracts(order: Order, shop: Workshop, found: Found) -> Mapping[str, Contract]:
    """The head's contracts, those that are valid; a merge would make the others the policy that closes every gate."""
    valid: dict[str, Contract] = {}
    for name in order.head.value.data:
        try:
            valid[name] = _own_contract(order, shop, name)
        except ConfigError as error:
            found.problem("data", "contract", error.sentence)
            found.stopped = f"the contract of the data {name} is not valid"
    return valid


def _base_contracts(order: Order, shop: Workshop) -> Mapping[str, Contract]:
    """The base's contracts of the head's data."""
    found: dict[str, Contract] = {}
    for name, source in order.policy.value.data.items() if order.policy else ():
        known = name in order.head.value.data
        text = shop.history.show(order.subject.base_sha, source.contract) if known else None
        if text is not None:
            found[name] = shop.contract(text, source.contract, name)
    return found


def _own_contract(order: Order, shop: Workshop, name: str) -> Contract:
    path = order.head.value.data[name].contract
    text = shop.history.show(order.subject.head_sha, path)
    if text is None:
        raise ConfigError(f"there is no file {path}", where=f"{order.head.path}: data.{name}.contract", remedy="add it")
    return shop.contract(text, path, name)
