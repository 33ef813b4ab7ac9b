"""The policy's contracts, from this repository's git or its work tree."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.contract import load_contract
from sluice.adapters.git import Git
from sluice.core.contract_gates import Contracts
from sluice.domain.config import Loaded
from sluice.domain.contract import Contract
from sluice.domain.errors import ConfigError, UsageError
from sluice.pipeline.evolving import Head, evolved


def known_contracts(git: Git, policy: Loaded, ref: str, head_sha: str) -> Contracts:
    """The policy's contracts from a commit (or the work tree), and what becomes of them in the head."""
    base = policy_contracts(git, policy, ref)
    try:
        git.resolve(head_sha)
    except UsageError:
        return Contracts(base=base)  # evidence of a head that is not here: how the contracts change stays open
    head = Head(
        file=lambda path: git.show(head_sha, path),
        config=load_config,
        contract=lambda text, path, name: load_contract(text, path=path, dataset=name),
    )
    return Contracts(base=base, evolved=evolved(base, head))


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
