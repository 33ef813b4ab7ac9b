"""What libraries load at once, and we ask for seldom or never, is loaded when it is asked for.

ibis loads the words of twenty engines to speak one of them; SciPy loads, to compute a special function, what makes it
compute on arrays of other libraries. At a pull request's usual size that takes as long as the data itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any, cast

_COMPILERS = "ibis.backends.sql.compilers"
_CLASS = "Compiler"
_SPECIAL = "scipy.special"


def put_off() -> None:
    """Put off what is not loaded yet; every name of these modules means the same as before when it is asked for."""
    if _Later not in sys.meta_path:
        sys.meta_path.insert(0, _Later)


def _compiler(name: str) -> Any:
    """One engine's compiler, or the module that it is in: all of them together take a tenth of a second."""
    module = import_module(f"{_COMPILERS}.{name.removesuffix(_CLASS).lower()}")
    return getattr(module, name) if name.endswith(_CLASS) else module


def _ufunc(name: str) -> Any:
    """One of the compiled functions, which are the package's own; its wrappers take fifteen times as long to load."""
    return getattr(import_module(f"{_SPECIAL}._ufuncs"), name)


def _nothing(name: str) -> Any:
    """No part: ibis loads the whole for times that are written in words, which we never ask it to read."""
    raise AttributeError(name)


_PARTS: dict[str, Callable[[str], Any]] = {_COMPILERS: _compiler, _SPECIAL: _ufunc}
_PARTS |= {"dateutil.parser": _nothing, "dateutil.tz": _nothing}


class _Later:
    """Finds the modules that can wait."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See ``importlib.abc.MetaPathFinder``."""
        if name not in _PARTS:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and found.loader is not None:
            found.loader = cast(Any, _InParts(found.loader, _PARTS[name]))
        return found


class _InParts:
    """An ``importlib.abc.Loader``: a module's own code is left undone while a part of it has what is asked for."""

    def __init__(self, whole: Any, part: Callable[[str], Any]) -> None:
        self._whole, self._part = whole, part
        self._alone, self._begun = RLock(), False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """A module like any other."""
        return self._whole.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module's own code for later."""
        # A module's own __getattr__ is asked for what it does not hold.
        module.__dict__["__getattr__"] = partial(self._asked, module)

    def _asked(self, module: ModuleType, name: str) -> Any:
        if not name.startswith("__"):
            with suppress(AttributeError, ModuleNotFoundError):
                return self._part(name)
        if not name.startswith("__") or name == "__all__":
            with self._alone:
                if not self._begun:
                    self._begun = True
                    self._whole.exec_module(module)
            if name in module.__dict__:
                return module.__dict__[name]
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
