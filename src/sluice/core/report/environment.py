"""The templates beside this file, with what they may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(
    *, escapes_html: bool, finalize: Callable[[object], object], tools: Mapping[str, Callable[..., Any]]
) -> Environment:
    """An environment whose every expression goes through ``finalize``; ``tools`` are filters and functions alike."""
    made = Environment(
        loader=PackageLoader("sluice.core.report"),
        autoescape=escapes_html,  # noqa: S701 - where it is off the output is Markdown, which `finalize` escapes
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Jinja2 leaves these two without types.
    for table in ("filters", "globals"):
        vars(made)[table].update(tools)
    return made
