"""What validation finds: every demand of a contract, measured, and all of one data source together."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.contract import Scalar
from sluice.domain.drift import DriftResult
from sluice.domain.drift_limits import Severity
from sluice.domain.evolution import ContractChange
from sluice.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One demand of a contract on one table, measured; ``observed`` and ``limit`` serve to judge it again."""

    check: str
    dataset: str
    column: str | None
    verdict: Verdict
    observed: Scalar | None
    limit: str
    n_rows: int
    n_failed: int | None
    examples: tuple[str, ...] = ()
    message: str = ""
    severity: Severity = "fail"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetResult:
    """All checks of one data source, and what exactly was checked.

    ``drift`` is ``None`` where the data was compared with nothing; ``changes`` are those of its contract, from the
    base's to the head's.
    """

    dataset: str
    source: str
    verdict: Verdict
    data_sha256: str
    contract_path: str
    contract_sha256: str
    n_rows: int
    n_columns: int
    results: tuple[CheckResult, ...]
    message: str = ""
    drift: DriftResult | None = None
    changes: tuple[ContractChange, ...] = ()
