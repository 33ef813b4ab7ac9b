"""Workflows, runs, artifacts and runners."""

from __future__ import annotations

import base64
import io
import zipfile

import requests

WORKFLOW = """name: train
on:
  workflow_dispatch:
    inputs:
      sha: {required: true, type: string}
      kind: {type: choice, options: [fast, full], default: fast}
  repository_dispatch:
    types: [train]
jobs:
  train:
    runs-on: [self-hosted, gpu]
    steps: [{run: echo}]
"""


def test_workflow_dispatch(checked):
    checked.push("main", {".github/workflows/train.yml": WORKFLOW})
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    workflow = repo.get_workflow("train.yml")
    assert workflow.create_dispatch("main", {"sha": "abc"})
    bad = {"ref": "main", "inputs": {"sha": "a", "oops": "1"}}
    path = f"/repos/acme/churn/actions/workflows/{workflow.id}/dispatches"
    assert "Unexpected inputs" in checked.raw("POST", path, json=bad).json()["message"]
    assert "Required input" in checked.raw("POST", path, json={"ref": "main"}).json()["message"]
    assert checked.raw("POST", path, json={"ref": "main", "inputs": {"sha": "a", "kind": "slow"}}).status_code == 422
    detailed = checked.raw(
        "POST", path, json={"ref": "main", "inputs": {"sha": "b"}, "return_run_details": True}
    ).json()
    assert repo.create_repository_dispatch("train", {"sha": "c"})
    runs = list(repo.get_workflow_runs())
    assert [r.event for r in runs] == ["repository_dispatch", "workflow_dispatch", "workflow_dispatch"]
    assert runs[1].id == detailed["workflow_run_id"] and [j.name for j in runs[0].jobs()] == ["train"]
    checked.post(f"runs/{runs[0].id}", repo="acme/churn", status="in_progress")
    checked.post(f"runs/{runs[0].id}", repo="acme/churn", status="completed", conclusion="success")
    assert repo.get_workflow_run(runs[0].id).conclusion == "success"
    checked.post(
        "artifacts",
        repo="acme/churn",
        run=runs[0].id,
        name="report",
        files={"report.md": base64.b64encode(b"# ok").decode()},
    )
    artifact = repo.get_workflow_run(runs[0].id).get_artifacts()[0]
    data = requests.get(artifact.archive_download_url, headers={"Authorization": "token ghs_job"}).content
    assert zipfile.ZipFile(io.BytesIO(data)).read("report.md") == b"# ok"


def test_runners(checked):
    repo = checked.hub("tok_alice").get_repo("acme/churn")
    for verb in ("registration-token", "remove-token"):
        assert checked.raw("POST", f"/repos/acme/churn/actions/runners/{verb}").json()["token"]
    made = checked.raw(
        "POST",
        "/repos/acme/churn/actions/runners/generate-jitconfig",
        json={"name": "gpu-1", "runner_group_id": 1, "labels": ["gpu"]},
    )
    assert made.status_code == 201 and made.json()["encoded_jit_config"]
    checked.post("runners", repo="acme/churn", name="gpu-2", labels=["gpu"], status="online", busy=True)
    runners = {r.name: r for r in repo.get_self_hosted_runners()}
    assert runners["gpu-2"].busy and [x["name"] for x in runners["gpu-1"].labels][-1] == "gpu"
    assert checked.raw("DELETE", f"/repos/acme/churn/actions/runners/{runners['gpu-2'].id}").status_code == 422
    assert repo.remove_self_hosted_runner(runners["gpu-1"].id)
