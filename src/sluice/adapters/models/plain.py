"""Files that hold no code whatever reads them: JSON, YAML without tags, and text."""

from __future__ import annotations

import codecs
from typing import cast

from sluice.adapters.decode import strict_json, strict_yaml
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source
from sluice.domain.errors import SluiceError

MAX_JSON_BYTES = 64 << 20
MAX_JSON_NODES = 2_000_000
_PIECE_BYTES = 1 << 20


def json_of(text: bytes) -> object:
    """A JSON document's value. Raises ``BrokenError``."""
    try:
        return strict_json.parse(text, where="it", max_bytes=MAX_JSON_BYTES, max_nodes=MAX_JSON_NODES)
    except SluiceError as error:
        raise BrokenError(f"is no JSON that can be read: {error.what}") from None


def look_at_json(text: bytes) -> None:
    """A JSON file of a model; one that has code fetched and run when the model is loaded is refused."""
    value = json_of(text)
    if isinstance(value, dict) and "auto_map" in cast("dict[str, object]", value):
        raise RefusedError("names code to run when the model is loaded (`auto_map`); take that key out")


def yaml_of(text: bytes) -> object:
    """A YAML document's value. Raises ``BrokenError``; tags, by which YAML may make any object, are none of it."""
    try:
        return strict_yaml.parse(text, where="it").value
    except SluiceError as error:
        raise BrokenError(f"is no YAML that can be read: {error.what}") from None


def look_at_text(source: Source) -> None:
    """Text in UTF-8, to its end, without a NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while not source.at_end():
            piece = source.rest(_PIECE_BYTES)
            if b"\0" in piece:
                raise BrokenError("is no text")
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BrokenError("is no text in UTF-8") from None
