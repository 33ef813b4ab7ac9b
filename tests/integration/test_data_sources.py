"""Data from elsewhere, for real: a web server, DVC's revisions, Spark and PostgreSQL by the one way to data."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice.adapters.dvc import revisions
from sluice.adapters.git import Git
from sluice.adapters.opening import Wanted, by_hand, open_data
from sluice.adapters.sources import remote
from sluice.domain.errors import DataError, EvidenceError, OutsideError, UsageError

DVC = (sys.executable, "-m", "dvc")
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org")


def numbers(root: Path, source: str, trusted: str | None = None) -> list[int]:
    with open_data(Wanted(root=root, source=source, trusted=trusted)) as table:
        return sorted(row[0] for row in table.rows(table.table.select("x"), 100))


def refused(root: Path, source: str) -> DataError:
    with pytest.raises(DataError) as found:
        numbers(root, source)
    return found.value


# -- web servers and stores -----------------------------------------------------------------------


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server of the folder ``www``; its address."""
    (tmp_path / "www").mkdir()
    handler = functools.partial(_Quiet, directory=str(tmp_path / "www"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_a_file_of_a_web_server(tmp_path: Path, server: str) -> None:
    (tmp_path / "www" / "a.csv").write_text("x\n1\n2\n")
    assert numbers(tmp_path, f"{server}/a.csv") == [1, 2]
    error = refused(tmp_path, f"{server}/other.csv")
    assert error.reason_code == "missing" and "there is no such file" in error.sentence


def test_no_more_is_brought_than_is_allowed(tmp_path: Path, server: str) -> None:
    (tmp_path / "www" / "a.csv").write_text("x\n" + "1\n" * 10_000)
    with pytest.raises(DataError) as found:
        remote.download(f"{server}/a.csv", tmp_path, max_bytes=1000)
    assert found.value.reason_code == "memory"
    with pytest.raises(DataError) as found:
        remote.download(f"{server}/a.csv", tmp_path, timeout_s=-1)
    assert found.value.reason_code == "timeout"


def test_what_cannot_be_reached_is_missing(tmp_path: Path) -> None:
    error = refused(tmp_path, "http://127.0.0.1:9/a.csv?signature=hunter2")
    assert error.reason_code == "missing" and "hunter2" not in error.sentence


@pytest.mark.parametrize(
    "source",
    [
        "ftp://example.org/a.csv",
        "simplecache::http://example.org/a.csv",
        "github://o:r@main/a.csv",
        "local:///etc/passwd",
        "http://user:hunter2@example.org/a.csv",
        "s3://bucket/../a.csv",
        "http:///a.csv",
        "file:///etc/passwd",
        "file://elsewhere/a.csv",
        "sqlite:///a.db#t",
        "duckdb:///a.db#t",
    ],
)
def test_other_urls_are_refused(tmp_path: Path, source: str) -> None:
    error = refused(tmp_path, source)
    assert error.reason_code == "path" and "hunter2" not in error.sentence


def test_a_file_url_inside_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a b.csv").write_text("x\n1\n")
    assert numbers(tmp_path, (tmp_path / "a b.csv").as_uri()) == [1]


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UsageError, match=r"what reads s3:// is not installed; install `sluice-gate\[s3\]`"):
        numbers(tmp_path, "s3://bucket/a.csv")


def test_only_places_that_the_base_names_are_contacted() -> None:
    trusted = ["s3://ours/old/a.parquet", "https://data.example.org/a.csv", "data/a.csv"]
    remote.guard(["s3://ours/new/b.parquet", "data/b.csv", "https://DATA.example.org/b.csv"], trusted)
    for source in ("s3://theirs/a.parquet", "http://data.example.org/a.csv", "https://data.example.org:8443/a.csv"):
        with pytest.raises(EvidenceError, match="not contacted before it is merged") as found:
            remote.guard([source], trusted)
        assert found.value.reason_code == "remote"


# -- revisions ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository beside its remote. Two commits, tagged ``v1`` and ``v2``: a file of git, one and a folder of DVC."""
    above = tmp_path_factory.mktemp("made")
    root = above / "repo"

    def write(number: int) -> None:
        for name in ("plain.csv", "tracked.csv", "many/a.csv", "many/deep/b.csv"):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_text(f"x\n{number}\n")

    def call(*command: str) -> None:
        subprocess.run(command, cwd=root, check=True, capture_output=True)

    root.mkdir()
    call(*GIT, "init", "-q", "-b", "main")
    call(*DVC, "init", "-q")
    call(*DVC, "remote", "add", "-q", "-d", "store", "../store")
    for number in (1, 2):
        write(number)
        call(*DVC, "add", "-q", "tracked.csv", "many")
        call(*DVC, "push", "-q")
        call(*GIT, "add", "-A")
        call(*GIT, "commit", "-q", "-m", "x")
        call(*GIT, "tag", f"v{number}")
    return above


@pytest.fixture
def repository(made: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True, symlinks=True)
    return tmp_path / "repo"


def test_data_of_a_revision(repository: Path) -> None:
    for name, count in (("plain.csv", 1), ("tracked.csv", 1), ("many", 2), ("many/deep/b.csv", 1), ("many/*.csv", 1)):
        assert numbers(repository, f"{name}@v1") == [1] * count
        assert numbers(repository, f"{name}@HEAD") == [2] * count
        assert numbers(repository, name) == [2] * count
    assert (repository / "tracked.csv").read_text() == "x\n2\n"


def test_an_at_sign_of_a_name_is_a_name(repository: Path) -> None:
    (repository / "a@v1.csv").write_text("x\n7\n")
    assert numbers(repository, "a@v1.csv") == [7]
    assert revisions.split(repository, "a@v1.csv") is None
    assert revisions.split(repository, "many/a.csv@v1") == ("many/a.csv", "v1")
    assert revisions.split(repository, "many/a.csv@feature/x") == ("many/a.csv", "feature/x")


def test_a_revision_without_the_data_is_told(repository: Path) -> None:
    assert refused(repository, "other.csv@v1").sentence == "other.csv@v1: there is no such file at that revision"
    with pytest.raises(UsageError, match="there is no commit `v9`"):
        numbers(repository, "plain.csv@v9")


def test_bytes_that_are_not_what_was_tracked_do_not_count(repository: Path, tmp_path: Path) -> None:
    git = Git(repository)
    for cache in (repository / ".dvc" / "cache", tmp_path / "store"):
        for file in cache.rglob("*"):
            if file.is_file() and file.read_bytes() == b"x\n1\n":
                file.chmod(0o644)
                file.write_bytes(b"x\n8\n")
    with pytest.raises((EvidenceError, OutsideError)):
        revisions.bring(git, "tracked.csv", "v1", tmp_path / "out")
    assert not (tmp_path / "out" / "tracked.csv").exists()


def test_a_revision_with_another_remote_is_not_contacted(repository: Path, tmp_path: Path) -> None:
    def call(*command: str) -> None:
        subprocess.run(command, cwd=repository, check=True, capture_output=True)

    git = Git(repository)
    base = git.head()
    call(*GIT, "checkout", "-q", "-b", "hostile", "v1")
    call(*DVC, "remote", "add", "-q", "-f", "-d", "store", "https://attacker.example/x")
    call(*GIT, "commit", "-q", "-am", "x")
    for file in (repository / ".dvc" / "cache").rglob("*"):
        if file.is_file():
            file.unlink()
    with pytest.raises(EvidenceError, match="remotes or cache"):
        revisions.bring(git, "tracked.csv", "hostile", tmp_path / "out", base=base)


# -- by hand --------------------------------------------------------------------------------------


def test_what_an_argument_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x\n1\n")
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    assert by_hand("data/a.csv") == (data, "a.csv")
    assert by_hand("data") == (tmp_path, "data")
    assert by_hand("data/*.csv") == (data, "*.csv")
    assert by_hand(f"{data}/*.csv") == (data, "*.csv")
    assert by_hand("data/a.csv@v1") == (tmp_path, "data/a.csv@v1")
    assert by_hand("s3://b/a.csv") == (tmp_path, "s3://b/a.csv")


def test_spark_and_files_are_told_apart_from_tables(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    with (
        pytest.raises(UsageError, match="name `#table`"),
        open_data(Wanted(root=tmp_path, source="a.parquet"), engine="postgres://localhost/x"),
    ):
        pass


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("postgres://me:hunter2@localhost/x#t", "the URL holds a password; set SLUICE_DATABASE_PASSWORD instead"),
        ("postgres://localhost/x?password=hunter2#t", "the URL holds a password"),
        ("postgres://localhost/x", "the URL names no table"),
    ],
)
def test_database_urls_that_are_refused(tmp_path: Path, source: str, said: str) -> None:
    error = refused(tmp_path, source)
    assert said in error.sentence and "hunter2" not in error.sentence
