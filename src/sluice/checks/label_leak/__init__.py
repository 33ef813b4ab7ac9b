"""No single column tells the label by itself, as one does that was made from it or became known only after it.

For every column but those the contract leaves out (`ignore`), each row's label is told from the other rows alone: by
the label that more than half of the other rows with the same value have. Where no other row has the value: in a column
of numbers by the four next smaller and the four next greater values (half of them are enough, so that a threshold is
found although its own two neighbours disagree), else by the label's most frequent value. Observed is the gain of the
column that tells most: the share of the errors that it saves against always saying the most frequent value. That is
Goodman and Kruskal's lambda (Journal of the American Statistical Association 49, 1954), with every row left out of its
own prediction (Stone, Journal of the Royal Statistical Society B 36, 1974): a column of unique names determines every
label there is, and tells none. A missing value is a value.

A label of numbers is told as a number too, by the mean of the other rows with the value, or of the two next values; its
gain is the share of the squared errors that is saved (by Allen's PRESS, Technometrics 16, 1974), and the greater gain
counts. The least limit that a contract may state is 0.8: of 400,000 columns of random numbers none reached it by chance
(the best one 0.76) where 50 rows had a label, half of them the one and half the other. With fewer labels than 50, or
fewer than 10 other ones than most (for numbers: as many as the squared errors stand for), the check is inconclusive.

Times tell by equal values alone: what changes slowly is told by its neighbours in time, and is no leak. A running
number tells such a label as well: leave it out. Exact, over all rows; for every column one pass over the table, and a
sort of the column's different values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sluice.checks import allowed_values
from sluice.checks.label_leak.telling import Labels, groups, told
from sluice.domain.check import Check, Expr, Judgement, Measured, Observation, Spec, Tables, demand_spec, outside
from sluice.domain.contract import Contract, LabelLeak
from sluice.domain.unmeasured import NO_VALUES, judge_unmeasured, percent
from sluice.domain.verdict import Verdict

NAME = "label_leak"
MIN_ROWS = 50
MIN_OTHERS = 10.0
MAX_SHOWN = 5
MAX_NAME_CHARS = 80
# Evidence carries the gain to as many digits, and the verdict is made from these.
DIGITS = 6

NO_FEATURES, TOO_FEW = "no columns", "too few labels"
_SENTENCES = {
    NO_FEATURES: "there is no column beside the label",
    TOO_FEW: f"fewer than {MIN_ROWS} rows have a label, or fewer than {MIN_OTHERS:g} another one than most",
}
_NO_LABEL = ("array", "struct", "map", "json", "unknown", "null")
_BASE = "base"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every demand. Nothing but names of columns is ever shown, so that nothing needs to be hidden."""
    return tuple(
        replace(demand_spec(NAME, contract, demand, limit_text(demand), column=demand.label), hidden=False)
        for demand in contract.all(LabelLeak)
    )


def limit_text(demand: LabelLeak) -> str:
    """The gain that is allowed, and the columns left out."""
    said = f"no column saves over {percent(demand.max_gain)} of the errors"
    ignored = allowed_values.limit_text(tuple(sorted(demand.ignore))).removeprefix("one of ")
    return f"{said}; left out: {ignored}" if demand.ignore else said


def unfit(spec: Spec, kind: str) -> str:
    """Why the column is no label."""
    return f"not measured: a column of {kind} is no label" if kind in _NO_LABEL else ""


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """``base``: what is known of the label without any column; and what every column tells, by groups of columns."""
    demand, own = _demand(spec), tables.own
    labels = Labels(table=own, label=demand.label, kind=kind)
    names = [name for name in own.columns if name != demand.label and name not in demand.ignore]
    asked = {str(index): told(labels, alike, some) for index, (alike, some) in enumerate(groups(own, names))}
    return {_BASE: labels.base(), **asked}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """Labels in all, those that are not the most frequent one, and sums of powers of their distance from the mean."""

    rows: float
    others: float
    squares: float
    fourths: float

    def gain(self, right: float, error: float) -> float | None:
        """The share of the errors that a column saves, at most 1; ``None`` where there are too few to say."""
        found: list[float] = []
        if self.rows >= MIN_ROWS and self.others >= MIN_OTHERS:
            found.append(1 - (self.rows - right) / self.others)
        # The squares stand for as many rows as would have these sums if all were off alike: one outlier for one row.
        if self.rows >= MIN_ROWS and 0 < MIN_OTHERS * self.fourths <= self.squares * self.squares:
            found.append(1 - error / (self.squares * (self.rows / (self.rows - 1)) ** 2))
        finite = [round(gain, DIGITS) for gain in found if math.isfinite(gain)]
        return max(finite) if finite else None


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the greatest gain of any column; failed are all rows with a label, where it is above the limit."""
    rows, most, squares, fourths = measured.values[_BASE][0]
    answers = [row for name, found in measured.values.items() if name != _BASE for row in found]
    if not rows or not answers:
        return Observation(observed=NO_FEATURES if rows else NO_VALUES, n_rows=measured.n_rows)
    base = _Base(rows=float(rows), others=float(rows - most), squares=_number(squares), fourths=_number(fourths))
    gains = {str(name): base.gain(_number(right), _number(error)) for name, right, error in answers}
    known = {name: gain for name, gain in gains.items() if gain is not None}
    if len(known) < len(gains):
        return Observation(observed=TOO_FEW, n_rows=measured.n_rows)
    leaks = sorted((-gain, name) for name, gain in known.items() if gain > _demand(spec).max_gain)
    return Observation(
        observed=max(known.values()),
        n_rows=measured.n_rows,
        n_failed=int(rows) if leaks else 0,
        examples=tuple(shown(name) for _, name in leaks[:MAX_SHOWN]),
    )


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def shown(name: str) -> str:
    """The name of a column, which may be any text, as one line of moderate length."""
    text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)
    return text if len(text) <= MAX_NAME_CHARS else f"{text[: MAX_NAME_CHARS - 3]}..."


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass up to and with the greatest gain."""
    if (judged := judge_unmeasured(seen, _SENTENCES)) is not None:
        return judged
    if isinstance(seen.observed, str | None) or not seen.observed <= 1:
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    if seen.n_rows == 0:
        return Judgement(verdict=Verdict.INCONCLUSIVE, message="there are no rows to measure")
    if seen.observed <= _demand(spec).max_gain:
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"one column alone saves {100 * seen.observed:.4g} % of the errors in telling the label")


def _demand(spec: Spec) -> LabelLeak:
    demand: Any = spec.demand
    if not isinstance(demand, LabelLeak):
        raise TypeError(f"{spec.check} is a check of labels")
    return demand


CHECK = Check(name=NAME, specs=specs, unfit=unfit, asks=asks, observe=observe, judge=judge)
