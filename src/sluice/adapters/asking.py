"""A model asked about rows, request by request, in a process of the harness that measures serving."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from typing import Literal

from sluice.adapters.serving.load import Site, predictions, session
from sluice.adapters.serving.watching import Failed
from sluice.domain.errors import EvidenceError

Kind = Literal["call", "score", "shap"]


def answers(
    kind: Kind, name: str, bodies: Iterable[bytes], site: Site, *, total_s: float
) -> Generator[list[object], None, None]:
    """The answer to every body (a JSON list of rows), in turn; the process ends with the last, or with the caller.

    ``name`` is a function for ``call``, else a model's folder: ``score`` is asked for predictions and ``shap`` for
    every feature's absolute SHAP value. Raises ``EvidenceError`` (``importance``) for whatever keeps it from answering.
    """
    number = 0
    try:
        with session(kind, name, site, total_s=total_s) as lines:
            for body in bodies:
                number += 1
                lines.look()
                yield predictions(lines.ask(body, math.inf))
    except Failed as failure:
        said = f"could not be asked: request {number:,} {failure}" if number else f"could not be asked: {failure}"
        raise EvidenceError(said, reason_code="importance", where=name, remedy="the log says more") from None
