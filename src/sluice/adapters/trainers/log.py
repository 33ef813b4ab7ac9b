"""What a command says, line by line: shown, kept in a bounded file, its end remembered."""

from __future__ import annotations

import contextlib
import errno
import re
import time
from collections import deque
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path

TAIL_LINES = 50
TAIL_BYTES = 16_000
LINE_MAX_BYTES = 8_192
FILE_MAX_BYTES = 50_000_000
# A progress bar rewrites its line for hours; so often one state of it is shown as a line.
PROGRESS_INTERVAL_S = 30.0

_FULL_DISK = re.compile(r"no space left on device|\bENOSPC\b|disk quota exceeded", re.IGNORECASE)
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


class LogSink:
    """Takes a stream's bytes in pieces of any size; neither binary, endless lines nor a full disk stop it."""

    def __init__(self, path: Path, echo: Callable[[str], None], clean: Callable[[str], str]) -> None:
        self._echo: Callable[[str], None] | None = echo
        self._clean = clean
        self._path = path
        self._partial = bytearray()
        self._dropped_bytes = 0
        self._rewound = False
        self._written_bytes = 0
        self._shown_at = time.monotonic()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.disk_full = False
        self._file: RawIOBase | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)  # a log that survives our own end
        except OSError as error:
            self._lose_file(error)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._add(part)
            self._emit()
        self._add(rest)
        if b"\r" in rest and time.monotonic() - self._shown_at > PROGRESS_INTERVAL_S:
            self._emit()

    def close(self) -> None:
        """Take what is left as a last line, and close the file."""
        if self._partial:
            self._emit()
        self._close_file()

    def mute(self) -> None:
        """Show nothing more; the file and the tail go on."""
        self._echo = None

    @property
    def tail(self) -> str:
        """The last 50 lines, at most 16,000 bytes, without colours and control signs."""
        text = "\n".join(_printable(line) for line in tuple(self._tail))
        return text.encode("utf-8")[-TAIL_BYTES:].decode("utf-8", "ignore")

    def _add(self, part: bytes) -> None:
        """Add to the line what a terminal would show of it: text after a carriage return replaces what was before."""
        stripped = part.rstrip(b"\r")
        shown = stripped.rpartition(b"\r")[2]
        if stripped and (self._rewound or len(shown) < len(stripped)):
            self._clear()
        self._rewound = self._rewound or len(stripped) < len(part)
        room = LINE_MAX_BYTES - len(self._partial)
        self._partial += shown[:room]
        self._dropped_bytes += max(0, len(shown) - room)

    def _clear(self) -> None:
        self._partial.clear()
        self._dropped_bytes = 0
        self._rewound = False

    def _emit(self) -> None:
        text = self._clean(bytes(self._partial).decode("utf-8", "replace").replace("\0", ""))
        if self._dropped_bytes:
            text += f" [and {self._dropped_bytes:,} bytes more on this line]"
        self._clear()
        self._shown_at = time.monotonic()
        self.disk_full = self.disk_full or bool(_FULL_DISK.search(text))
        self._tail.append(text)
        self._write(text)
        self._show(text)

    def _show(self, text: str) -> None:
        if self._echo is not None:
            try:
                self._echo(text)
            except Exception:  # whoever shows it has failed; a reader that stops would block the command
                self._echo = None

    def _write(self, text: str) -> None:
        if self._file is None:
            return
        line = text.encode("utf-8", "replace") + b"\n"
        if self._written_bytes + len(line) > FILE_MAX_BYTES:
            line = f"[the log ends here: it is over {FILE_MAX_BYTES:,} bytes]\n".encode()
        try:
            self._file.write(line)
        except OSError as error:
            self._lose_file(error)
            return
        self._written_bytes += len(line)
        if line.startswith(b"[the log ends here"):
            self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _lose_file(self, error: OSError) -> None:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            self.disk_full = True
        self._tail.append(f"[sluice: the log file {self._path.name} cannot be written: {error.strerror}]")
        self._close_file()


def _printable(line: str) -> str:
    """Without colours, control signs and signs that change the direction of text."""
    return "".join(sign for sign in _ESCAPES.sub("", line).replace("\t", "    ") if sign.isprintable())
