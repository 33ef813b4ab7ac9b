"""The model between training and evaluation: looked at first, and found to be the same afterwards."""

from __future__ import annotations

from sluice.domain.config import Evaluation
from sluice.domain.errors import EvidenceError
from sluice.domain.model import UNSAFE
from sluice.domain.verdict import Verdict
from sluice.pipeline.order import Found, Order, Workshop


def look_at_model(evaluation: Evaluation, order: Order, shop: Workshop, found: Found) -> None:
    """Look at the model that training left, where the head says it lies; what it may name is the base's to say.

    Raises ``EvidenceError`` (``model-unsafe``) for a model that must not be loaded: nothing is evaluated then.
    """
    if evaluation.model is None:
        return
    found.model = shop.model(evaluation.model, modules_of(evaluation, order))
    if found.model.verdict is not Verdict.PASS:
        shop.say(f"model: refused: {found.model.message}")
        raise EvidenceError(found.model.message, reason_code=UNSAFE, where=evaluation.model)
    shop.say(f"model: {found.model.format}, {found.model.n_bytes:,} bytes, SHA-256 {found.model.sha256}")


def require_same_model(shop: Workshop, found: Found) -> None:
    """Raise ``EvidenceError`` (``digest-changed``) where another model was evaluated than was looked at."""
    if found.model is not None and shop.model_digest(found.model.path) != found.model.sha256:
        raise EvidenceError(
            "was changed while it was evaluated: its digest is another one than that of the model that was looked at",
            reason_code="digest-changed",
            where=found.model.path,
            remedy="let nothing write it after training",
        )


def modules_of(evaluation: Evaluation, order: Order) -> tuple[str, ...]:
    """What a model may name besides our own list: the base's to say, where there is one."""
    if order.policy is None:
        return evaluation.model_modules
    policy = order.policy.value.evaluation
    return policy.model_modules if policy is not None else ()
