"""All bare repositories of the bench; a fork shares the objects of the repository it was made from."""

from __future__ import annotations

import shutil
from pathlib import Path

from .objects import Commit, Person, stamp_of
from .plumbing import GitError
from .repository import Repository

# gc is off because a fork's objects lie in its parent's store and no ref of the parent holds them.
_CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = true
\tfsync = none
\thooksPath = {hooks}
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
\thideRefs = refs/pull
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[http]
\treceivepack = true
"""
# The server says through the environment which refs must not move: "REF<TAB>always|rewind|delete<TAB>lines of text".
# GHBENCH_WORKFLOWS=no: a token without the workflows permission, which may not change a workflow file.
_UPDATE_HOOK = """#!/bin/sh
zero=0000000000000000000000000000000000000000
if [ "$GHBENCH_WORKFLOWS" = no ] && [ "$3" != $zero ]; then
  old=$2
  [ "$old" != $zero ] || old=$(git merge-base HEAD "$3") || old=4b825dc642cb6eb9a060e54bf8d69288fbee4904
  path=$(git diff --name-only "$old" "$3" -- .github/workflows | head -n 1)
  if [ -n "$path" ]; then
    printf 'error: %s `%s` %s\n' 'refusing to allow a GitHub App to create or update workflow' "$path" \
      'without `workflows` permission' >&2
    exit 1
  fi
fi
printf '%s\\n' "$GHBENCH_REFUSE" | while IFS='\t' read -r name when text; do
  [ "$name" = "$1" ] || continue
  if [ "$when" = delete ]; then [ "$3" = $zero ] || continue; fi
  if [ "$when" = rewind ]; then
    [ "$2" != $zero ] && [ "$3" != $zero ] || continue
    git merge-base --is-ancestor "$2" "$3" && continue
  fi
  printf '%b\\n' "$text" >&2
  exit 1
done
"""


class GitStore:
    """Repositories by full name below one folder."""

    def __init__(self, root: Path):
        self.root = root
        self._hooks = root / ".hooks"
        self._open: dict[str, Repository] = {}
        self._networks: dict[str, tuple[Path, dict[str, Commit]]] = {}

    def wipe(self) -> None:
        """Forget and delete every repository."""
        self._open.clear()
        self._networks.clear()
        shutil.rmtree(self.root, ignore_errors=True)
        self._hooks.mkdir(parents=True)
        hook = self._hooks / "update"
        hook.write_text(_UPDATE_HOOK)
        hook.chmod(0o755)

    def _place(self, full_name: str, objects: Path, commits: dict[str, Commit], branch: str) -> Repository:
        directory = self.root / f"{full_name}.git"
        (directory / "refs" / "heads").mkdir(parents=True)
        (directory / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        (directory / "config").write_text(_CONFIG.format(hooks=self._hooks))
        (directory / "objects").symlink_to(objects)
        self._networks[full_name.lower()] = (objects, commits)
        self._open[full_name.lower()] = Repository(directory, commits)
        return self._open[full_name.lower()]

    def create(self, full_name: str, branch: str = "main") -> Repository:
        """A new, empty repository."""
        objects = self.root / ".networks" / full_name / "objects"
        (objects / "info").mkdir(parents=True)
        (objects / "pack").mkdir()
        return self._place(full_name, objects, {}, branch)

    def fork(self, source: str, full_name: str, branch: str, *, only_default: bool) -> Repository:
        """A repository with the branches (or only the default branch) of another, and all of its objects."""
        objects, commits = self._networks[source.lower()]
        made = self._place(full_name, objects, commits, branch)
        for name, ref in self.open(source).refs().items():
            wanted = name == f"refs/heads/{branch}" if only_default else name.startswith(("refs/heads/", "refs/tags/"))
            if wanted:
                made.set_ref(name, ref.sha)
        return made

    def has(self, full_name: str) -> bool:
        return full_name.lower() in self._open

    def open(self, full_name: str) -> Repository:
        """An existing repository; GitError when there is none."""
        found = self._open.get(full_name.lower())
        if found is None:
            raise GitError("open", f"no repository {full_name}")
        return found

    def related(self, one: str, other: str) -> bool:
        """Whether two repositories share their objects (parent and fork, or two forks)."""
        mine, theirs = self._networks.get(one.lower()), self._networks.get(other.lower())
        return mine is not None and theirs is not None and mine[0] == theirs[0]

    def delete(self, full_name: str) -> None:
        """Take a repository away; the objects stay for its forks."""
        found = self._open.pop(full_name.lower())
        self._networks.pop(full_name.lower())
        shutil.rmtree(found.directory)


def seed(repo: Repository, name: str, branch: str) -> str:
    """The first commit of a repository made with ``auto_init``."""
    someone = Person(name="GitHub", email="noreply@github.com", stamp=stamp_of(None))
    tree = repo.write_tree(None, [("100644", "README.md", repo.write_blob(f"# {name}\n".encode()))])
    commit = repo.write_commit(tree, [], "Initial commit", someone, someone)
    repo.set_ref(f"refs/heads/{branch}", commit)
    return commit
