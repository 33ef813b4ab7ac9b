"""Whether a pattern is one that engines without backtracking match: RE2's syntax, told without any engine.

Patterns come from pull requests: they are read once, from left to right, and never tried here. What only backtracking
matches (look-around, back references, possessive repeats) is refused by name, so that no pattern can run for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_PATTERN_CHARS = 2000
MAX_REPEAT = 1000
MAX_DEPTH = 200

_REPEAT = re.compile(r"\{([0-9]{1,9})(,([0-9]{1,9})?)?\}")
_GROUP = re.compile(r"\(\?(?:P?<(?P<name>[A-Za-z_][A-Za-z0-9_]*)>|[imsU]*(?:-[imsU]+)?(?P<end>[:)]))")
_ESCAPE = re.compile(
    r"\\(?:[pP](?:[A-Z]|\{\^?[A-Za-z_]+\})|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,6}\}|0[0-7]{0,2}"
    # A letter or digit has a meaning of its own, or none; one beyond ASCII cannot be escaped.
    r"|[aftnrvdDsSwW]|[!-/:-@\[-`{-~ \t\n\r])"
)
_ASSERTION = re.compile(r"\\[AzbB]")
_CLASS_NAME = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
_CATEGORIES = frozenset(
    "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Any Arabic "
    "Armenian Common Cyrillic Devanagari Georgian Greek Han Hangul Hebrew Hiragana Katakana Latin Thai".split()
)
_REFUSED = {
    "(?=": "looks ahead",
    "(?!": "looks ahead",
    "(?<=": "looks behind",
    "(?<!": "looks behind",
    "(?>": "has a group that gives nothing back",
    "(?P=": "refers back to a group",
    "(?#": "has a comment",
}


class PatternError(ValueError):
    """What of a pattern cannot be matched without backtracking, or is no pattern at all."""


_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
# A class of Unicode takes the room of so many characters, and a repetition copies it.
_CLASS_WEIGHT = 20


@dataclass(slots=True)
class _State:
    """Where the reader is, and how often what is being read may be repeated in all."""

    pattern: str
    at: int = 0
    groups: list[int] = field(default_factory=list[int])
    # The greatest number of copies of anything read so far, in each group that is open; RE2 allows 1000 in all.
    copies: list[int] = field(default_factory=lambda: [1])
    last: int = 0
    names: set[str] = field(default_factory=set[str])


def require(pattern: str) -> None:
    """Raises ``PatternError`` for a pattern that is not RE2's, with what is wrong in it."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise PatternError(f"is longer than {MAX_PATTERN_CHARS} characters")
    if any(not (char.isprintable() or char in "\t\n\r") for char in pattern):
        raise PatternError("holds a character that cannot be shown")
    state = _State(pattern)
    repeatable = False
    while state.at < len(pattern):
        repeatable = _step(state, repeatable)
    if state.groups:
        raise PatternError("has a group that does not end")


def _step(state: _State, repeatable: bool) -> bool:
    """Reads one thing; whether it may be repeated."""
    char = state.pattern[state.at]
    if char in "*+?" or (char == "{" and _REPEAT.match(state.pattern, state.at)):
        return _repeat(state, repeatable)
    state.last = 1
    if char == "(":
        return _open(state)
    if char == ")":
        return _close(state)
    if char == "[":
        begin, state.at = state.at, _set(state.pattern, state.at)
        state.last = _weight(state.pattern[begin : state.at])
        return True
    if char == "\\":
        return _escape(state)
    state.at += 1
    return char not in "|"


def _repeat(state: _State, repeatable: bool) -> bool:
    if not repeatable:
        raise PatternError("repeats nothing, or repeats a repetition")
    counted = _REPEAT.match(state.pattern, state.at)
    if counted is not None:
        low, high = int(counted[1]), int(counted[3] or counted[1])
        if high < low or max(low, high) > MAX_REPEAT or state.last * max(low, high, 1) > MAX_REPEAT:
            raise PatternError(f"repeats more than {MAX_REPEAT} times")
        state.copies[-1] = max(state.copies[-1], state.last * max(high, 1))
        state.at = counted.end()
    else:
        state.at += 1
    if state.pattern[state.at : state.at + 1] == "?":
        state.at += 1
    if state.pattern[state.at : state.at + 1] in ("*", "+", "?") or _REPEAT.match(state.pattern, state.at):
        raise PatternError("repeats a repetition")
    return False


