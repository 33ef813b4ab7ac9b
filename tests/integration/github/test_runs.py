"""Workflow runs and artifacts on the emulated GitHub, as the publisher of a fork's evidence reads them."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sluice.domain.errors import EvidenceError, OutsideError

CONTENT = b"zip!"
WORKFLOW = "name: run\non: {workflow_dispatch: {}}\njobs: {run: {runs-on: ubuntu-latest, steps: [{run: echo}]}}\n"


@pytest.fixture
def run_id(scene) -> int:
    """A run of a workflow on main."""
    scene.bench.push("main", {".github/workflows/run.yml": WORKFLOW})
    scene.raw("POST", "/actions/workflows/run.yml/dispatches", json={"ref": "main"})
    (run,) = scene.raw("GET", "/actions/runs")["workflow_runs"]
    return run["id"]


def keep(scene, run: int, name: str = "sluice-evidence", files: dict[str, bytes] | None = None) -> Any:
    content = {path: base64.b64encode(data).decode() for path, data in (files or {"evidence.json": b"{}"}).items()}
    return scene.bench.post("artifacts", repo=scene.repository, run=run, name=name, files=content)


def test_a_run(scene, run_id: int) -> None:
    found = scene.connect().workflow_run(run_id)
    assert (found.id, found.event, found.path) == (run_id, "workflow_dispatch", ".github/workflows/run.yml")
    assert (found.repository, found.head_repository, found.head_branch) == (scene.repository, scene.repository, "main")
    assert found.conclusion == "" and len(found.head_sha) == 40
    scene.bench.post(f"runs/{run_id}", repo=scene.repository, status="completed", conclusion="success")
    assert scene.connect().workflow_run(run_id).conclusion == "success"


def test_an_artifact_arrives_whole(scene, run_id: int, tmp_path: Path) -> None:
    keep(scene, run_id, files={"evidence.json": b'{"old": 1}'})
    keep(scene, run_id, files={"evidence.json": b'{"new": 1}', "figures/a.png": b"\x89PNG"})
    keep(scene, run_id, name="other")
    with scene.counting() as counted:
        archive = scene.connect().run_artifact(run_id, "sluice-evidence", tmp_path, 1_000_000)
    assert archive is not None and archive.parent == tmp_path
    with zipfile.ZipFile(archive) as unpacked:
        assert unpacked.read("evidence.json") == b'{"new": 1}'
    assert counted["calls"] == 2
    assert scene.connect().run_artifact(run_id, "absent", tmp_path, 1_000_000) is None


def test_the_artifacts_of_a_name(scene, run_id: int) -> None:
    scene.raw("POST", "/actions/workflows/run.yml/dispatches", json={"ref": "main"})
    runs = [run["id"] for run in scene.raw("GET", "/actions/runs")["workflow_runs"]]
    for number in sorted(runs):
        keep(scene, number)
    keep(scene, run_id, name="other")
    found = scene.connect().artifacts_named("sluice-evidence")
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
    assert {one.run_id for one in found} == set(runs) and len(runs) == 2
    assert all(one.same_repository and not one.expired for one in found)


def test_too_large_an_artifact_is_not_downloaded(scene, run_id: int, tmp_path: Path) -> None:
    keep(scene, run_id)
    with scene.counting() as counted, pytest.raises(EvidenceError, match="more than 10 bytes"):
        scene.connect().run_artifact(run_id, "sluice-evidence", tmp_path, 10)
    assert counted["calls"] == 1 and not list(tmp_path.iterdir())


def test_an_artifact_that_lies_about_its_size_or_content(scene, run_id: int, tmp_path: Path) -> None:
    keep(scene, run_id, files={"evidence.json": bytes(200_000)})
    to = scene.connect()
    (found,) = to.artifacts_named("sluice-evidence")
    with pytest.raises(EvidenceError, match="more than 100 bytes"):
        to.download(dataclasses.replace(found, size_bytes=1), tmp_path, 100)
    with pytest.raises(EvidenceError, match="digest") as caught:
        to.download(dataclasses.replace(found, digest="sha256:" + "0" * 64), tmp_path, 1_000_000)
    assert caught.value.reason_code == "digest" and not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["reset", "truncate", "badjson"])
@pytest.mark.parametrize("operation", ["actions/get-workflow-run", "actions/list-workflow-run-artifacts"])
def test_reads_are_repeated(scene, run_id: int, tmp_path: Path, operation: str, kind: str) -> None:
    keep(scene, run_id)
    scene.bench.fault(kind=kind, match={"operation": operation})
    assert scene.connect().workflow_run(run_id).id == run_id
    assert scene.connect().run_artifact(run_id, "sluice-evidence", tmp_path, 1_000_000)
    assert scene.bench.get("faults")[0]["hits"] == 1


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 502}, {"kind": "badjson"}])
def test_a_download_is_repeated(scene, run_id: int, tmp_path: Path, fault: dict[str, Any]) -> None:
    keep(scene, run_id)
    scene.bench.fault(**fault, match={"operation": "actions/download-artifact"})
    assert scene.connect().run_artifact(run_id, "sluice-evidence", tmp_path, 1_000_000)


def test_an_expired_artifact_is_refused_in_a_sentence(scene, run_id: int, tmp_path: Path) -> None:
    keep(scene, run_id)
    gone = {"kind": "status", "status": 410, "message": "Artifact has expired"}
    scene.bench.fault(**gone, match={"operation": "actions/download-artifact"})
    with pytest.raises(OutsideError, match="410 to downloading the artifact sluice-evidence: Artifact has expired"):
        scene.connect().run_artifact(run_id, "sluice-evidence", tmp_path, 1_000_000)


def test_the_storage_never_sees_the_token(scene, run_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sluice.adapters.github.calls import Calls

    seen: list[dict[str, str]] = []

    class Storage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({key.lower(): value for key, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Storage) as storage:
        Thread(target=storage.serve_forever, daemon=True).start()
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password ghs_job\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        address = f"http://127.0.0.1:{storage.server_port}/blob"
        monkeypatch.setattr(Calls, "redirect", lambda *_: address)
        keep(scene, run_id)
        to = scene.connect()
        (found,) = to.artifacts_named("sluice-evidence")
        stated = dataclasses.replace(found, digest="sha256:" + hashlib.sha256(CONTENT).hexdigest())
        archive = to.download(stated, tmp_path, 1_000_000)
        storage.shutdown()
    assert archive.read_bytes() == CONTENT
    assert seen and "authorization" not in seen[0] and "ghs_job" not in str(seen)
