"""action.yml by itself: one job, one step, `command: auto`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acting import example
from acting.scene import GATE
from acting.working_copy import REPOSITORY
from sluice.core.setup.documents import WORKFLOW_PATH

if TYPE_CHECKING:
    from acting.scene import Scene

pytestmark = pytest.mark.e2e

WORKFLOW = """name: Sluice
on:
  pull_request:
    types: [opened, synchronize]
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    permissions: {contents: read, pull-requests: write, checks: write}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with:
          ref: ${{ github.event.pull_request.head.sha }}
          fetch-depth: 0
          persist-credentials: false
      - id: sluice
        uses: SLUICE
      - if: ${{ always() }}
        shell: bash
        env:
          OPEN: ${{ steps.sluice.outputs.open }}
          VERDICT: ${{ steps.sluice.outputs.verdict }}
          REPORT: ${{ steps.sluice.outputs.report }}
          COMMENT: ${{ steps.sluice.outputs.comment_id }}
        run: |
          grep -q "roc_auc" "$REPORT" && echo "next step: $VERDICT, open $OPEN, comment $COMMENT"
"""


def test_one_step_plans_runs_and_publishes(scene: Scene) -> None:
    scene.settle({WORKFLOW_PATH: WORKFLOW.replace("SLUICE", f"{REPOSITORY}@{scene.runner.snapshot.sha}")})
    number = scene.open("better", {"settings.json": example.settings(0.2)})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"gate": "success"}, ran.finished.text
    comment = scene.comment(number)
    assert f"next step: pass, open true, comment {comment['id']}" in ran.finished.text
    assert scene.checks(scene.head(number))[GATE] == "success"
    assert scene.merge(number) == 200
