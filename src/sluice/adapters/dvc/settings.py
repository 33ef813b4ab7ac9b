"""DVC's configuration files: where the cache is, and whether a pull request changes where data comes from."""

from __future__ import annotations

import configparser
import io
from collections.abc import Mapping
from pathlib import Path

from sluice.adapters.files import read_bounded
from sluice.adapters.git import Git
from sluice.domain.errors import EvidenceError

CONFIG = ".dvc/config"
LOCAL = ".dvc/config.local"
_MAX_BYTES = 1_000_000

# Options that change neither where data comes from nor where it goes.
_HARMLESS = frozenset(
    {
        ("core", "analytics"),
        ("core", "autostage"),
        ("core", "check_update"),
        ("core", "checksum_jobs"),
        ("core", "interactive"),
    }
)
_HARMLESS_SECTIONS = frozenset({"exp", "plots", "parsing", "feature", "hydra", "studio"})

Settings = Mapping[str, Mapping[str, str]]


def guard_remote(git: Git, base: str, revision: str | None = None) -> None:
    """Raise ``EvidenceError`` (``remote``) where the work tree would have DVC contact what the base does not name.

    With a ``revision``, the work tree of that commit is meant. The runner's own ``.dvc/config.local`` is trusted, one
    that comes with the commit is not.
    """
    _refuse_committed(git, revision or "HEAD")
    if revision is None:
        ours = read_bounded(git.root, CONFIG, _MAX_BYTES) or b""
    else:
        ours = git.show(revision, CONFIG, max_bytes=_MAX_BYTES) or b""
    trusted = [git.show(ref, CONFIG, max_bytes=_MAX_BYTES) for ref in (base, git.merge_base(base, "HEAD"))]
    if ours in trusted:
        return
    telling = _telling(parse(ours, CONFIG))
    if telling not in [_telling(parse(text, CONFIG)) for text in trusted if text is not None]:
        raise _refused(
            CONFIG,
            "the pull request changes DVC's remotes or cache, and nothing of them is contacted before that is merged",
            "merge that change by itself first, or bring the data into the work tree before Sluice runs",
        )


def _refuse_committed(git: Git, revision: str) -> None:
    if LOCAL in {entry.path for entry in git.tree(revision)}:
        raise _refused(LOCAL, "is committed, but belongs to one machine alone", f"run `git rm --cached {LOCAL}`")


def parse(text: bytes, where: str) -> dict[str, dict[str, str]]:
    """Sections (names unquoted) and options as written; raises ``EvidenceError`` (``remote``)."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), default_section="", strict=True)
    try:
        parser.read_string(text.decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _refused(where, "cannot be read as DVC's configuration", "see `dvc config --list`") from error
    return {name.strip("'"): dict(parser.items(name)) for name in parser.sections()}


def cache_folder(git: Git, ref: str) -> Path:
    """Where the cache of the main work tree is, by the runner's own settings and those of a trusted commit."""
    shared = git.show(ref, CONFIG, max_bytes=_MAX_BYTES) or b""
    return _cache(git.root, parse(shared, CONFIG), _local(git.root))


def prepare_worktree(root: Path, worktree: Path) -> None:
    """Let DVC in a further work tree of a repository use the main one's cache, run cache, remotes and local settings.

    Paths that the settings state relative to themselves are stated in full, since the further work tree lies elsewhere.
    Raises ``EvidenceError`` (``remote``) for local settings that come with the main work tree's commit.
    """
    if not (worktree / ".dvc").is_dir():
        return
    _refuse_committed(Git(root), "HEAD")
    shared, local = parse(read_bounded(worktree, CONFIG, _MAX_BYTES) or b"", CONFIG), _local(root)
    own: dict[str, dict[str, str]] = {name: dict(options) for name, options in local.items()}
    for name in {**shared, **local}:
        url = _unquoted(local.get(name, {}).get("url") or shared.get(name, {}).get("url", ""))
        if name.startswith("remote ") and url and "://" not in url and not Path(url).expanduser().is_absolute():
            own.setdefault(name, {})["url"] = f'"{(root / ".dvc" / url).resolve()}"'
    own.setdefault("cache", {}).update(dir=f'"{_cache(root, shared, local)}"', type='"reflink,symlink,copy"')
    (worktree / LOCAL).write_text(_written(own), encoding="utf-8")


def forget_runs(worktree: Path) -> None:
    """Give DVC in a prepared work tree an empty cache of its own, so that it runs stages that have been run before.

    What they write stays where it is, and is no link into that cache.
    """
    if not (worktree / LOCAL).is_file():
        return
    own = {name: dict(options) for name, options in _local(worktree).items()}
    own.setdefault("cache", {}).update(dir=f'"{worktree / ".dvc" / "own-cache"}"', type='"reflink,copy"')
    (worktree / LOCAL).write_text(_written(own), encoding="utf-8")


def _cache(root: Path, shared: Settings, local: Settings) -> Path:
    stated = local.get("cache", {}).get("dir") or shared.get("cache", {}).get("dir") or "cache"
    return (root / ".dvc" / Path(_unquoted(stated)).expanduser()).resolve()


def _local(root: Path) -> dict[str, dict[str, str]]:
    return parse(read_bounded(root, LOCAL, _MAX_BYTES) or b"", LOCAL)


def _telling(settings: Settings) -> set[tuple[str, str, str]]:
    return {
        (section, key, value)
        for section, options in settings.items()
        if section not in _HARMLESS_SECTIONS
        for key, value in options.items()
        if (section, key) not in _HARMLESS
    }


def _written(settings: Settings) -> str:
    text = io.StringIO()
    for name, options in settings.items():
        text.write(f"['{name}']\n" if '"' in name else f"[{name}]\n")
        text.writelines(f"    {key} = {value}\n" for key, value in options.items())
    return text.getvalue()


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _refused(where: str, what: str, remedy: str) -> EvidenceError:
    return EvidenceError(what, where=where, reason_code="remote", remedy=remedy)
