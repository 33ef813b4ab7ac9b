"""Recall of events, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.event_recall import EVENT_RECALL, event_recall


def series(y: str, prediction: str, *, group: float = 0.0, step_s: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """True values and predictions of rows at 0, 1, 2 ... seconds, written as text."""
    truth, said = (np.array([float(sign) for sign in text]) for text in (y, prediction))
    time = step_s * np.arange(len(truth))
    return truth, np.column_stack([said, time, np.full(len(truth), group)])


def test_an_alarm_up_to_two_seconds_before_and_one_within_the_event() -> None:
    y, p = series("0001100001100001", "0100000000100000")
    assert event_recall(2).value(y, p, None) == pytest.approx(2 / 3)
    assert event_recall(1).value(y, p, None) == pytest.approx(1 / 3)
    assert event_recall(9).value(y, p, None) == pytest.approx(2 / 3)


def test_an_alarm_after_the_event_does_not_count() -> None:
    assert event_recall(9).value(*series("01100", "00010"), None) == 0


def test_one_alarm_counts_for_one_event() -> None:
    y, p = series("000101", "010000")
    assert event_recall(5).value(y, p, None) == pytest.approx(1 / 2)
    # Two alarms serve both: the first goes to the first event, though it would do for the second as well.
    y, p = series("000101", "101000")
    assert event_recall(5).value(y, p, None) == pytest.approx(1)


def test_series_are_apart_and_rows_may_come_in_any_order() -> None:
    parts = [series("0010", "0000", group=1), series("0000", "0100", group=2), series("0001", "0010", group=3)]
    y, p = np.concatenate([y for y, _ in parts]), np.concatenate([p for _, p in parts])
    order = np.random.default_rng(1).permutation(len(y))
    assert event_recall(3).value(y[order], p[order], None) == pytest.approx(1 / 2)


def test_a_run_ends_with_its_series() -> None:
    parts = [series("01", "00", group=1), series("10", "00", group=2)]
    y, p = np.concatenate([y for y, _ in parts]), np.concatenate([p for _, p in parts])
    trials = event_recall(1).trials
    assert trials is not None and trials(y, p, None) == 2


def test_an_event_weighs_what_its_first_row_weighs() -> None:
    y, p = series("0110001", "0100000")
    assert event_recall(0).value(y, p, np.array([9.0, 3.0, 9.0, 9.0, 9.0, 9.0, 1.0])) == pytest.approx(3 / 4)


def test_an_alarm_at_the_edge_of_the_tolerance_is_in_time() -> None:
    y, p = series("0001", "1000", step_s=0.1)
    p[:, 1] += 1.7e9
    assert event_recall(0.3).value(y, p, None) == 1
    assert event_recall(0.29).value(y, p, None) == 0


def test_without_an_event_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is one"):
        event_recall(3).value(*series("0000", "0100"), None)


def test_a_tolerance_is_a_number_of_seconds() -> None:
    assert [EVENT_RECALL.of(text) is None for text in ("0", "3600", "0.5", "-1", "1e3", "inf")] == [
        False, False, False, True, True, True,
    ]  # fmt: skip
