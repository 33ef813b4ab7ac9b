"""What a sample of prose is like: the script it is written in, and how many of its words the reference knows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from sluice.domain.distribution import FloatArray

_WORD = re.compile(r"\w+")
_MAX_CHARS = 10_000
"""Longer texts are judged by their beginning."""

NO_SCRIPT = "none"


def script(text: str) -> str:
    """The script of most of a text's letters, by the first word of their Unicode names; ``none`` without letters."""
    text = text[:_MAX_CHARS]
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else NO_SCRIPT
    found = Counter(unicodedata.name(letter, NO_SCRIPT).split()[0].lower() for letter in text if letter.isalpha())
    return max(sorted(found), key=lambda name: found[name]) if found else NO_SCRIPT


def unknown_shares(reference: Sequence[str], current: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """The share of each text's words that are unknown; NaN for texts without words.

    The reference is halved, and each half knows the words that occur in it. A text of the reference is held against the
    half that it is not in, one of the current data against either in turn: texts of one origin know equally much.
    """
    words = [_words(text) for text in reference]
    halves = [frozenset(word for one in words[half::2] for word in one) for half in (0, 1)]
    ours = _shares((one, halves[1 - index % 2]) for index, one in enumerate(words))
    theirs = _shares((_words(text), halves[1 - index % 2]) for index, text in enumerate(current))
    return ours, theirs


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:_MAX_CHARS].casefold())


def _shares(pairs: Iterable[tuple[list[str], frozenset[str]]]) -> FloatArray:
    shares = (sum(word not in known for word in words) / len(words) if words else np.nan for words, known in pairs)
    return np.fromiter(shares, dtype=np.float64)
