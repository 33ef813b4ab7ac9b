"""How a contract changes from one version to the next, and whose reading of the data that breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["backward", "forward"]
Compatibility = Literal["none", "backward", "forward", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChange:
    """One change of a contract; ``line`` is where, in the new file (of the table, where something is gone).

    ``path`` is that file, which a pull request may have renamed; empty where nobody needs to be told.

    ``breaks`` holds ``backward`` where data that keeps the old contract may break the new one, so that a consumer
    written for the new contract cannot rely on it; and ``forward`` where data that keeps the new contract may break
    the old one, so that a consumer written for the old contract cannot.
    """

    code: str
    sentence: str
    column: str | None = None
    path: str = ""
    line: int = 0
    breaks: tuple[Direction, ...] = ()
