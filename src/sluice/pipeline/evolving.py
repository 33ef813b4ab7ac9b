"""What becomes of the policy's contracts in the head: read from the two commits, never from evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sluice.core.compatibility import changes
from sluice.core.data_gates import Evolved
from sluice.core.plan import POLICY_PATH
from sluice.domain.config import Loaded
from sluice.domain.contract import Contract
from sluice.domain.errors import ConfigError
from sluice.domain.evolution import ContractChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head's files, of which those that cannot differ from the base's may be read there, and their decoders."""

    file: Callable[[str], bytes | None]
    config: Callable[[bytes], Loaded]
    contract: Callable[[bytes, str, str], Contract]


def evolved(base: Mapping[str, Contract], head: Head) -> Mapping[str, Evolved]:
    """For every contract of the base, by its data's name, how it changes; a head that cannot be read says why."""
    try:
        text = head.file(POLICY_PATH)
        config = head.config(text) if text is not None else None
    except ConfigError as error:
        return {name: Evolved(problem=f"the head's configuration is not valid: {error.sentence}") for name in base}
    return {name: _one(name, contract, config, head) for name, contract in base.items()}


def _one(name: str, old: Contract, config: Loaded | None, head: Head) -> Evolved:
    source = config.value.data.get(name) if config is not None else None
    if source is None:
        said = f"the head does not name the data `{name}` any more"
        gone = ContractChange(code="data-removed", sentence=said, breaks=("backward", "forward"))
        return Evolved(changes=(gone,), path=old.path)
    try:
        text = head.file(source.contract)
        if text is None:
            return Evolved(path=source.contract, problem=f"the head has no file {source.contract}")
        new = head.contract(text, source.contract, name)
    except ConfigError as error:
        return Evolved(path=source.contract, problem=f"the head's contract is not valid: {error.sentence}")
    return Evolved(changes=changes(old, new), path=source.contract)
