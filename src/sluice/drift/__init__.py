"""Drift tests and effect sizes, pure functions of counts; a new one is a file, a test and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.drift_method import Method
from sluice.drift import chi2, cramers_v, jensen_shannon, ks, missing, psi, vectors, wasserstein

# Tests first, then effect sizes, as they are explained.
METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        ks.METHOD,
        chi2.METHOD,
        missing.METHOD,
        vectors.METHOD,
        psi.METHOD,
        jensen_shannon.METHOD,
        wasserstein.METHOD,
        cramers_v.METHOD,
    )
}
