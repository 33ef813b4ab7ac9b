"""A real repository, read through git, with what a hostile one tries."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.adapters.git import Git
from sluice.domain.errors import EvidenceError, UsageError

Commit = Callable[..., str]


def _git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    _git(folder, "init", "-q")
    return folder


@pytest.fixture
def commit(root: Path) -> Commit:
    """Write files (``None`` removes one) and commit; the commit's name."""

    def make(**files: str | None) -> str:
        for name, text in files.items():
            path = root / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        _git(root, "add", "-A")
        _git(root, "commit", "-q", "--allow-empty", "-m", "x")
        return _git(root, "rev-parse", "HEAD")

    return make


def test_head_resolve_find(root: Path, commit: Commit) -> None:
    first = commit(a="1")
    second = commit(a="2")
    _git(root, "tag", "-a", "v1", "-m", "one", first)
    git = Git(root)
    assert git.head() == second
    assert git.resolve("v1") == first
    assert git.resolve("HEAD~1") == first
    assert git.resolve(first[:10]) == first
    (root / "deep" / "er").mkdir(parents=True)
    assert Git.find(root / "deep" / "er").root == root


@pytest.mark.parametrize("ref", ["", "-x", "--all", "--output=/tmp/x", "no-such", "a b", "a\nb", "HEAD:a", "0" * 40])
def test_what_is_no_commit(root: Path, commit: Commit, ref: str) -> None:
    commit(a="1")
    with pytest.raises(UsageError):
        Git(root).resolve(ref)


def test_outside_of_a_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a git repository"):
        Git.find(tmp_path)
    with pytest.raises(UsageError, match="cannot start"):
        Git(tmp_path / "no").head()


def test_changes_are_counted_from_the_merge_base(root: Path, commit: Commit) -> None:
    start = commit(kept="1", moved="a long text\n" * 20, gone="1")
    _git(root, "checkout", "-q", "-b", "topic")
    (root / "moved").rename(root / "n\u00e4me with space\n")
    head = commit(kept="2", gone=None)
    _git(root, "checkout", "-q", "main")
    base = commit(elsewhere="1")
    git = Git(root)
    assert git.merge_base(base, head) == start
    changed = git.changed_files(base, head)
    assert changed.complete
    assert set(changed.paths) == {"kept", "moved", "gone", "n\u00e4me with space\n"}


def test_no_common_history(root: Path, commit: Commit) -> None:
    one = commit(a="1")
    _git(root, "checkout", "-q", "--orphan", "other")
    other = commit(a="2")
    with pytest.raises(UsageError, match="no common history"):
        Git(root).changed_files(one, other)


def test_a_shallow_clone_is_told_what_to_do(root: Path, commit: Commit, tmp_path: Path) -> None:
    base = commit(a="1")
    commit(a="2")
    _git(tmp_path, "clone", "-q", "--depth=1", root.as_uri(), "shallow")
    with pytest.raises(UsageError, match="fetch-depth: 0"):
        Git(tmp_path / "shallow").resolve(base)


def test_show(root: Path, commit: Commit) -> None:
    first = commit(data__a_dot_csv="x\r\n1\n")
    commit(data__a_dot_csv=None)
    git = Git(root)
    assert git.show(first, "data/a.csv") == b"x\r\n1\n"
    assert git.show(first, "./data//a.csv") == b"x\r\n1\n"
    assert git.show("HEAD", "data/a.csv") is None
    assert git.show(first, "data/*.csv") is None


@pytest.mark.parametrize("path", ["", ".", "/etc/passwd", "../x", "a/../../x", "a\0b"])
def test_show_stays_inside(root: Path, commit: Commit, path: str) -> None:
    commit(a="1")
    with pytest.raises(EvidenceError) as caught:
        Git(root).show("HEAD", path)
    assert caught.value.reason_code == "path"


