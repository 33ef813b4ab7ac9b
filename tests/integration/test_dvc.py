"""A real DVC repository with a remote of its own: what comes from where, and what is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sluice.adapters import dvc
from sluice.adapters.dvc.digests import file_md5
from sluice.adapters.git import Git
from sluice.domain.errors import EvidenceError, OutsideError

DVC = (sys.executable, "-m", "dvc")
ENV = {**os.environ, "DVC_NO_ANALYTICS": "true", "CI": "true"}


def _call(root: Path, *command: str | Path) -> str:
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, env=ENV).stdout.strip()


class Repository:
    """A repository in which `data/train.csv` and the folder `data/many` are tracked by DVC, and pushed."""

    def __init__(self, above: Path) -> None:
        self.root = above / "repo"
        self.remote = above / "remote"
        self.root.mkdir()
        self.remote.mkdir()
        self.git("init", "-q", "-b", "main")
        self.dvc("init", "-q")
        self.dvc("remote", "add", "-q", "-d", "store", "../remote")
        self.write("data/train.csv", "x\n1\n")
        self.write("data/many/a.csv", "a")
        self.write("data/many/deep/\u00fc.csv", "b")
        self.write("plain.csv", "plain")
        self.dvc("add", "-q", "data/train.csv", "data/many")
        self.dvc("push", "-q")
        self.base = self.commit()

    def git(self, *arguments: str) -> str:
        return _call(self.root, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments)

    def dvc(self, *arguments: str) -> str:
        return _call(self.root, *DVC, *arguments)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
        return path

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def forget(self) -> None:
        """As on a fresh runner: neither data nor cache."""
        shutil.rmtree(self.root / ".dvc" / "cache", ignore_errors=True)
        (self.root / "data" / "train.csv").unlink(missing_ok=True)
        shutil.rmtree(self.root / "data" / "many", ignore_errors=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    above = tmp_path_factory.mktemp("dvc")
    Repository(above)
    return above


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Repository:
    shutil.copytree(template, tmp_path / "all", symlinks=True)
    found = object.__new__(Repository)
    found.root, found.remote = tmp_path / "all" / "repo", tmp_path / "all" / "remote"
    found.base = found.git("rev-parse", "HEAD")
    return found


def _reason(caught: pytest.ExceptionInfo[EvidenceError]) -> str:
    return caught.value.reason_code


def test_hashes(repository: Repository) -> None:
    found = dvc.hashes(Git(repository.root))
    assert set(found) == {"data/train.csv", "data/many"}
    assert found["data/train.csv"] == file_md5(repository.root / "data/train.csv")
    assert found["data/many"].endswith(".dir")


def base_file(repository: Repository, path: str) -> bytes | None:
    target = repository.root.parent / "brought"
    return target.read_bytes() if dvc.base_file(Git(repository.root), repository.base, path, target) else None


@pytest.mark.parametrize("fresh", [False, True])
def test_base_file(repository: Repository, fresh: bool) -> None:
    repository.write("data/train.csv", "x\n2\n")
    repository.write("data/many/a.csv", "changed")
    repository.dvc("add", "-q", "data/train.csv", "data/many")
    repository.commit()
    if fresh:
        repository.forget()
    assert base_file(repository, "plain.csv") == b"plain"
    assert base_file(repository, "data/train.csv") == b"x\n1\n"
    assert base_file(repository, "data/many/deep/\u00fc.csv") == b"b"
    assert base_file(repository, "data/other.csv") is None
    assert base_file(repository, "data/many/none.csv") is None
    assert len(repository.git("worktree", "list").splitlines()) == 1


def test_base_file_too_large(repository: Repository) -> None:
    with pytest.raises(EvidenceError, match="4 bytes"):
        dvc.base_file(Git(repository.root), repository.base, "data/train.csv", repository.root / "b", max_bytes=3)


def test_base_file_that_nobody_pushed(repository: Repository) -> None:
    repository.forget()
    shutil.rmtree(repository.remote)
    with pytest.raises(OutsideError, match="dvc push"):
        base_file(repository, "data/train.csv")


def test_base_file_from_a_poisoned_remote(repository: Repository) -> None:
    repository.forget()
    for stored in (repository.remote / "files" / "md5").rglob("*"):
        if stored.is_file():
            stored.chmod(0o600)
            stored.write_text("x\n9\n")
    with pytest.raises((EvidenceError, OutsideError)):
        base_file(repository, "data/train.csv")


def test_base_file_from_a_poisoned_cache_comes_anew(repository: Repository) -> None:
    md5 = dvc.hashes(Git(repository.root))["data/train.csv"]
    cached = repository.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    cached.chmod(0o600)
    cached.write_text("x\n9\n")
    assert base_file(repository, "data/train.csv") == b"x\n1\n"


def test_pull_brings_what_is_absent(repository: Repository) -> None:
    repository.forget()
    git = Git(repository.root)
    wanted = ["data/train.csv", "data/many/a.csv", "plain.csv", "data/none.csv"]
    assert dvc.pull(git, wanted, base=repository.base, env=ENV) == ("data/many", "data/train.csv")
    assert (repository.root / "data/train.csv").read_text() == "x\n1\n"
    assert (repository.root / "data/many/deep/\u00fc.csv").read_text() == "b"
    assert dvc.pull(git, wanted, base=repository.base, env=ENV) == ()


def test_data_that_differs_from_its_pointer(repository: Repository) -> None:
    repository.write("data/train.csv", "x\n9\n")
    git = Git(repository.root)
    with pytest.raises(EvidenceError) as caught:
        dvc.verify(git, "data/train.csv")
    assert _reason(caught) == "digest"
    with pytest.raises(EvidenceError) as caught:
        dvc.pull(git, ["data/train.csv"], base=repository.base, env=ENV)
    assert _reason(caught) == "digest"


def test_a_folder_with_one_file_more(repository: Repository) -> None:
    git = Git(repository.root)
    assert dvc.verify(git, "data/many").endswith(".dir")
    repository.write("data/many/more.csv", "c")
    with pytest.raises(EvidenceError, match="data/many"):
        dvc.verify(git, "data/many/a.csv")


def test_verify_of_what_dvc_does_not_track(repository: Repository) -> None:
    assert dvc.verify(Git(repository.root), "plain.csv") == ""
    assert dvc.verify(Git(repository.root), "data/none.csv") == ""


def test_data_behind_a_link_is_read_to_its_digest(repository: Repository) -> None:
    target = repository.root / "data" / "train.csv"
    target.unlink()
    target.symlink_to("/dev/zero")
    with pytest.raises(EvidenceError) as caught:
        dvc.verify(Git(repository.root), "data/train.csv")
    assert _reason(caught) == "digest"


def _marker_remote(repository: Repository, tmp_path: Path) -> Path:
    """A remote that the pull request names; a copy of the true one, so that contact would succeed."""
    evil = tmp_path / "evil"
    shutil.copytree(repository.remote, evil)
    return evil


@pytest.mark.parametrize("how", ["url", "local", "default", "cache", "config-link"])
def test_a_changed_remote_is_not_contacted(repository: Repository, tmp_path: Path, how: str) -> None:
    evil = _marker_remote(repository, tmp_path)
    if how == "url":
        repository.dvc("remote", "modify", "-q", "store", "url", str(evil))
    elif how == "local":
        repository.dvc("remote", "modify", "-q", "--local", "store", "url", str(evil))
        repository.git("add", "-f", ".dvc/config.local")
    elif how == "default":
        repository.dvc("remote", "add", "-q", "-d", "other", str(evil))
    elif how == "cache":
        repository.dvc("config", "-q", "cache.dir", str(evil))
    else:
        config = repository.root / ".dvc" / "config"
        (tmp_path / "config").write_text(config.read_text().replace("../remote", str(evil)))
        config.unlink()
        config.symlink_to(tmp_path / "config")
    repository.commit()
    repository.forget()
    with pytest.raises(EvidenceError) as caught:
        dvc.pull(Git(repository.root), ["data/train.csv"], base=repository.base, env=ENV)
    assert _reason(caught) == ("path" if how == "config-link" else "remote")
    assert not (repository.root / "data/train.csv").exists()


def test_a_harmless_change_of_the_configuration(repository: Repository) -> None:
    repository.dvc("config", "-q", "core.autostage", "true")
    repository.commit()
    repository.forget()
    assert dvc.pull(Git(repository.root), ["data/train.csv"], base=repository.base, env=ENV) == ("data/train.csv",)


def test_the_runner_s_own_settings_stand(repository: Repository, tmp_path: Path) -> None:
    other = tmp_path / "mirror"
    shutil.move(repository.remote, other)
    repository.dvc("remote", "modify", "-q", "--local", "store", "url", str(other))
    repository.forget()
    git = Git(repository.root)
    assert base_file(repository, "data/train.csv") == b"x\n1\n"
    assert dvc.pull(git, ["data/train.csv"], base=repository.base, env=ENV) == ("data/train.csv",)


def test_a_changed_import_is_not_contacted(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text("x\n1\n")
    repository.dvc("import-url", "-q", str(tmp_path / "theirs.csv"), "data/imported.csv")
    base = repository.commit()
    pointer = repository.root / "data" / "imported.csv.dvc"
    repository.write("data/imported.csv.dvc", pointer.read_text().replace("theirs.csv", "evil.csv"))
    repository.commit()
    (repository.root / "data" / "imported.csv").unlink()
    with pytest.raises(EvidenceError) as caught:
        dvc.pull(Git(repository.root), ["data/imported.csv"], base=base, env=ENV)
    assert _reason(caught) == "remote"


def test_a_pointer_without_a_digest(repository: Repository) -> None:
    repository.write("data/odd.csv.dvc", "outs:\n- path: odd.csv\n  etag: abc\n")
    repository.write("data/odd.csv", "1")
    with pytest.raises(EvidenceError, match="states no MD5"):
        dvc.verify(Git(repository.root), "data/odd.csv")


def test_legacy_pointers_take_line_ends_as_lf(repository: Repository) -> None:
    repository.write("lf.csv", "a\nb\n")
    md5 = file_md5(repository.root / "lf.csv")
    (repository.root / "old.csv").write_bytes(b"a\r\nb\r\n")
    repository.write("old.csv.dvc", f"outs:\n- md5: {md5}\n  path: old.csv\n")
    assert dvc.verify(Git(repository.root), "old.csv") == md5
    repository.write("old.csv.dvc", f"outs:\n- md5: {md5}\n  hash: md5\n  path: old.csv\n")
    with pytest.raises(EvidenceError):
        dvc.verify(Git(repository.root), "old.csv")


def test_an_unchanged_stage_is_not_run_again_in_a_further_work_tree(repository: Repository, tmp_path: Path) -> None:
    count = tmp_path / "runs"
    repository.write(
        "dvc.yaml",
        f"stages:\n  train:\n    cmd: cp data/train.csv model.bin && echo x >> {count}\n"
        "    deps: [data/train.csv]\n    outs: [model.bin]\n",
    )
    repository.dvc("repro", "-q")
    base = repository.commit()
    assert dvc.hashes(Git(repository.root))["model.bin"] == file_md5(repository.root / "model.bin")
    git = Git(repository.root)
    with git.worktree(base) as folder:
        dvc.prepare_worktree(git.root, folder)
        _call(folder, *DVC, "repro", "-q", "--pull", "train")
        assert (folder / "model.bin").read_text() == "x\n1\n"
        assert Git(folder).is_dirty() is False
    assert count.read_text() == "x\n"
    assert (repository.root / "model.bin").read_text() == "x\n1\n"
