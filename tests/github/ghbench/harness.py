"""Start the emulated GitHub and speak with it: for tests, the demo and anyone who wants one for a while."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

if TYPE_CHECKING:
    import github

_START_TIMEOUT_S = 40
_PACKAGE_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_REPO = "acme/churn"


class Running:
    """One running bench: its control calls, and clients for its people."""

    def __init__(self, addresses: dict[str, str], run_dir: Path, process: subprocess.Popen[bytes]):
        self.addresses = addresses  # http, and with tls: https and certificate (its file)
        self.url = addresses["http"]
        self.run_dir = run_dir
        self.process = process
        self._session = requests.Session()

    def close(self) -> None:
        """Let the connections of the control calls go."""
        self._session.close()

    # -- /_bench ---------------------------------------------------------------------------

    def _control(self, method: str, verb: str, **options: Any) -> Any:
        answer = self._session.request(method, f"{self.url}/_bench/{verb}".rstrip("/"), timeout=60, **options)
        if answer.status_code != 200:
            raise AssertionError(f"{method} /_bench/{verb}: {answer.status_code} {answer.text}")
        return answer.json()

    def post(self, verb: str, **body: Any) -> Any:
        """A control call with effect; AssertionError with the bench's words when refused."""
        return self._control("POST", verb, json=body)

    def get(self, verb: str = "", **query: Any) -> Any:
        return self._control("GET", verb, params=query)

    def delete(self, verb: str) -> Any:
        return self._control("DELETE", verb)

    def problems(self) -> list[dict[str, Any]]:
        """Calls, answers and webhook payloads that do not fit what GitHub publishes."""
        payloads = [e for e in self.get("events") if e["schema_errors"]]
        return self.get("violations") + [{k: e[k] for k in ("event", "action", "schema_errors")} for e in payloads]

    # -- GitHub ----------------------------------------------------------------------------

    def hub(self, token: str, **options: Any) -> github.Github:
        """A PyGithub client that neither waits nor retries, unless told to."""
        import github

        quick = {"retry": None, "per_page": 100, "seconds_between_requests": 0, "seconds_between_writes": 0}
        return github.Github(base_url=self.url, auth=github.Auth.Token(token), **{**quick, **options})

    def raw(self, method: str, path: str, token: str | None = "tok_alice", **options: Any) -> requests.Response:
        """One plain HTTP call; ``path`` starts with a slash."""
        headers = {"Authorization": f"token {token}"} if token else {}
        headers.update(options.pop("headers", {}))
        return requests.request(method, self.url + path, headers=headers, timeout=60, **options)

    def git_url(self, repo: str = DEFAULT_REPO, token: str | None = None) -> str:
        """The clone address of a repository, with the token in it when given."""
        parts = urlsplit(self.url)
        who = f"x-access-token:{token}@" if token else ""
        return f"{parts.scheme}://{who}{parts.netloc}/{repo}.git"

    def key(self, slug: str) -> str:
        """The private key (PEM) of an app of the configuration."""
        return (self.run_dir / f"{slug}.pem").read_text()

    # -- set-up in one line ----------------------------------------------------------------

    def fault(self, **rule: Any) -> Any:
        return self.post("faults", **rule)

    def push(self, branch: str, files: dict[str, Any], repo: str = DEFAULT_REPO, **extra: Any) -> str:
        """Commit files to a branch as someone's push would; the new sha."""
        return self.post("push", repo=repo, branch=branch, files=files, **extra)["sha"]

    def pull(self, branch: str = "feat", files: dict[str, Any] | None = None, token: str = "tok_alice") -> Any:
        """A new pull request of a new branch into main."""
        self.push(branch, files or {"train.py": "print(1)\n"})
        return self.hub(token).get_repo(DEFAULT_REPO).create_pull(base="main", head=branch, title=f"PR {branch}")

    def protect(self, *contexts: str, strict: bool = False, admins: bool = True, branch: str = "main") -> None:
        """Classic protection with required status checks."""
        body = {
            "required_status_checks": {"strict": strict, "contexts": list(contexts)},
            "enforce_admins": admins,
            "required_pull_request_reviews": None,
            "restrictions": None,
        }
        answer = self.raw("PUT", f"/repos/{DEFAULT_REPO}/branches/{branch}/protection", json=body)
        if answer.status_code != 200:
            raise AssertionError(f"protection refused: {answer.status_code} {answer.text}")


def _wait(process: subprocess.Popen[bytes], ready: Path, log: Path) -> dict[str, str]:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the bench did not start: {log.read_text()[-3000:]}")
        time.sleep(0.02)
    return json.loads(ready.read_text())


@contextmanager
def start(
    run_dir: Path,
    *,
    openapi: bool,
    port: int = 0,
    config: Path | None = None,
    tls: bool = False,
    record: Path | None = None,
) -> Iterator[Running]:
    """Run a bench until the block ends.

    ``openapi=True`` demands GitHub's OpenAPI description (npm/openapi installed) and checks every call against it;
    ``False`` runs without.  ``port`` 0 takes any free one.  Raises RuntimeError when the bench does not start, or
    when it printed a traceback while it ran.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    ready, log = run_dir / "address.json", run_dir / "bench.log"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "ghbench", "serve", "--run-dir", str(run_dir), "--port", str(port)]
    command += [] if openapi else ["--no-description"]
    options = {"--config": config, "--tls-port": 0 if tls else None, "--record": record}
    command += [text for name, value in options.items() if value is not None for text in (name, str(value))]
    environment = {**os.environ, "PYTHONPATH": str(_PACKAGE_ROOT)}
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, env=environment)
    try:
        running = Running(_wait(process, ready, log), run_dir, process)
        if openapi and running.get()["operations"] == 0:
            raise RuntimeError(
                f"no OpenAPI description: run `npm ci --ignore-scripts` in {_PACKAGE_ROOT / 'npm/openapi'}"
            )
        try:
            yield running
        finally:
            running.close()
    finally:
        process.terminate()
        process.wait(15)
    if b"Traceback" in log.read_bytes():
        raise RuntimeError(f"the bench failed inside: {log.read_text()[-3000:]}")
