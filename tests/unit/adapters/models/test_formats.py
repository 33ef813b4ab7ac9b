"""Each format of a model: what is whole is described, what is not is refused with a sentence."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import lzma
import os
import pickle
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import model_files as m

from sluice.adapters.confined import Limits
from sluice.adapters.models import digest_of, inspect, onnx_file, plain, safetensors_file, skops_archive, wire, zipped
from sluice.adapters.models.compressed import unpacked
from sluice.adapters.models.naming import Named
from sluice.adapters.models.numpy_files import look_at_array
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source
from sluice.domain.model import ModelArtifact
from sluice.domain.verdict import Verdict

FEW = settings(max_examples=400, deadline=None)
TENSOR = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


def looked(folder: Path, name: str, data: bytes, *modules: str) -> ModelArtifact:
    m.write(folder / name, data)
    return inspect(folder, name, modules)


def accepted(folder: Path, name: str, data: bytes, *modules: str) -> ModelArtifact:
    found = looked(folder, name, data, *modules)
    assert found.verdict is Verdict.PASS, found.message
    assert found.n_bytes == len(data)
    assert len(found.sha256) == 64
    return found


def refused(folder: Path, name: str, data: bytes, *modules: str) -> str:
    found = looked(folder, name, data, *modules)
    assert found.verdict is Verdict.ERROR
    assert found.message
    assert "\n" not in found.message
    return found.message


# -- scikit-learn, joblib, NumPy ------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted() -> object:
    from sklearn.compose import ColumnTransformer

    ensemble: Any = importlib.import_module("sklearn.ensemble")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    rows = np.abs(np.random.default_rng(0).normal(size=(80, 3)))
    kinds = ColumnTransformer(
        [
            ("numbers", make_pipeline(FunctionTransformer(np.log1p), StandardScaler()), [0, 1]),
            ("kinds", OneHotEncoder(), [2]),
        ]
    )
    rows[:, 2] = rows[:, 2] > 1
    votes = ensemble.VotingClassifier(
        [
            ("forest", ensemble.RandomForestClassifier(3)),
            ("boosted", ensemble.HistGradientBoostingClassifier(max_iter=3)),
        ],
        voting="soft",
    )
    return make_pipeline(kinds, votes).fit(rows, rows[:, 0] > 0.7)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pipeline_of_scikit_learn_by_pickle(tmp_path: Path, fitted: object, protocol: int) -> None:
    found = accepted(tmp_path, "model.pkl", pickle.dumps(fitted, protocol))
    assert found.format == "pickle"
    assert "sklearn.pipeline:Pipeline" in found.globals_named


@pytest.mark.parametrize("compress", [0, 3, "gzip", "bz2", "xz", "lzma"])
def test_a_pipeline_of_scikit_learn_by_joblib(tmp_path: Path, fitted: object, compress: int | str) -> None:
    out = io.BytesIO()
    how: Any = (compress, 3) if isinstance(compress, str) else compress
    joblib.dump({"model": fitted, "run": None}, out, compress=how)
    found = accepted(tmp_path, "model.joblib", out.getvalue())
    assert found.format == "joblib"
    assert "joblib.numpy_pickle:NumpyArrayWrapper" in found.globals_named


def test_a_pipeline_of_scikit_learn_by_skops(tmp_path: Path, fitted: object) -> None:
    skops = pytest.importorskip("skops.io")
    found = accepted(tmp_path, "model.skops", skops.dumps(fitted))
    assert found.format == "skops"
    assert "numpy:log1p" in found.globals_named


def test_arrays_of_every_type_by_joblib(tmp_path: Path) -> None:
    types = [
        "?",
        "i1",
        "u2",
        "i4",
        "u8",
        "f2",
        "f4",
        "f8",
        "c8",
        "c16",
        "S3",
        "U4",
        "M8[ns]",
        "m8[D]",
        "V5",
        ">i4",
        "g",
    ]
    arrays: dict[str, object] = {name: np.zeros((2, 3), dtype=name) for name in types}
    arrays["structured"] = np.zeros(4, dtype=[("a", "<i4"), ("b", "<f8"), ("c", [("d", "u1"), ("e", "U2")])])
    arrays["objects"] = np.array([1, "text", None, np.arange(2)], dtype=object)
    arrays["structured objects"] = np.zeros(4, dtype=[("a", "<i4"), ("b", "O")])
    arrays |= {"none": np.zeros((0, 3)), "one": np.array(1.5), "fortran": np.asfortranarray(np.ones((3, 2)))}
    for name, array in arrays.items():
        out = io.BytesIO()
        joblib.dump([array, "behind"], out)
        found = accepted(tmp_path, "model.joblib", out.getvalue())
        assert found.format == "joblib", name


def test_npy_and_npz(tmp_path: Path) -> None:
    for name, array in {"f": np.ones((3, 2)), "s": np.zeros(2, dtype=[("a", "i4"), ("b", "U3")])}.items():
        out = io.BytesIO()
        np.save(out, array)
        assert accepted(tmp_path, f"{name}.npy", out.getvalue()).format == "npy"
    out = io.BytesIO()
    np.savez_compressed(out, a=np.ones(3), b=np.array([{}, []], dtype=object))
    assert accepted(tmp_path, "model.npz", out.getvalue()).format == "npz"
    for described in (
        "'O'",
        "'object'",
        "('f8',)",
        "5",
        "[('a',)]",
        "'i4,O'",
        "[" * 30 + "]" * 30,
        "[('a', 'f8')",
        "{}",
    ):
        refused(tmp_path, "model.npy", m.npy(described))
    refused(tmp_path, "model.npy", b"\x93NUMPY\x01\x00\xff\xff{}")
    refused(tmp_path, "model.npy", m.npy("'f8'")[:9])


@given(st.binary(max_size=200))
@FEW
def test_any_bytes_behind_numpys_mark(data: bytes) -> None:
    with contextlib.suppress(BrokenError, RefusedError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        look_at_array(Source(io.BytesIO(b"\x93NUMPY" + data), limit=1 << 20), Named())


# -- safetensors ----------------------------------------------------------------------------------


def test_safetensors(tmp_path: Path) -> None:
    header = {
        "__metadata__": {"format": "pt"},
        "a": TENSOR,
        "b": {"dtype": "I64", "shape": [], "data_offsets": [16, 24]},
    }
    found = accepted(tmp_path, "model.safetensors", m.safetensors(header, bytes(24)))
    assert (found.format, found.globals_named) == ("safetensors", ())
    accepted(tmp_path, "empty.safetensors", m.safetensors({}))


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"a": TENSOR}, bytes(15)),
        ({"a": TENSOR}, bytes(17)),
        ({"a": {**TENSOR, "data_offsets": [8, 24]}}, bytes(24)),
        ({"a": TENSOR, "b": {**TENSOR, "data_offsets": [8, 24]}}, bytes(24)),
        ({"a": {**TENSOR, "data_offsets": [16, 0]}}, bytes(16)),
        ({"a": {**TENSOR, "data_offsets": [0, 2**70]}}, bytes(16)),
        ({"a": {**TENSOR, "shape": [2**40, 2**40]}}, bytes(16)),
        ({"a": {**TENSOR, "shape": [-2, -2]}}, bytes(16)),
        ({"a": {**TENSOR, "shape": [True, 4]}}, bytes(16)),
        ({"a": {**TENSOR, "shape": "2,2"}}, bytes(16)),
        ({"a": {**TENSOR, "dtype": "OBJECT"}}, bytes(16)),
        ({"a": {**TENSOR, "more": 1}}, bytes(16)),
        ({"a": [0, 16]}, bytes(16)),
        ({"__metadata__": {"a": 1}}, b""),
        (b'{"a": 1, "a": 2}', b""),
        (b"[]", b""),
        (b"{", b""),
        (b"\xff\xfe{}", b""),
        (b"[" * 100_000, b""),
    ],
)
def test_safetensors_that_are_none(tmp_path: Path, header: object, data: bytes) -> None:
    refused(tmp_path, "model.safetensors", m.safetensors(header, data))


def test_safetensors_with_a_header_longer_than_the_file(tmp_path: Path) -> None:
    for length in (9, 2**31, 2**63, 2**64 - 1):
        refused(tmp_path, "model.safetensors", struct.pack("<Q", length) + b"{}")
    refused(tmp_path, "model.safetensors", b"{}")
    refused(tmp_path, "model.safetensors", b"")


@given(st.binary(max_size=200))
@FEW
def test_any_bytes_as_safetensors(data: bytes) -> None:
    whole = struct.pack("<Q", len(data) // 2) + data
    with contextlib.suppress(BrokenError, RefusedError):
        safetensors_file.look(Source(io.BytesIO(whole), limit=1 << 20), len(whole))


def test_safetensors_by_its_own_library(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    data = library.save({"a": np.ones((2, 3), dtype=np.float32), "b": np.arange(4)})
    assert accepted(tmp_path, "model.safetensors", data).format == "safetensors"


# -- ONNX -----------------------------------------------------------------------------------------


def test_onnx(tmp_path: Path) -> None:
    found = accepted(tmp_path, "model.onnx", m.onnx(("MatMul", ""), ("TreeEnsembleClassifier", "ai.onnx.ml")))
    assert (found.format, found.globals_named) == ("onnx", ())


def test_onnx_with_operators_of_a_library(tmp_path: Path) -> None:
    data = m.onnx(("Steal", "com.example.ops"))
    assert "com.example.ops.Steal" in refused(tmp_path, "model.onnx", data)
    assert accepted(tmp_path, "model.onnx", data, "com.example.ops").globals_named == ("com.example.ops:Steal",)
    inside = m.field(
        7, m.field(1, m.field(4, "If") + m.field(5, m.field(6, m.field(1, m.field(4, "X") + m.field(7, "evil")))))
    )
    assert "evil.X" in refused(tmp_path, "model.onnx", m.field(1, 8) + inside)


def test_onnx_with_functions_of_its_own(tmp_path: Path) -> None:
    function = m.field(25, m.field(1, "Mine") + m.field(10, "mine") + m.field(7, m.field(4, "Add")))
    accepted(tmp_path, "model.onnx", m.onnx(("Mine", "mine"), extra=function))
    foreign = m.field(
        25, m.field(1, "Mine") + m.field(10, "mine") + m.field(7, m.field(4, "Open") + m.field(7, "evil"))
    )
    assert "evil.Open" in refused(tmp_path, "model.onnx", m.onnx(("Mine", "mine"), extra=foreign))


def test_onnx_that_opens_a_compiled_model(tmp_path: Path) -> None:
    assert "EPContext" in refused(tmp_path, "model.onnx", m.onnx(("EPContext", "com.microsoft")))


@pytest.mark.parametrize(
    "location", ["/etc/passwd", "../x", "a/../../x", "a//b", "C:\\x", "a\\b", "~/x", "", "a\nb", "file:///x"]
)
def test_onnx_with_numbers_elsewhere(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "model"
    m.write(folder / "model.onnx", m.onnx(("Add", ""), tensors=(m.external(location),)))
    assert inspect(tmp_path, "model").verdict is Verdict.ERROR


def test_onnx_with_numbers_beside_it(tmp_path: Path) -> None:
    data = m.onnx(("Add", ""), tensors=(m.external("numbers/w.bin"),))
    assert "folder" in refused(tmp_path, "model.onnx", data)
    m.write(tmp_path / "model" / "model.onnx", data)
    assert "not there" in inspect(tmp_path, "model").message
    m.write(tmp_path / "model" / "numbers" / "w.bin", bytes(100))
    found = inspect(tmp_path, "model")
    assert (found.verdict, found.n_files) == (Verdict.PASS, 2)
    m.write(tmp_path / "model" / "numbers" / "w.bin", m.by_stack_global("true"))
    assert "pickle as well" in inspect(tmp_path, "model").message


def test_onnx_without_saying_where_its_numbers_are(tmp_path: Path) -> None:
    tensor = m.field(1, 2) + m.field(2, 1) + m.field(14, 1)
    refused(tmp_path, "model.onnx", m.onnx(("Add", ""), tensors=(tensor,)))
    refused(tmp_path, "model.onnx", m.onnx(("Add", ""), tensors=(m.external("a") + m.external("b"),)))


def test_onnx_nested_without_end(tmp_path: Path) -> None:
    graph = b""
    for _ in range(200):
        graph = m.field(1, m.field(4, "If") + m.field(5, m.field(6, graph)))
    refused(tmp_path, "model.onnx", m.field(1, 8) + m.field(7, graph))


@pytest.mark.parametrize(
    "data", [b"", b"\x08", b"\x08\x08", b"\x3a\xff\xff\xff\xff\x0f", b"\x0f", b"\x00\x00", b"\x08" + b"\xff" * 11]
)
def test_onnx_that_is_none(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path, "model.onnx", data)


@given(st.binary(max_size=300))
@FEW
def test_any_bytes_as_onnx(data: bytes) -> None:
    with contextlib.suppress(BrokenError, RefusedError):
        onnx_file.look(memoryview(m.field(1, 8) + m.field(7, data) + data), Named(), lambda _location: None)


@given(st.lists(st.tuples(st.integers(1, 2**28), st.integers(0, 2**64 - 1) | st.binary(max_size=30)), max_size=20))
@FEW
def test_fields_are_read_as_they_were_written(wanted: list[tuple[int, int | bytes]]) -> None:
    data = b"".join(m.field(number, value) for number, value in wanted)
    found = [
        (number, value if isinstance(value, int) else bytes(value))
        for number, _kind, value in wire.fields(memoryview(data))
    ]
    assert found == wanted


def test_onnx_by_its_own_library(tmp_path: Path) -> None:
    if importlib.util.find_spec("onnx") is None:
        pytest.skip("the onnx library is not installed")
    from onnx import TensorProto, helper  # pyright: ignore[reportMissingImports]

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    model = helper.make_model(helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:]))
    assert accepted(tmp_path, "model.onnx", model.SerializeToString()).format == "onnx"


# -- skops ----------------------------------------------------------------------------------------


def test_skops_names_every_node(tmp_path: Path) -> None:
    inner = m.node("builtins", "dict", "DictNode", content={"f": m.node("os", "system", "FunctionNode")})
    said = refused(tmp_path, "model.skops", m.skops(m.node("sklearn.svm._classes", "SVC", content=inner)))
    assert "os.system" in said


@pytest.mark.parametrize(
    "node",
    [
        m.node("sklearn.svm._classes", "SVC", "MethodNode", content={"func": "fit", "obj": {}}),
        m.node("operator", "methodcaller", "OperatorFuncNode"),
        m.node("builtins", "dict", "LaterNode"),
        m.node("builtins", "eval", "TypeNode"),
        m.node("functools", "partial", "PartialNode", content={"func": m.node("os", "system", "FunctionNode")}),
        m.node("builtins", "function", "FunctionNode", content={"module_path": "os", "function": "system"}),
        {"__class__": "dict", "__module__": "builtins"},
        {"__class__": 1, "__module__": "builtins", "__loader__": "DictNode"},
    ],
)
def test_skops_nodes_that_reach_further(tmp_path: Path, node: dict[str, object]) -> None:
    refused(tmp_path, "model.skops", m.skops(m.node("builtins", "list", "ListNode", content=[node])))


def test_skops_archives_that_skops_did_not_write(tmp_path: Path) -> None:
    fine = m.node("builtins", "dict", "DictNode", content={})
    accepted(tmp_path, "model.skops", m.skops(fine))
    refused(tmp_path, "model.skops", m.skops(fine, **{"x.pkl": b"N."}))
    refused(tmp_path, "model.skops", m.skops(fine, **{"x.npy": b"N."}))
    refused(tmp_path, "model.skops", m.zipped({"schema.json": b"{" * 100_000}))
    refused(tmp_path, "model.skops", m.zipped({"schema.json": b'{"a": 1, "a": 2}'}))


@given(
    st.recursive(
        st.none() | st.text(max_size=5),
        lambda inner: (
            st.dictionaries(st.sampled_from(["__loader__", "__module__", "__class__", "content"]), inner, max_size=4)
            | st.lists(inner, max_size=3)
        ),
    )
)
@FEW  # fmt: skip
def test_any_tree_as_skops(tree: object) -> None:
    data = m.skops(tree)
    with contextlib.suppress(BrokenError, RefusedError), zipped.opened(io.BytesIO(data), len(data)) as archive:
        skops_archive.look(archive, Named())


# -- torch ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "pytorch_model.bin", "model.ckpt"])
def test_torch(tmp_path: Path, name: str) -> None:
    found = accepted(tmp_path, name, m.torch())
    assert found.format == "torch"
    assert "torch._utils:_rebuild_tensor_v2" in found.globals_named


def test_torch_that_is_more(tmp_path: Path) -> None:
    assert "TorchScript" in refused(tmp_path, "model.pt", m.torch(**{"model/code/__torch__.py": b"x"}))
    refused(tmp_path, "model.pt", m.torch(**{"other/data.pkl": m.TORCH_TENSOR}))
    refused(tmp_path, "model.pt", m.torch(**{"model/data.py": b""}))
    refused(tmp_path, "model.pt", m.torch(b"\x80\x02ctorch.storage\n_load_from_bytes\nC\x01a\x85R."))
    refused(tmp_path, "model.pt", m.torch(m.TORCH_TENSOR + b"N."))
    refused(tmp_path, "model.pt", m.torch(b"\x80\x02X\x05\x00\x00\x00otherQ."))
    refused(tmp_path, "model.pkl", m.TORCH_TENSOR)


# -- archives -------------------------------------------------------------------------------------


def test_archives_that_two_readers_see_differently(tmp_path: Path) -> None:
    whole = m.torch()
    refused(tmp_path, "model.pt", b"N." + whole)
    refused(tmp_path, "model.pt", whole + b"N.")
    refused(tmp_path, "model.pt", whole[:-10])
    refused(tmp_path, "model.pt", whole.replace(b"model/data/0", b"model/data/1", 1))
    at = whole.index(bytes(8))
    refused(tmp_path, "model.pt", whole[:at] + b"\x01" + whole[at + 1 :])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for data in (m.TORCH_TENSOR, m.by_global("true")):
                archive.writestr("model/data.pkl", data)
    refused(tmp_path, "model.pt", out.getvalue())


@pytest.mark.parametrize("name", ["../a.npy", "/a.npy", "a/../b.npy", "a\\b.npy", "C:a.npy", "a\x01.npy", "./a.npy"])
def test_archives_that_lead_out(tmp_path: Path, name: str) -> None:
    refused(tmp_path, "model.npz", m.zipped({name: m.npy("'<f8'", bytes(8))}))


def test_archives_with_links(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("a.npy")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, b"/etc/passwd")
    assert "link" in refused(tmp_path, "model.npz", out.getvalue())


def test_bombs(tmp_path: Path) -> None:
    assert "unpacks" in refused(
        tmp_path, "model.npz", m.zipped({"a.npy": bytes(300 << 20)}, method=zipfile.ZIP_DEFLATED)
    )
    packer = zlib.compressobj(9)
    bomb = b"".join(
        (
            packer.compress(b"\x80\x04\x8e" + (2**40).to_bytes(8, "little")),
            *(packer.compress(bytes(1 << 24)) for _ in range(20)),
        )
    )
    assert "unpacks" in refused(tmp_path, "model.joblib", bomb + packer.flush())


def test_bytes_behind_what_is_compressed(tmp_path: Path) -> None:
    for packed in (zlib.compress(b"\x80\x04N."), lzma.compress(b"\x80\x04N.")):
        accepted(tmp_path, "model.joblib", packed)
        refused(tmp_path, "model.joblib", packed + b"x")
        refused(tmp_path, "model.joblib", packed[:-3])


@given(st.sampled_from([b"x\x9c", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"\x5d\x00\x00"]), st.binary(max_size=200))
@FEW
def test_any_bytes_behind_a_mark_of_compression(mark: bytes, data: bytes) -> None:
    with contextlib.suppress(BrokenError, RefusedError):
        unpacked(io.BytesIO(mark + data), len(data)).drain()


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(min_size=1, max_size=4))
@FEW
def test_any_change_of_an_archive(data: bytes, place: int, change: bytes) -> None:
    whole = m.zipped({"a.npy": data, "b.npy": data})
    changed = whole[:place] + change + whole[place + len(change) :]
    with contextlib.suppress(BrokenError, RefusedError), zipped.opened(io.BytesIO(changed), len(changed)) as archive:
        for name in archive.names:
            archive.source(name).drain()


# -- other formats --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.h5", b"\x89HDF\r\n\x1a\n" + bytes(100)),
        ("model.bin", b"\x89HDF\r\n\x1a\n" + bytes(100)),
        ("model.keras", m.zipped({"config.json": b"{}", "model.weights.h5": b""})),
        ("model.zip", m.zipped({"config.json": b"{}"})),
        ("model.py", b"print(1)\n"),
        ("model.so", b"\x7fELF"),
        ("saved_model.pb", m.onnx(("Add", ""))),
        ("model.gguf", b"GGUF" + bytes(100)),
        ("model.bin", bytes(1_000)),
        ("model", b""),
        ("model.txt", b"some text"),
        ("model.bin", m.safetensors({})),
    ],
)
def test_formats_that_cannot_be_looked_into(tmp_path: Path, name: str, data: bytes) -> None:
    refused(tmp_path, name, data)


def test_text_formats(tmp_path: Path) -> None:
    assert accepted(tmp_path, "model.json", json.dumps({"learner": {"trees": [1.5]}}).encode()).format == "json"
    assert accepted(tmp_path, "model.txt", b"tree\nversion=v4\nnum_class=1\n").format == "text"
    refused(tmp_path, "model.json", b'{"auto_map": {"AutoModel": "modeling.Model"}}')
    refused(tmp_path, "model.json", b"[" * 1_000_000)
    refused(tmp_path, "model.txt", b"tree\n\x00")


@given(st.binary(max_size=200))
@FEW
def test_any_bytes_as_text(data: bytes) -> None:
    with contextlib.suppress(BrokenError):
        plain.look_at_text(Source(io.BytesIO(data), limit=1 << 20))
        data.decode()
    for reader in (plain.json_of, plain.yaml_of):
        with contextlib.suppress(BrokenError):
            reader(data)


# -- folders and links ----------------------------------------------------------------------------


def test_a_folder_of_a_hub(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    m.write(folder / "README.md", b"# A model\n")
    assert "no model" in inspect(tmp_path, "model").message
    m.write(folder / "config.json", b'{"hidden": 4}')
    m.write(folder / "model.safetensors", m.safetensors({"a": TENSOR}, bytes(16)))
    found = inspect(tmp_path, "model")
    assert (found.verdict, found.format, found.n_files) == (Verdict.PASS, "folder", 3)
    assert found.sha256 == digest_of(tmp_path, "model")
    m.write(folder / "README.md", b"# Another\n")
    assert digest_of(tmp_path, "model") != found.sha256
    for name in ("modeling.py", "weights.bin", "x.h5"):
        m.write(folder / name, b"import os\n")
        assert name in inspect(tmp_path, "model").message
        (folder / name).unlink()


def test_the_digest_of_a_folder_can_be_made_by_hand(tmp_path: Path) -> None:
    import hashlib

    m.write(tmp_path / "model" / "b.json", b"1")
    m.write(tmp_path / "model" / "a" / "c.json", b"22")
    lines = [f"{hashlib.sha256(b'22').hexdigest()}  2  a/c.json\n", f"{hashlib.sha256(b'1').hexdigest()}  1  b.json\n"]
    assert digest_of(tmp_path, "model") == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert digest_of(tmp_path, "model/b.json") == hashlib.sha256(b"1").hexdigest()
    assert digest_of(tmp_path, "nowhere") == ""


MLMODEL = """flavors:
  python_function: {loader_module: mlflow.sklearn, model_path: model.pkl, env: {conda: conda.yaml}}
  sklearn: {pickled_model: model.pkl, serialization_format: cloudpickle}
