"""The team's repository on the emulated GitHub: pull requests, the runs they start, and what stands there after."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from acting.runner import Finished, Order, Runner
from acting.working_copy import REPOSITORY, git
from sluice.core.setup.documents import FORK_WORKFLOW_PATH, WORKFLOW_PATH

if TYPE_CHECKING:
    from ghbench.harness import Running

TEAM = "acme/churn"
FORK = "mallory/churn"
GATE = "sluice/gate"
MARKER = "<!-- sluice:report -->"

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run of a workflow: what the runner saw, and its number on the emulated GitHub."""

    id: int
    finished: Finished
    calls: list[dict[str, Any]]
    """The calls of GitHub's API that Sluice made."""


@dataclass(kw_only=True)
class Scene:
    """A repository with a required gate, and everything that a test does there."""

    bench: Running
    runner: Runner
    folder: Path
    files: Mapping[str, str]
    runs: list[Ran] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runner.snapshot.push(self.bench.git_url(REPOSITORY, "tok_alice"))
        self.clone = self.folder / "clone"
        git(self.folder, "clone", "--quiet", self.bench.git_url(TEAM, "tok_alice"), str(self.clone))
        self.commit("main", self.files, start="")
        self.bench.protect(GATE)

    # -- what developers do ----------------------------------------------------------------

    def commit(self, branch: str, files: Mapping[str, str | None], *, start: str = "origin/main", to: str = "") -> str:
        """Commit files (``None`` removes one) to a branch and push it, to a fork's address where one is given."""
        if start:
            git(self.clone, "fetch", "--quiet", "origin")
            git(self.clone, "checkout", "--quiet", "-B", "work", start)
        for name, text in files.items():
            path = self.clone / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--message=change")
        git(self.clone, "push", "--quiet", "--force", to or "origin", f"HEAD:refs/heads/{branch}")
        return git(self.clone, "rev-parse", "HEAD")

    def settle(self, files: Mapping[str, str | None]) -> None:
        """Change main past its gate."""
        self.bench.raw("DELETE", f"/repos/{TEAM}/branches/main/protection")
        self.files = {**self.files, **{name: text for name, text in files.items() if text is not None}}
        self.commit("main", files)
        self.bench.protect(GATE)

    def open(
        self, branch: str, files: Mapping[str, str | None], *, title: str = "A change", draft: bool = False
    ) -> int:
        """A pull request of the team's own; its number."""
        self.commit(branch, files)
        body = {"title": title, "head": branch, "base": "main", "draft": draft}
        return self._open(body, "tok_alice")

    def open_fork(self, files: Mapping[str, str | None], branch: str = "idea") -> int:
        """A pull request from a stranger's fork."""
        if self.bench.raw("GET", f"/repos/{FORK}").status_code == 404:
            answer = self.bench.raw("POST", f"/repos/{TEAM}/forks", token="tok_mallory", json={})
            assert answer.status_code == 202, answer.text
        self.commit(branch, files, to=self.bench.git_url(FORK, "tok_mallory"))
        return self._open({"title": "An idea", "head": f"mallory:{branch}", "base": "main"}, "tok_mallory")

    def _open(self, body: Mapping[str, Any], token: str) -> int:
        answer = self.bench.raw("POST", f"/repos/{TEAM}/pulls", token=token, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["number"]

    # -- what GitHub does ------------------------------------------------------------------

    def event(self, name: str, action: str | None) -> Payload:
        """The newest payload of an event that GitHub sent."""
        found = self.bench.get("events", event=name, action=str(action), repo=TEAM)
        assert found, f"no {name}.{action}"
        assert not found[-1]["schema_errors"], found[-1]["schema_errors"]
        return self.bench.get(f"events/{found[-1]['id']}/payload")

    def gate(self, name: str, action: str | None = None, *, finish: bool = True) -> Ran:
        """Start the team's workflow for the newest such event, as GitHub would, and let it run."""
        payload = self.event(name, action)
        about = _about(name, payload) if name != "workflow_dispatch" else self._on_main(WORKFLOW_PATH)
        self._triggered(about.file, name, action)
        made = self.bench.post(
            "runs", repo=TEAM, workflow=WORKFLOW_PATH, event=name, head_sha=about.sha, head_branch=about.branch,
            head_repo=about.repository, actor=payload["sender"]["login"], status="in_progress",
        )  # fmt: skip
        ran = self._run(about, name, payload, made["id"])
        if finish:
            self.end(ran)
        return ran

    def end(self, ran: Ran) -> None:
        """Let a run end as its jobs did; GitHub sends ``workflow_run`` then."""
        conclusion = "success" if ran.finished.code == 0 else "failure"
        self.bench.post(f"runs/{ran.id}", repo=TEAM, status="completed", conclusion=conclusion)

    def follow(self) -> Ran:
        """Start the workflow that follows the newest ended run."""
        payload = self.event("workflow_run", "completed")
        about = self._on_main(FORK_WORKFLOW_PATH)
        self._triggered(about.file, "workflow_run", "completed")
        made = self.bench.post(
            "runs", repo=TEAM, workflow=about.file, event="workflow_run", head_sha=about.sha, head_branch="main",
            actor="alice", status="in_progress",
        )  # fmt: skip
        return self._run(about, "workflow_run", payload, made["id"])

    def _on_main(self, file: str) -> _About:
        tip = self.tip()
        return _About(file=file, sha=tip, commit=tip, branch="main", ref="refs/heads/main")

    def _triggered(self, path: str, event: str, action: str | None) -> None:
        on = yaml.safe_load(self.files[path])[True]
        assert event in on, event
        if action is not None:
            assert action in ((on[event] or {}).get("types") or ["checks_requested"]), (event, action)

    def _run(self, about: _About, event: str, payload: Payload, run_id: int) -> Ran:
        order = Order(
            workflow=self.files[about.file], event=event, payload=payload, repository=TEAM, run_id=run_id,
            sha=about.commit, ref=about.ref, read_only=about.repository != TEAM,
        )  # fmt: skip
        label = f"run-{run_id}"
        self.bench.post("tokens", token=f"ghs_{run_id:08d}{'e2eToken' * 4}", permissions={}, repos=[TEAM, REPOSITORY])
        self.bench.post("label", label=label)
        finished = self.runner.run(order)
        self.bench.post("label", label="test")
        calls = [call for call in self.bench.get("calls", label=label) if not str(call["operation"]).startswith("git/")]
        ran = Ran(id=run_id, finished=finished, calls=calls)
        self.runs.append(ran)
        return ran

    def attach(self, run_id: int, name: str, zipped: bytes) -> None:
        """Give a run an artifact, as hostile code in it could."""
        data = base64.b64encode(zipped).decode()
        self.bench.post("artifacts", repo=TEAM, run=run_id, name=name, zip=data)

    def evidence(self, ran: Ran) -> tuple[str, bytes]:
        """Name and zip of the evidence that a run left."""
        rows = self.read(f"/actions/runs/{ran.id}/artifacts")["artifacts"]
        (found,) = (row for row in rows if row["name"].startswith("sluice-evidence"))
        return found["name"], self.bench.raw("GET", f"/repos/{TEAM}/actions/artifacts/{found['id']}/zip").content

    # -- what stands there -----------------------------------------------------------------

    def read(self, path: str, **query: str) -> Any:
        """One read as alice; not counted."""
        answer = self.bench.raw("GET", f"/repos/{TEAM}{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tip(self) -> str:
        """The head of main."""
        return self.read("/branches/main")["commit"]["sha"]

    def head(self, number: int) -> str:
        """The head of a pull request."""
        return self.read(f"/pulls/{number}")["head"]["sha"]

    def comments(self, number: int) -> list[dict[str, Any]]:
        """All comments of a pull request."""
        return self.read(f"/issues/{number}/comments", per_page="100")

    def comment(self, number: int) -> dict[str, Any]:
        """The one comment that there must be."""
        found = self.comments(number)
        assert [row["body"].splitlines()[0] for row in found] == [MARKER]
        return found[0]

    def checks(self, sha: str) -> dict[str, str]:
        """The conclusion of each check run of a commit; each name once."""
        runs = self.read(f"/commits/{sha}/check-runs", per_page="100")["check_runs"]
        assert len({run["name"] for run in runs}) == len(runs)
        assert {run["head_sha"] for run in runs} <= {sha}
        return {run["name"]: run["conclusion"] for run in runs}

    def check(self, sha: str, name: str = GATE) -> dict[str, Any]:
        """One check run of a commit."""
        return next(run for run in self.read(f"/commits/{sha}/check-runs")["check_runs"] if run["name"] == name)

    def merge(self, number: int) -> int:
        """Press the button: 200 where GitHub merges, 405 where it refuses."""
        deadline = time.monotonic() + 10
        while self.read(f"/pulls/{number}")["mergeable"] is None and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.bench.raw("PUT", f"/repos/{TEAM}/pulls/{number}/merge", json={}).status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What a run is about: the workflow's file, the head, and the commit (GITHUB_SHA) and reference that it runs on."""

    file: str
    sha: str
    commit: str
    branch: str
    ref: str
    repository: str = TEAM


def _about(name: str, payload: Payload) -> _About:
    if name == "merge_group":
        group = payload["merge_group"]
        ref, sha = str(group["head_ref"]), group["head_sha"]
        branch = ref.removeprefix("refs/heads/")
        return _About(file=WORKFLOW_PATH, sha=sha, commit=sha, branch=branch, ref=ref)
    if name == "push":
        ref, sha = str(payload["ref"]), payload["after"]
        return _About(file=WORKFLOW_PATH, sha=sha, commit=sha, branch=ref.removeprefix("refs/heads/"), ref=ref)
    pull = payload["pull_request"]
    return _About(
        file=WORKFLOW_PATH,
        sha=pull["head"]["sha"],
        commit=pull["merge_commit_sha"] or pull["head"]["sha"],
        branch=pull["head"]["ref"],
        ref=f"refs/pull/{pull['number']}/merge",
        repository=pull["head"]["repo"]["full_name"],
    )
