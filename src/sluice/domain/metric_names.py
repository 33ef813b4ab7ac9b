"""The names of the metrics, for whoever reads a policy: what measures them stands in ``sluice.metrics``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

METRIC_NAMES = frozenset(
    (
        *("roc_auc", "average_precision", "log_loss", "brier", "ece"),
        *("accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "f1_macro", "matthews"),
        *("selection_rate", "false_positive_rate"),
        *("roc_auc_ovr", "log_loss_multiclass"),
        *("rmse", "mae", "r2", "mape", "mase", "interval_coverage", "interval_width"),
        "mrr",
    )
)
"""Metrics that are called by their name alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What may stand after the ``@`` of a family: a number from ``low`` to ``high``, such as the ``usual`` one."""

    low: float
    high: float
    usual: float
    whole: bool = False

    def read(self, text: str) -> float | None:
        """The number, written plainly (``2``, ``0.95``); ``None`` where it is none, or out of range."""
        try:
            number = float(text)
        except ValueError:
            return None
        # One number has one name: `2.0`, `02` and `2e0` are not `2`.
        if text != f"{number:.12g}" or not self.low <= number <= self.high or (self.whole and number != int(number)):
            return None
        return number


_YEAR_S = 366 * 86_400.0
_SECONDS = Numbers(low=0, high=_YEAR_S, usual=3600)
_PLACES = Numbers(low=1, high=10_000, usual=10, whole=True)

FAMILY_NUMBERS: Mapping[str, Numbers] = {
    "fbeta": Numbers(low=0.01, high=100, usual=2),
    "recall_at_precision": Numbers(low=0.01, high=1, usual=0.9),
    "precision_at_recall": Numbers(low=0.01, high=1, usual=0.9),
    "pinball": Numbers(low=0.001, high=0.999, usual=0.9),
    "ndcg": _PLACES,
    "recall": _PLACES,
    "event_recall": _SECONDS,
    "event_precision": _SECONDS,
    "lead_time": _SECONDS,
}
"""Metrics that are called by a name and a number: ``fbeta@2``."""

_MOST_NEAR = 3


def wrong_name(name: str) -> str:
    """What is wrong with the name of a metric, and which one may be meant; empty for a metric that Sluice knows."""
    family, at, number = name.partition("@")
    numbers = FAMILY_NUMBERS.get(family)
    if not at and name in METRIC_NAMES:
        return ""
    if numbers is None or not at:
        needs = f": it needs a number, such as `{family}@{numbers.usual:.12g}`" if numbers else _meant(name)
        return f"`{name[:60]}` is no metric that Sluice measures{needs}"
    if numbers.read(number) is not None:
        return ""
    kind = "a whole number" if numbers.whole else "a number"
    return f"`{name[:60]}` needs {kind} from {numbers.low:.12g} to {numbers.high:.12g} after the `@`, written plainly"


def _meant(name: str) -> str:
    import difflib

    family, at, number = name[:60].partition("@")
    known = {*METRIC_NAMES, *(f"{one}@" for one in FAMILY_NUMBERS)}
    near = difflib.get_close_matches(f"{family}{at}", sorted(known), n=_MOST_NEAR, cutoff=0.6)
    shown = (f"`{one}{number or 'NUMBER'}`" if one.endswith("@") else f"`{one}`" for one in near)
    return f"; did you mean {' or '.join(shown)}?" if near else "; the reference of metrics lists them"
