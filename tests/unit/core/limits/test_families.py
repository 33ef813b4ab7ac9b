"""Gates of one family: Holm's method over their differences."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import pytest
from support.judging import drop, judged_all, result, sliced, value

from sluice.core.limits.families import wider
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.gates import Gate
from sluice.domain.verdict import Verdict

PASS, WARN, INCONCLUSIVE, ERROR, FAIL = Verdict
METRICS = ("recall", "precision", "f1")
MARGIN = 0.05


def evidence(*p_values: float, error: float = 0.01, harm: bool = False) -> EvaluationResult:
    """One comparison for each metric, with this one-sided p-value for being within (or beyond) the margin."""
    reach = NormalDist().inv_cdf(0.975) * error
    rows = []
    for metric, p in zip(METRICS, p_values, strict=False):
        away = NormalDist().inv_cdf(1 - p) * error
        of = MARGIN + away if harm else MARGIN - away
        rows.append(drop(of, of - reach, of + reach, metric))
    return result(*(value(row.metric, row.candidate) for row in rows), comparisons=tuple(rows))


def family(n: int, name: str | None = "main") -> tuple[Gate, ...]:
    return tuple(Gate(metric=metric, max_drop=MARGIN, family=name) for metric in METRICS[:n])


@pytest.mark.parametrize(
    ("p_values", "decided"),
    [
        # Each is held against 0.025 / 3, 0.025 / 2 and 0.025, in its turn.
        ((0.008, 0.012, 0.024), (True, True, True)),
        ((0.024, 0.008, 0.012), (True, True, True)),
        ((0.008, 0.013, 0.024), (True, False, False)),
        ((0.009, 0.009, 0.009), (False, False, False)),
        ((0.008, 0.009, 0.03), (True, True, False)),
        ((0.001, 0.3, 0.012), (True, False, True)),
        # 0.024 would do for the last one, if the one before it were decided.
        ((0.001, 0.02, 0.024), (True, False, False)),
    ],
)
@pytest.mark.parametrize("harm", [False, True])
def test_levels_are_those_of_holm(p_values: tuple[float, ...], decided: tuple[bool, ...], harm: bool) -> None:
    found = judged_all(family(3), evidence(*p_values, harm=harm))
    clear = FAIL if harm else PASS
    assert [one.verdict for one in found] == [clear if sure else INCONCLUSIVE for sure in decided]


def test_one_gate_alone_is_judged_as_without_a_family() -> None:
    for p, verdict in ((0.0249, PASS), (0.0251, INCONCLUSIVE)):
        (alone,), (plain,) = (judged_all(family(1, name), evidence(p)) for name in ("main", None))
        assert alone.verdict is verdict
        assert alone == plain


def test_the_message_names_the_adjustment() -> None:
    found = judged_all(family(2), evidence(0.001, 0.001))
    # 3.09 standard errors below the margin, 2.24 to the worse end of one interval among two.
    end = 0.05 - 0.0309023 + 0.0224140
    assert f" to {end:.4g} worse, adjusted for 2 comparisons of the family main), at most 0.05" in found[0].message
    assert "adjusted" not in judged_all(family(2, None), evidence(0.001, 0.001))[0].message


def test_families_do_not_count_each_others_gates() -> None:
    gates = (*family(1, "a"), replace(family(2, "b")[1]))
    assert [one.verdict for one in judged_all(gates, evidence(0.02, 0.02))] == [PASS, PASS]
    together = [replace(gate, family="a") for gate in gates]
    assert [one.verdict for one in judged_all(together, evidence(0.02, 0.02))] == [INCONCLUSIVE, INCONCLUSIVE]


def test_every_slice_is_a_comparison_of_the_family() -> None:
    gate = Gate(metric="recall", max_drop=MARGIN, per_slice="region", family="main")
    within = (0.0, -0.045, 0.045)
    assert judged_all([gate], sliced(within))[0].verdict is PASS
    assert judged_all([gate], sliced(within, within))[0].verdict is INCONCLUSIVE
    assert judged_all([replace(gate, family=None)], sliced(within, within))[0].verdict is PASS


def test_what_is_not_measured_counts_among_the_comparisons() -> None:
    whole = evidence(0.02)
    assert [one.verdict for one in judged_all(family(1), whole)] == [PASS]
    first, second = judged_all(family(2), whole)
    assert (first.verdict, second.reason_code) == (INCONCLUSIVE, "missing-evidence")


def test_a_difference_far_beyond_its_margin_makes_no_other_one_easier_to_pass() -> None:
    for harm in (0.02, 1e-9):
        good, bad = evidence(0.02), evidence(0.5, harm, harm=True)
        mixed = result(good.metrics[0], bad.metrics[1], comparisons=(good.comparisons[0], bad.comparisons[1]))
        assert judged_all(family(2), mixed)[0].verdict is INCONCLUSIVE


def test_identical_predictions_are_certain_in_any_family() -> None:
    same = drop(0.0, 0.0, 0.0)
    rows = result(value(), value("precision"), comparisons=(same, replace(same, metric="precision")))
    gates = [replace(gate, max_drop=0.0) for gate in family(2)]
    assert [one.verdict for one in judged_all(gates, rows)] == [PASS, PASS]


def test_wider_is_the_ratio_of_normal_quantiles() -> None:
    assert wider(0) == wider(1) == 1.0
    assert wider(2) == pytest.approx(2.241403 / 1.959964, rel=1e-6)
    assert wider(10) == pytest.approx(2.807034 / 1.959964, rel=1e-6)
