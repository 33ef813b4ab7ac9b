"""What columns come to, from numbers alone."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from sluice.core.drift.verdict import chosen, judge, judge_classifier, level, overall, rejudge
from sluice.domain.drift import AspectDrift, ClassifierDrift, DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.verdict import Verdict

DRIFTED = AspectDrift(
    name="",
    test="ks",
    statistic=0.4,
    p_value=1e-9,
    measures={"psi": 0.3, "jensen_shannon": 0.2, "wasserstein": 0.5},
    detectable={"psi": 0.05},
    n_reference=500,
    n_current=600,
)
STILL = replace(DRIFTED, p_value=0.5, measures={"psi": 0.001})


def one(spec: Drift, *aspects: AspectDrift) -> Any:
    (column,) = judge(spec, [("x", "number", aspects)])
    return column


def test_effect_and_evidence_together_are_drift() -> None:
    found = one(Drift(), DRIFTED)
    assert found.verdict is Verdict.FAIL
    assert (found.effect, found.effect_size, found.limit, found.p_adjusted) == ("psi", 0.3, 0.1, 1e-9)
    assert found.message == "drifted: PSI 0.3 is above 0.1, adjusted p 1e-09, 500 → 600 rows"


@pytest.mark.parametrize(
    ("aspect", "said"),
    [
        (replace(DRIFTED, measures={"psi": 0.05}), "differs, but by no more than allowed: PSI 0.05 (limit 0.1)"),
        (replace(DRIFTED, p_value=0.2), "PSI 0.3 is above 0.1, which chance alone may have made"),
        (STILL, "no drift found: PSI 0.001 (limit 0.1), adjusted p 0.50, 500 → 600 rows; PSI 0.05 would probably"),
    ],
)
def test_either_alone_is_none(aspect: AspectDrift, said: str) -> None:
    found = one(Drift(), aspect)
    assert found.verdict is Verdict.PASS
    assert said in found.message


@pytest.mark.parametrize("rows", [(99, 600), (600, 99)])
def test_few_rows_are_inconclusive(rows: tuple[int, int]) -> None:
    found = one(Drift(), replace(DRIFTED, n_reference=rows[0], n_current=rows[1]))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "too few to judge PSI 0.3" in found.message


@pytest.mark.parametrize(
    "aspect",
    [
        replace(DRIFTED, p_value=None, reason="the reference has no rows"),
        replace(DRIFTED, p_value=math.nan),
        replace(STILL, p_value=-0.1),
        replace(STILL, p_value=1.5),
        replace(STILL, measures={"psi": math.nan}),
        replace(STILL, measures={"psi": math.inf}),
        replace(STILL, measures={"psi": -1e9}),
        replace(STILL, measures={"psi": 0.0, "ks": 1.1}),
        replace(STILL, measures={"surprise": 0.0}),
        replace(STILL, measures={"wasserstein": 0.2}),
        replace(STILL, measures={}),
        replace(STILL, n_current=-5),
        replace(STILL, n_reference=0),
    ],
)
def test_what_was_not_measured_or_cannot_be_never_passes(aspect: AspectDrift) -> None:
    for spec in (Drift(), Drift(min_rows=0)):
        assert one(spec, aspect).verdict is Verdict.INCONCLUSIVE
        assert one(spec, STILL, aspect).verdict is Verdict.INCONCLUSIVE
        assert one(spec, aspect, DRIFTED).verdict is Verdict.FAIL


def test_a_column_without_aspects_is_inconclusive() -> None:
    assert one(Drift()).verdict is Verdict.INCONCLUSIVE


def test_any_stated_limit_that_is_exceeded_counts() -> None:
    assert one(Drift(psi=0.5, wasserstein=0.4), DRIFTED).effect == "wasserstein"
    assert one(Drift(psi=0.5, wasserstein=0.4), DRIFTED).verdict is Verdict.FAIL
    assert one(Drift(psi=0.5, wasserstein=0.6), DRIFTED).verdict is Verdict.PASS
    assert one(Drift(wasserstein=0.6), DRIFTED).verdict is Verdict.PASS
    assert one(Drift(psi=0.0), DRIFTED).verdict is Verdict.FAIL


def test_where_no_stated_limit_applies_psis_default_stands() -> None:
    category = replace(DRIFTED, measures={"psi": 0.11})
    assert (one(Drift(wasserstein=0.6), category).effect, one(Drift(ks=0.9), category).verdict) == ("psi", Verdict.FAIL)


def test_p_values_are_adjusted_over_all_aspects_of_all_columns() -> None:
    weak = replace(DRIFTED, p_value=0.004)
    assert one(Drift(), weak).verdict is Verdict.FAIL
    columns = judge(Drift(), [("x", "number", (weak,)), ("y", "text", (STILL, STILL, STILL))])
    assert columns[0].p_adjusted == pytest.approx(0.016)
    assert columns[0].verdict is Verdict.PASS
    bonferroni = judge(Drift(correction="bonferroni"), [("x", "number", (weak,)), ("y", "number", (weak,))])
    assert [column.verdict for column in bonferroni] == [Verdict.FAIL, Verdict.FAIL]
    assert level(Drift(), 20) == pytest.approx(0.0005)


def test_aspects_with_few_rows_do_not_count_among_the_tests() -> None:
    few = replace(STILL, n_current=3)
    (column, *_) = judge(Drift(), [("x", "number", (replace(DRIFTED, p_value=0.004),)), ("y", "number", (few,) * 9)])
    assert column.p_adjusted == 0.004


def test_the_aspect_that_drifts_speaks_for_the_column() -> None:
    hour = replace(DRIFTED, name="hour", test="chi2")
    found = one(Drift(), replace(STILL, name="range"), hour)
    assert (found.aspect, found.test, len(found.aspects)) == ("hour", "chi2", 2)
    assert found.message.startswith("drifted in its hours of the day: PSI 0.3")


def test_new_and_vanished_categories_are_named() -> None:
    found = one(Drift(), replace(DRIFTED, new=("a", "b", "c", "d"), vanished=("z",)))
    assert found.message.endswith("; new: 'a', 'b', 'c'; vanished: 'z'")


@pytest.mark.parametrize(
    ("spec", "name", "asked"),
    [
        (Drift(), "a", True),
        (Drift(columns=("a*",)), "ab", True),
        (Drift(columns=("a*",)), "b", False),
        (Drift(ignore=("id",)), "id", False),
        (Drift(columns=("a*",), ignore=("*b",)), "ab", False),
        (Drift(columns=("price[eur]",)), "price[eur]", True),
        (Drift(columns=("A",)), "a", False),
    ],
)
def test_columns_are_chosen_by_name_or_glob(spec: Drift, name: str, asked: bool) -> None:
    assert chosen(spec, name) is asked


# -- the classifier ---------------------------------------------------------------------------

APART = ClassifierDrift(
    auc=0.8, ci_low=0.7, ci_high=0.9, p_value=1e-9, n_reference=500, n_current=500, verdict=Verdict.PASS
)


def test_a_classifier_fails_by_effect_and_evidence() -> None:
    assert judge_classifier(Drift(), APART).verdict is Verdict.FAIL
    assert judge_classifier(Drift(), replace(APART, auc=0.58)).verdict is Verdict.PASS
    assert judge_classifier(Drift(psi=0.01), replace(APART, auc=0.58)).verdict is Verdict.FAIL
    assert judge_classifier(Drift(), replace(APART, p_value=0.02)).verdict is Verdict.PASS
    for hollow in ({"auc": None}, {"auc": math.nan}, {"p_value": None}, {"p_value": 7.0}, {"n_current": 99}):
        assert judge_classifier(Drift(), replace(APART, **hollow)).verdict is Verdict.INCONCLUSIVE


# -- judged again -----------------------------------------------------------------------------


def result(*aspects: AspectDrift, **more: Any) -> DriftResult:
    columns = judge(Drift(alpha=1e-30), [("x", "number", aspects), ("id", "number", (STILL,))])
    made = DriftResult(
        dataset="d", reference="base", verdict=Verdict.PASS, n_reference=500, n_current=600, columns=columns
    )
    return replace(made, **more)


def test_the_policy_at_hand_decides_not_the_one_that_was_measured_under() -> None:
    loose = result(DRIFTED)
    assert {column.verdict for column in loose.columns} == {Verdict.PASS}
    again = rejudge(Drift(), loose)
    assert (again.verdict, again.columns[0].verdict) == (Verdict.FAIL, Verdict.FAIL)
    ignored = rejudge(Drift(ignore=("x",)), loose)
    assert ([column.column for column in ignored.columns], ignored.verdict) == (["id"], Verdict.PASS)


def test_nothing_compared_is_inconclusive_but_for_the_same_data() -> None:
    empty = result(columns=(), current_sha256="a", reference_sha256="b")
    assert rejudge(Drift(), empty).verdict is Verdict.INCONCLUSIVE
    assert rejudge(Drift(), replace(empty, current_sha256="", reference_sha256="")).verdict is Verdict.INCONCLUSIVE
    assert rejudge(Drift(), replace(empty, reference_sha256="a")).verdict is Verdict.PASS
    same = result(DRIFTED, current_sha256="a", reference_sha256="a")
    assert rejudge(Drift(), same).verdict is Verdict.FAIL


def test_a_classifier_that_is_asked_for_must_be_there() -> None:
    asked = Drift(classifier=True)
    assert rejudge(asked, result(STILL)).verdict is Verdict.INCONCLUSIVE
    assert rejudge(asked, result(STILL, classifier=APART)).verdict is Verdict.FAIL
    assert rejudge(Drift(), result(STILL, classifier=APART)).classifier is None
    assert overall(()) is Verdict.INCONCLUSIVE


def test_judging_loads_neither_numpy_nor_scipy() -> None:
    code = (
        "import sys, sluice.core.drift.verdict; sys.exit(any(m in sys.modules for m in ('numpy', 'scipy', 'pyarrow')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
