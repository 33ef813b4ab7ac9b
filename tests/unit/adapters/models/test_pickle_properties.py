"""Whatever the bytes: our machine names all that the real ones would import, and never fails in any other way."""

from __future__ import annotations

import contextlib
import datetime
import io
import pickle
from collections import OrderedDict, defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.adapters.models.naming import Named
from sluice.adapters.models.pickles.streams import look, would_call
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source
from sluice.domain.model_globals import refused

MANY = settings(
    max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def source(data: bytes) -> Source:
    return Source(io.BytesIO(data), limit=1 << 30)


class Anything:
    """What every name stands for in the recording machines: it can be called, filled and built."""

    def __new__(cls, *_args: Any, **_named: Any) -> Anything:
        return object.__new__(cls)

    def __init__(self, *_args: Any, **_named: Any) -> None:
        """Takes whatever it is given."""

    def __call__(self, *_args: Any, **_named: Any) -> Anything:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keeps nothing."""

    def append(self, value: Any) -> None:
        """Keeps nothing."""

    def add(self, value: Any) -> None:
        """Keeps nothing."""


def recorded(data: bytes, machine: type[Any]) -> set[str]:
    """What a real machine asks for, until it ends."""
    asked: set[str] = set()

    class Recording(machine):
        def find_class(self, module: str, name: str) -> Any:
            asked.add(f"{module}:{name}")
            return Anything

    with contextlib.suppress(Exception):
        Recording(io.BytesIO(data)).load()
    return asked


TEXTS = [
    b"\x8c\x02os",
    b"\x8c\x06system",
    b"X\x05\x00\x00\x00numpy",
    b"Vdtype\n",
    b"U\x03abc",
    b"S'list'\n",
    b"\x8c\x00",
]
NUMBERS = [
    b"K\x01",
    b"I01\n",
    b"I010\n",
    b"I0x1\n",
    b"I5\n",
    b"L7L\n",
    b"J\x01\x00\x00\x00",
    b"\x8a\x01\x05",
    b"F1.5\n",
    b"N",
    b"\x88",
    b"C\x01a",
]
MEMO = [
    b"\x94",
    b"q\x00",
    b"q\x01",
    b"h\x00",
    b"h\x01",
    b"p0\n",
    b"g0\n",
    b"p01\n",
    b"g01\n",
    b"r\x02\x00\x00\x00",
    b"j\x02\x00\x00\x00",
]
NAMES = [b"\x93", b"cos\nsystem\n", b"cnumpy\ndtype\n", b"ios\nsystem\n", b"c__builtin__\nlist\n"]
SHAPES = [b"(", b"0", b"1", b"2", b"t", b"\x85", b"\x86", b"\x87", b")", b"]", b"}", b"l", b"d", b"\x8f", b"\x91"]
ACTS = [b"R", b"o", b"\x81", b"\x92", b"b", b"a", b"e", b"s", b"u", b"\x90", b".", b"\x80\x02", b"\x80\x04", b"Q"]
STATES = [b"Nb", b"K\x00b", b"}b", b")b"]
PIECES = st.sampled_from(TEXTS * 3 + NUMBERS + MEMO * 2 + NAMES * 3 + SHAPES + ACTS + STATES)


@given(st.lists(PIECES, max_size=40))
@MANY
def test_all_that_real_machines_would_import_is_named(pieces: list[bytes]) -> None:
    data = b"".join(pieces) + b"."
    named = Named()
    with contextlib.suppress(RefusedError, BrokenError):
        look(lambda: source(data), named)
        ours = {one.replace("builtins:", "__builtin__:") for one in named.all} | set(named.all)
        assert recorded(data, pickle.Unpickler) <= ours
        assert recorded(data, pickle._Unpickler) <= ours  # type: ignore[attr-defined]


@given(st.lists(PIECES, max_size=40))
@MANY
def test_what_ends_our_machine_ends_the_real_ones(pieces: list[bytes]) -> None:
    """Broken for us means that nobody gets further; only so may a file be called no pickle."""
    data = b"".join(pieces) + b"."
    named = Named()
    try:
        look(lambda: source(data), named)
    except RefusedError:
        return
    except BrokenError:
        ours = {one.replace("builtins:", "__builtin__:") for one in named.all} | set(named.all)
        for machine in (pickle.Unpickler, pickle._Unpickler):  # type: ignore[attr-defined]
            assert recorded(data, machine) <= ours


@given(st.binary(max_size=400))
@MANY
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(RefusedError, BrokenError):
        look(lambda: source(data), Named())
    with contextlib.suppress(RefusedError):
        assert (
            would_call(lambda: source(data), ()) == ()
            or b"R" in data
            or b"i" in data
            or b"o" in data
            or b"\x81" in data
        )


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.decimals() | st.dates()
    | st.timedeltas() | st.complex_numbers() | st.integers(min_value=2**80),
    lambda inner: st.lists(inner, max_size=5) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=5), inner, max_size=5)
    | st.builds(OrderedDict, st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN, st.integers(0, 5))
@settings(max_examples=600, deadline=None)
def test_what_python_pickles_of_plain_values_is_allowed(value: object, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    named = Named()
    assert look(lambda: source(data), named).n_pickles == 1
    assert refused(named.all) == ()


@given(st.lists(PLAIN, min_size=2, max_size=4), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_several_pickles_in_one_stream(values: list[object], protocol: int) -> None:
    data = b"".join(pickle.dumps(value, protocol) for value in values)
    named = Named()
    assert look(lambda: source(data), named).n_pickles == len(values)
    assert refused(named.all) == ()


@given(PLAIN, st.integers(0, 5), st.data())
@settings(max_examples=300, deadline=None)
def test_a_pickle_that_is_cut_is_broken(value: object, protocol: int, drawn: st.DataObject) -> None:
    data = pickle.dumps(value, protocol)
    cut = drawn.draw(st.integers(0, len(data) - 1))
    try:
        look(lambda: source(data[:cut]), Named())
    except (BrokenError, RefusedError):
        return
    raise AssertionError("a pickle without its end was taken for whole")


def test_more_kinds_of_plain_values() -> None:
    values = [
        defaultdict(list, a=[1]), Decimal("1.5"), datetime.datetime.now(datetime.UTC), np.float32(1), np.arange(4),
        np.array([1, "a", None], dtype=object), np.zeros(2, dtype=[("a", "<i4"), ("b", "O")]), np.log1p,
        np.random.RandomState(1), np.ma.masked_array([1, 2], mask=[False, True]), np.float64, {1, 2}, frozenset((1,)),
        np.random.default_rng(1),
        range(3), slice(1, 2), bytearray(b"abc"), "x" * 100_000, b"y" * 100_000, tuple(range(500)), 2**3_000,
    ]  # fmt: skip
    for protocol in range(6):
        for value in values:
            named = Named()
            data = pickle.dumps(value, protocol)
            look(lambda data=data: source(data), named)
            assert refused(named.all) == (), (protocol, value)