def _open(state: _State) -> bool:
    rest = state.pattern[state.at : state.at + 4]
    for begin, what in _REFUSED.items():
        if rest.startswith(begin):
            raise PatternError(what)
    if not rest.startswith("(?"):
        state.at += 1
    else:
        found = _GROUP.match(state.pattern, state.at)
        if found is None or found.group() in ("(?)", "(?-)"):
            raise PatternError("has a group of an unknown kind")
        if found["name"] in state.names:
            raise PatternError("names two groups the same")
        state.names |= {found["name"]} if found["name"] else set()
        state.at = found.end()
        if found["end"] == ")":
            return False
    state.groups.append(state.at)
    state.copies.append(1)
    if len(state.groups) > MAX_DEPTH:
        raise PatternError("has too many groups within groups")
    return False


def _close(state: _State) -> bool:
    if not state.groups:
        raise PatternError("ends a group that was not begun")
    state.groups.pop()
    state.last = state.copies.pop()
    state.copies[-1] = max(state.copies[-1], state.last)
    state.at += 1
    return True


def _escape(state: _State) -> bool:
    assertion = _ASSERTION.match(state.pattern, state.at)
    if assertion is not None:
        state.at = assertion.end()
        return True
    begin, state.at = state.at, _escaped(state.pattern, state.at)
    state.last = _weight(state.pattern[begin : state.at])
    return True


def _weight(text: str) -> int:
    return _CLASS_WEIGHT if "\\p" in text or "\\P" in text else 1


def _escaped(pattern: str, at: int) -> int:
    """Where an escaped character or class ends."""
    found = _ESCAPE.match(pattern, at)
    if found is None:
        if pattern[at + 1 : at + 2].isdigit():
            raise PatternError("refers back to a group")
        raise PatternError(f"has the unknown escape `{pattern[at : at + 2]}`")
    text = found.group()
    if text[1] in "pP" and text[2:].strip("{}^") not in _CATEGORIES:
        raise PatternError(f"has the unknown class `{text[:20]}`")
    if text.startswith("\\x{") and int(text[3:-1], 16) > 0x10FFFF:
        raise PatternError("names a character that does not exist")
    return found.end()


def _set(pattern: str, at: int) -> int:
    """Where a set of characters ends."""
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    before, dash, first = "", False, True
    for item, end in _items(pattern, at):
        if item == "]" and not first and pattern[end - 2 : end] != "\\]":
            return end
        if dash:
            if len(item) > 1 or item < before:
                raise PatternError("has a range of characters that runs nowhere")
            before, dash = "", False
        elif item == "-" and len(before) == 1 and not pattern.startswith("]", end):
            dash = True
        else:
            before = item
        first = False
    raise PatternError("has a set of characters that does not end")


def _items(pattern: str, at: int) -> Iterator[tuple[str, int]]:
    """What is in a set, a character by itself, a class by its whole text; and where it ends."""
    while at < len(pattern):
        named = _CLASS_NAME.match(pattern, at)
        if named is not None:
            item, at = named.group(), named.end()
        elif pattern.startswith("[:", at):
            raise PatternError("has an unknown class of characters")
        elif pattern[at] == "\\":
            end = _escaped(pattern, at)
            item, at = _character(pattern[at:end]), end
        else:
            item, at = pattern[at], at + 1
        yield item, at


def _character(escape: str) -> str:
    """The character that an escape stands for; the escape itself where that is a class."""
    if escape[1] in "pPdDsSwW":
        return escape
    if escape[1] == "x":
        return chr(int(escape[2:].strip("{}"), 16))
    if escape[1] == "0":
        return chr(int(escape[1:], 8))
    return _CONTROLS.get(escape[1], escape[1])
