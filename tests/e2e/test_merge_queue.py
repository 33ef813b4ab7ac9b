"""A merge queue: the group's own commit is judged, and merged or thrown out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acting import example
from acting.scene import GATE, TEAM

if TYPE_CHECKING:
    from acting.scene import Scene

pytestmark = pytest.mark.e2e


def test_a_group_that_passes_is_merged(scene: Scene) -> None:
    number = scene.open("better", {"settings.json": example.settings(0.2)})
    group = scene.bench.post("merge_queue", repo=TEAM, number=number)
    assert scene.bench.post(f"merge_queue/{group['id']}", repo=TEAM)["state"] == "checks_requested"
    ran = scene.gate("merge_group", "checks_requested")
    assert ran.finished.jobs == {"plan": "success", "run": "success", "publish": "success"}, ran.finished.text
    assert scene.checks(group["head_sha"])[GATE] == "success"
    assert scene.checks(scene.head(number)) == {}
    assert scene.comments(number) == []  # a group is no pull request
    assert scene.bench.post(f"merge_queue/{group['id']}", repo=TEAM)["state"] == "merged"
    assert scene.tip() == group["head_sha"]


def test_a_group_that_fails_is_thrown_out(scene: Scene) -> None:
    number = scene.open("worse", {"settings.json": example.settings(0.95)})
    group = scene.bench.post("merge_queue", repo=TEAM, number=number)
    ran = scene.gate("merge_group", "checks_requested")
    assert ran.finished.jobs["publish"] == "failure", ran.finished.text
    assert scene.checks(group["head_sha"])[GATE] == "failure"
    assert scene.bench.post(f"merge_queue/{group['id']}", repo=TEAM)["state"] == "invalidated"
    assert scene.tip() != group["head_sha"]
