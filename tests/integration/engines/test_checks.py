"""Every test of the checks, on the engines that are not embedded: the same numbers come out."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

# PySpark leaves sockets to the interpreter to close.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning"
)

CHECKS = Path(__file__).parents[2] / "unit" / "checks"


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"engines_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


for _path in sorted(CHECKS.glob("test_*.py")):
    for _name, _test in vars(_module(_path)).items():
        # What asks no engine has been tested already.
        if _name.startswith("test_") and "measure" in _test.__code__.co_varnames[: _test.__code__.co_argcount]:
            globals()[f"test_{_path.stem[5:]}_{_name[5:]}"] = _test
