"""Foreign text made harmless for Markdown: no markup, no mention, no link, no new line, no hidden direction.

GitHub looks for mentions, issue numbers and addresses after Markdown is rendered, so a backslash does not stop them: a
word joiner (U+2060, invisible, no width) between the sign and the word does.
"""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 400

_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|~$&])")
# What starts a list, a heading's underline or a rule where it stands first.
_START = re.compile(r"^ *(?=[-+=])|^ *[0-9]{1,9}(?=[.)](?: |$))")
_JOINER = "\u2060"
_LURES = re.compile(r"(@|#(?=\d)|://|\bwww(?=\.)|\bGH(?=-\d))", re.IGNORECASE)
_BREAKS = re.compile(r"[\s\u2028\u2029]+")
_BACKTICKS = re.compile(r"`+")


class Markdown(str):
    """Text that is Markdown already, made by Sluice; everything else is escaped before it is shown."""

    __slots__ = ()


def plain(text: str, *, limit: int = MAX_TEXT) -> str:
    """One line of printable text: control and direction characters out, white space folded, cut at ``limit``."""
    # Cut before the work: a hostile text may be long.
    kept = _printable(_BREAKS.sub(" ", text[: 4 * limit]))
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _printable(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def prose(value: object, *, limit: int = MAX_TEXT) -> Markdown:
    """Text as running text: every mark that Markdown reads is escaped, mentions and links are broken."""
    broken = _LURES.sub(lambda found: found.group() + _JOINER, plain(str(value), limit=limit))
    return Markdown(_START.sub(r"\g<0>\\", _PUNCTUATION.sub(r"\\\1", broken)))


def code(value: object, *, limit: int = MAX_TEXT) -> Markdown:
    """Text as an inline code span, safe inside a table; nothing in it is read as markup or a mention."""
    text = plain(str(value), limit=limit).replace("|", "¦") or " "
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return Markdown(f"{fence}{pad}{text}{pad}{fence}")


def segments(text: str) -> tuple[tuple[bool, str], ...]:
    """The parts of a sentence, each with whether it stands between backticks; a backtick without a partner is text."""
    parts = text.split("`")
    found: list[tuple[bool, str]] = []
    for index, part in enumerate(parts):
        closed = index + 1 < len(parts)
        if index % 2 and not (part and closed):
            found.append((False, f"`{part}`" if closed else f"`{part}"))
        elif part:
            found.append((bool(index % 2), part))
    return tuple(found)


def said(value: object, *, limit: int = MAX_TEXT) -> Markdown:
    """A sentence: what stands between backticks as code spans, all else as running text."""
    made: list[str] = []
    before = False
    for is_code, text in segments(plain(str(value), limit=limit)):
        # Two code spans side by side would be read as one.
        made.append(_JOINER if before and is_code else "")
        made.append(code(text, limit=limit) if is_code else prose(text, limit=limit))
        before = is_code
    return Markdown("".join(made))


def cleaned(text: str, *, limit: int) -> str:
    """Many lines of printable text, the end of it kept where it is longer than ``limit`` characters."""
    body = "\n".join(_printable(line[:1_000].expandtabs(4)) for line in text[-4 * limit :].splitlines())
    return body if len(body) <= limit else "… (cut)\n" + body[-limit:]


def block(text: str, *, language: str = "text", limit: int = 16_000) -> Markdown:
    """Text as a fenced code block whose fence is longer than any in the text."""
    body = cleaned(text, limit=limit)
    fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(body)), default=0))
    return Markdown(f"{fence}{language}\n{body}\n{fence}")
