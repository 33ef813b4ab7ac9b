"""skops: a tree of nodes in JSON, each with the class or function that it makes; arrays lie beside it.

Source: the ``skops.io`` modules of skops 0.16 and its security advisories.
"""

from __future__ import annotations

import io
from typing import cast

from sluice.adapters.models import plain, zipped
from sluice.adapters.models.naming import Named
from sluice.adapters.models.numpy_files import look_at_array, look_at_arrays
from sluice.adapters.models.refusal import RefusedError
from sluice.adapters.models.skops_uses import Node, check_nodes
from sluice.adapters.models.zipped import Archive

SCHEMA = "schema.json"
MAX_MATRIX_BYTES = 1 << 30
# Nodes that make what they name, and hold what is looked at as well. Not here: those that take an attribute by name
# (MethodNode, OperatorFuncNode), and any that a later skops adds.
_NODES = frozenset(
    "BytearrayNode BytesNode CachedNode ConstructorFromReduceNode DTypeNode DefaultDictNode DictNode FunctionNode "
    "JsonNode ListNode LossNode MaskedArrayNode NdArrayNode ObjectNode PartialNode RandomGeneratorNode RandomStateNode "
    "ReduceNode SetNode SliceNode SparseMatrixNode TreeNode TupleNode TypeNode _DictWithDeprecatedKeysNode".split()
)


def look(archive: Archive, named: Named) -> None:
    """One archive. Raises ``RefusedError`` or ``BrokenError``."""
    for name in archive.names:
        if name.endswith(".npy"):
            look_at_array(archive.source(name), named)
        elif name.endswith(".npz"):
            _look_at_matrix(archive, name, named)
        elif name.endswith(".bin"):
            archive.source(name).drain()
        elif name != SCHEMA:
            raise RefusedError("holds an entry that skops does not write")
    _look_at_nodes(plain.json_of(archive.source(SCHEMA).everything(plain.MAX_JSON_BYTES)), named)


def _look_at_matrix(archive: Archive, name: str, named: Named) -> None:
    packed = archive.source(name).everything(MAX_MATRIX_BYTES)
    with zipped.opened(io.BytesIO(packed), len(packed)) as matrix:
        look_at_arrays(matrix, named)


def _look_at_nodes(value: object, named: Named) -> None:
    waiting: list[object] = [value]
    nodes: list[Node] = []
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += cast("list[object]", one)
        elif isinstance(one, dict):
            node = cast("dict[str, object]", one)
            if any(key in node for key in ("__loader__", "__module__", "__class__")):
                _name(node, named)
                nodes.append(node)
            waiting += node.values()
    check_nodes(nodes)


def _name(node: dict[str, object], named: Named) -> None:
    loader, module, made = (node.get(key) for key in ("__loader__", "__module__", "__class__"))
    if not (isinstance(loader, str) and isinstance(module, str) and isinstance(made, str)):
        raise RefusedError("holds a node that does not say what makes it")
    if loader not in _NODES:
        raise RefusedError(f"holds a node of the kind `{loader[:60]}`, which may reach anything")
    named.add(module, made)
    content = node.get("content")
    if loader == "FunctionNode" and isinstance(content, dict):
        # As skops before 0.9 wrote it.
        path, function = (cast("dict[str, object]", content).get(key) for key in ("module_path", "function"))
        if not (isinstance(path, str) and isinstance(function, str)):
            raise RefusedError("holds a function that is not named")
        named.add(path, function)
