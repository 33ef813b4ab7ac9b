"""Files that are one thing to whoever looks and another to whoever loads; and harmless names that do harm together."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.compose._column_transformer import make_column_selector
from sklearn.ensemble._stacking import StackingClassifier
from sklearn.feature_selection._from_model import SelectFromModel
from sklearn.feature_selection._mutual_info import mutual_info_classif
from sklearn.feature_selection._univariate_selection import SelectKBest
from sklearn.impute._iterative import IterativeImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics._ranking import roc_auc_score
from sklearn.metrics._scorer import make_scorer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

sys.path.insert(0, str(Path(__file__).parents[3]))
from support import model_files as m

from sluice.adapters.models import inspect
from sluice.adapters.models.pickles.streams import would_call
from sluice.adapters.models.source import Source
from sluice.domain.verdict import Verdict

COMPUTED = b"cbuiltins\nstr\n(S'os'\ntRS'system'\n"


def end(command: str) -> bytes:
    return b"(S'" + command.encode() + b"'\ntR."


def by_computed_name(command: str) -> bytes:
    return b"\x80\x04" + COMPUTED + b"\x93" + end(command)


def by_number_with_nul(command: str) -> bytes:
    return b"I12\0behind\n0" + m.by_global(command)


def by_empty_number(command: str) -> bytes:
    return b"I\0behind\n0" + m.by_global(command)


def by_long_line_with_nul(command: str) -> bytes:
    return b"I\0" + b"x" * 3_000_000 + b"\n0" + m.by_global(command)


def by_second_pickle(command: str) -> bytes:
    return b"N." + m.by_global(command)


def by_computed_name_in_text(command: str) -> bytes:
    """The index of the memo and the opcode behind it are one letter in UTF-8."""
    return b"N0" * 150 + COMPUTED + b"q\xc2\x93" + end(command)


def by_long_name(command: str) -> bytes:
    name = "print.__self__." * 6_000 + "eval"
    code = f'__import__("os").system("{command}")'
    return b"N0" * 160 + b"Nq\xc2\x80\x040cbuiltins\n" + name.encode() + b"\n" + end(code)


def by_bytes_of_an_array(command: str) -> bytes:
    """joblib passes over the array, in which all other readers stop."""
    array = np.frombuffer(b"." * 16, dtype=np.uint8)
    return unaligned(array) + b"0" + m.by_global(command)


def unaligned(array: np.ndarray) -> bytes:
    """An array as joblib writes it, up to its last byte, and without padding."""
    out = io.BytesIO()
    joblib.dump(array, out)
    data = out.getvalue()
    at = data.rindex(array.tobytes())
    start = data.rindex(b"b", 0, at) + 1
    return data[:start].replace(b"array_alignment_bytes", b"array_alignment_bytez") + array.tobytes()


def early_joblib(pickled: bytes) -> bytes:
    """As joblib wrote compressed files before version 0.10, and still reads them."""
    return b"ZF" + hex(len(pickled)).encode().ljust(19) + zlib.compress(pickled)


def early_torch(pickled: bytes) -> bytes:
    """As torch wrote files before version 0.1.10, and still reads them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for entry in ("sys_info", "storages", "tensors", "pickle"):
            about = tarfile.TarInfo(entry)
            about.size = len(pickled)
            archive.addfile(about, io.BytesIO(pickled))
    return out.getvalue()


def test_joblib_still_reads_its_early_files(tmp_path: Path) -> None:
    data = early_joblib(m.by_global(f"touch {tmp_path}/canary"))
    m.write(tmp_path / "model.pkl", data)
    loads = "import joblib, sys; joblib.load(sys.argv[1])"
    subprocess.run([sys.executable, "-W", "ignore", "-c", loads, tmp_path / "model.pkl"], check=False)
    assert (tmp_path / "canary").exists()


