"""One decision, rendered for every place where people read it; pure text, nothing fetched, nothing believed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from sluice.core.report import view
from sluice.core.report.annotations import remarks
from sluice.core.report.escape import plain
from sluice.core.report.view import Links, View
from sluice.domain.decision import Decision
from sluice.domain.evidence import Evidence
from sluice.domain.planning import STAGES, Stage
from sluice.domain.replay import Replayed
from sluice.domain.report import Annotation, CheckRun, PolicyChange, Report
from sluice.domain.verdict import Conclusion, Verdict

__all__ = ["GATE_CHECK", "Links", "render"]

GATE_CHECK = "sluice/gate"


def render(
    evidence: Evidence | None,
    decision: Decision,
    *,
    links: Links | None = None,
    changes: tuple[PolicyChange, ...] = (),
    figures: Mapping[str, bytes] | None = None,
    proposed: Replayed | None = None,
) -> Report:
    """The comment, the job summary, the page and the check runs of one decision.

    ``evidence`` is ``None`` where nothing was run or where it must not be believed. ``figures`` are the bytes of the
    evidence's pictures by their path; they are shown on the page only. ``proposed`` is the same evidence under the
    policy that the pull request brings; it is shown beside the decision and is no part of it.
    """
    # Templates are loaded with what renders them: whoever decides alone renders nothing.
    from sluice.core.report import markdown, page

    shown = replace(view.build(evidence, decision, changes, links or Links()), proposed=proposed)
    return Report(
        comment=markdown.comment(shown),
        summary=markdown.summary(shown),
        html=page.page(shown, figures or {}),
        checks=_checks(shown),
    )


def _checks(shown: View) -> tuple[CheckRun, ...]:
    """The stages' check runs, then the gate's: last, so that it never is green before the others are there."""
    from sluice.core.report import markdown

    beside = remarks(shown)
    gate = CheckRun(
        name=GATE_CHECK,
        head_sha=shown.decision.head_sha,
        conclusion=_gate_conclusion(shown.decision),
        title=_title(shown.headline),
        summary=markdown.stage_summary(shown, "gate"),
        external_id=_external_id(GATE_CHECK, shown.decision),
        annotations=() if shown.evidence else beside["gate"],
    )
    if shown.evidence is None:
        return (gate,)
    stages = (_stage_check(stage, shown, beside[stage]) for stage in STAGES)
    return (*stages, gate)


def _stage_check(stage: Stage, shown: View, beside: tuple[Annotation, ...]) -> CheckRun:
    from sluice.core.report import markdown

    name = f"sluice/{stage}"
    line = next(line for line in shown.stages if line.stage == stage)
    if line.verdict is None:
        conclusion: Conclusion = "success"
        title, text = "Not applicable", f"Not applicable: {line.said}."
    else:
        conclusion = line.verdict.conclusion
        warned = " (with warnings)" if line.verdict is Verdict.WARN else ""
        title, text = _title(line.said) + warned, markdown.stage_summary(shown, stage)
    return CheckRun(
        name=name,
        head_sha=shown.decision.head_sha,
        conclusion=conclusion,
        title=title,
        summary=text,
        external_id=_external_id(name, shown.decision),
        annotations=beside,
    )


def _title(text: str) -> str:
    """Text for a place that knows no Markdown."""
    return plain(text.replace("`", ""))


def _gate_conclusion(decision: Decision) -> Conclusion:
    if not decision.enforced and (decision.results or not decision.verdict.opens):
        return "neutral"
    return decision.verdict.conclusion


def _external_id(name: str, decision: Decision) -> str:
    """Binds a check run to its decision: the same decision has the same id, another one another."""
    bound = (decision.head_sha, decision.base_sha, decision.policy_sha256, decision.evidence_sha256, decision.verdict)
    return "sluice:" + hashlib.sha256("\n".join((name, *bound)).encode()).hexdigest()[:32]
