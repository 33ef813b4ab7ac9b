"""Alarms and events matched, against the same in plain loops and against the most pairs that there can be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from support.oracles import matched, runs

from sluice.domain.alarms import warned


def rows(seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Busy series with rows in no order, at times that are not evenly apart, and a tolerance."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 120))
    y, said = ((rng.random(n) < share).astype(float) for share in rng.uniform(0.05, 0.6, size=2))
    group = rng.integers(0, 3, n)
    time = rng.permutation(np.cumsum(rng.integers(1, 4, n)))
    return y, np.column_stack([said, time, group]), float(rng.integers(0, 25))


@pytest.mark.parametrize("seed", range(60))
def test_events_and_alarms_are_those_of_plain_loops(seed: int) -> None:
    y, p, tolerance_s = rows(seed)
    found = warned(y, p, tolerance_s)
    events, alarms, pairs = matched(y, p, tolerance_s)
    assert np.flatnonzero(found.events).tolist() == sorted(events)
    assert np.flatnonzero(found.alarms).tolist() == sorted(alarms)
    assert np.flatnonzero(found.detected).tolist() == sorted(event for event, _ in pairs)
    assert np.flatnonzero(found.right).tolist() == sorted(alarm for _, alarm in pairs)
    for event, alarm in pairs:
        assert found.lead_s[event] == p[event, 1] - p[alarm, 1]


@pytest.mark.parametrize("seed", range(60))
def test_there_are_as_many_pairs_as_can_be(seed: int) -> None:
    y, p, tolerance_s = rows(seed)
    most = 0
    for series in np.unique(p[:, 2]):
        own = p[:, 2] == series
        time, events, alarms = p[own, 1], runs(y[own], p[own, 1]), runs(p[own, 0], p[own, 1])
        fits = [[time[e] - tolerance_s <= time[a] <= time[last] for a, _ in alarms] for e, last in events]
        if events and alarms:
            most += int(
                (maximum_bipartite_matching(csr_array(np.array(fits, dtype=int)), perm_type="column") >= 0).sum()
            )
    assert warned(y, p, tolerance_s).detected.sum() == most


def test_a_million_rows_are_matched_within_a_second_or_two() -> None:
    rng = np.random.default_rng(0)
    n = 1_000_000
    y, said = ((rng.random(n) < 0.5).astype(np.float64) for _ in range(2))
    p = np.column_stack([said, np.arange(n, dtype=np.float64), np.zeros(n)])
    assert warned(y, p, 10_000.0).detected.sum() > 200_000
