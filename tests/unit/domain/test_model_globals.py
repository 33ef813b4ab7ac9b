"""The list of globals that a model may name, and what a policy can add to it."""

from __future__ import annotations

import builtins

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.domain.model_globals import LOADER, entry_problem, refused
from sluice.domain.model_words import NUMPY_UFUNCS, SKLEARN_CLASSES, SKLEARN_FUNCTIONS

ALLOWED = [
    "sklearn.linear_model._logistic:LogisticRegression", "sklearn.tree._tree:Tree", "numpy:ndarray", "numpy:log1p",
    "numpy.core.multiarray:_reconstruct", "numpy._core.multiarray:scalar", "builtins:dict", "collections:OrderedDict",
    "scipy.sparse._csr:csr_matrix", "copyreg:_reconstructor", "torch._utils:_rebuild_tensor_v2", "torch:FloatStorage",
    "sklearn._loss._loss:__pyx_unpickle_CyHalfMultinomialLoss", f"mlflow.sklearn:{LOADER}",
]  # fmt: skip
NEVER = [
    "builtins:eval", "builtins:exec", "builtins:getattr", "builtins:__import__", "builtins:open", "builtins:compile",
    "os:system", "posix:system", "subprocess:Popen", "runpy:run_path", "importlib:import_module", "operator:attrgetter",
    "numpy:load", "numpy:memmap", "numpy:fromfile", "numpy.testing._private.utils:runstring", "numpy.f2py:os",
    "numpy.core._ufunc_reconstruct:x", "numpy._core:_ufunc_reconstruct", "joblib:load", "joblib.numpy_pickle:load",
    "joblib.numpy_pickle:NDArrayWrapper", "torch:load", "torch.storage:_load_from_bytes", "torch.hub:load",
    "sklearn.datasets:load_files", "sklearn.utils._testing:check_output", "sklearn.externals.joblib:load",
    "sklearn.linear_model._base:Path", "sklearn.utils.parallel:Parallel", "sklearn.pipeline:os",
    "sklearn.svm:os.system",
    "mlflow.sklearn:_load_pyfunc", "mlflow.sklearn:load_model", "cloudpickle.cloudpickle:_make_function",
    "types:CodeType",
    "sklearn.datasets._base:Bunch", "sklearnx.svm:SVC", "numpy.:dtype", ":dict", "builtins:", "builtins.dict", "",
    "scipy.sparse:os", "pickle:loads", "_pickle:loads", "shelve:open", "webbrowser:open", "pandas:read_pickle",
]  # fmt: skip


def test_what_fitted_models_hold_is_allowed() -> None:
    assert refused(ALLOWED) == ()


@pytest.mark.parametrize("one", NEVER)
def test_what_runs_opens_or_imports_is_not(one: str) -> None:
    assert refused([one]) == (one,)


def test_what_is_built_in_and_runs_anything_is_on_no_list() -> None:
    callables = {name for name in vars(builtins) if callable(getattr(builtins, name))}
    kinds = {name for name in callables if not refused([f"builtins:{name}"])}
    assert kinds == set(
        "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple".split()
    )


def test_the_words_are_names() -> None:
    for words in (SKLEARN_CLASSES, SKLEARN_FUNCTIONS, NUMPY_UFUNCS):
        assert all(word.isidentifier() for word in words)
    assert not SKLEARN_CLASSES & {"Parallel", "Path", "Popen", "Memory", "TemporaryDirectory"}


@pytest.mark.parametrize(
    ("entry", "one", "covered"),
    [
        ("shop.features", "shop.features:Encoder", True),
        ("shop.features", "shop.features:encode", True),
        ("shop.features", "shop.features.more:Encoder", False),
        ("shop.features", "shop.featuresque:Encoder", False),
        ("shop.features", "shop:features", False),
        ("shop.*", "shop:Encoder", True),
        ("shop.*", "shop.features.more:Encoder", True),
        ("shop.*", "shopping:Encoder", False),
        ("shop.features", "shop.features:Outer.Inner", True),
        ("shop.features", "shop.features:os.system", False),
        ("shop.features", "shop.features:Outer.method", False),
        ("xgboost.sklearn:XGBClassifier", "xgboost.sklearn:XGBClassifier", True),
        ("xgboost.sklearn:XGBClassifier", "xgboost.sklearn:XGBRegressor", False),
        ("pandas.core.frame:DataFrame", "pandas.core.frame:DataFrame", True),
        ("os", "os:system", False),
        ("*", "os:system", False),
        ("", "os:system", False),
        ("os.*", "os.path:join", False),
        ("numpy.*", "numpy:load", False),
    ],
)
def test_what_an_entry_of_the_policy_covers(entry: str, one: str, covered: bool) -> None:
    assert (refused([one], (entry,)) == ()) is covered


@pytest.mark.parametrize(
    "entry", ["os", "subprocess", "builtins", "numpy.*", "sklearn.*", "*", "a b", "a-b", "a..b", "", ".a"]
)
def test_entries_that_would_open_everything(entry: str) -> None:
    assert entry_problem(entry)


@given(st.text(max_size=30), st.text(max_size=30), st.lists(st.text(max_size=20), max_size=3).map(tuple))
def test_no_text_is_taken_for_a_name_by_chance(module: str, name: str, entries: tuple[str, ...]) -> None:
    one = f"{module}:{name}"
    assert refused([one], entries) == (one,) or one in ALLOWED or (module.isidentifier() and module.isascii())
