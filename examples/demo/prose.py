"""Markdown as GitHub shows it: tables and strikethrough, and of HTML only what GitHub lets through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_KEPT = frozenset(
    "a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li ol p pre q s samp span "
    "strong sub summary sup table tbody td tfoot th thead tr ul var".split()
)
_EMPTY = frozenset(("br", "hr"))
# Their content is not text for people either.
_SWALLOWED = frozenset(("script", "style", "title", "iframe", "textarea", "noscript"))
_ALIGNED = re.compile(r"text-align:\s*(left|right|center)\s*")


def as_github(text: str, links: Mapping[str, str] | None = None) -> str:
    """Safe HTML of a comment or a summary; ``links`` are addresses that lead elsewhere in these pages."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    writer = _Sanitizer(links or {})
    writer.feed(reader.render(text))
    writer.close()
    return writer.finished()


class _Sanitizer(HTMLParser):
    """Writes again only what is on the list; every tag that is opened is closed."""

    def __init__(self, links: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._links = links
        self._out: list[str] = []
        self._open: list[str] = []
        self._swallowing = ""

    def finished(self) -> str:
        """The HTML so far, with what was left open closed."""
        return "".join([*self._out, *(f"</{tag}>" for tag in reversed(self._open))])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SWALLOWED:
            self._swallowing = tag
        if self._swallowing or tag not in _KEPT:
            return
        if tag == "table":
            self._out.append('<div class="scroll">')
        self._out.append(f"<{tag}{self._attributes(tag, {name: value or '' for name, value in attrs})}>")
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._swallowing:
            self._swallowing = ""
        if tag not in self._open:
            return
        while True:
            last = self._open.pop()
            self._out.append(f"</{last}></div>" if last == "table" else f"</{last}>")
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._swallowing:
            self._out.append(escape(data))

    def _attributes(self, tag: str, given: dict[str, str]) -> str:
        kept: dict[str, str] = {}
        if tag == "details" and "open" in given:
            kept["open"] = ""
        if tag == "a":
            address = self._links.get(given.get("href", ""), given.get("href", ""))
            if address in self._links.values() or re.match(r"(https?|mailto):", address):
                kept |= {"href": address, "rel": "nofollow noreferrer"}
        aligned = _ALIGNED.fullmatch(given.get("style", ""))
        if tag in ("td", "th") and aligned:
            kept["class"] = f"to-{aligned.group(1)}"
        return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