BINARY = (
    by_computed_name,
    by_number_with_nul,
    by_empty_number,
    by_long_line_with_nul,
    by_second_pickle,
    by_bytes_of_an_array,
)
TEXT = (by_computed_name_in_text, by_long_name, by_second_pickle)
LOAD = "import io, pickle, sys; s = io.BytesIO(sys.stdin.buffer.read())\ntry:\n    pickle.load(s); pickle.load(s)\n"
JOBLIB = "import io, joblib, sys; joblib.load(io.BytesIO(sys.stdin.buffer.read()))\nif 0:\n    pass\n"


@pytest.mark.parametrize("made", [*BINARY, *TEXT])
def test_they_are_what_they_claim(tmp_path: Path, made: Callable[[str], bytes]) -> None:
    loads = JOBLIB if made is by_bytes_of_an_array else LOAD + "except Exception:\n    pass\n"
    data = made(f"touch {tmp_path}/canary")
    subprocess.run([sys.executable, "-c", loads], input=data, check=False, capture_output=True)
    assert (tmp_path / "canary").exists()


@pytest.mark.parametrize("made", BINARY)
def test_as_the_numbers_of_a_graph(tmp_path: Path, made: Callable[[str], bytes]) -> None:
    said = beside_a_graph(tmp_path, "model.pkl", made("touch canary"))
    assert "is a pickle as well" in said


@pytest.mark.parametrize("made", TEXT)
def test_as_text_in_a_folder(tmp_path: Path, made: Callable[[str], bytes]) -> None:
    m.write(tmp_path / "model" / "model.onnx", m.onnx(("Add", "")))
    m.write(tmp_path / "model" / "notes.txt", made("touch canary"))
    found = inspect(tmp_path, "model")
    assert found.verdict is Verdict.ERROR
    assert "is a pickle as well" in found.message


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(m.by_global("touch canary")),
        m.torch(m.by_global("touch canary")),
        b"before" + m.torch(m.by_global("touch canary")),
        m.npy("'|O'", m.by_global("touch canary")),
        early_joblib(m.by_global("touch canary")),
        early_torch(m.by_global("touch canary")),
    ],
    ids=["gzip", "torch", "archive behind bytes", "npy", "early joblib", "early torch"],
)
def test_numbers_of_a_graph_are_no_model(tmp_path: Path, data: bytes) -> None:
    beside_a_graph(tmp_path, "model.pth", data)


def test_numbers_of_a_graph_pass(tmp_path: Path) -> None:
    m.write(tmp_path / "model" / "m.onnx", m.onnx(("Add", ""), tensors=(m.external("x.data"),)))
    for data in (bytes(8), bytes(1_024), b"x" + bytes(7), b"I" + bytes(7), b"ZF" + bytes(30), b"PK", b""):
        m.write(tmp_path / "model" / "x.data", data)
        assert inspect(tmp_path, "model").verdict is Verdict.PASS


@pytest.mark.parametrize("second", [0, 3, 127, 255])
def test_numbers_that_begin_as_an_opcode_are_no_pickle(second: int) -> None:
    for first in range(256):
        data = bytes([first]) + bytes([second]) * 9_000
        assert would_call(lambda data=data: Source(io.BytesIO(data), limit=len(data)), ()) == (), first


