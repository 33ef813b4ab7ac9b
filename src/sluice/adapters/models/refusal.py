"""How looking into a model ends where it does not end well."""

from __future__ import annotations

SAFE_FORMATS = "save it as safetensors, ONNX or skops"


class RefusedError(Exception):
    """The file does, or may do, what no model may; the sentence says what, and what to do."""


class BrokenError(Exception):
    """The bytes are not of the format: whatever loads them ends here too."""
