"""A model of the registry as the baseline: what names it, which one was found, and what evidence keeps of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MODEL = re.compile(
    r"(?:models:/)?(?P<name>[^@/\s][^@/]*)(?:@(?P<alias>[^@/\s]+)|/(?P<version>[0-9]+))|(?P<only>[A-Za-z][A-Za-z0-9_-]*)"
)
"""How configuration names a model of the registry.

``name@alias`` or ``name/version``, or an alias alone, where one model of the registry has it.
"""

REFUSED = "champion-unsafe"
"""The reason code where the registered model must not be loaded."""

PREDICTIONS = "sluice/predictions"
"""Where the run of a model keeps its predictions: below this, in a folder called by the SHA-256 of the data's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One version of a registered model, and the run that made it; ``run_id`` is empty where it names none."""

    name: str
    version: str
    run_id: str = ""

    @property
    def label(self) -> str:
        """As people call it: ``flights version 3``."""
        return f"{self.name} version {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineModel:
    """The registered model that the candidate was compared with.

    ``how`` its predictions were had: recorded by its own run, or by scoring it here; ``sha256`` is that of the artifact
    that was loaded, empty where none was. ``data_sha256`` is the digest of the rows' file.
    """

    name: str
    version: str
    run_id: str = ""
    how: Literal["recorded", "scored"]
    sha256: str = ""
    data: str
    data_sha256: str

    @property
    def label(self) -> str:
        """In one phrase of a report."""
        run = f", run {self.run_id[:12]}" if self.run_id else ""
        digest = f", SHA-256 {self.sha256[:12]}" if self.sha256 else ""
        how = "scored on" if self.how == "scored" else "by its recorded predictions for"
        return f"{self.name} version {self.version}{run}{digest}, {how} {self.data}"