@pytest.mark.parametrize("length", [72, 80, 104, 112])
def test_headers_that_begin_like_a_number_pass(tmp_path: Path, length: int) -> None:
    """The header's length is the first byte: an opcode with a number behind it, and zeros without a line's end."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [9_000], "data_offsets": [0, 9_000]}}).encode().ljust(length)
    name = m.write(tmp_path / "model.safetensors", m.safetensors(header, bytes(9_000), pad=False))
    found = inspect(tmp_path, name)
    assert found.verdict is Verdict.PASS, found.message


def beside_a_graph(folder: Path, name: str, data: bytes) -> str:
    m.write(folder / "model" / "m.onnx", m.onnx(("Add", ""), tensors=(m.external(name),)))
    m.write(folder / "model" / name, data)
    found = inspect(folder, "model")
    assert found.verdict is Verdict.ERROR
    return found.message


def test_arrays_that_are_opcodes_with_a_computed_name(tmp_path: Path) -> None:
    payload = by_computed_name("touch canary")
    data = unaligned(np.frombuffer(payload + b"." * (-len(payload) % 8), dtype=np.uint8)) + b"."
    found = inspect(tmp_path, m.write(tmp_path / "model.pkl", data))
    assert found.verdict is Verdict.ERROR
    assert "computes the name" in found.message


# -- archives with two directories ------------------------------------------------------------------


def two_directories() -> bytes:
    """Python takes the directory before the end; the place that the large end's locator names holds another."""
    shown, hidden = m.torch(), m.zipped({"model/data.pkl": m.by_global("touch canary")})
    at = struct.unpack("<L", hidden[-6:-2])[0]
    directory, entries = hidden[at:-22], hidden[:at]
    end_at = struct.unpack("<L", shown[-6:-2])[0]
    body, listing, n = shown[:end_at], shown[end_at:-22], struct.unpack("<H", shown[-12:-10])[0]
    directory = directory[:42] + struct.pack("<L", len(body)) + directory[46:]

    def large(count: int, size: int, place: int) -> bytes:
        return struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, place)

    out = body + entries
    other = large(1, len(directory), len(out))
    out += directory
    other_at = len(out)
    out += other
    listing_at = len(out)
    out += listing + large(n, len(listing), listing_at)
    out += struct.pack("<4sLQL", b"PK\x06\x07", 0, other_at, 1)
    return out + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, n, n, len(listing), listing_at, 0)


def moved_directory() -> bytes:
    """The end names a place four bytes behind where the directory begins."""
    data = bytearray(m.torch())
    data[-6:-2] = struct.pack("<L", struct.unpack("<L", data[-6:-2])[0] + 4)
    return bytes(data)


@pytest.mark.parametrize("data", [two_directories(), moved_directory()], ids=["two ends", "another place"])
def test_archives_whose_directory_depends_on_who_reads(tmp_path: Path, data: bytes) -> None:
    found = inspect(tmp_path, m.write(tmp_path / "model.pt", data))
    assert found.verdict is Verdict.ERROR
    assert "ZIP" in found.message


def test_large_archives_pass(tmp_path: Path) -> None:
    """An archive with an end for large ones as well, as torch writes it."""
    data = m.torch()
    at = struct.unpack("<L", data[-6:-2])[0]
    n = struct.unpack("<H", data[-12:-10])[0]
    end_at = len(data) - 22
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, n, n, end_at - at, at)
    whole = data[:end_at] + large + struct.pack("<4sLQL", b"PK\x06\x07", 0, end_at, 1) + data[end_at:]
    assert zipfile.ZipFile(io.BytesIO(whole)).namelist()
    assert inspect(tmp_path, m.write(tmp_path / "model.pt", whole)).verdict is Verdict.PASS


# -- names of the list, used as no model uses them -------------------------------------------------

S = m.short


def name(module: str, one: str) -> bytes:
    return S(module) + S(one) + b"\x93"


def filled(module: str, one: str, attributes: bytes) -> bytes:
    return name(module, one) + b")\x81}(" + attributes + b"ub"


STACKING = ("sklearn.ensemble._stacking", "StackingClassifier")
SCORER = ("sklearn.metrics._scorer", "_Scorer")
PARTIAL = name("functools", "partial")
RIDGE = ("sklearn.linear_model._ridge", "Ridge")
TOFILE = S("estimators_") + b"](C\x04datae" + S("stack_method_") + b"](" + S("tofile") + b"e"
ACCURACY = name("sklearn.metrics", "accuracy_score")

