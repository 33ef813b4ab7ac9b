"""How skops' nodes may use what our own list lets them name: as skops writes them; ``pickles.uses`` says why."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import cast

from sluice.adapters.models.pickles.uses import names_method
from sluice.adapters.models.pickles.values import NAMES_OF_METHODS, is_steering
from sluice.adapters.models.refusal import RefusedError
from sluice.domain.model_globals import is_function, is_listed

Node = dict[str, object]
Twins = defaultdict[object, list[Node]]

_REFERRING = ("FunctionNode", "TypeNode", "CachedNode")
_MADE_BY = {
    "ListNode": ("builtins:list",),
    "SetNode": ("builtins:set", "builtins:frozenset"),
    "ConstructorFromReduceNode": (),
    "ReduceNode": (),
}
_LOSSES = ("sklearn._loss.", "sklearn.linear_model._sgd_fast")
# Their state is a tuple of numbers and arrays.
_OF_TUPLES = ("sklearn.metrics._dist_metrics", "sklearn.neighbors._ball_tree", "sklearn.neighbors._kd_tree")


def check_nodes(nodes: list[Node]) -> None:
    """Raise ``RefusedError`` for a node that makes or fills what our list holds in a way in which skops does not."""
    twins: Twins = defaultdict(list)
    for node in nodes:
        twins[node.get("__id__")].append(node)
    for node in nodes:
        _check(node, twins)


def _check(node: Node, twins: Twins) -> None:
    loader, module = str(node["__loader__"]), str(node["__module__"])
    name = f"{module}:{node['__class__']}"
    if loader in _REFERRING or not is_listed(name):
        return
    called = is_function(name) or name not in _MADE_BY.get(loader, (name,))
    if called or (loader == "LossNode" and not module.startswith(_LOSSES)):
        raise RefusedError(f"calls `{name.replace(':', '.')}` in a way in which skops does not")
    if loader == "ObjectNode":
        for content in _alike(node.get("content"), twins):
            _check_attributes(content, module, twins)
    elif loader == "PartialNode":
        content = node.get("content")
        _check_partial(cast("Node", content) if isinstance(content, dict) else {}, twins)


def _check_attributes(content: Node, module: str, twins: Twins) -> None:
    kind, entries = content.get("__loader__"), content.get("content")
    if kind == "JsonNode" or (kind == "TupleNode" and module in _OF_TUPLES):
        return
    if kind != "DictNode" or not isinstance(entries, dict):
        raise RefusedError("fills an object with what is no mapping of its attributes")
    for key, value in cast("Node", entries).items():
        if is_steering(key):
            raise RefusedError("gives an object an attribute that steers what loads it")
        if key in NAMES_OF_METHODS and not _names_methods(key, value, twins):
            raise RefusedError(f"keeps the name of a method (`{key}`) that is none of a model's own")


def _names_methods(key: str, value: object, twins: Twins) -> bool:
    for node in _alike(value, twins):
        kind, content = node.get("__loader__"), node.get("content")
        if kind in ("ListNode", "TupleNode") and isinstance(content, list):
            known = all(_names_methods(key, one, twins) for one in cast("list[object]", content))
        elif kind == "JsonNode" and isinstance(content, str):
            known = _is_name(key, content)
        else:
            known = kind == "FunctionNode"
        if not known:
            return False
    return True


def _is_name(key: str, content: str) -> bool:
    try:
        value = json.loads(content)
    except ValueError:
        return False
    return value is None or (isinstance(value, str) and names_method(key, value))


def _check_partial(parts: Node, twins: Twins) -> None:
    are_functions = all(node.get("__loader__") == "FunctionNode" for node in _alike(parts.get("func"), twins))
    are_empty = all(node.get("content") in ({}, "null") for node in _alike(parts.get("namespace"), twins))
    if not (are_functions and are_empty):
        raise RefusedError("binds arguments to what is no function")


def _alike(value: object, twins: Twins) -> list[Node]:
    """A node, and all of the same number: whoever loads makes the first of them, and takes it for the others."""
    if value is None:
        return []
    node = cast("Node", value) if isinstance(value, dict) else {}
    number = node.get("__id__")
    if number is None:
        return [node]
    return [one for one in twins[number] if one.get("__loader__") != "CachedNode"] or [node]
