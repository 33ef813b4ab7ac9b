"""Pickles that would run a command, in whatever they are wrapped: refused, and the command leaves no mark."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest
from support import model_files as m

from sluice.adapters.models import inspect
from sluice.domain.verdict import Verdict

SUFFIXES = (".pkl", ".joblib", ".bin", ".safetensors", ".onnx", ".skops", ".npy", ".json", ".pt", "")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def refused(folder: Path, name: str, canary: Path) -> str:
    found = inspect(folder, name)
    assert found.verdict is Verdict.ERROR
    assert not canary.exists()
    return found.message


def joblib_with(payload: bytes) -> bytes:
    """A file of joblib whose array of objects is the payload."""
    out = io.BytesIO()
    joblib.dump({"a": np.arange(3)}, out)
    whole = out.getvalue()
    objects = io.BytesIO()
    joblib.dump({"a": np.array([None, {}], dtype=object)}, objects)
    inner = pickle.dumps(np.array([None, {}], dtype=object), 5)
    assert inner in objects.getvalue()
    assert whole
    return objects.getvalue().replace(inner, payload)


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "joblib": joblib_with,
    "joblib in zlib": lambda data: zlib.compress(joblib_with(data)),
    "npy": lambda data: m.npy("'|O'", data),
    "npy 2": lambda data: m.npy("[('a', '<i4'), ('b', '|O')]", data, version=2),
    "npz": lambda data: m.zipped({"a.npy": m.npy("'<f8'", bytes(8)), "b.npy": m.npy("'|O'", data)}),
    "torch": m.torch,
    "torch beside": lambda data: m.zipped({"m/data.pkl": m.TORCH_TENSOR, "m/data/0": bytes(8), "m/extra.pkl": data}),
    "skops": lambda data: m.skops(m.node("numpy", "ndarray", "NdArrayNode"), **{"a.npy": m.npy("'|O'", data)}),
}


@pytest.mark.parametrize("kind", sorted(m.HOSTILE))
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_by_any_name(tmp_path: Path, canary: Path, kind: str, suffix: str) -> None:
    name = m.write(tmp_path / f"model{suffix}", m.HOSTILE[kind](f"touch {canary}"))
    refused(tmp_path, name, canary)


@pytest.mark.parametrize("kind", sorted(m.HOSTILE))
@pytest.mark.parametrize("wrapping", sorted(WRAPPINGS))
def test_in_any_wrapping(tmp_path: Path, canary: Path, kind: str, wrapping: str) -> None:
    name = m.write(tmp_path / "model.bin", WRAPPINGS[wrapping](m.HOSTILE[kind](f"touch {canary}")))
    refused(tmp_path, name, canary)


@pytest.mark.parametrize("kind", sorted(set(m.HOSTILE) - {"second_pickle", "attribute"}))
def test_they_are_what_they_claim(canary: Path, kind: str) -> None:
    """Loaded, each does leave its mark: what is refused above is no straw."""
    payload = m.HOSTILE[kind](f"touch {canary}")
    code = "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"
    subprocess.run([sys.executable, "-c", code], input=payload, check=False, capture_output=True)
    assert canary.exists()


@pytest.mark.parametrize("kind", ["global", "stack_global", "memo", "inst"])
def test_the_message_names_what_would_be_called(tmp_path: Path, canary: Path, kind: str) -> None:
    name = m.write(tmp_path / "model.pkl", m.HOSTILE[kind](f"touch {canary}"))
    said = refused(tmp_path, name, canary)
    assert "os.system" in said or "posix.system" in said
    assert "skops" in said


def test_a_listed_module_opens_no_other(tmp_path: Path, canary: Path) -> None:
    name = m.write(tmp_path / "model.pkl", m.by_stack_global(f"touch {canary}"))
    for modules in (("mine.*",), ("posix.*",), ("os",), ("system",), ("posix.system",)):
        assert inspect(tmp_path, name, modules).verdict is Verdict.ERROR
    assert not canary.exists()


@pytest.mark.parametrize("name", ["helpers", "helpers.deeper"])
def test_listed_modules_are_named_by_classes_alone_where_a_name_has_dots(tmp_path: Path, name: str) -> None:
    reached = b"\x80\x04" + m.short(name) + m.short("os.system") + b"\x93."
    nested = b"\x80\x04" + m.short(name) + m.short("Outer.Inner") + b"\x93."
    m.write(tmp_path / "reached.pkl", reached)
    m.write(tmp_path / "nested.pkl", nested)
    assert inspect(tmp_path, "reached.pkl", ("helpers.*",)).verdict is Verdict.ERROR
    assert inspect(tmp_path, "nested.pkl", ("helpers.*",)).verdict is Verdict.PASS
    assert inspect(tmp_path, "nested.pkl", ("other",)).verdict is Verdict.ERROR


TRICKS = {
    "an extension code": b"\x80\x02\x82\x01.",
    "a huge memo": b"\x80\x02}r\xff\xff\xff\x7f.",
    "a huge memo in text": b"}p2000000000\n.",
    "a name that is computed": b"\x80\x04" + m.short("os") + b"K\x01\x93.",
    "a name of bytes": b"\x80\x04C\x02os" + m.short("system") + b"\x93.",
    "a call of what was made": b"\x80\x02cfunctools\npartial\ncbuiltins\nlist\n\x85R)R.",
    "a class changed": b"\x80\x02csklearn.linear_model\nRidge\n}X\x07\x00\x00\x00predictcbuiltins\nlist\nsb.",
    "an entry put into a class": b"\x80\x02ccollections\nOrderedDict\nK\x01K\x01s.",
    "a persistent id": b"\x80\x02X\x01\x00\x00\x00aQ.",
    "a persistent id in text": b"Pfile\n.",
    "a protocol of the future": b"\x80\x09N.",
    "no end": b"\x80\x04N",
    "nothing but an end": b".",
    "bytes behind the end": b"\x80\x04N.\x00\x01\x02",
    "a buffer out of band": b"\x80\x05\x97.",
    "a number without end": b"I" + b"1" * 5_000_000 + b"\n.",
    "a frame inside a frame": b"\x80\x04\x95"
    + (100).to_bytes(8, "little")
    + b"\x95"
    + (1).to_bytes(8, "little")
    + b"N.",
    "a stop inside a frame": b"\x80\x04\x95" + (100).to_bytes(8, "little") + b"N." + b"N." * 49,
    "a text longer than the file": b"\x80\x04\x8d" + (2**62).to_bytes(8, "little") + b"abc.",
    "a line break in a name": b"\x80\x04" + m.short("builtins\nx") + m.short("list") + b"\x93.",
    "a colon in a name": b"\x80\x04" + m.short("a:b") + m.short("c") + b"\x93.",
    "a wrapper made by another call": b"\x80\x02ccopyreg\n_reconstructor\n(cjoblib.numpy_pickle\nNumpyArrayWrapper\n"
    b"cbuiltins\nobject\nNtR}b.",
    "a wrapper of an unknown array": b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}b.",
}


@pytest.mark.parametrize("trick", sorted(TRICKS))
def test_tricks_of_opcodes(tmp_path: Path, trick: str) -> None:
    name = m.write(tmp_path / "model.pkl", TRICKS[trick])
    found = inspect(tmp_path, name)
    assert found.verdict is Verdict.ERROR
    assert found.message


def test_arrays_of_joblib_are_taken_for_opcodes_as_well(tmp_path: Path, canary: Path) -> None:
    """Whoever loads such a file by ``pickle`` reads its arrays as opcodes."""
    payload = m.by_stack_global(f"touch {canary}")[2:]
    array = np.frombuffer(payload + b"." * (-len(payload) % 8), dtype=np.uint8)
    out = io.BytesIO()
    joblib.dump({"a": array}, out)
    data = out.getvalue()
    at = data.index(array.tobytes())
    # The padding's length stands before it, which no pickle machine knows; without alignment there is none.
    start = data.rindex(b"b", 0, at) + 1
    unaligned = data[:start].replace(b"numpy_array_alignment_bytes", b"numpy_array_alignment_bytez") + data[at:]
    name = m.write(tmp_path / "model.joblib", unaligned)
    assert "system" in refused(tmp_path, name, canary)


def test_a_header_that_is_a_pickle_too(tmp_path: Path, canary: Path) -> None:
    """A safetensors file whose header's length is an opcode that passes over the header, to its numbers."""
    payload = m.by_stack_global(f"touch {canary}")[2:]
    header = {"w": {"dtype": "U8", "shape": [len(payload)], "data_offsets": [0, len(payload)]}}
    text = m.safetensors(header, payload)[8:]
    length = int.from_bytes(b"X\x01\x00\x00\x00\x00\x00\x00", "little")
    body = text[: text.index(b"}") + 2].ljust(length, b" ")
    data = length.to_bytes(8, "little") + body + payload
    found = inspect(tmp_path, m.write(tmp_path / "model.safetensors", data))
    assert not canary.exists()
    # The text that the opcode takes ends inside the header, where blanks end whatever reads on.
    assert found.verdict is Verdict.PASS
    skipping = int.from_bytes(b"X\x58\x02\x00\x00\x00\x00\x00", "little")
    body = text[: text.index(b"}") + 2].ljust(skipping, b" ")
    cut = 5 + 0x258 - 8
    crafted = skipping.to_bytes(8, "little") + body[:cut] + payload
    found = inspect(tmp_path, m.write(tmp_path / "model.safetensors", crafted + body[cut + len(payload) :] + payload))
    assert found.verdict is Verdict.ERROR
    assert not canary.exists()
