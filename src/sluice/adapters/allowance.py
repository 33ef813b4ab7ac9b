"""Time that several statements share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sluice.domain.errors import DataError


class Allowance:
    """What the statements of one table have taken so far."""

    def __init__(self) -> None:
        self._spent_s = 0.0

    @contextmanager
    def within(self, timeout_s: float, total_s: float) -> Iterator[float]:
        """Seconds that one statement may take: ``timeout_s``, or what the others have left of ``total_s``.

        Raises ``DataError`` (``timeout``) where they have left nothing; so is told what ends for want of the rest.
        """
        left_s = total_s - self._spent_s
        if left_s <= 0:
            raise _used_up(total_s)
        begin_s = time.monotonic()
        try:
            yield min(timeout_s, left_s)
        except DataError as problem:
            if problem.reason_code == "timeout" and left_s < timeout_s:
                raise _used_up(total_s) from None
            raise
        finally:
            self._spent_s += time.monotonic() - begin_s


def _used_up(total_s: float) -> DataError:
    return DataError(f"all statements together took longer than {total_s:g} s", reason_code="timeout")
