"""Vega-Lite specifications drawn as PNG; nothing is fetched while drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def png(spec: Mapping[str, Any]) -> bytes:
    """The picture of a specification, at twice the size for sharp screens."""
    import vl_convert

    return vl_convert.vegalite_to_png(dict(spec), scale=2, allowed_base_urls=[])
