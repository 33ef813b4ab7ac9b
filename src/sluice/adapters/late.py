"""What libraries load at once, and we ask for seldom or never, is loaded when it is asked for.

ibis loads the words of twenty engines to speak one of them; SciPy's special functions load, through NumPy, a compiler
of Fortran and tools for tests. At a pull request's usual size that takes as long as the data itself.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any

_COMPILERS = "ibis.backends.sql.compilers"
_CLASS = "Compiler"
_UNUSED = frozenset({"numpy.f2py", "numpy.testing"})


def put_off() -> None:
    """Put off what is not loaded yet; every name of these modules means the same as before when it is asked for."""
    if _Later not in sys.meta_path:
        sys.meta_path.insert(0, _Later)


class _Later:
    """Finds the modules that can wait, and has them loaded by their first use."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See ``importlib.abc.MetaPathFinder``."""
        if name != _COMPILERS and name not in _UNUSED:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and found.loader is not None:
            found.loader = LazyLoader(found.loader) if name in _UNUSED else _OneByOne()
        return found


class _OneByOne(Loader):
    """Loads ibis' package of compilers without them: each comes when its module or its class is asked for."""

    def create_module(self, spec: ModuleSpec) -> None:
        """A module like any other."""

    def exec_module(self, module: ModuleType) -> None:
        """Leave the package's own code, which loads all of them, undone."""

        def compiler(name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(f"module {_COMPILERS!r} has no attribute {name!r}")
            own = name.removesuffix(_CLASS).lower()
            try:
                loaded = importlib.import_module(f"{_COMPILERS}.{own}")
            except ModuleNotFoundError as problem:
                raise AttributeError(f"module {_COMPILERS!r} has no attribute {name!r}") from problem
            return getattr(loaded, name) if name.endswith(_CLASS) else loaded

        # A module's own __getattr__ is asked for what it does not hold.
        module.__dict__["__getattr__"] = compiler
