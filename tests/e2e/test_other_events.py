"""What else starts the shipped workflow: a person who asks for a pull request again, and the push that a merge is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acting import example
from acting.scene import GATE, TEAM

if TYPE_CHECKING:
    from acting.scene import Scene

pytestmark = pytest.mark.e2e


def test_a_pull_request_is_measured_again_on_demand_and_its_merge_is_measured_on_main(scene: Scene) -> None:
    number = scene.open_fork({"settings.json": example.settings(0.2)})
    asked = {"ref": "main", "inputs": {"pull_request": str(number)}}
    answer = scene.bench.raw("POST", f"/repos/{TEAM}/actions/workflows/sluice.yml/dispatches", json=asked)
    assert answer.status_code == 204, answer.text
    again = scene.gate("workflow_dispatch")
    assert again.finished.jobs == {"plan": "success", "run": "success", "publish": "success"}, again.finished.text
    assert scene.checks(scene.head(number))[GATE] == "success"
    assert "The gate is open" in scene.comment(number)["body"]
    assert GATE not in scene.checks(scene.tip())
    assert scene.merge(number) == 200

    pushed = scene.gate("push")
    assert pushed.finished.jobs == {"plan": "success", "run": "success", "publish": "success"}, pushed.finished.text
    assert scene.checks(scene.tip())[GATE] == "success"
    assert len(scene.comments(number)) == 1
