"""The policy's contracts, from this repository's git or its work tree."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.adapters.decode.contract import load_contract
from sluice.adapters.git import Git
from sluice.domain.config import Loaded
from sluice.domain.contract import Contract
from sluice.domain.errors import ConfigError


def policy_contracts(git: Git, policy: Loaded, ref: str) -> Mapping[str, Contract]:
    """The policy's contracts from a commit, or from the work tree where ``ref`` is empty."""
    found: dict[str, Contract] = {}
    for name, source in policy.value.data.items():
        file = git.root / source.contract
        text = git.show(ref, source.contract) if ref else file.read_bytes() if file.is_file() else None
        if text is None:
            where = f"{policy.path}:{policy.lines.get(f'data.{name}.contract', 1)}: data.{name}.contract"
            raise ConfigError(f"there is no file {source.contract}", where=where, remedy="add it")
        found[name] = load_contract(text, path=source.contract, dataset=name)
    return found
