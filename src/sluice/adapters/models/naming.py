"""The globals that a model names, collected while it is read; bounded."""

from __future__ import annotations

import _compat_pickle

from sluice.adapters.models.refusal import RefusedError
from sluice.domain.model_globals import MAX_GLOBALS, MAX_NAME_CHARS

# The names that Python 2 had for two modules of every pickle: what they became is what is judged.
_OLD = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class Named:
    """``module:name`` of every global, in the order of their first mention."""

    def __init__(self, *, is_checked: bool = True) -> None:
        """Not ``is_checked``: of bytes that are no pickle, taken for one all the same, where only calls count."""
        self._found: dict[str, None] = {}
        self._is_checked = is_checked

    @property
    def all(self) -> tuple[str, ...]:
        """All that were named so far."""
        return tuple(self._found)

    def add(self, module: str, name: str) -> str:
        """Keep one global; ``RefusedError`` where it is no name or where there are more than ``MAX_GLOBALS``."""
        if not self._is_checked:
            return f"{module}:{name}"
        for part in (module, name):
            if not part or len(part) > MAX_NAME_CHARS or not part.isprintable() or ":" in part:
                raise RefusedError("names a global by what is no name")
        one = f"{module}:{name}"
        if one not in self._found and len(self._found) == MAX_GLOBALS:
            raise RefusedError(f"names more than {MAX_GLOBALS:,} globals")
        self._found[one] = None
        return one

    def add_pickled(self, module: str, name: str) -> str:
        """Keep a global that a pickle names, under the name by which it would be imported.

        Pickles of early protocols have modules of Python 2 renamed: a harmless name may stand for another.
        """
        if module in _OLD and (module, name) not in _compat_pickle.NAME_MAPPING:
            return self.add(_OLD[module], name)
        if module not in _OLD:
            self.add(module, name)
        if (module, name) in _compat_pickle.NAME_MAPPING:
            module, name = _compat_pickle.NAME_MAPPING[module, name]
        elif module in _compat_pickle.IMPORT_MAPPING:
            module = _compat_pickle.IMPORT_MAPPING[module]
        return self.add(module, name)
