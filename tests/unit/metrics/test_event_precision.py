"""Precision of alarms, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.event_precision import event_precision

TIME, ONE = np.arange(10.0), np.zeros(10)
Y = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 1.0])


def rows(prediction: str) -> np.ndarray:
    return np.column_stack([[float(sign) for sign in prediction], TIME, ONE])


@pytest.mark.parametrize(
    ("prediction", "tolerance_s", "expected"),
    [
        ("0110000000", 2, 1),  # rows that follow one another are one alarm
        ("0101000000", 2, 1 / 2),  # the second alarm for one event is a false one
        ("0100010001", 2, 2 / 3),
        ("1000000000", 2, 0),
        ("1111111111", 2, 0),  # raised too early, and never again
        ("0000010000", 9, 1),  # late for the first event, early for the second
    ],
)
def test_alarms_that_an_event_follows(prediction: str, tolerance_s: float, expected: float) -> None:
    assert event_precision(tolerance_s).value(Y, rows(prediction), None) == pytest.approx(expected)


def test_an_alarm_weighs_what_its_first_row_weighs() -> None:
    weight = np.array([1, 3.0, 9, 9, 9, 1, 9, 9, 9, 9])
    assert event_precision(2).value(Y, rows("0110010000"), weight) == pytest.approx(3 / 4)
    trials = event_precision(2).trials
    assert trials is not None and trials(Y, rows("0110010000"), None) == pytest.approx(2)


def test_without_an_alarm_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is predicted to be one"):
        event_precision(2).value(Y, rows("0000000000"), None)
