"""How much each feature matters to a model: what its metric loses where the feature's values are shuffled."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.finite import finite

MAX_FEATURES = 100
"""So many features are measured: each asks the model for all rows of the sample, several times over."""

MAX_NAMED = 100
"""So many of the features that were not measured are named; of the others, how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureImportance:
    """One feature: the mean loss of the metric over the shuffles, above 0 where the feature helps.

    Without an end of an interval there is a ``reason``. ``p_adjusted`` is of no importance at all, adjusted by Holm's
    method for all features. ``change`` is candidate minus ``baseline``, on the same rows and shuffles. ``shap`` is the
    mean absolute SHAP value. Intervals are of 95 %.
    """

    feature: str
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    baseline: float | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    shap: float | None = None
    shap_low: float | None = None
    shap_high: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "ci_low", "ci_high", "baseline", "change", "change_low", "change_high"):
            finite(getattr(self, name), name)
        for name in ("shap", "shap_low", "shap_high"):
            finite(getattr(self, name), name)
        for chance in (self.p_value, self.p_adjusted):
            if chance is not None and not 0 <= chance <= 1:
                raise ValueError("a p-value is outside 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceResult:
    """The importance of features on ``n`` rows, shuffled ``repeats`` times; with a ``reason`` nothing was measured.

    ``value`` is the metric on these rows. ``left_out`` names features that were not measured, ``n_left_out`` counts
    them all. ``baseline`` says which model it was compared with, ``baseline_reason`` and ``shap_reason`` why there is
    no comparison, or no SHAP value; ``message`` is what else is worth saying.
    """

    metric: str
    model: str = ""
    n: int = 0
    repeats: int = 0
    value: float | None = None
    features: tuple[FeatureImportance, ...] = ()
    left_out: tuple[str, ...] = ()
    n_left_out: int = 0
    baseline: str = ""
    baseline_reason: str = ""
    shap_reason: str = ""
    message: str = ""
    reason: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth saying beside the table, a sentence each."""
        parts = (
            ("", self.message),
            ("no change against the baseline: ", self.baseline_reason),
            ("no SHAP values: ", self.shap_reason),
        )
        return tuple(f"{what}{said}" for what, said in parts if said)

    @property
    def has_shap(self) -> bool:
        """Whether any feature has a SHAP value."""
        return any(one.shap is not None for one in self.features)

    def __post_init__(self) -> None:
        finite(self.value, "value")
        if len(self.features) > MAX_FEATURES:
            raise ValueError(f"holds more than {MAX_FEATURES} features")
        names = [one.feature for one in self.features]
        if len(set(names)) < len(names):
            raise ValueError("holds a feature twice")
        if len(self.left_out) > MAX_NAMED or self.n_left_out < len(self.left_out):
            raise ValueError(f"names more than {MAX_NAMED} features that were left out, or more than it counts")
        if min(self.n, self.repeats) < 0:
            raise ValueError("holds a count below zero")
        if not self.features and not self.reason:
            raise ValueError("has neither features nor a reason")
