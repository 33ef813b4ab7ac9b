"""Patterns on engines that try one way after the other: which of them could run for ever there."""

from __future__ import annotations

import re

from sluice.domain.check import Spec
from sluice.domain.contract import Column, ValueCount

# Engines that match patterns in time linear in the text, or nearly so.
_BOUNDED = frozenset(("duckdb", "postgres"))
_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*+\]|\(\?(?:P?<\w+>|[a-zA-Z-]*[:)])|[()|*+?]|\{[0-9]+(?:,[0-9]*)?\}|.",
    re.DOTALL,
)


def cannot_be_asked(spec: Spec, dialect: str) -> str:
    """Why an engine of this SQL cannot be asked for the pattern of a demand; empty where it can."""
    if dialect in _BOUNDED or spec.check not in ("pattern", "invalid_values"):
        return ""
    if not isinstance(spec.demand, Column | ValueCount) or not is_ambiguous(spec.demand.pattern):
        return ""
    return f"not measured: on {dialect} the pattern could run for ever; let no repeated group hold a choice"


def is_ambiguous(pattern: str) -> bool:
    """Whether a repeated group holds a choice: on the wrong text, trying all ways takes exponential time."""
    choices = [False]
    closed = False
    for token in _TOKEN.findall(pattern):
        if token[0] == "(" and token[-1] != ")":
            choices.append(False)
            closed = False
        elif token == ")":
            closed = choices.pop() if len(choices) > 1 else True
            choices[-1] = choices[-1] or closed
        elif token in ("*", "+", "?", "|") or (token[0] == "{" and len(token) > 1):
            if closed and token not in ("?", "|"):
                return True
            choices[-1] = choices[-1] or not re.fullmatch(r"\{[0-9]+\}", token)
            closed = False
        else:
            closed = False
    return False
