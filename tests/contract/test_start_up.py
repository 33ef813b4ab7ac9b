"""Starting costs little: an Action pays it on every event, so heavy packages load where they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import publishing as p

if TYPE_CHECKING:
    from ghbench.harness import Running

HEAVY = {
    "actions_toolkit.core",  # it loads requests for OpenID Connect
    "altair",
    "duckdb",
    "dvc",
    "github",
    "ibis",
    "jinja2",
    "mlflow",
    "numpy",
    "open_data_contract_standard",
    "pandas",
    "pyarrow",
    "pydantic",
    "requests",
    "rich",
    "scipy",
    "sklearn",
    "stamina",
    "vl_convert",
    "yaml",
}
# What the jobs with the token never need: neither what reads data nor what measures models.
NEVER_PUBLISHING = HEAVY - {"github", "jinja2", "requests", "stamina", "yaml"} | {"mlflow_skinny", "psutil", "typer"}
MEASURE = """
import resource, sys
try:
    {statement}
except SystemExit:
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, *sorted(sys.modules), file=sys.stderr)
"""

ACT = "import sluice.entry.action as a; sys.exit(a.main())"

RECORDS = {
    f"sluice.domain.{name}"
    for name in ("planning", "validation", "training", "evaluation", "evidence", "decision", "report")
}


def start(statement: str) -> tuple[float, set[str]]:
    """CPU seconds that a fresh interpreter takes for a statement, and what it has loaded then."""
    command = [sys.executable, "-c", MEASURE.format(statement=statement)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cpu_s, *modules = done.stderr.split()
    return float(cpu_s), set(modules)


@pytest.mark.parametrize(
    "statement",
    [
        "import sluice",
        "import sluice.entry.cli",
        "import sys, sluice.entry.cli as c; sys.argv = ['sluice', '--help']; c.main()",
    ],
    ids=["the package", "the command line", "its help"],
)
def test_nothing_heavy_is_loaded(statement: str) -> None:
    _cpu_s, modules = start(statement)
    assert "sluice" in modules
    assert modules & HEAVY == set()
    assert modules & RECORDS == set(), "making the records takes a third of the help's time"


def test_help_answers_at_once() -> None:
    # The least of several: a busy machine only ever adds to it.
    help_statement = "import sys, sluice.entry.cli as c; sys.argv = ['sluice', '--help']; c.main()"
    assert min(start(help_statement)[0] for _ in range(5)) < 0.3


def test_judging_stored_evidence_loads_nothing_that_measures() -> None:
    """`sluice gate`, with `--explain` and `--replay`: people wait for it, and a light installation has it."""
    _cpu_s, modules = start("import sluice.entry.deciding, sluice.entry.replaying, sluice.core.gate_shapes")
    assert "sluice.entry.replaying" in modules
    assert modules & NEVER_PUBLISHING == set()


@pytest.mark.parametrize("change", [{"train.py": "print(2)\n"}, {"README.md": "Documented.\n"}], ids=["code", "words"])
def test_planning_and_publishing_load_nothing_that_measures(
    checked: Running, tmp_path: Path, change: dict[str, str]
) -> None:
    place = p.opened(checked, change)
    p.write(p.evidence_for(place), tmp_path / "sluice-evidence")
    for command in ("plan", "publish"):
        done = p.act(place, command, tmp_path, run=MEASURE.format(statement=ACT))
        assert done.returncode == 0, done.stdout + done.stderr
        _cpu_s, *modules = done.stderr.splitlines()[-1].split()
        assert {"sluice", "github"} <= set(modules)
        assert set(modules) & NEVER_PUBLISHING == set()
    assert place.conclusions()["sluice/gate"] == "success"