TOGETHER = {
    "a method by its name": filled(*STACKING, TOFILE),
    "a name added later": filled(*STACKING, S("stack_method_") + b"]\x94") + b"h\x040(h\x04" + S("tofile") + b"a0",
    "a method of a scorer": filled(*SCORER, S("_response_method") + S("tofile")),
    "an attribute of an attribute": filled(*RIDGE, S("importance_getter") + S("predict.__globals__")),
    "files in place of texts": filled(
        "sklearn.feature_extraction.text", "CountVectorizer", S("input") + S("filename")
    ),
    "a class made with its attributes": name(*SCORER) + b"(" + ACCURACY + b"K\x01}" + S("transform") + b"tR",
    "a function that is called": ACCURACY + b"(]]tR",
    "a constructor of what it is given": name("numpy.random._pickle", "__generator_ctor")
    + b"(K\x00" + PARTIAL + ACCURACY + b"\x85RtR",
    "an object's own loader": filled(*RIDGE, S("__setstate__") + PARTIAL + ACCURACY + b"\x85R"),
    "a state given twice": filled(*RIDGE, S("alpha") + b"K\x01") + b"}b",
    "a state that is computed": name(*RIDGE) + b")\x81" + name("collections", "OrderedDict") + b")Rb",
    "an attribute whose name is computed": filled(
        *RIDGE, name("builtins", "str") + S("alpha") + b"\x85R" + b"K\x01"
    ),
    "an object that is no list": filled(*RIDGE, S("alpha") + b"K\x01") + b"K\x01a",
    "an attribute of a bunch": name("sklearn.utils._bunch", "Bunch") + b")\x81" + S("__array__") + ACCURACY + b"s",
    "attributes of a bunch": name("copyreg", "_reconstructor")
    + b"("
    + name("sklearn.utils._bunch", "Bunch")
    + name("builtins", "dict")
    + b"}"
    + S("__array__")
    + ACCURACY
    + b"stR",
    "an object handed on": name("builtins", "dict") + name(*RIDGE) + b")\x81\x85R",
    "a class bound to arguments": PARTIAL + name(*SCORER) + b"\x85R",
    "a base that is an object": name("copyreg", "_reconstructor") + b"(" + name(*RIDGE) + name(*RIDGE) + b")\x81NtR",
}  # fmt: skip


@pytest.mark.parametrize("way", sorted(TOGETHER))
@pytest.mark.parametrize("first", [b"\x80\x04", b"\x80\x04N."], ids=["first", "behind"])
def test_names_of_the_list_used_as_no_model_does(tmp_path: Path, way: str, first: bytes) -> None:
    data = first + TOGETHER[way] + b"."
    assert inspect(tmp_path, m.write(tmp_path / "model.pkl", data)).verdict is Verdict.ERROR


def test_two_of_them_write_a_file_when_they_are_loaded(tmp_path: Path) -> None:
    """What all this is about: names that are each on the list, a file that is written by loading."""
    array = pickle.dumps(np.array([b"code"]), 2)[2:-1]
    attributes = (
        S("estimators_") + b"]" + array + b"a" + S("stack_method_") + b"]" + S("tofile") + b"a"
        + S("classes_") + b"]K\x00aK\x01a" + S("final_estimator_") + b"K\x01"
    )  # fmt: skip
    scorer = name(*SCORER) + b"(" + ACCURACY + b"K\x01}" + S("transform") + b"tR"
    bound = PARTIAL + b"(" + scorer + filled(*STACKING, attributes) + S(str(tmp_path / "written")) + b"tR"
    data = b"\x80\x04" + name("numpy.random._pickle", "__generator_ctor") + b"(K\x00" + bound + b"tR."
    loads = "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"
    subprocess.run([sys.executable, "-c", loads], input=data, check=False, capture_output=True)
    assert (tmp_path / "written").read_bytes() == b"code"
    assert inspect(tmp_path, m.write(tmp_path / "model.pkl", data)).verdict is Verdict.ERROR


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_models_that_keep_names_of_methods_pass(tmp_path: Path, protocol: int) -> None:
    x, y = np.arange(120.0).reshape(60, 2) % 7, np.arange(60) % 2
    trees = DecisionTreeClassifier(max_depth=2)
    methods: Any = ("decision_function", "predict_proba")
    models = [
        StackingClassifier([("a", LogisticRegression()), ("b", trees)], cv=2).fit(x, y),
        SelectFromModel(LogisticRegression(), importance_getter="coef_").fit(x, y),
        SelectKBest(partial(mutual_info_classif, random_state=0), k=1).fit(x, y),
        make_scorer(roc_auc_score, response_method=methods),
        IterativeImputer(max_iter=1, tol=1e9).fit(np.where(x == 3, np.nan, x)),
        make_column_selector(dtype_include=np.number),
    ]
    data = pickle.dumps(models, protocol)
    found = inspect(tmp_path, m.write(tmp_path / "model.pkl", data))
    assert found.verdict is Verdict.PASS, found.message


