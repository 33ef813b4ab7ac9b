"""Which globals (classes, functions) a model's file may name: a short list of our own, and what the policy adds.

A global is written ``module:name``. What loads a model imports each global that the file names and calls most of them,
with arguments that the file gives: so the list names what can be called with anything at all and does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sluice.domain.model_words import NUMPY_UFUNCS, SKLEARN_CLASSES, SKLEARN_FUNCTIONS

MAX_GLOBALS = 1_000
MAX_NAME_CHARS = 200
MAX_SHOWN = 5

LOADER = "(loader)"
"""Stands for the name where a folder says by which module it is loaded."""

_EXACT: Mapping[str, frozenset[str]] = {
    module: frozenset(names.split())
    for modules, names in {
        "builtins": "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple",
        "collections": "Counter OrderedDict defaultdict deque",
        "copyreg": "_reconstructor",
        "_codecs": "encode",
        "functools": "partial",
        "datetime": "date datetime time timedelta timezone",
        "decimal": "Decimal",
        "joblib.numpy_pickle": "NumpyArrayWrapper",
        "numpy": "amax amin bool bool_ bytes_ clongdouble complex128 complex64 complex_ datetime64 dtype float16 "
        "float32 float64 float_ int16 int32 int64 int8 int_ intc intp longdouble longlong matrix max mean median min "
        "ndarray number object_ prod std str_ sum timedelta64 uint uint16 uint32 uint64 uint8 uintc uintp ulonglong "
        "var void",
        "numpy.core.multiarray numpy._core.multiarray": "_reconstruct scalar",
        "numpy.core.numeric numpy._core.numeric": "_frombuffer",
        "numpy.ma.core numpy.ma": "MaskedArray _mareconstruct",
        "numpy.dtypes": "BoolDType BytesDType Complex128DType Complex64DType DateTime64DType Float16DType "
        "Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType ObjectDType StrDType TimeDelta64DType "
        "UInt16DType UInt32DType UInt64DType UInt8DType VoidDType",
        "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
        "numpy.random._mt19937": "MT19937",
        "numpy.random._pcg64": "PCG64 PCG64DXSM",
        "numpy.random._philox": "Philox",
        "numpy.random._sfc64": "SFC64",
        "numpy.random._generator": "Generator",
        "numpy.random.mtrand": "RandomState",
        "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
        "scipy.interpolate._bsplines": "BSpline",
        "scipy.interpolate._interpolate scipy.interpolate.interpolate": "interp1d",
        "scipy._lib.array_api_compat.numpy._aliases": "asarray",
        "scipy.special._ufuncs": "expit logit",
        "sklearn.metrics._dist_metrics sklearn.neighbors._ball_tree sklearn.neighbors._kd_tree": "newObj",
        "torch": "BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage HalfStorage "
        "IntStorage LongStorage ShortStorage Size Tensor bfloat16 bool device double float float16 float32 float64 "
        "half int int16 int32 int64 int8 long short uint8",
        "torch._utils": "_rebuild_parameter _rebuild_tensor _rebuild_tensor_v2",
        "torch.nn.parameter": "Parameter",
        "torch.storage": "TypedStorage UntypedStorage",
        # No attribute has such a name: a pickle that named the loader itself could have it load another file.
        "mlflow.lightgbm mlflow.onnx mlflow.pyfunc.model mlflow.pytorch mlflow.sklearn mlflow.xgboost": LOADER,
    }.items()
    for module in modules.split()
}
_FUNCTIONS: Mapping[str, frozenset[str]] = {
    "numpy": frozenset("amax amin max mean median min prod std sum var".split()),
    "scipy.special._ufuncs": frozenset(("expit", "logit")),
    "scipy._lib.array_api_compat.numpy._aliases": frozenset(("asarray",)),
}
_SPARSE = frozenset(f"{kind}_{form}" for kind in "bsr coo csc csr dia dok lil".split() for form in ("array", "matrix"))
_UFUNC_MODULES = frozenset(
    ("numpy", "numpy.core._multiarray_umath", "numpy._core._multiarray_umath", "numpy.core.umath", "numpy._core.umath")
)
# Submodules of scikit-learn that hold no part of a fitted model, and that download, draw, test or start others.
_SKLEARN_OUTSIDE = re.compile(
    r"sklearn\.(?:datasets|externals|_build_utils|conftest|inspection|experimental|setup|_config"
    r"|utils\.(?:_?testing|estimator_checks|_test_common|parallel|fixes|_plotting|_mocking|_pprint|_estimator_html_repr"
    r"|_repr_html|deprecation))(?:\..*)?|.*\.tests(?:\..*)?"
)
# Whoever may name one of these may run anything: no policy can list them.
_ANYTHING = frozenset(
    "__main__ _io _pickle _posixsubprocess _thread ast asyncio bdb builtins cProfile cloudpickle code codecs "
    "codeop commands concurrent copyreg ctypes dill distutils doctest functools gc idlelib imp importlib inspect "
    "io joblib lib2to3 linecache logging marshal multiprocessing nt numpy operator os pathlib pdb pickle pip "
    "pkg_resources pkgutil platform posix posixpath profile pty pydoc requests runpy setuptools shelve shutil "
    "site sklearn socket sqlite3 subprocess sys tempfile test threading timeit torch trace types unittest urllib "
    "venv webbrowser wsgiref zipimport".split()
)
_ENTRY = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\.\*|:[A-Za-z_]\w*)?", re.ASCII)
_NESTED = re.compile(r"_{0,2}[A-Z]\w*(?:\._{0,2}[A-Z]\w*)*", re.ASCII)


def refused(globals_named: Iterable[str], modules: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Those of the globals (``module:name``) that neither our list nor the policy's ``modules`` hold, in order."""
    return tuple(one for one in globals_named if not _allowed(one, modules))


