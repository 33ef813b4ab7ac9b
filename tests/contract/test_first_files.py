"""What `sluice init` gives to users fits this repository's reusable workflows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.decode import strict_yaml
from sluice.core.setup import documents
from sluice.core.setup.workflows import NEEDED

ROOT = Path(__file__).resolve().parents[2]
ORDER = ("none", "read", "write")


def _parsed(text: bytes) -> dict[str, Any]:
    value = strict_yaml.parse(text, where="workflow").value
    assert isinstance(value, dict)
    return value


def _called(name: str) -> dict[str, Any]:
    return _parsed((ROOT / ".github" / "workflows" / name).read_bytes())


def _asked_for(workflow: dict[str, Any]) -> dict[str, str]:
    """The rights that the jobs of a workflow ask for, the greatest of each."""
    found: dict[str, str] = {}
    for job in workflow["jobs"].values():
        for scope, level in job["permissions"].items():
            found[scope] = max(level, found.get(scope, "none"), key=ORDER.index)
    return found


ACTION = documents.action("acme/sluice@v1")
CALLERS = [
    ("gate.yml", documents.workflow(ACTION, branch="main", setup="true"), NEEDED),
    ("gate-fork.yml", documents.fork_workflow(ACTION), NEEDED),
]


@pytest.mark.parametrize(("name", "text", "needed"), CALLERS, ids=[name for name, _, _ in CALLERS])
def test_the_caller_grants_exactly_what_is_asked_for(name: str, text: str, needed: dict[str, str]) -> None:
    called, caller = _called(name), _parsed(text.encode())
    (job,) = caller["jobs"].values()
    assert caller["permissions"] == {}
    assert _asked_for(called) == job["permissions"] == dict(needed)
    assert job["uses"] == f"acme/sluice/.github/workflows/{name}@v1"
    assert set(job.get("with", {})) <= set(called["on"]["workflow_call"]["inputs"])


def test_the_fork_workflow_follows_the_other_and_names_its_file() -> None:
    fork = _parsed(documents.fork_workflow(ACTION).encode())
    main = _parsed(documents.workflow(ACTION, branch="main", setup="").encode())
    assert fork["on"]["workflow_run"]["workflows"] == [main["name"]]
    assert fork["jobs"]["publish"]["with"] == {"workflow": documents.WORKFLOW_PATH}
    default = _called("gate-fork.yml")["on"]["workflow_call"]["inputs"]["workflow"]["default"]
    assert default == documents.WORKFLOW_PATH
