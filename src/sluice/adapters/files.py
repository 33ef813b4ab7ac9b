"""Files of a work tree that somebody else wrote: regular ones alone, inside the root, bounded."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sluice.domain.errors import EvidenceError


def read_bounded(root: Path, path: str, max_bytes: int) -> bytes | None:
    """A file's bytes; ``None`` where there is none.

    Raises ``EvidenceError`` (``path``) where the path or a folder on it is a link, where it leads out of the root, is
    not a regular file or holds more than ``max_bytes``.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or path.startswith("/"):
        raise _refused(path, "does not lead to a file of the repository")
    above = root
    for part in parts:
        above /= part
        if above.is_symlink():
            raise _refused(path, "is a symbolic link, or lies behind one")
    try:
        descriptor = os.open(above, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused(path, "is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise _refused(path, f"holds more than the {max_bytes:,} bytes that are read")
    return content


def _refused(path: str, what: str) -> EvidenceError:
    return EvidenceError(what, where=path, reason_code="path", remedy="commit it as a plain file")
