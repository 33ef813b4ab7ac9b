"""Lead time, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.lead_time import lead_time

TIME = 60.0 * np.arange(10)
Y = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 1.0])


def rows(prediction: str) -> np.ndarray:
    return np.column_stack([[float(sign) for sign in prediction], TIME, np.zeros(10)])


def test_two_minutes_and_none_make_one() -> None:
    assert lead_time(600).value(Y, rows("0100000001"), None) == pytest.approx(60)
    assert lead_time(600).value(Y, rows("0100000001"), np.array([1, 1, 1, 3, 1, 1, 1, 1, 1, 1.0])) == pytest.approx(90)


def test_the_earliest_alarm_within_the_tolerance_counts() -> None:
    assert lead_time(120).value(Y, rows("0101000000"), None) == pytest.approx(120)
    assert lead_time(60).value(Y, rows("0101000000"), None) == pytest.approx(0)


def test_an_alarm_within_the_event_is_late() -> None:
    assert lead_time(60).value(Y, rows("0000100000"), None) == pytest.approx(-60)


def test_without_a_detected_event_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="there are none"):
        lead_time(60).value(Y, rows("1000000000"), None)
