"""Functions of the pull request, called for real: what they answer, and what becomes of those that misbehave."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.calling import function as calling
from sluice.adapters.calling.function import Place, call_function
from sluice.domain.functions import Answer, Ask, Sample
from sluice.domain.stats import REPLICATES

CODE = """
import os, sys, time
import numpy as np

def accuracy(y, p, sample_weight=None):
    print("::error::printed"); sys.stderr.write("said\\n")
    return np.float32(np.average(y == (p > 0.5), weights=sample_weight))

def spoils(y, p):
    y[:] = 0; p.sort()
    return float(y.sum())

def seen(y, p, sample_weight=None):
    assert os.getcwd() == sys.path[0] and y.dtype == np.float64
    return int(os.environ["SLUICE_SEED"]) + (0 if sample_weight is None else 100)

def nan(y, p): return np.nan
def infinite(y, p): return -float("inf")
def huge(y, p): return 10 ** 5000
def none(y, p): return None
def text(y, p): return "0.9"
def truth(y, p): return True
def several(y, p): return np.array([1.0, 2.0])
def complex_(y, p): return 1j
def raises(y, p): raise ValueError("no  good\\nat all" + "x" * 5000)
def recurses(y, p): return recurses(y, p)
def leaves(y, p): sys.exit(0)
def vanishes(y, p): os._exit(0)
def dies(y, p): os.kill(os.getpid(), 11)
def hangs(y, p): time.sleep(1000)
def ignores(y, p):
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)
def takes(y, p): return len(bytearray(400_000_000)) * 1.0
def slow(y, p): time.sleep(0.02); return 1.0
def one_class(y, p):
    if len(np.unique(y)) < 2 or np.bincount(y.astype(int)).min() < 60: raise ValueError("one class")
    return 1.0
def leaves_others(y, p):
    if len(y) == 1 and os.fork() == 0: time.sleep(1000)
    return 1.0
def garbage(y, p):
    for pipe in range(3, 30):
        try: os.write(pipe, b'{"ask": 0, "values": [{"value": 1e999}]}\\n')
        except OSError: pass
    return 1.0
def mistyped(y, p):
    for pipe in range(3, 30):
        try: os.write(pipe, b'{"ask": 0, "values": ["x"]}\\n')
        except OSError: pass
    return 1.0
def floods(y, p):
    for pipe in range(3, 30):
        try:
            while True: os.write(pipe, b"x" * 65536)
        except OSError: pass
NUMBER = 3
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "metrics.py").write_text(CODE)
    # A module of the repository must not stand in for one of the standard library where nobody asked for it.
    (tmp_path / "own" / "json.py").write_text("raise RuntimeError")
    env = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "SLUICE_SEED": "7"}
    said: list[str] = []
    yield Place(root=tmp_path, env=env, say=said.append, memory_bytes=2**28)
    # Only GitHub's own lines begin with a command: what is printed is set in.
    assert all(line.startswith("  ") for line in said)


def sample(n: int = 200, seed: int = 1) -> Sample:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.5).astype(np.float64)
    return Sample(y=y, p=np.clip(0.3 * y + 0.7 * rng.random(n), 0, 1))


def answer(place: Place, name: str, ask: Ask | None = None, timeout_s: float = 30.0) -> Answer:
    (found,) = call_function(
        f"own.metrics:{name}", iter([ask or Ask(first=sample())]), place=place, seed=5, timeout_s=timeout_s
    )
    return found


def test_a_value_and_its_draws(place: Place) -> None:
    rows = sample()
    found = answer(place, "accuracy", Ask(first=rows))
    assert found.first == pytest.approx(float(np.mean(rows.y == (rows.p > 0.5))))
    assert len(found.draws) == REPLICATES
    assert np.mean(found.draws) == pytest.approx(found.first, abs=0.01)
    assert found == answer(place, "accuracy", Ask(first=rows)), "the same seed draws the same rows"


def test_both_sides_are_drawn_alike(place: Place) -> None:
    rows = sample()
    found = answer(place, "accuracy", Ask(first=rows, second=rows))
    assert found.first == found.second
    assert set(found.differences) == {0.0}
    assert len(set(found.draws)) > 10


def test_rows_of_a_cluster_are_drawn_together(place: Place) -> None:
    half = sample(100)
    codes = np.tile(np.arange(100, dtype=np.int32), 2)
    twice = Sample(y=np.tile(half.y, 2), p=np.tile(half.p, 2), clusters=codes)
    alone = answer(place, "accuracy", Ask(first=Sample(y=twice.y, p=twice.p)))
    together = answer(place, "accuracy", Ask(first=twice))
    assert np.std(together.draws) == pytest.approx(np.std(alone.draws) * np.sqrt(2), rel=0.2)


