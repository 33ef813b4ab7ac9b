"""What a sample of prose is like: the script it is written in, and how many of its words the reference knows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

from sluice.domain.distribution import FloatArray

_WORD = re.compile(r"\w+")
_MAX_CHARS = 10_000
"""Longer texts are judged by their beginning."""

NO_SCRIPT = "none"

KNOWN = 2
"""In so many different texts a word is known: one may be an earlier wording of the very text that is asked about."""


def script(text: str) -> str:
    """The script of most of a text's letters, by the first word of their Unicode names; ``none`` without letters."""
    text = text[:_MAX_CHARS]
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else NO_SCRIPT
    found = Counter(unicodedata.name(letter, NO_SCRIPT).split()[0].lower() for letter in text if letter.isalpha())
    return max(sorted(found), key=lambda name: found[name]) if found else NO_SCRIPT


def unknown_shares(reference: Sequence[str], current: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """The share of each text's words that are unknown; NaN for texts without words.

    The reference is halved, and each half knows the words of which it has two different texts. A text is held against
    the half that it would not be in: its own words say which that is. So texts of one origin know equally much, and
    those that stand on both sides, as they do where data is compared with an older state of itself, count alike.
    """
    ours, theirs = ([_words(text) for text in texts] for texts in (reference, current))
    known = _vocabularies(ours)
    return _shares(ours, known), _shares(theirs, known)


def _vocabularies(texts: Iterable[tuple[str, ...]]) -> tuple[frozenset[str], frozenset[str]]:
    """The words known to those texts that are in half 0, then to those in half 1."""
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for words in set(texts):
        counts[_half(words)].update(set(words))
    first, second = (frozenset(word for word, n in count.items() if n >= KNOWN) for count in counts)
    return first, second


def _half(words: tuple[str, ...]) -> int:
    return blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=1).digest()[0] % 2


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text[:_MAX_CHARS].casefold()))


def _shares(texts: Iterable[tuple[str, ...]], known: tuple[frozenset[str], frozenset[str]]) -> FloatArray:
    others = ((words, known[1 - _half(words)]) for words in texts)
    shares = (sum(word not in half for word in words) / len(words) if words else np.nan for words, half in others)
    return np.fromiter(shares, dtype=np.float64)
