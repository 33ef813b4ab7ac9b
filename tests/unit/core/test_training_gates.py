"""Facts of training as gates: each at its edges, and nothing that is not known passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.training_gates import training_gates
from sluice.domain.config import Config, Loaded
from sluice.domain.decision import GateResult
from sluice.domain.gates import Gate
from sluice.domain.training import Repeat, TrainFacts, TrainResult
from sluice.domain.verdict import Verdict

PASS, WARN, INCONCLUSIVE, ERROR, FAIL = Verdict
HEAD, OTHER = "a" * 40, "b" * 40
CLEAN = Gate(training="clean_tree")
TOOK = Gate(training="duration_s", max=60.0)
AGAIN = Gate(training="reproducible")
TRAINED = TrainResult(
    status="success",
    command="train",
    exit_code=0,
    duration_s=60.0,
    facts=TrainFacts(commit=HEAD, repeat=Repeat(n=100, max_difference=0.0)),
)


def judged(gate: Gate, training: TrainResult | None = TRAINED) -> GateResult:
    policy = Loaded(value=Config(version=1, gates=(Gate(metric="x", max=1), gate)), sha256="", lines={"gates[1]": 9})
    (found,) = training_gates(policy, training, HEAD)
    return found


def facts(**changed: object) -> TrainResult:
    assert TRAINED.facts is not None
    return replace(TRAINED, facts=replace(TRAINED.facts, **changed))


@pytest.mark.parametrize("gate", [CLEAN, TOOK, AGAIN])
def test_what_is_known_and_right_passes(gate: Gate) -> None:
    found = judged(gate)
    assert (found.gate, found.stage, found.line) == (f"training.{gate.training}", "training", 9)
    assert (found.verdict, found.reason_code, found.limit) == (PASS, "pass", gate.max)
    assert found.rule


@pytest.mark.parametrize("severity", ["fail", "warn"])
@pytest.mark.parametrize(
    ("gate", "training"),
    [
        (CLEAN, None),
        (CLEAN, replace(TRAINED, facts=None)),
        (CLEAN, replace(TRAINED, status="failure")),
        (TOOK, None),
        (TOOK, replace(TRAINED, status="timeout")),
        (AGAIN, None),
        (AGAIN, replace(TRAINED, facts=None)),
        (AGAIN, facts(repeat=None)),
        (AGAIN, facts(repeat=Repeat(reason="no"))),
        (AGAIN, facts(repeat=Repeat())),
        (AGAIN, facts(repeat=Repeat(same_model=False))),
    ],
)
def test_what_is_not_known_is_inconclusive_whatever_the_severity(
    gate: Gate, training: TrainResult | None, severity: str
) -> None:
    found = judged(replace(gate, severity=severity), training)
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "missing-evidence")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"commit": OTHER}, "bbbbbbbbbbbb was trained, and the head is aaaaaaaaaaaa"),
        ({"unclean": ("a.py",)}, "before training, `a.py` was not as the commit has it"),
        (
            {"unclean": ("a", "b`", "c", "d")},
            "before training, `a`, `b'`, `c` and 1 more were not as the commit has them",
        ),
        ({"rewritten": ("params.yaml",)}, "training has changed its own inputs: `params.yaml`"),
    ],
)
def test_a_dirty_tree_is_named(changed: dict[str, object], said: str) -> None:
    found = judged(CLEAN, facts(**changed))
    assert (found.verdict, found.reason_code, found.message) == (FAIL, "dirty-tree", said)
    assert found.remedy
    assert judged(replace(CLEAN, severity="warn"), facts(**changed)).verdict is WARN


def test_a_training_of_exactly_its_limit_is_within() -> None:
    assert judged(TOOK, replace(TRAINED, duration_s=60.000001)).reason_code == "above-max"
    assert judged(TOOK, replace(TRAINED, duration_s=60.000001)).verdict is FAIL
    assert judged(TOOK, replace(TRAINED, duration_s=-1.0)).verdict is ERROR


@pytest.mark.parametrize(
    ("repeat", "limit", "verdict"),
    [
        (Repeat(n=100, n_different=3, max_difference=0.01), None, FAIL),
        (Repeat(n=100, n_different=3, max_difference=0.01), 0.0, FAIL),
        (Repeat(n=100, n_different=3, max_difference=0.01), 0.009, FAIL),
        (Repeat(n=100, n_different=3, max_difference=0.01), 0.01, PASS),
        (Repeat(n=100, n_different=3), 1.0, FAIL),
        (Repeat(n=100, n_different=100), 1.0, FAIL),
        (Repeat(same_model=True), None, PASS),
        (Repeat(n=100, n_different=1, max_difference=0.1, same_model=True), None, FAIL),
        (Repeat(n=100, n_different=101), None, ERROR),
        (Repeat(n=100, n_different=-1), None, ERROR),
        (Repeat(n=100, n_different=1, max_difference=-1.0), 1.0, ERROR),
    ],
)
def test_a_second_training_must_predict_the_same(repeat: Repeat, limit: float | None, verdict: Verdict) -> None:
    found = judged(replace(AGAIN, max=limit), facts(repeat=repeat))
    assert found.verdict is verdict
    if verdict is FAIL:
        assert found.reason_code == "not-reproducible"
