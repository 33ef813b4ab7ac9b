"""The one way to data: whatever a ``source`` names, opened in the engine that is asked for.

A source is a path of the repository (file, folder, pattern), ``path@revision``, an object store's URL, or a database's
URL with ``#table``. The engine is ``duckdb``, ``spark`` (or a ``spark://`` or ``sc://`` URL), or a database's URL, and
its tables are then named ``#table``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from sluice.adapters import late
from sluice.adapters.confined import Limits, confined
from sluice.adapters.located import Located, locate
from sluice.adapters.sources import patterns, remote
from sluice.adapters.sources.databases import DATABASES
from sluice.domain.errors import DataError, EvidenceError, UsageError

if TYPE_CHECKING:
    from sluice.adapters.tables import Haste
    from sluice.domain.ports import TableEngine

R = TypeVar("R")

_SPARK = ("spark", "sc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One table: what is named, below which folder paths lie, and columns that are text whatever they look like.

    ``trusted`` is the commit whose remotes DVC may contact for ``path@revision``; ``None`` trusts every commit.
    """

    root: Path
    source: str
    strings: frozenset[str] = frozenset()
    trusted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """One table's files, and its columns of text."""

    located: Located
    strings: frozenset[str] = field(default_factory=frozenset[str])


def is_spark(engine: str) -> bool:
    """Whether the engine runs in a process of its own, in which nothing of ours can limit it."""
    return engine in _SPARK or remote.scheme(engine) in _SPARK


