"""Checks that tell of every row by itself whether it fails: all that differs between them is which rows do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sluice.domain.check import (
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    always,
    judge_count,
    no_rows,
)
from sluice.domain.contract import Contract

_FAILED = "failed"


def row_check(
    name: str,
    specs: Callable[[Contract], tuple[Spec, ...]],
    fails: Callable[[Table, Spec, str], Expr],
    said: Callable[[Spec], str],
    *,
    unfit: Callable[[Spec, str], str] = always,
    shown: bool = True,
) -> Check:
    """A check that counts the rows of which ``fails`` is true and passes where there are none.

    ``said`` follows "N of M rows" where there are some. Observed and failed are both their number. ``shown``: values
    that fail may be given as examples.
    """

    def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
        return {_FAILED: fails(table, spec, kind).sum()}

    def judge(spec: Spec, seen: Observation) -> Judgement:
        return judge_count(spec, seen, said(spec))

    return Check(
        name=name,
        specs=specs,
        unfit=unfit,
        aggregates=aggregates,
        observe=_observe,
        judge=judge,
        fails=fails if shown else no_rows,
    )


def _observe(spec: Spec, measured: Measured) -> Observation:
    failed = int(measured.values[_FAILED] or 0)
    return Observation(observed=failed, n_rows=measured.n_rows, n_failed=failed)
