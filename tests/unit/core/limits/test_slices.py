"""`no_slice_worse`: harm to one slice that an average hides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.judging import judged, result, sliced

from sluice.domain.gates import Gate
from sluice.domain.verdict import Verdict

PASS, WARN, INCONCLUSIVE, ERROR, FAIL = Verdict
GATE = Gate(metric="recall", no_slice_worse=0.02, per_slice="region")
FINE = (-0.05, -0.06, -0.04)


@pytest.mark.parametrize("metric", ["recall", "log_loss"])
def test_one_slice_that_is_shown_to_be_worse_is_enough(metric: str) -> None:
    found = judged(replace(GATE, metric=metric), sliced(FINE, (0.1, 0.08, 0.12), FINE, metric=metric))
    assert (found.verdict, found.reason_code, found.slice) == (FAIL, "slice-worse", "region=1")
    assert found.gate == f"{metric}.no_slice_worse.region"
    assert found.message.startswith(f"{metric} on region=1: worse by 0.1 (95 % interval over 3 slices 0.07557 to ")


def test_what_is_not_shown_does_no_harm() -> None:
    assert judged(GATE, sliced(FINE, (0.1, 0.02, 0.18))).verdict is PASS
    assert judged(GATE, sliced(FINE, FINE)).verdict is PASS


def test_among_many_slices_more_is_asked() -> None:
    suspect = (0.1, 0.021, 0.179)
    assert judged(GATE, sliced(suspect)).verdict is FAIL
    assert judged(GATE, sliced(suspect, FINE)).verdict is PASS


def test_a_share_goes_by_the_slices_own_baseline() -> None:
    gate = replace(GATE, no_slice_worse="10 %")
    assert judged(gate, sliced((0.1, 0.079, 0.121))).verdict is PASS
    assert judged(gate, sliced((0.1, 0.081, 0.119))).verdict is FAIL


def test_what_could_not_be_compared_never_passes() -> None:
    whole = sliced(FINE, FINE)
    few = replace(whole, metrics=(whole.metrics[0], replace(whole.metrics[1], value=None, reason="only 9 rows")))
    found = judged(GATE, few)
    assert (found.verdict, found.message) == (INCONCLUSIVE, "recall on region=1: only 9 rows")
    assert judged(GATE, replace(whole, comparisons=whole.comparisons[:1])).reason_code == "no-baseline"
    assert judged(GATE, replace(whole, comparisons=(*whole.comparisons, whole.comparisons[0]))).verdict is ERROR
    assert judged(GATE, replace(whole, metrics=(*whole.metrics, whole.metrics[0]))).verdict is ERROR
    assert judged(GATE, result()).reason_code == "missing-evidence"
    assert judged(GATE, None).reason_code == "missing-evidence"
    assert judged(replace(GATE, metric="size_mb"), sliced(FINE, metric="size_mb")).reason_code == "direction"
    point = replace(whole, comparisons=tuple(replace(row, method="point") for row in whole.comparisons))
    assert judged(GATE, point).reason_code == "missing-evidence"
