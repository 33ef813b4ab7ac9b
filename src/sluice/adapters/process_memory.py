"""What memory a process has, as Linux tells it; 0 where the system does not say."""

from __future__ import annotations

import resource
from pathlib import Path

_PAGE_BYTES = resource.getpagesize()


def own_bytes(process: int) -> int:
    """Memory in use that is the process's own, or was its parent's when it began."""
    _size, resident, shared, _text, _library, _data = _pages(process)
    return (resident - shared) * _PAGE_BYTES


def writable_bytes(process: int) -> int:
    """Address space that the process may write, in use or not: what ``RLIMIT_DATA`` counts."""
    return _pages(process)[5] * _PAGE_BYTES


def _pages(process: int) -> tuple[int, int, int, int, int, int]:
    try:
        fields = [int(field) for field in Path(f"/proc/{process}/statm").read_bytes().split()]
        return fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]
    except (OSError, IndexError, ValueError):
        return 0, 0, 0, 0, 0, 0