def test_weights_come_by_name_and_nothing_else_does(place: Place) -> None:
    rows = sample()
    weighed = Sample(y=rows.y, p=rows.p, weight=np.ones(200))
    assert answer(place, "seen").first == 7.0
    assert answer(place, "seen", Ask(first=weighed)).first == 107.0


def test_what_a_function_does_to_its_arrays_harms_nobody(place: Place) -> None:
    first, second = call_function(
        "own.metrics:spoils", iter([Ask(first=sample()), Ask(first=sample())]), place=place, seed=1, timeout_s=30
    )
    assert first.first == second.first == 0.0


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nan", "returned nan, not a finite number"),
        ("infinite", "returned -inf, not a finite number"),
        ("huge", "returned inf, not a finite number"),
        ("none", "returned NoneType, not a number"),
        ("text", "returned str, not a number"),
        ("truth", "returned bool, not a number"),
        ("several", "returned ndarray of shape (2,), not a number"),
        ("complex_", "returned complex, not a number"),
        ("raises", "raised ValueError: no good at allxxx"),
        ("recurses", "raised RecursionError"),
        ("leaves", "raised SystemExit: 0"),
        ("vanishes", "gave no answer"),
        ("dies", "ended its process (SIGSEGV)"),
        ("garbage", "gave an answer that cannot be read"),
        ("mistyped", "gave an answer that cannot be read"),
        ("NUMBER", "cannot be imported: TypeError: it is not a function"),
        ("missing", "cannot be imported: AttributeError"),
        ("takes", "took more than 0.25 GiB of memory"),
    ],
)
def test_what_is_no_number_has_its_sentence(place: Place, name: str, says: str) -> None:
    found = answer(place, name)
    assert found.first is None
    assert says in found.first_reason
    assert len(found.first_reason) <= 300
    assert found.draws == ()


@pytest.mark.parametrize("name", ["hangs", "ignores"])
def test_one_that_never_returns_is_ended(place: Place, name: str) -> None:
    started = time.monotonic()
    assert answer(place, name, timeout_s=1.5).first_reason == "did not return within 1.5 s"
    assert time.monotonic() - started < 8
    assert not _leftovers()


def test_an_endless_answer_is_cut(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "MAX_ANSWER_BYTES", 1_000_000)
    assert answer(place, "floods", timeout_s=20).first_reason == "answered more than can be read"


def test_what_it_leaves_running_is_ended(place: Place) -> None:
    one = Sample(y=np.ones(1), p=np.ones(1))
    assert answer(place, "leaves_others", Ask(first=one, resample=False)).first == 1.0
    assert not _leftovers()


def test_a_slow_one_has_its_value_and_no_draws(place: Place) -> None:
    found = answer(place, "slow", timeout_s=3.0)
    assert found.first == 1.0
    assert found.draws == ()
    assert "500 more calls of 0.0" in found.no_draws
    assert found.no_draws.endswith("would not fit into its time")


def test_draws_without_a_value_are_counted(place: Place) -> None:
    rows = Sample(y=np.tile([0.0, 1.0], 62), p=np.ones(124))
    found = answer(place, "one_class", Ask(first=rows))
    assert found.first == 1.0
    assert found.n_failed > 0
    assert len(found.draws) + found.n_failed == REPLICATES


def test_a_module_that_cannot_be_imported(place: Place) -> None:
    (found,) = call_function("own.json:x", iter([Ask(first=sample())]), place=place, seed=1, timeout_s=20)
    assert found.first_reason == "cannot be imported: RuntimeError"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=30),
            st.sampled_from(
                [
                    b'{"ask": 0, "values": [{"value": 0.5}]}',
                    b'{"ask": 0, "values": []}',
                    b'{"ask": 1, "values": [{"value": 1}]}',
                    b'{"ask": 0, "values": [{"value": true}]}',
                    b'{"ask": 0, "draws": [1, 2], "differences": [], "failed": 498}',
                    b'{"ask": 0, "draws": [1, 2], "differences": [1], "failed": 498}',
                    b'{"ask": 0, "draws": [], "differences": [], "failed": -1}',
                    b'{"ask": 0, "none": ["x"]}',
                    b"[" * 1000,
                    b'{"ask": ' + b"9" * 5000 + b"}",
                ]
            ),
        ),
        max_size=4,
    )
)
def test_any_answer_is_believed_in_its_form_or_not_at_all(lines: list[bytes]) -> None:
    (found,) = calling._believed(lines, "", [True])
    assert (found.first is None) == bool(found.first_reason)
    assert not found.draws or len(found.draws) + found.n_failed == REPLICATES


def _leftovers() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if "harness.py" in " ".join(one.cmdline())]
