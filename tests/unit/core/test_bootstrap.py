"""How rows are drawn again."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.core import bootstrap
from sluice.core.bootstrap import MANY_ROWS, Sample, drawn
from sluice.domain import stats
from sluice.domain.clusters import clustered


@pytest.fixture(autouse=True)
def few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred replicates tell what these tests ask."""
    monkeypatch.setattr(stats, "REPLICATES", 100)


def test_every_replicate_of_few_rows_draws_as_many_as_there_are() -> None:
    draws = np.concatenate(list(drawn(np.random.default_rng(1), Sample(n=50, rows=50))))
    assert draws.shape == (100, 50)
    assert set(draws.sum(axis=1)) == {50.0}
    assert draws.var() == pytest.approx(1, abs=0.1)


def test_many_rows_are_drawn_each_by_itself() -> None:
    draws = next(drawn(np.random.default_rng(1), Sample(n=MANY_ROWS, rows=MANY_ROWS)))
    assert draws.mean() == pytest.approx(1, abs=0.01) and draws.var() == pytest.approx(1, abs=0.01)
    assert np.abs(draws.sum(axis=1) / MANY_ROWS - 1).max() < 0.05


def test_rows_that_stand_for_several_are_drawn_as_often_as_these_together() -> None:
    copies = np.array([1.0, 7.0, 2_000.0, 1.0])
    draws = np.concatenate(
        [next(drawn(np.random.default_rng(i), Sample(n=9, rows=9, copies=copies))) for i in range(30)]
    )
    assert draws.shape == (3_000, 4)
    assert draws.mean(axis=0) == pytest.approx(copies, rel=0.08) and draws.var(axis=0) == pytest.approx(copies, rel=0.1)
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 0.08


def test_chunks_are_bounded_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "CHUNK_BYTES", 8 * 50 * 30)
    assert [len(draws) for draws in drawn(np.random.default_rng(1), Sample(n=50, rows=50))] == [30, 30, 30, 10]
    monkeypatch.setattr(bootstrap, "CHUNK_BYTES", 1)
    assert [len(draws) for draws in drawn(np.random.default_rng(1), Sample(n=50, rows=50))] == [1] * 100


def test_rows_of_a_group_are_drawn_together() -> None:
    group = np.repeat(np.arange(40, dtype=np.int32), 3)
    draws = np.concatenate(list(drawn(np.random.default_rng(1), Sample(n=120, rows=40, clusters=clustered(group)))))
    assert (draws[:, ::3] == draws[:, 1::3]).all() and (draws[:, ::3] == draws[:, 2::3]).all()
    assert set(draws.sum(axis=1)) == {120.0}


def test_the_interval_of_a_mean_is_the_normal_one() -> None:
    x = np.random.default_rng(2).normal(size=400)
    found = bootstrap.bootstrap(lambda w: w @ x / w.sum(axis=1), Sample(n=400, rows=400), np.random.default_rng(3))
    expected = stats.normal(x.mean(), x.std() / 20)
    assert not isinstance(found, str)
    # A hundred replicates know a quantile to a fifth of a standard error or so.
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (Sample(n=29, rows=29), "only 29 rows, at least 30 are needed to resample"),
        (Sample(n=90, rows=19.4), "only 19.4 of the rows count, 20 are needed to resample"),
        (
            Sample(n=90, rows=90, clusters=clustered(np.arange(90, dtype=np.int32) % 29)),
            "rows of only 29 groups, at least 30 are needed",
        ),
    ],
)
def test_too_little_to_draw_from_is_named(sample: Sample, why: str) -> None:
    assert bootstrap.bootstrap(lambda w: w.sum(axis=1), sample, np.random.default_rng(3)) == why


def test_replicates_without_a_value_are_left_out_up_to_one_in_a_hundred() -> None:
    def with_missing(missing: int) -> stats.Interval | str:
        values = np.r_[np.full(missing, np.nan), np.linspace(0, 1, 100 - missing)]
        return bootstrap.bootstrap(lambda draws: values, Sample(n=50, rows=50), np.random.default_rng(3))

    assert not isinstance(with_missing(1), str)
    assert with_missing(2) == "too many resampled sets have no value"