run_id: abc
utc_time_created: '2026-01-01'
"""


def mlflow_folder(root: Path, stated: str = MLMODEL, pickled: bytes = b"\x80\x04}.") -> ModelArtifact:
    m.write(root / "model" / "MLmodel", stated.encode())
    m.write(root / "model" / "model.pkl", pickled)
    m.write(root / "model" / "conda.yaml", b"channels: [conda-forge]\n")
    m.write(root / "model" / "requirements.txt", b"cloudpickle==3\nscikit-learn\n")
    return inspect(root, "model")


def test_an_mlflow_folder(tmp_path: Path) -> None:
    found = mlflow_folder(tmp_path)
    assert (found.verdict, found.format, found.message) == (Verdict.PASS, "mlflow", "")
    assert "mlflow.sklearn:(loader)" in found.globals_named


def test_an_mlflow_folder_of_xgboost(tmp_path: Path) -> None:
    """Other classes than xgboost's own are imported by their name: they are named, and the policy's to list."""
    for stated, said in (("xgboost.sklearn.XGBClassifier", ""), ("shop.models.Own", "it names 'shop.models.Own'")):
        text = MLMODEL.replace("sklearn: {", f"xgboost: {{model_class: {stated}, ")
        found = mlflow_folder(tmp_path, text)
        assert found.message.startswith(said)
        assert (found.verdict is Verdict.PASS) == (not said)


SAVING = """
import pickle, sys
import mlflow.sklearn
model = pickle.load(open(sys.argv[1], "rb"))
trusted = [
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor", "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
]
for form, more in {"cloudpickle": {}, "skops": {"skops_trusted_types": trusted}}.items():
    mlflow.sklearn.save_model(model, form, serialization_format=form, pip_requirements=["scikit-learn"], **more)
