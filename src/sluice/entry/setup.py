"""Sets a repository up (`sluice init`) and looks at a set-up (`sluice doctor`)."""

from __future__ import annotations

from pathlib import Path

from sluice.adapters.git import Git
from sluice.core.setup.findings import Finding, exit_code
from sluice.domain.errors import EXIT_OPEN
from sluice.domain.verdict import worst
from sluice.entry import telling
from sluice.entry.beginning import Asked, Beginning, begin
from sluice.entry.examination import examine
from sluice.entry.new_files import write_new


def init(root: Path, asked: Asked, *, as_json: bool) -> int:
    """``sluice init``: look at the repository, write its first files, say what to do next. Overwrites nothing."""
    git = Git.find(root)
    beginning = begin(git, asked, telling.tell)
    write_new(git.root, beginning.files)
    for path in beginning.files:
        telling.tell(f"wrote {path}")
    for line in _next_steps(beginning):
        telling.tell(line)
    if as_json:
        telling.print_json(_shape(beginning))
    return EXIT_OPEN


def _shape(beginning: Beginning) -> dict[str, object]:
    return {
        "files": list(beginning.files),
        "data": dict(beginning.data),
        "training": beginning.training,
        "predictions": beginning.predictions,
        "metrics": beginning.metrics,
        "gates": [f"{gate.metric}.{gate.kind}" for gate in beginning.gates],
    }


def _next_steps(beginning: Beginning) -> list[str]:
    return [
        "",
        "Next:",
        "  1. Read what was written: the contracts and limits describe the data and the model as they are today.",
        f"  2. git switch -c sluice && git add {' '.join(sorted({path.split('/')[0] for path in beginning.files}))}"
        " && git commit -m 'Add Sluice'",
        "  3. Open a pull request. Sluice measures and reports on it; nothing is enforced before it is merged.",
        f"  4. Protect {beginning.branch}: GITHUB_TOKEN=... sluice init --protect  requires the check `sluice/gate`.",
        "  5. GITHUB_TOKEN=... sluice doctor  tells whether all of this holds.",
    ]


def doctor(root: Path, *, as_json: bool) -> int:
    """``sluice doctor``: what is wrong with the set-up, and how to mend it."""
    findings = examine(Git.find(root))
    if as_json:
        telling.print_json(_findings_shape(findings))
    for finding in () if as_json else findings:
        telling.show(f"{finding.verdict.upper():<5} {finding.check}: {finding.message}")
        if finding.remedy:
            telling.show(f"      -> {finding.remedy}")
    return exit_code(findings)


def _findings_shape(findings: tuple[Finding, ...]) -> dict[str, object]:
    return {
        "verdict": str(worst(finding.verdict for finding in findings)),
        "findings": [
            {"check": one.check, "verdict": str(one.verdict), "message": one.message, "remedy": one.remedy}
            for one in findings
        ],
    }
