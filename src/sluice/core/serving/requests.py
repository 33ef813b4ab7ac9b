"""The requests of a load: rows of a table as JSON, so many in each."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from sluice.domain.errors import DataError

MAX_BODY_BYTES = 16 * 2**20
MAX_SENT_BYTES = 256 * 2**20


def bodies(rows: Sequence[dict[str, Any]], batch_rows: int, *, where: str) -> tuple[bytes, ...]:
    """The different requests: each a JSON list of ``batch_rows`` rows, in turn, beginning anew after the last.

    ``rows`` are plain ones. There are as many as rows, or as fit into ``MAX_SENT_BYTES``. Raises ``DataError`` without
    rows, and for a request of more than ``MAX_BODY_BYTES``.
    """
    if not rows:
        raise DataError("holds no rows to send", reason_code="data-empty", where=where)
    texts = [json.dumps(row, allow_nan=False).encode() for row in rows]
    found: list[bytes] = []
    left = MAX_SENT_BYTES
    for index in range(len(texts) // math.gcd(len(texts), batch_rows)):
        first = index * batch_rows
        if sum(len(texts[(first + at) % len(texts)]) + 2 for at in range(batch_rows)) > MAX_BODY_BYTES:
            said = f"a request of {batch_rows:,} rows is over {MAX_BODY_BYTES // 2**20} MiB"
            raise DataError(said, where=where, remedy="make `evaluation.serving.batch_rows` smaller")
        body = b"[" + b", ".join(texts[(first + at) % len(texts)] for at in range(batch_rows)) + b"]"
        left -= len(body)
        if found and left < 0:
            break
        found.append(body)
    return tuple(found)