"""


def test_mlflow_folders_by_mlflow(tmp_path: Path, fitted: object) -> None:
    m.write(tmp_path / "model.pkl", pickle.dumps(fitted))
    command = [sys.executable, "-W", "ignore", "-c", SAVING, "model.pkl"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for form in ("cloudpickle", "skops"):
        found = inspect(tmp_path, form)
        assert (found.verdict, found.format) == (Verdict.PASS, "mlflow"), found.message
        assert "sklearn.pipeline:Pipeline" in found.globals_named


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loader_module: mlflow.sklearn", "loader_module: evil.loader"),
        ("loader_module: mlflow.sklearn, ", ""),
        ("sklearn: {", "spark: {"),
        ("model_path: model.pkl", "model_path: ../other.pkl"),
        ("pickled_model: model.pkl", "pickled_model: /tmp/other.pkl"),
        ("pickled_model: model.pkl", "code: code"),
        ("pickled_model: model.pkl", "code: ''"),
        ("model_path: model.pkl", "model_code_path: model.py"),
        ("run_id: abc", "run_id: !!python/object/apply:os.system [true]"),
        ("flavors:", "other:"),
        ("sklearn: {", "xgboost: {model_class: os.abort, data: model.pkl, "),
    ],
)
def test_mlflow_folders_that_lead_elsewhere(tmp_path: Path, old: str, new: str) -> None:
    assert old in MLMODEL
    assert mlflow_folder(tmp_path, MLMODEL.replace(old, new)).verdict is Verdict.ERROR


def test_an_mlflow_folder_with_a_hostile_pickle(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for kind, made in m.HOSTILE.items():
        assert mlflow_folder(tmp_path, pickled=made(f"touch {canary}")).verdict is Verdict.ERROR, kind
        assert not canary.exists()


def test_the_module_by_which_torch_unpickles_in_mlflow(tmp_path: Path) -> None:
    m.write(tmp_path / "model" / "model.pt", m.torch())
    m.write(tmp_path / "model" / "pickle_module_info.txt", b"mlflow.pytorch.pickle_module")
    assert inspect(tmp_path, "model").verdict is Verdict.PASS
    m.write(tmp_path / "model" / "pickle_module_info.txt", b"evil")
    assert inspect(tmp_path, "model").verdict is Verdict.ERROR


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    outside = tmp_path / "outside.json"
    outside.write_text("1")
    m.write(root / "model" / "a.safetensors", m.safetensors({}))
    (root / "link").symlink_to(outside)
    assert "leads out" in inspect(root, "link").message
    (root / "loop").symlink_to("loop")
    assert inspect(root, "loop").verdict is Verdict.ERROR
    (root / "up").symlink_to(tmp_path)
    assert "leads out" in inspect(root, "up/outside.json").message
    # DVC may link what it brings to its cache, below the root.
    m.write(root / ".dvc" / "cache" / "ab", m.safetensors({}))
    (root / "cached.safetensors").symlink_to(root / ".dvc" / "cache" / "ab")
    assert inspect(root, "cached.safetensors").verdict is Verdict.PASS
    (root / "model" / "b.json").symlink_to(outside)
    assert "leads out" in inspect(root, "model").message
    assert "no such file" in inspect(root, "nothing").message


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pkl")
    assert "no regular file" in inspect(tmp_path, "pipe.pkl").message
    (tmp_path / "empty").mkdir()
    assert "empty" in inspect(tmp_path, "empty").message
    deep = tmp_path / "deep"
    (deep / "/".join("a" * 30)).mkdir(parents=True)
    assert "nested" in inspect(tmp_path, "deep").message


def test_what_takes_too_long_is_an_error(tmp_path: Path) -> None:
    name = m.write(tmp_path / "model.pkl", b"\x80\x04" + b"N0" * 5_000_000 + b"N.")
    found = inspect(tmp_path, name, limits=Limits(wall_s=0.3))
    assert found.verdict is Verdict.ERROR
    assert "longer than 0.3 s" in found.message


def test_lz4_only_where_it_can_be_unpacked(tmp_path: Path) -> None:
    if importlib.util.find_spec("lz4") is None:
        assert "lz4" in refused(tmp_path, "model.joblib", b"\x04\x22\x4d\x18" + bytes(20))
        return
    out = io.BytesIO()
    how: Any = ("lz4", 3)
    joblib.dump({"a": np.arange(5)}, out, compress=how)
    assert accepted(tmp_path, "model.joblib", out.getvalue()).format == "joblib"
    refused(tmp_path, "model.joblib", out.getvalue() + b"x")
    refused(tmp_path, "model.joblib", out.getvalue()[:-9])


def test_trees_that_take_categories_of_pandas(tmp_path: Path) -> None:
    import pandas as pd

    ensemble: Any = importlib.import_module("sklearn.ensemble")
    kinds = pd.Categorical(["a", "b"] * 30)
    rows = pd.DataFrame({"x": np.arange(60.0), "kind": kinds})
    made = ensemble.HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=3)
    model = made.fit(rows, rows["x"] > 30)
    out = io.BytesIO()
    joblib.dump({"model": model, "mlflow_run": None}, out, compress=3)
    accepted(tmp_path, "model.joblib", out.getvalue())
