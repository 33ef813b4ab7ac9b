"""Text cut to what GitHub takes: at the end of a line where there is one, with a note that says so."""

from __future__ import annotations

TITLE_CHARACTERS = 255
# Said to be characters; counted in bytes here, which are never fewer.
SUMMARY_BYTES = 65_535
COMMENT_CHARACTERS = 65_536
STATUS_CHARACTERS = 140
ANNOTATION_BYTES = 60_000

_NOTE = "\n\n> The rest is cut: GitHub takes no more here. The job summary of the workflow run holds the whole.\n"


def clean(words: str) -> str:
    """Text that JSON and UTF-8 can carry: half a surrogate pair becomes a question mark."""
    return words.encode("utf-8", "replace").decode("utf-8")


def short(words: str, most: int) -> str:
    """One line of at most ``most`` characters."""
    line = " ".join(clean(words).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def to_bytes(words: str, most: int, note: str = _NOTE) -> str:
    """Text of at most ``most`` bytes of UTF-8; the end goes first, since reports begin with what counts."""
    data = clean(words).encode()
    if len(data) <= most:
        return data.decode()
    return _at_line_end(data[: most - len(note.encode())].decode(errors="ignore")) + note


def to_characters(words: str, most: int) -> str:
    """Text of at most ``most`` characters."""
    fine = clean(words)
    return fine if len(fine) <= most else _at_line_end(fine[: most - len(_NOTE)]) + _NOTE


def _at_line_end(words: str) -> str:
    # A line that takes more than half of the room is cut in its middle instead.
    end = words.rfind("\n")
    return words[:end] if end > len(words) // 2 else words