# -- skops -----------------------------------------------------------------------------------------


def text_node(text: object, **more: object) -> dict[str, object]:
    return m.node("builtins", "str", "JsonNode", content=json.dumps(text), is_json=True, **more)


def object_node(made: tuple[str, str], **attributes: object) -> dict[str, object]:
    return m.node(*made, content=m.node("builtins", "dict", "DictNode", content=attributes))


def list_node(*nodes: object) -> dict[str, object]:
    return m.node("builtins", "list", "ListNode", content=list(nodes))


def partial_node(func: object, namespace: object) -> dict[str, object]:
    namespaced = m.node("builtins", "dict", "DictNode", content=namespace)
    return m.node("functools", "partial", "PartialNode", content={"func": func, "namespace": namespaced})


FUNCTION = m.node("sklearn.metrics", "accuracy_score", "FunctionNode")
NODES = {
    "a method by its name": object_node(STACKING, stack_method_=list_node(text_node("tofile"))),
    "a name seen before": list_node(
        text_node("tofile", __id__=7), object_node(STACKING, stack_method_=list_node(text_node("predict", __id__=7)))
    ),
    "a name kept elsewhere": object_node(STACKING, stack_method_=m.node("builtins", "str", "CachedNode", __id__=7)),
    "attributes seen before": list_node(
        m.node("builtins", "dict", "DictNode", content={"keys": FUNCTION}, __id__=7),
        m.node(*RIDGE, content=m.node("builtins", "dict", "DictNode", content={}, __id__=7)),
    ),
    "an object's own loader": object_node(RIDGE, keys=FUNCTION),
    "attributes that are computed": m.node(*SCORER, content=m.node("builtins", "tuple", "TupleNode", content=[])),
    "a function that is called": m.node("sklearn.metrics", "accuracy_score", "ListNode", content=[]),
    "a constructor": m.node("numpy.random._pickle", "__generator_ctor", "LossNode", content={}),
    "a class made of a list": m.node(*SCORER, "SetNode", content=[]),
    "any class made with arguments": m.node(*SCORER, "ConstructorFromReduceNode", content={}),
    "a class bound to arguments": partial_node(m.node(*SCORER, "TypeNode"), {}),
    "an attribute of what is bound": partial_node(FUNCTION, {"keys": FUNCTION}),
}  # fmt: skip


@pytest.mark.parametrize("way", sorted(NODES))
def test_nodes_of_skops_used_as_skops_does_not(tmp_path: Path, way: str) -> None:
    found = inspect(tmp_path, m.write(tmp_path / "model.skops", m.skops(NODES[way])))
    assert found.verdict is Verdict.ERROR


def test_nodes_of_skops_pass(tmp_path: Path) -> None:
    nodes = list_node(
        object_node(STACKING, stack_method_=list_node(text_node("predict")), stack_method=text_node("auto")),
        partial_node(FUNCTION, {}),
        m.node("sklearn._loss.link", "LogLink", content=text_node(None)),
        m.node("builtins", "dict", "DictNode", content={"keys": text_node("a word", __id__=7)}),
        text_node("a word", __id__=7),
    )
    found = inspect(tmp_path, m.write(tmp_path / "model.skops", m.skops(nodes)))
    assert found.verdict is Verdict.PASS, found.message


def test_models_by_skops_that_keep_names_of_methods_pass(tmp_path: Path) -> None:
    x, y = np.arange(120.0).reshape(60, 2) % 7, np.arange(60) % 2
    model = StackingClassifier([("a", LogisticRegression()), ("b", KNeighborsClassifier())], cv=2).fit(x, y)
    bound = SelectKBest(partial(mutual_info_classif, random_state=0), k=1).fit(x, y)
    data = skops.io.dumps([model, bound])
    found = inspect(tmp_path, m.write(tmp_path / "model.skops", data))
    assert found.verdict is Verdict.PASS, found.message
