"""JSON Schema of records, for editors: the same rules that ``shapes`` decodes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, is_dataclass
from enum import Enum
from types import NoneType
from typing import Any, Literal, cast, get_args, get_origin

from sluice.adapters.decode.shapes import encode, members, required, shape

_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def schema(kind: type, *, title: str) -> dict[str, Any]:
    """The JSON Schema (draft 7, which editors' YAML plug-ins read) of a dataclass."""
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": title, **_record(kind)}


def _record(kind: type) -> dict[str, Any]:
    known = shape(kind)
    stated = [name for name, (field, _) in known.items() if required(field)]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": stated} if stated else {}),
        "properties": {name: {**_about(field), **_kind(hint)} for name, (field, hint) in known.items()},
    }


def _about(field: Field[Any]) -> dict[str, Any]:
    """What people read of a field: its documentation and its default."""
    about: dict[str, Any] = {"description": field.metadata["doc"]} if "doc" in field.metadata else {}
    if field.default is not MISSING:
        about["default"] = encode(field.default)
    elif field.default_factory is not MISSING:
        about["default"] = encode(field.default_factory())
    return about


def _kind(kind: Any) -> dict[str, Any]:
    alternatives = members(kind)
    if len(alternatives) > 1:
        return {"anyOf": [_kind(member) for member in alternatives]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _kind(arguments[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _kind(arguments[1])}
    if is_dataclass(kind):
        return _record(cast(type, kind))
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    return {"type": _TYPES[kind]}
