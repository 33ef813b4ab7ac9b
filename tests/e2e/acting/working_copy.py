"""This working copy as a repository that workflows can use."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REPOSITORY = "sluice-ml/sluice"
# All of the Action: what a runner fetches, and nothing that only tests use.
PUBLISHED = ("action.yml", "action", "requirements", "src", ".github/workflows")

_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}


def git(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run git with none of the machine's configuration; its output, stripped."""
    who = {f"GIT_{role}_{part}": word for role in ("AUTHOR", "COMMITTER") for part, word in _PERSON.items()}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **_ALONE, **who, **(env or {})}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


_PERSON = {"NAME": "Alice", "EMAIL": "alice@example.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A copy of the Action's files, committed; nobody changes it while a test runs."""

    folder: Path
    sha: str

    def push(self, address: str) -> None:
        """Put it on the emulated GitHub."""
        git(self.folder, "push", "--quiet", "--force", address, "HEAD:refs/heads/release")


def snapshot(folder: Path) -> Snapshot:
    """Copy the Action's files as they are now, without those that git ignores, and commit them."""
    folder.mkdir()
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *PUBLISHED]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=release")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=The working copy")
    return Snapshot(folder=folder, sha=git(folder, "rev-parse", "HEAD"))