def apart(
    work: Callable[[], R],
    kind: type[R],
    *,
    where: str,
    engine: str = "duckdb",
    limits: Limits | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> R:
    """What ``work`` on one table returns, made in a child process with limits; on Spark, in this one.

    ``meanwhile`` is what this process may do while the child works.
    """
    return work() if is_spark(engine) else confined(work, kind, where=where, limits=limits, meanwhile=meanwhile)


def is_file(data: str) -> bool:
    """Whether an argument of the command line means a file or folder, there or not."""
    elsewhere = bool(remote.scheme(data)) or data.startswith("#") or "@" in Path(data).name or patterns.is_pattern(data)
    return not elsewhere or Path(data).exists()


def by_hand(data: str) -> tuple[Path, str]:
    """The folder and the source that an argument of the command line means.

    A path given by hand is the caller's own: links and absolute paths are theirs to follow. A revision is one of the
    repository around the working directory.
    """
    if is_file(data):
        file = Path(data).resolve()
        return file.parent, file.name
    if remote.scheme(data) or data.startswith("#") or "@" in Path(data).name:
        return Path.cwd(), data
    folder, pattern = patterns.split(data)
    return Path(folder).resolve(), pattern


@contextmanager
def open_data(
    wanted: Wanted,
    *,
    engine: str = "duckdb",
    related: Mapping[str, Wanted] | None = None,
    haste: Haste | None = None,
) -> Iterator[TableEngine]:
    """The table, and others for the same engine by the contract's names. Raises ``DataError`` and ``UsageError``.

    Files that are not in the work tree are brought into a folder that is removed afterwards. ``haste`` is what the
    embedded engine may do ahead, or leave.
    """
    late.put_off()
    others = dict(related or {})
    with tempfile.TemporaryDirectory(prefix="sluice-") as scratch:
        if _is_table(wanted.source, engine):
            opened = _database(wanted, engine, others)
        elif is_spark(engine):
            opened = _spark(wanted, engine, others, Path(scratch))
        elif engine == "duckdb":
            opened = _embedded(wanted, others, Path(scratch), haste)
        else:
            raise UsageError(
                f"the engine reads tables of its own, and `{wanted.source}` is none",
                where="engine",
                remedy="name `#table` or `#schema.table` as the source, or leave `engine` out",
            )
        with opened as table:
            yield table


def _is_table(source: str, engine: str) -> bool:
    return remote.scheme(source) in DATABASES or (remote.scheme(engine) in DATABASES and source.startswith("#"))


@contextmanager
def _database(wanted: Wanted, engine: str, others: Mapping[str, Wanted]) -> Iterator[TableEngine]:
    from sluice.adapters.engines.databases import database_table, open_database

    def found(one: Wanted) -> Any:
        return database_table(f"{engine}{one.source}" if one.source.startswith("#") else one.source)

    own = found(wanted)
    tables = {name: found(one) for name, one in others.items()}
    if any(table.url != own.url for table in tables.values()):
        said = "a contract's tables must all be of one database"
        raise DataError(said, where=remote.shown(wanted.source), remedy="name the others by the same URL")
    with open_database(own, source=remote.shown(wanted.source) or wanted.source, related=tables) as table:
        yield table


@contextmanager
def _embedded(
    wanted: Wanted, others: Mapping[str, Wanted], scratch: Path, haste: Haste | None
) -> Iterator[TableEngine]:
    from sluice.adapters.tables import Other, open_located

    own = _brought(wanted, scratch / "own")
    tables = {
        name: Other(located=_brought(one, scratch / f"other-{index}"), strings=one.strings)
        for index, (name, one) in enumerate(others.items())
    }
    with open_located(own, strings=wanted.strings, related=tables, haste=haste) as table:
        yield table


@contextmanager
def _spark(wanted: Wanted, engine: str, others: Mapping[str, Wanted], scratch: Path) -> Iterator[TableEngine]:
    from sluice.adapters.engines import spark

    own, sha256 = _for_spark(wanted, scratch / "own")
    tables = {name: _for_spark(one, scratch / f"other-{index}")[0] for index, (name, one) in enumerate(others.items())}
    with spark.session(engine, scratch) as session:
        schema = spark.open_spark(session, own, source=wanted.source)
        related = {
            name: (f"related_{index}", spark.open_spark(session, paths, source=name, view=f"related_{index}"))
            for index, (name, paths) in enumerate(tables.items())
        }
        yield spark.spark_table(session, schema, related, source=wanted.source, sha256=sha256)


def _for_spark(wanted: Wanted, folder: Path) -> tuple[list[str], str]:
    """Parquet files that Spark reads, and the digest of the data's bytes where it lies on this machine.

    What lies here is looked at in a child with limits first; what Spark reads otherwise than DuckDB is written anew.
    """
    from sluice.adapters.engines.preparing import Prepared, prepared

    if remote.scheme(wanted.source):
        if not wanted.source.lower().split("?")[0].endswith((".parquet", "/", "*")):
            said = "Spark reads Parquet from a store, in a folder or by its ending"
            raise DataError(said, reason_code="path", where=remote.shown(wanted.source))
        return [wanted.source.replace("s3://", "s3a://", 1)], ""
    folder.mkdir(parents=True)
    located = _brought(wanted, folder / "brought")
    found = confined(lambda: prepared(located, wanted.strings, folder), Prepared, where=wanted.source)
    return list(found.files), found.sha256


def _brought(wanted: Wanted, folder: Path) -> Located:
    """The files that a source names, on this machine. Raises ``DataError`` and whatever keeps them from coming."""
    source = wanted.source
    kind = remote.scheme(source)
    if kind == "file":
        return replace(locate(wanted.root, _inside(source, wanted.root)), source=source)
    if kind:
        folder.mkdir(parents=True)
        name = remote.download(source, folder)
        return replace(locate(folder, name), source=remote.shown(source))
    if "@" in source:
        from sluice.adapters.dvc import revisions

        if (revised := revisions.split(wanted.root, source)) is not None:
            return _revised(wanted, revised, folder)
    return locate(wanted.root, source)


def _revised(wanted: Wanted, revised: tuple[str, str], folder: Path) -> Located:
    from sluice.adapters.dvc import revisions
    from sluice.adapters.git import Git

    path, revision = revised
    git = Git.find(wanted.root)
    above = wanted.root.resolve().relative_to(git.root.resolve())
    folder.mkdir(parents=True)
    try:
        found = revisions.bring(git, (above / path).as_posix(), revision, folder, base=wanted.trusted)
    except EvidenceError as problem:
        # Bytes that are not what was tracked are data that cannot be read, as every other is.
        said, where = problem.what, problem.where
        raise DataError(said, reason_code=problem.reason_code, where=where, remedy=problem.remedy) from problem
    if not found:
        raise DataError("there is no such file at that revision", reason_code="missing", where=wanted.source)
    return replace(locate(folder / above, path), source=wanted.source)


def _inside(source: str, root: Path) -> str:
    """The path below the root that a ``file://`` URL names."""
    parts = urlsplit(source)
    path = Path(unquote(parts.path))
    if parts.netloc not in ("", "localhost") or not path.is_relative_to(root.resolve()):
        raise DataError("leads out of the repository", reason_code="path", where=source)
    return path.relative_to(root.resolve()).as_posix()
