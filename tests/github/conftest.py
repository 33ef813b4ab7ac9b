"""A receiver of webhooks, and developers' clones, for the bench's own tests."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Sink:
    """Keeps every request it gets: (headers, body)."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def signed(self, secret: str) -> bool:
        """Whether every delivery carries the right X-Hub-Signature-256."""

        def digest(body: bytes) -> str:
            return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

        return all(hmac.compare_digest(headers["X-Hub-Signature-256"], digest(body)) for headers, body in self.got)


@pytest.fixture
def sink() -> Iterator[Sink]:
    receiver = Sink()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


class WorkTree:
    """A developer's clone: git with a user of its own and none of the machine's configuration."""

    def __init__(self, folder: Path):
        self.folder = folder

    def call(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run git here; nothing is raised when it refuses."""
        who = {"GIT_AUTHOR_NAME": "Dev", "GIT_AUTHOR_EMAIL": "dev@example.com"}
        who |= {"GIT_COMMITTER_NAME": "Dev", "GIT_COMMITTER_EMAIL": "dev@example.com"}
        alone = {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
        }
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **who, **alone}
        return subprocess.run(
            ["git", *args], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def run(self, *args: str) -> str:
        """Run git here; its output, stripped."""
        done = self.call(*args)
        assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
        return done.stdout.strip()

    def commit(self, files: dict[str, str], message: str = "change") -> str:
        """Write files and commit them; the new commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.run("add", "-A")
        self.run("commit", "-q", "-m", message)
        return self.run("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Callable[..., WorkTree]:
    """``clone(url, *options)`` makes a work tree of a repository of the bench."""

    def make(url: str, *options: str) -> WorkTree:
        folder = tmp_path / f"clone-{len(list(tmp_path.iterdir()))}"
        WorkTree(tmp_path).run("clone", "-q", *options, url, str(folder))
        return WorkTree(folder)

    return make
