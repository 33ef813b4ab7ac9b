"""An end to what a connection does, after a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sluice.domain.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def limited(connection: DuckDBPyConnection, timeout_s: float | None) -> Iterator[None]:
    """Ends what the connection does within after a time; ``DataError`` (``timeout``) then."""
    import duckdb

    timer = threading.Timer(timeout_s, connection.interrupt) if timeout_s is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield
    except duckdb.InterruptException:
        said = f"the query took longer than {timeout_s:g} s" if timeout_s is not None else "the query was interrupted"
        raise DataError(said, reason_code="timeout") from None
    finally:
        if timer is not None:
            timer.cancel()