def refusal(strangers: tuple[str, ...]) -> str:
    """What to say of globals that are refused; the first few are named."""
    shown = ", ".join(f"`{one.replace(':', '.')}`".replace("`", "'") for one in strangers[:MAX_SHOWN])
    more = f" and {len(strangers) - MAX_SHOWN} more" if len(strangers) > MAX_SHOWN else ""
    return f"it names {shown}{more}, which is not on the list of what a model may name"


def entry_problem(entry: str) -> str:
    """What is wrong with an entry of ``evaluation.model_modules``; empty where nothing is."""
    if not _ENTRY.fullmatch(entry):
        return "is no module: write `package.module`, `package.*`, or one global as `package.module:Name`"
    if entry.split(":")[0].split(".")[0] in _ANYTHING and ":" not in entry:
        return "reaches what runs commands, imports by name or opens files: name single globals as `module:Name`"
    return ""


def _allowed(named: str, modules: tuple[str, ...]) -> bool:
    module, colon, name = named.partition(":")
    if not colon or not module or not name:
        return False
    return _built_in(module, name) or any(_covers(entry, module, name) for entry in modules)


def is_listed(named: str) -> bool:
    """Whether our own list holds a global, whatever a policy says."""
    module, _colon, name = named.partition(":")
    return _built_in(module, name)


def is_function(named: str) -> bool:
    """Whether a global of our list is a function of numbers, which a model refers to and no pickle calls."""
    module, _colon, name = named.partition(":")
    if module.startswith("sklearn."):
        return name in SKLEARN_FUNCTIONS
    return (module in _UFUNC_MODULES and name in NUMPY_UFUNCS) or name in _FUNCTIONS.get(module, ())


def _built_in(module: str, name: str) -> bool:
    if name in _EXACT.get(module, ()):
        return True
    top = module.partition(".")[0]
    if top == "sklearn" and not _SKLEARN_OUTSIDE.fullmatch(module):
        known = name.removeprefix("__pyx_unpickle_")
        return known in SKLEARN_CLASSES or name in SKLEARN_FUNCTIONS
    if module.startswith("scipy.sparse"):
        return name in _SPARSE
    return module in _UFUNC_MODULES and name in NUMPY_UFUNCS


def _covers(entry: str, module: str, name: str) -> bool:
    """Whether an entry of the policy covers a global; a name with a dot only where each part is that of a class."""
    if entry_problem(entry):
        return False
    listed, colon, single = entry.partition(":")
    if colon:
        return module == listed and name == single
    if module.partition(".")[0] in _ANYTHING or ("." in name and not _NESTED.fullmatch(name)):
        return False
    return module.startswith(f"{listed[:-2]}.") or module == listed[:-2] if listed.endswith(".*") else module == listed
