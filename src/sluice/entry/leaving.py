"""What a run leaves: the evidence folder with its pictures and a page to look at."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from sluice.adapters.decode import evidence as evidence_file
from sluice.adapters.git import Git
from sluice.adapters.redaction import Redactor
from sluice.core.contract_gates import Contracts
from sluice.core.figures import Drawing, drawings
from sluice.core.report import render
from sluice.domain.config import Loaded
from sluice.domain.errors import SluiceError, UsageError
from sluice.domain.evidence import Evidence, Figure
from sluice.domain.planning import Plan
from sluice.entry.contracts import known_contracts
from sluice.entry.workshop import Say
from sluice.pipeline.publishing import judge_evidence

PAGE = "report.html"
FIGURES = "figures"


def begin(out: Path) -> None:
    """Make the evidence folder, and take out of it what an earlier run left, which must not stand for this one.

    Raises ``UsageError`` where nothing can be written there: before hours of training, not after.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in (evidence_file.FILE_NAME, PAGE):
            (out / name).unlink(missing_ok=True)
        shutil.rmtree(out / FIGURES, ignore_errors=True)
        with tempfile.TemporaryFile(dir=out) as probe:
            probe.write(b" ")
    except OSError as error:
        said = f"evidence cannot be written there: {error.strerror}"
        raise UsageError(said, where=str(out), remedy="give a folder that can be written") from None


def keep(evidence: Evidence, out: Path) -> Evidence:
    """Write the evidence without the secrets of this environment; the evidence as it was written."""
    evidence = Redactor.of(os.environ).record(evidence)
    evidence_file.write(evidence, out)
    return evidence


def leave(evidence: Evidence, out: Path, say: Say) -> Evidence:
    """Draw the pictures and write the evidence; the evidence as it was written."""
    shutil.rmtree(out / FIGURES, ignore_errors=True)
    drawn = drawings(evidence.evaluation) if evidence.evaluation else ()
    figures = tuple(figure for figure in (_drawn(drawing, out, say) for drawing in drawn) if figure is not None)
    return keep(replace(evidence, figures=figures), out)


def _drawn(drawing: Drawing, out: Path, say: Say) -> Figure | None:
    from sluice.adapters.charts import png

    path = f"{FIGURES}/{drawing.name}.png"
    try:
        data = png(drawing.spec)
    except Exception as error:  # a picture is never worth a run, and the drawing library raises what it likes
        say(f"the picture `{drawing.title}` could not be drawn: {error}")
        return None
    (out / FIGURES).mkdir(parents=True, exist_ok=True)
    (out / path).write_bytes(data)
    return Figure(path=path, title=drawing.title, alt=drawing.alt, sha256=hashlib.sha256(data).hexdigest())


def write_page(git: Git, evidence: Evidence, plan: Plan, policy: Loaded, out: Path) -> None:
    """Write report.html: what the report would say if it were published now, for people; ``publish`` makes its own."""
    if not plan.stages:
        return  # nothing was asked for, so there is nothing to look at
    try:
        contracts = known_contracts(git, policy, plan.base_sha if plan.enforced else plan.head_sha, plan.head_sha)
    except SluiceError:
        contracts = Contracts(base={})
    _, sha256 = evidence_file.read(out)
    decided = judge_evidence(policy, plan, evidence, sha256, contracts=contracts)
    pictures = {figure.path: (out / figure.path).read_bytes() for figure in evidence.figures}
    (out / PAGE).write_text(render(decided.evidence, decided.decision, figures=pictures).html, encoding="utf-8")
