"""What the Action logs of a pull request's names is never taken for a command of the workflow's."""

from __future__ import annotations

import re

import pytest

from sluice.domain.planning import Event, Plan
from sluice.entry import action
from sluice.pipeline.planning import Planned

HEAD, BASE = "a" * 40, "b" * 40


def test_a_files_name_that_reads_as_a_command_is_logged_where_no_command_is_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    plan = Plan(
        stages=("data",), runs_on=("ubuntu-latest",), head_sha=HEAD, base_sha=BASE, policy_sha256="c" * 64,
        reasons={"data": "`data/x\n::set-output name=plan::mine\n##[warning]mine` changed"},
    )  # fmt: skip
    event = Event(name="pull_request", action="opened", repository="acme/churn", head_sha=HEAD, base_sha=BASE)
    action._set_plan(Planned(event=event, plan=plan, policy=None), applies=True)
    logged = capsys.readouterr().out
    stopped = re.search(r"^::stop-commands::([0-9a-f]{64})\n(.*)^::\1::\n", logged, re.DOTALL | re.MULTILINE)
    assert stopped and "::set-output name=plan::mine" in stopped[2] and "##[warning]mine" in stopped[2]
    assert "mine" not in logged.replace(stopped[0], "")