def test_show_reads_files_alone(root: Path, commit: Commit) -> None:
    (root / "link").symlink_to("/etc/passwd")
    commit(folder__a="1", big="x" * 100, lfs="version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    _git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    _git(root, "commit", "-q", "-m", "sub")
    git = Git(root)
    for path, said in (("link", "symbolic link"), ("folder", "folder"), ("sub", "submodule"), ("lfs", "LFS")):
        with pytest.raises(EvidenceError, match=said):
            git.show("HEAD", path)
    with pytest.raises(EvidenceError, match="100 bytes"):
        git.show("HEAD", "big", max_bytes=99)
    assert git.show("HEAD", "big", max_bytes=100) == b"x" * 100
    modes = {entry.path: entry.mode for entry in git.tree("HEAD")}
    assert modes == {"link": "120000", "folder/a": "100644", "big": "100644", "lfs": "100644", "sub": "160000"}


def test_a_file_is_saved_without_being_held(root: Path, commit: Commit, tmp_path: Path) -> None:
    lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
    head = commit(data__a_dot_csv="x\r\n" * 1000, pointer=lfs)
    git, target = Git(root), tmp_path / "saved"
    assert git.save(head, "data/a.csv", target, max_bytes=3000)
    assert target.read_bytes() == b"x\r\n" * 1000
    assert not git.save(head, "data/b.csv", target, max_bytes=3000)
    with pytest.raises(EvidenceError, match="more than the 2,999"):
        git.save(head, "data/a.csv", target, max_bytes=2999)
    with pytest.raises(EvidenceError, match="Git LFS pointer"):
        git.save(head, "pointer", target, max_bytes=3000)


def test_tree_names_objects(root: Path, commit: Commit) -> None:
    commit(a="1", deep__b="2")
    tree = {entry.path: entry.sha for entry in Git(root).tree("HEAD")}
    assert tree == {"a": _git(root, "rev-parse", "HEAD:a"), "deep/b": _git(root, "rev-parse", "HEAD:deep/b")}


def test_names_that_are_not_utf8(root: Path, commit: Commit) -> None:
    (root / os.fsdecode(b"\xff.csv")).write_text("1")
    head = commit(a="1")
    git = Git(root)
    assert os.fsdecode(b"\xff.csv") in {entry.path for entry in git.tree(head)}
    assert git.show(head, os.fsdecode(b"\xff.csv")) == b"1"


def test_dirty(root: Path, commit: Commit) -> None:
    commit(a="1", _dot_gitignore="ignored\n")
    git = Git(root)
    (root / "ignored").write_text("1")
    assert not git.is_dirty()
    (root / "new").write_text("1")
    assert git.is_dirty()
    assert set(git.files()) == {"a", ".gitignore", "new"}


def test_worktree_comes_and_goes(root: Path, commit: Commit) -> None:
    base = commit(a="old")
    commit(a="new")
    git = Git(root)
    with git.worktree(base) as folder:
        assert (folder / "a").read_text() == "old"
        assert root not in folder.parents
        assert Git(folder).head() == base
        (folder / "locked").mkdir()
        (folder / "locked" / "x").write_text("1")
        (folder / "locked").chmod(0o500)
    assert not folder.parent.exists()
    assert len(_git(root, "worktree", "list").splitlines()) == 1
    assert (root / "a").read_text() == "new"


def _fail_inside(git: Git, seen: list[Path]) -> None:
    with git.worktree("HEAD") as folder:
        seen.append(folder)
        raise KeyError


def test_worktree_goes_after_a_failure(root: Path, commit: Commit) -> None:
    commit(a="1")
    seen: list[Path] = []
    with pytest.raises(KeyError):
        _fail_inside(Git(root), seen)
    assert not seen[0].exists()
    assert len(_git(root, "worktree", "list").splitlines()) == 1


def test_nothing_of_the_repository_is_executed(root: Path, commit: Commit, tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o700)
    base = commit(a="1", _dot_gitattributes="* diff=evil\n")
    head = commit(a="2")
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        hook = root / ".git" / "hooks" / name
        hook.write_text(script.read_text())
        hook.chmod(0o700)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "diff.evil.textconv", "diff.evil.command"):
        _git(root, "config", key, str(script))
    marker.unlink(missing_ok=True)
    git = Git(root)
    git.is_dirty()
    git.changed_files(base, head)
    git.show(base, "a")
    with git.worktree(base):
        pass
    assert not marker.exists()


def test_the_environment_leads_nowhere_else(
    root: Path, commit: Commit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = commit(a="1")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "no"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert Git(root).head() == head


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_a_repository_of_somebody_else(root: Path, commit: Commit) -> None:
    commit(a="1")
    os.chown(root, 12345, 12345)
    os.chown(root / ".git", 12345, 12345)
    with pytest.raises(UsageError, match=r"safe\.directory"):
        Git(root).head()
