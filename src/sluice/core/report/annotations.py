"""Remarks on the lines of the policy, a contract or the code that a failure speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sluice.core.plan import POLICY_PATH
from sluice.core.report.drift import change_lines
from sluice.core.report.escape import plain
from sluice.core.report.view import View, failing
from sluice.domain.decision import GateResult
from sluice.domain.report import Annotation
from sluice.domain.verdict import Verdict

MAX_PER_STAGE = 100
MAX_PATH = 400
MAX_LINE = 1_000_000


def remarks(shown: View) -> Mapping[str, tuple[Annotation, ...]]:
    """The remarks of each check run: ``data``, ``training``, ``evaluation`` and ``gate``."""
    changed = {change.path for change in shown.changes}
    found = {
        "data": (
            *_of_data(shown, changed),
            *_of_contracts(shown),
            *(_of_gate(gate, changed) for gate in shown.gates if _speaks(gate, "data") and gate.reason_code == "drift"),
        ),
        "training": tuple(_of_training(shown)),
        "evaluation": tuple(_of_gate(gate, changed) for gate in shown.gates if _speaks(gate, "evaluation")),
        "gate": tuple(_of_gate(gate, changed) for gate in shown.gates if gate.line and not gate.verdict.opens),
    }
    return {name: tuple(filter(_placed, placed))[:MAX_PER_STAGE] for name, placed in found.items()}


def _placed(remark: Annotation) -> bool:
    """Whether GitHub would take the place: evidence may name any, and one bad place would lose the whole check."""
    parts = remark.path.split("/")
    return 0 < len(remark.path) <= MAX_PATH and not {"", ".", ".."} & set(parts) and 0 < remark.line <= MAX_LINE


def _speaks(gate: GateResult, stage: str) -> bool:
    return gate.stage == stage and gate.line > 0 and gate.verdict is not Verdict.PASS


def _of_data(shown: View, changed: set[str]) -> list[Annotation]:
    return [
        Annotation(
            path=dataset.contract_path,
            line=_line(result.line, dataset.contract_path, changed),
            level=_level(result.verdict),
            title=plain(f"{result.check} {result.column or dataset.dataset}", limit=200),
            message=plain(result.message or f"{result.check} is {result.verdict}"),
        )
        for dataset in shown.datasets
        for result in failing(dataset)
    ]


def _of_contracts(shown: View) -> list[Annotation]:
    """At the line of the head's contract: the one that the pull request writes."""
    return [
        Annotation(
            path=plain(line.change.path or dataset.contract_path, limit=MAX_PATH + 1),
            line=max(1, line.change.line),
            level="failure",
            title=plain(f"Breaks {' and '.join(line.change.breaks)} compatibility", limit=200),
            message=plain(line.change.sentence),
        )
        for dataset in shown.datasets
        for line in change_lines(dataset, shown.decision)
        if line.broken
    ]


def _of_training(shown: View) -> list[Annotation]:
    training = shown.evidence.training if shown.evidence else None
    if training is None or training.verdict is Verdict.PASS or not training.location_path:
        return []
    said = training.diagnosis or training.message or f"training ended with {training.status}"
    return [
        Annotation(
            path=plain(training.location_path, limit=MAX_PATH + 1),
            line=max(1, training.location_line),
            level="failure",
            title="Training failed here",
            message=plain(said),
        )
    ]


def _of_gate(gate: GateResult, changed: set[str]) -> Annotation:
    return Annotation(
        path=POLICY_PATH,
        line=_line(gate.line, POLICY_PATH, changed),
        level=_level(gate.verdict),
        title=plain(gate.gate, limit=200),
        message=plain(gate.message),
    )


def _line(line: int, path: str, changed: set[str]) -> int:
    """The line of the base's file; the head's lines are others where the pull request changes the file."""
    return 1 if path in changed else max(1, line)


def _level(verdict: Verdict) -> Literal["warning", "failure"]:
    return "warning" if verdict is Verdict.WARN else "failure"
