"""The section ``drift`` of ``sluice.yaml``: apart from the others, which take longer to load than it takes to use it.

``domain.config`` has the whole file, and shares with this one how fields are documented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["fail", "warn"]


def doc(text: str, **options: Any) -> Any:
    """A dataclass field that carries its documentation."""
    return field(metadata={"doc": text}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """When a column counts as drifted: its effect is above a limit *and* its evidence is strong enough.

    With no effect's limit stated, `psi: 0.1` stands. With several, any one of them that is exceeded counts.
    """

    alpha: float = doc("Greatest adjusted p-value that still counts as evidence.", default=0.01)
    min_rows: int = doc("Fewer rows than this on either side are inconclusive.", default=100)
    correction: Literal["benjamini-hochberg", "bonferroni"] = doc(
        "How p-values are adjusted over all columns.", default="benjamini-hochberg"
    )
    psi: float | None = doc("Limit of the population stability index.", default=None)
    jensen_shannon: float | None = doc("Limit of the Jensen–Shannon distance (base 2, 0 to 1).", default=None)
    wasserstein: float | None = doc("Limit of the Wasserstein distance, in standard deviations.", default=None)
    cramers_v: float | None = doc("Limit of Cramér's V (0 to 1).", default=None)
    ks: float | None = doc("Limit of the Kolmogorov–Smirnov statistic (0 to 1).", default=None)
    columns: tuple[str, ...] = doc("Columns to test, as names or globs; all where this is left out.", default=())
    ignore: tuple[str, ...] = doc("Columns to leave out, as names or globs.", default=())
    classifier: bool = doc("Also let a classifier try to tell the two sets apart.", default=False)
    severity: Severity = doc("`fail` closes the gate; `warn` only says so.", default="fail")
