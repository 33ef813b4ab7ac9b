"""Drift and compatibility as gates: what the policy asks, from whatever evidence says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.core.abridging import abridged, most_moved
from sluice.core.data_gates import Asked, Evolved, compatibility_gate, drift_gate, hidden, must_be_compared
from sluice.domain.contract import Column, Contract
from sluice.domain.decision import GateResult
from sluice.domain.drift import AspectDrift, ColumnDrift, DriftResult, Histogram
from sluice.domain.drift_limits import Drift
from sluice.domain.evolution import Compatibility, ContractChange
from sluice.domain.verdict import Verdict

ASKED = Asked(gate="data.train.drift", stage="data", line=9)


def column(name: str = "age", *, p_value: float | None = 1e-9, psi: float = 0.4, rows: int = 1000) -> ColumnDrift:
    aspect = AspectDrift(
        name="", test="ks", statistic=0.3, p_value=p_value, measures={"psi": psi}, n_reference=rows, n_current=rows,
        histogram=Histogram(labels=("0", "1"), reference=(1, 2), current=(2, 1)), new=("secret",),
    )  # fmt: skip
    return ColumnDrift(column=name, kind="number", verdict=Verdict.PASS, aspects=(aspect,))


def result(*columns: ColumnDrift, verdict: Verdict = Verdict.PASS, message: str = "") -> DriftResult:
    return DriftResult(
        dataset="train",
        reference="base",
        verdict=verdict,
        n_reference=1000,
        n_current=1000,
        columns=columns,
        message=message,
    )


def judged(found: DriftResult | None, spec: Drift | None = None, columns: tuple[str, ...] = ()) -> GateResult:
    return drift_gate(ASKED, spec or Drift(), found, columns)


def test_drift_is_judged_by_effect_and_evidence() -> None:
    drifted = judged(result(column()))
    assert (drifted.verdict, drifted.reason_code, drifted.line) == (Verdict.FAIL, "drift", 9)
    assert (drifted.observed, drifted.limit) == ("1 of 1 column drifted", "PSI 0.1, p < 0.01")
    assert judged(result(column(psi=0.05))).verdict is Verdict.PASS, "a small effect"
    assert judged(result(column(p_value=0.3))).verdict is Verdict.PASS, "no evidence"


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (None, "missing-evidence"),
        (result(message="the base has no such data"), "no-reference"),
        (result(column(rows=20)), "few-rows"),
        (result(column(p_value=None)), "few-rows"),
        (result(column("other", psi=0.0)), "missing-evidence"),
        (result(column(psi=0.0), column("b", psi=0.0), verdict=Verdict.INCONCLUSIVE), "few-rows"),
    ],
)
def test_what_was_not_measured_is_inconclusive_whatever_its_severity(found: DriftResult | None, code: str) -> None:
    for severity in ("fail", "warn"):
        gate = judged(found, Drift(severity=severity), ("age",))
        assert (gate.verdict, gate.reason_code) == (Verdict.INCONCLUSIVE, code)


def test_a_warning_softens_drift_alone() -> None:
    gate = judged(result(column(), verdict=Verdict.FAIL), Drift(severity="warn"))
    assert (gate.verdict, gate.reason_code, gate.severity) == (Verdict.WARN, "drift", "warn")


def test_the_worse_verdict_counts() -> None:
    assert judged(result(column(psi=0.0), verdict=Verdict.FAIL)).verdict is Verdict.FAIL
    assert judged(result(column(), verdict=Verdict.PASS)).verdict is Verdict.FAIL


def test_the_same_digest_needs_no_test() -> None:
    same = replace(result(), reference_sha256="a" * 64, current_sha256="a" * 64)
    assert judged(same, columns=("age",)).verdict is Verdict.PASS
    assert judged(replace(same, current_sha256="b" * 64)).verdict is Verdict.INCONCLUSIVE
    assert judged(replace(same, reference_sha256="", current_sha256="")).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("spec", "verdict"),
    [
        (Drift(columns=("a*",)), Verdict.INCONCLUSIVE),
        (Drift(columns=("b",)), Verdict.PASS),
        (Drift(ignore=("age",)), Verdict.PASS),
        (Drift(columns=("b", "named")), Verdict.INCONCLUSIVE),
    ],
)
def test_the_columns_that_the_policy_asks_for_must_be_there(spec: Drift, verdict: Verdict) -> None:
    assert judged(result(column("b", psi=0.0)), spec, ("age", "b")).verdict is verdict


numbers = st.floats(allow_nan=True, allow_infinity=True) | st.none()


@given(numbers, numbers, st.integers(-5, 5000), st.sampled_from(list(Verdict)))
def test_whatever_the_numbers_say_only_numbers_that_can_be_pass(
    p_value: float | None, psi: float | None, rows: int, verdict: Verdict
) -> None:
    found = result(column(p_value=p_value, psi=psi if psi is not None else 0.0, rows=rows), verdict=verdict)
    if judged(found).verdict.opens:
        assert p_value is not None and 0 <= p_value <= 1
        assert rows >= 100
        assert verdict.opens


@pytest.mark.parametrize("name", ["age", "Age"])
def test_values_of_a_sensitive_column_are_not_shown(name: str) -> None:
    contract = Contract(name="t", version="1", columns=(Column(name=name, sensitive=True), Column(name="b")))
    shown = hidden(result(column(), column("b")), contract)
    assert [one.aspects[0].histogram is None for one in shown.columns] == [True, False]
    assert "secret" not in judged(shown, Drift(columns=("age",))).message
    assert "secret" in judged(result(column())).message


def test_lists_and_what_may_be_missing_need_not_be_compared() -> None:
    columns = (
        Column(name="a", required=True),
        Column(name="b", logical_type="array", required=True),
        Column(name="c", logical_type="string"),
    )
    assert must_be_compared(Contract(name="t", version="1", columns=columns)) == ("a",)


CHANGES = (
    ContractChange(code="x", sentence="`a` is required now", column="a", breaks=("backward",)),
    ContractChange(code="y", sentence="`b` may be missing now", column="b", breaks=("forward",)),
    ContractChange(code="z", sentence="`c` has another description", column="c"),
)


@pytest.mark.parametrize(
    ("mode", "said"),
    [("backward", "`a` is required now"), ("forward", "`b` may be missing now"), ("full", "`a` is required now; `b`")],
)
def test_changes_that_break_fail(mode: Compatibility, said: str) -> None:
    gate = compatibility_gate(ASKED, mode, Evolved(changes=CHANGES))
    assert (gate.verdict, gate.reason_code, gate.limit) == (Verdict.FAIL, "compatibility", mode)
    assert gate.message.startswith(said)


@pytest.mark.parametrize(
    ("evolved", "verdict"),
    [
        (None, Verdict.INCONCLUSIVE),
        (Evolved(problem="the head has no file c.yaml"), Verdict.ERROR),
        (Evolved(), Verdict.PASS),
        (Evolved(changes=CHANGES[2:]), Verdict.PASS),
    ],
)
def test_what_was_not_compared_does_not_pass(evolved: Evolved | None, verdict: Verdict) -> None:
    assert compatibility_gate(ASKED, "full", evolved).verdict is verdict


def test_what_is_abridged_is_judged_the_same() -> None:
    many = result(*(column(f"c{index}", psi=index / 1000, p_value=0.0001) for index in range(1500)))
    full, short = judged(many), judged(abridged(many))
    assert (short.verdict, short.observed) == (full.verdict, full.observed)
    assert sum(one.aspects[0].histogram is not None for one in abridged(many).columns) == 50


def test_names_that_are_too_long_for_evidence_are_no_pass() -> None:
    found = abridged(result(*(column("x" * 70_000 + str(index)) for index in range(30))))
    assert (found.verdict, found.columns) == (Verdict.INCONCLUSIVE, ())
    assert judged(found).verdict is Verdict.INCONCLUSIVE


def test_the_worst_come_first_then_what_moved_most() -> None:
    calm, moved = replace(column("calm"), effect_size=0.01, limit=0.1), replace(column("b"), effect_size=0.5, limit=0.1)
    unclear = replace(column("unclear"), verdict=Verdict.INCONCLUSIVE)
    assert [one.column for one in most_moved(result(calm, moved, unclear))] == ["unclear", "b", "calm"]
