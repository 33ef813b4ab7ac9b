"""How a pickle may use what our own list lets it name: as those libraries' own pickles do, and in no other way.

Harmless classes do harm together: an estimator that calls a method by a name which it keeps as text, on whatever it
keeps beside that name, is a door to any method of any object. So functions are named and never called, classes of
scikit-learn are made empty and filled once, by attributes that steer neither the loader nor a call. What the policy
lists beside our list is trusted with all that it can reach, and not held to this.
"""

from __future__ import annotations

import re
from typing import cast

from sluice.adapters.models.pickles.values import DATA, NAMES_OF_METHODS, Entries, Global, Listed, Made, is_steering
from sluice.adapters.models.refusal import RefusedError
from sluice.domain.model_globals import is_function, is_listed

_METHODS = frozenset(
    "auto predict predict_proba predict_log_proba decision_function score_samples transform content".split()
)
_PLACE = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", re.ASCII)
_GROWING = ("builtins:list", "builtins:set", "collections:deque")
_MAKE_TEXT = ("builtins:str", "_codecs:encode", "numpy.core.multiarray:scalar", "numpy._core.multiarray:scalar")
_NAMED_TUPLE = ":_ImputerTriplet"
_RANDOM = "numpy.random."


def may_be_text(value: object) -> bool:
    """Whether what a call makes may be a text, of which a name could be made."""
    return isinstance(value, Made) and (_class_of(value) in _MAKE_TEXT or not is_listed(_class_of(value)))


def check_call(name: str, given: list[object]) -> None:
    """Raise ``RefusedError`` where a global of our list is called in a way in which no library's pickle calls it."""
    if not is_listed(name):
        return
    if name.endswith(_NAMED_TUPLE):
        return
    if is_function(name):
        raise RefusedError(f"calls `{name.replace(':', '.')}`, which a model may only refer to")
    if any(_is_sklearn(one) for one in given):
        raise RefusedError(f"hands an object of scikit-learn to `{name.replace(':', '.')}`")
    if name == "functools:partial":
        _check_partial(given[:1])
    elif name == "copyreg:_reconstructor":
        _require(_reconstructs(given), name)
    elif name.startswith(f"{_RANDOM}_pickle:"):
        _require(all(isinstance(one, Global | str) or _is_random(one) for one in given), name)
    elif name.startswith("sklearn.") and not _unpickles(name):
        _require(all(_is_numbers(one) for one in given), name)


def check_state(made: Made, state: object, *, is_again: bool) -> None:
    """The same for the state that an object is given; a list of names in it may not change afterwards."""
    if not is_listed(_class_of(made)):
        return
    if is_again:
        raise RefusedError("gives one object its state twice")
    if isinstance(state, Made | Global):
        raise RefusedError("computes the state of an object")
    parts = cast("tuple[object, ...]", state) if isinstance(state, tuple) else (state,)
    if made.maker.name == "functools:partial":
        _check_partial(parts[:1])
        parts = parts[3:]
        if any(isinstance(part, Made) for part in parts):
            raise RefusedError("computes the state of an object")
    elif len(parts) == 2 and not made.maker.name.startswith(_RANDOM):
        if any(isinstance(part, Made) for part in parts):
            raise RefusedError("computes the state of an object")
    elif len(parts) > 2:
        return
    for part in parts:
        if isinstance(part, Entries):
            _check_attributes(part)


def check_growth(made: Made, key: object = None, *, has_key: bool = False) -> None:
    """The same for what is added to an object, under a key or without."""
    name = _class_of(made)
    if not is_listed(name) or name in _GROWING:
        return
    if not has_key:
        raise RefusedError("adds to an object that is no list")
    if name.startswith("sklearn.") and (not isinstance(key, str) or is_steering(key)):
        raise RefusedError("gives an object an attribute that steers what loads it")


def _check_attributes(state: Entries) -> None:
    if state.is_steering:
        raise RefusedError("gives an object an attribute that steers what loads it")
    for key, value in state.items.items():
        if key in NAMES_OF_METHODS and not _names_methods(key, value):
            raise RefusedError(f"keeps the name of a method (`{key}`) that is none of a model's own")


def names_method(key: str, text: str) -> bool:
    """Whether an attribute may hold this text as the name of a method, or of an attribute."""
    return text in _METHODS or (key == "importance_getter" and _PLACE.fullmatch(text) is not None)


def _names_methods(key: str, value: object) -> bool:
    if isinstance(value, Listed):
        value.is_frozen = True
        return value.is_whole and all(_names_methods(key, one) for one in value.items)
    if isinstance(value, tuple):
        return all(_names_methods(key, one) for one in cast("tuple[object, ...]", value))
    return value is None or isinstance(value, Global) or (isinstance(value, str) and names_method(key, value))


def _check_partial(function: object) -> None:
    match function:
        case (Global(name=name),) if is_function(name) or not is_listed(name):
            return
        case _:
            raise RefusedError("binds arguments to what is no function")


def _require(fits: bool, name: str) -> None:
    if not fits:
        raise RefusedError(f"calls `{name.replace(':', '.')}` with what its own pickles never hand it")


def _class_of(made: Made) -> str:
    """The class, where it is made by way of ``copyreg``; else what made it."""
    args = made.args
    if made.maker.name == "copyreg:_reconstructor" and isinstance(args, tuple) and isinstance(args[0], Global):
        return args[0].name
    return made.maker.name


def _reconstructs(given: list[object]) -> bool:
    """A class, the one that it extends, and what that one is filled with."""
    match given:
        case (Global(name=made), Global(name="builtins:tuple"), tuple()) if made.endswith(_NAMED_TUPLE):
            return True
        case (Global(name=made), Global(name=base), Entries() as state) if made.startswith("sklearn."):
            return base == "builtins:dict" and not state.is_steering
        case (Global(name=made), Global(name=base), state):
            return state is None or not (made.startswith("sklearn.") or base.startswith("sklearn."))
        case _:
            return False


def _is_sklearn(value: object) -> bool:
    return isinstance(value, Made) and _class_of(value).startswith("sklearn.")


def _is_random(value: object) -> bool:
    return isinstance(value, Made) and value.maker.name.startswith(_RANDOM)


def _is_numbers(value: object) -> bool:
    if isinstance(value, Made):
        return value.maker.name.startswith("numpy.")
    return value is None or value is DATA or isinstance(value, int | float)


def _unpickles(name: str) -> bool:
    return name.endswith(":newObj") or ":__pyx_unpickle_" in name
