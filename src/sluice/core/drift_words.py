"""How numbers of drift are said, in reports and in the reasons of gates alike."""

from __future__ import annotations

from collections.abc import Mapping

MEASURE_NAMES: Mapping[str, str] = {
    "psi": "PSI",
    "jensen_shannon": "Jensen–Shannon",
    "wasserstein": "Wasserstein",
    "cramers_v": "Cramér's V",
    "ks": "KS",
    "auc": "AUC",
}
# Smaller ones depend on the last digits of arithmetic and say the same to everyone.
SMALLEST_P = 1e-16


def chance(p_value: float | None) -> str:
    """A p-value as people read it: two digits, and ``< 1e-16`` below that."""
    if p_value is None:
        return "–"
    if p_value < SMALLEST_P:
        return f"< {SMALLEST_P:.0e}"
    return f"{p_value:.2g}" if p_value < 0.1 else f"{p_value:.2f}"


def measure(name: str) -> str:
    """An effect's name as people write it."""
    return MEASURE_NAMES.get(name, name)
