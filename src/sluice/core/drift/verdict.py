"""Which columns drifted: effect above its limit and evidence below alpha, from numbers alone.

It runs where evidence is judged again, so that nothing here loads NumPy or SciPy.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from sluice.core.drift.adjustment import adjusted
from sluice.core.drift.sentences import said
from sluice.domain.amounts import amount
from sluice.domain.drift import AspectDrift, ClassifierDrift, ColumnDrift, DriftKind, DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.verdict import Verdict, worst

DEFAULT_EFFECT, DEFAULT_LIMIT = "psi", 0.1
EFFECTS = ("psi", "jensen_shannon", "wasserstein", "cramers_v", "ks")

Measured = tuple[str, DriftKind, tuple[AspectDrift, ...]]
"""A column's name, its kind, and its aspects as they were tested."""

# What a corrected effect can be at most; below zero only by what was subtracted for sampling.
_HIGHEST = {"psi": 1e4, "jensen_shannon": 1.0, "wasserstein": 1e9, "cramers_v": 1.0, "ks": 1.0, "auc": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One aspect, judged: the effect that is nearest to (or furthest above) its limit, if one could be measured."""

    aspect: AspectDrift
    p_adjusted: float | None = None
    effect: str = ""
    effect_size: float | None = None
    limit: float | None = None
    verdict: Verdict
    code: str
    """``drift``, ``unproven`` (effect only), ``small`` (evidence only), ``none``, ``few`` or ``untested``."""

    @property
    def ratio(self) -> float:
        """The effect over its limit."""
        if self.effect_size is None or self.limit is None:
            return -math.inf
        return self.effect_size / self.limit if self.limit > 0 else math.copysign(math.inf, self.effect_size)


def chosen(spec: Drift, column: str) -> bool:
    """Whether the policy asks for this column, by its name or by a glob."""
    return (not spec.columns or _named(column, spec.columns)) and not _named(column, spec.ignore)


def level(spec: Drift, aspects: int) -> float:
    """The p-value from which one drifting aspect among so many would count, under either correction."""
    return spec.alpha / max(aspects, 1)


def judge(spec: Drift, columns: Sequence[Measured]) -> tuple[ColumnDrift, ...]:
    """Every column's verdict, in the order given.

    ``FAIL`` where an aspect's effect is above a limit and its p-value, adjusted over all aspects of all columns, is
    below alpha. ``INCONCLUSIVE`` where no aspect fails and one has fewer than ``min_rows`` rows on a side, or was not
    measured, or holds numbers that cannot be. Severity is left to the gate.
    """
    tested = [aspect for _, _, aspects in columns for aspect in aspects if _testable(spec, aspect)]
    p_values = adjusted([aspect.p_value or 0.0 for aspect in tested], spec.correction)
    found = {id(aspect): p for aspect, p in zip(tested, p_values, strict=True)}
    return tuple(_column(spec, column, found) for column in columns)


def judge_classifier(spec: Drift, measured: ClassifierDrift) -> ClassifierDrift:
    """The classifier's verdict: it fails where its AUC is above the limit and p below alpha.

    The limit is the AUC of two normal distributions whose PSI is at PSI's limit: Φ(√(PSI / 2)), 0.59 for 0.1.
    """
    index = spec.psi if spec.psi is not None else DEFAULT_LIMIT
    limit = NormalDist().cdf(math.sqrt(index / 2))
    auc, p = measured.auc, measured.p_value
    rows = f"{measured.n_reference:,} → {amount(measured.n_current, 'row')}"
    if min(measured.n_reference, measured.n_current) < spec.min_rows:
        text = f"{rows} are too few to judge a classifier on, {spec.min_rows:,} are needed on either side"
        return replace(measured, verdict=Verdict.INCONCLUSIVE, message=text)
    if auc is None or p is None or not (0 <= auc <= 1 and 0 <= p <= 1):
        text = measured.message or "whether a classifier tells the two sets apart was not measured"
        return replace(measured, verdict=Verdict.INCONCLUSIVE, message=text)
    drifts = auc > limit and p < spec.alpha
    text = (
        f"a classifier {'tells' if drifts else 'does not tell'} the two sets apart: "
        f"AUC {auc:.3f} (limit {limit:.3f}), p {p:.2g}, {rows}"
    )
    return replace(measured, verdict=Verdict.FAIL if drifts else Verdict.PASS, message=text)


def overall(columns: Iterable[ColumnDrift], classifier: ClassifierDrift | None = None) -> Verdict:
    """The dataset's verdict: the worst of its columns' and the classifier's; inconclusive where nothing was judged."""
    verdicts = [column.verdict for column in columns]
    return worst([*verdicts, classifier.verdict] if verdicts and classifier is not None else verdicts)


def rejudge(spec: Drift, result: DriftResult) -> DriftResult:
    """The same numbers judged under other limits; columns that ``spec`` leaves out are dropped.

    Data that is its own reference, by its digest, has nothing to compare and passes. A classifier that ``spec`` does
    not ask for is dropped, one that it asks for and that is missing is inconclusive.
    """
    same = bool(result.current_sha256) and result.current_sha256 == result.reference_sha256
    if same and not result.columns:
        return replace(result, verdict=Verdict.PASS, classifier=None)
    asked = [one for one in result.columns if chosen(spec, one.column)]
    columns = judge(spec, [(one.column, one.kind, one.aspects) for one in asked])
    classifier = None
    if spec.classifier and columns:
        nothing = ClassifierDrift(auc=None, verdict=Verdict.INCONCLUSIVE)
        classifier = judge_classifier(spec, result.classifier or nothing)
    return replace(result, columns=columns, classifier=classifier, verdict=overall(columns, classifier))


def _named(column: str, patterns: Iterable[str]) -> bool:
    return any(column == pattern or fnmatch.fnmatchcase(column, pattern) for pattern in patterns)


def _testable(spec: Drift, aspect: AspectDrift) -> bool:
    return not _fault(aspect) and min(aspect.n_reference, aspect.n_current) >= spec.min_rows


def _fault(aspect: AspectDrift) -> str:
    """Why an aspect's numbers cannot be judged; empty where they can."""
    if aspect.p_value is None:
        return aspect.reason or "was not measured"
    if not 0 <= aspect.p_value <= 1:
        return "has a p-value that cannot be"
    if min(aspect.n_reference, aspect.n_current) < 1:
        return "was tested on no rows"
    for name, value in aspect.measures.items():
        if name not in _HIGHEST or not -_HIGHEST[name] <= value <= _HIGHEST[name]:
            return "has an effect size that cannot be"
    return ""


def _limits(spec: Drift, aspect: AspectDrift) -> dict[str, float]:
    stated = {name: limit for name in EFFECTS if (limit := getattr(spec, name)) is not None}
    applicable = {name: limit for name, limit in stated.items() if name in aspect.measures}
    return applicable or {DEFAULT_EFFECT: DEFAULT_LIMIT}


def _judged(spec: Drift, aspect: AspectDrift, p_adjusted: float | None) -> Judged:
    if _fault(aspect):
        return Judged(aspect=aspect, verdict=Verdict.INCONCLUSIVE, code="untested")
    options = [
        Judged(
            aspect=aspect,
            p_adjusted=p_adjusted,
            effect=name,
            effect_size=aspect.measures[name],
            limit=limit,
            verdict=Verdict.INCONCLUSIVE,
            code="few",
        )
        for name, limit in _limits(spec, aspect).items()
        if name in aspect.measures
    ]
    if not options:
        return Judged(aspect=aspect, verdict=Verdict.INCONCLUSIVE, code="untested")
    most = max(options, key=lambda option: option.ratio)
    if p_adjusted is None:
        return most
    large, sure = (most.effect_size or 0.0) > (most.limit or 0.0), p_adjusted < spec.alpha
    code = {(True, True): "drift", (True, False): "unproven", (False, True): "small"}.get((large, sure), "none")
    return replace(most, verdict=Verdict.FAIL if code == "drift" else Verdict.PASS, code=code)


_WORTH = ("drift", "few", "untested", "unproven", "small", "none")


def _column(spec: Drift, measured: Measured, p_adjusted: dict[int, float]) -> ColumnDrift:
    name, kind, aspects = measured
    judged = [_judged(spec, aspect, p_adjusted.get(id(aspect))) for aspect in aspects]
    if not judged:
        text = "no test for columns of this type"
        return ColumnDrift(column=name, kind=kind, verdict=Verdict.INCONCLUSIVE, message=text)
    main = min(judged, key=lambda one: (_WORTH.index(one.code), -one.ratio))
    aspect = main.aspect
    return ColumnDrift(
        column=name,
        kind=kind,
        aspect=aspect.name,
        test=aspect.test,
        statistic=aspect.statistic,
        p_value=aspect.p_value if main.code != "untested" else None,
        p_adjusted=main.p_adjusted,
        effect=main.effect,
        effect_size=main.effect_size,
        limit=main.limit,
        detectable=aspect.detectable.get(main.effect),
        n_reference=aspect.n_reference,
        n_current=aspect.n_current,
        verdict=worst(one.verdict for one in judged),
        message=said(spec, main, _fault(aspect)),
        aspects=aspects,
    )
