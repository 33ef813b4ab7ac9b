"""MLflow's model folders: by which module a model is loaded, and that nothing of it lies elsewhere.

Source: MLflow's documentation of the ``MLmodel`` file, and how its flavors load.
"""

from __future__ import annotations

import re
from typing import cast

from sluice.adapters.models.naming import Named
from sluice.adapters.models.plain import json_of, yaml_of
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.domain.model_globals import LOADER

FILE_NAME = "MLmodel"
PICKLE_MODULE_FILE = "pickle_module_info.txt"
MAX_BYTES = 1_000_000
_CODE_KEYS = ("code", "code_path", "code_paths", "model_code_path")
_PICKLE_MODULES = ("mlflow.pytorch.pickle_module", "pickle")
_OF_XGBOOST = re.compile(r"xgboost\.core\.Booster|xgboost\.sklearn\.XGB[A-Za-z]+", re.ASCII)
_NO_PATHS = ("uri", "signature")
_MAX_DEPTH = 64


def look(text: bytes, named: Named) -> None:
    """An ``MLmodel`` file. Raises ``RefusedError`` or ``BrokenError``."""
    stated = yaml_of(text)
    flavors = cast("dict[str, object]", stated).get("flavors") if isinstance(stated, dict) else None
    if not isinstance(flavors, dict) or not flavors:
        raise BrokenError("states no flavors")
    for flavor, options in cast("dict[str, object]", flavors).items():
        given = cast("dict[str, object]", options) if isinstance(options, dict) else {}
        # An empty path is one, too: that of the folder itself.
        if any(given.get(key) is not None for key in _CODE_KEYS):
            said = "brings code that runs when it is loaded"
            raise RefusedError(f"{said}; log the model without `code_paths`, and install its modules")
        _check_paths(given, 0)
        _name_class(flavor, given, named)
        if flavor != "python_function":
            named.add(f"mlflow.{flavor}", LOADER)
            continue
        loader = given.get("loader_module")
        if not isinstance(loader, str):
            raise BrokenError("does not say which module loads it")
        named.add(loader, LOADER)


def inputs_of(text: bytes) -> tuple[tuple[str, bool], ...]:
    """The columns that a model takes, by its signature: name, and whether it must be there.

    Raises ``BrokenError`` where there is no signature, or one that names no columns.
    """
    stated = yaml_of(text)
    signature = cast("dict[str, object]", stated).get("signature") if isinstance(stated, dict) else None
    inputs = cast("dict[str, object]", signature).get("inputs") if isinstance(signature, dict) else None
    if not isinstance(inputs, str):
        raise BrokenError("has no signature, which says what columns it takes; log the model with one")
    listed = json_of(inputs.encode())
    columns = cast("list[object]", listed) if isinstance(listed, list) else []
    found = [cast("dict[str, object]", one) if isinstance(one, dict) else {} for one in columns]
    if not found or not all(isinstance(one.get("name"), str) and one["name"] for one in found):
        raise BrokenError("has a signature that names no columns; log the model with the signature of a table")
    return tuple((str(one["name"]), one.get("required") is not False) for one in found)


def _name_class(flavor: str, given: dict[str, object], named: Named) -> None:
    """MLflow imports this one by its name, and calls it."""
    if flavor == "xgboost" and (stated := given.get("model_class")) is not None:
        if not isinstance(stated, str):
            raise BrokenError("names the model's class by what is no name")
        if not _OF_XGBOOST.fullmatch(stated):
            module, _dot, name = stated.rpartition(".")
            named.add(module, name)


def look_at_pickle_module(text: bytes) -> None:
    """The file by which MLflow's flavor of torch says which module unpickles: it is imported by that name."""
    if text.decode("utf-8", "replace").strip() not in _PICKLE_MODULES:
        raise RefusedError(f"has itself unpickled by a module that is none of {', '.join(_PICKLE_MODULES)}")


def _check_paths(value: object, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise RefusedError("is nested too deeply")
    if isinstance(value, dict):
        for key, one in cast("dict[str, object]", value).items():
            if key not in _NO_PATHS:
                _check_paths(one, depth + 1)
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            _check_paths(one, depth + 1)
    elif isinstance(value, str) and (value.startswith(("/", "file:")) or ".." in value.replace("\\", "/").split("/")):
        raise RefusedError("names a path that leads out of its folder")
