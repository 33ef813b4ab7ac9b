"""Takes secrets out of text that leaves the runner: GitHub masks them in the job log, but nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TypeVar, cast

Record = TypeVar("Record")

_MASK = "***"
_MIN_LENGTH = 8
_NAMES = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|(?:^|_)(?:KEY|PWD|AUTH|DSN|PAT)(?:$|_)|APIKEY", re.I
)
# Fields of records that hold text which programs, logs or data put there; names, paths and digests are not among them.
_PROSE = frozenset({"message", "reason", "log_tail", "diagnosis", "command", "examples", "observed", "unit"})
# The shell's own: folders, the work tree's among them, without which no line of a log names a file any more.
_FOLDERS = frozenset({"PWD", "OLDPWD"})
_SHAPES = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|AKIA[A-Z0-9]{16})\b"
    # The last `@` before the path: a password may hold others. `git@` is how every clone over SSH is addressed.
    r"|(?P<scheme>\b[a-z][a-z0-9+.-]{1,20}://)(?!git@)[^\s/\"'<>]{1,600}@",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, repr=False)
class Redactor:
    """Replaces known secret values, and what looks like a token or a password in an address, with ``***``."""

    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, *environments: Mapping[str, str]) -> Redactor:
        """One that knows the values of variables whose names speak of secrets; values under 8 characters are left."""
        found: set[str] = set()
        for environment in environments:
            for name, value in environment.items():
                if name.upper() not in _FOLDERS and _NAMES.search(name):
                    found.update(_lines(value))
        # The longest first: one secret may hold another.
        return cls(tuple(sorted(found, key=lambda value: (-len(value), value))))

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for value in self.values:
            if value in text:
                text = text.replace(value, _MASK)
        if "_" in text or "://" in text or "AKIA" in text:
            text = _SHAPES.sub(lambda found: f"{found['scheme']}{_MASK}@" if found["scheme"] else _MASK, text)
        return text

    def record(self, record: Record) -> Record:
        """A record, and all that it holds, with every text of ``_PROSE`` cleaned."""
        return cast("Record", self._cleaned(record, prose=False))

    def _cleaned(self, value: object, *, prose: bool) -> object:
        if isinstance(value, str):
            return self.clean(value) if prose else value
        if isinstance(value, tuple):
            return tuple(self._cleaned(one, prose=prose) for one in cast("tuple[object, ...]", value))
        if not is_dataclass(value) or isinstance(value, type):
            return value
        found = {one.name: self._cleaned(getattr(value, one.name), prose=one.name in _PROSE) for one in fields(value)}
        return replace(value, **found)


def _lines(value: str) -> Iterable[str]:
    return (line.strip() for line in value.splitlines() if len(line.strip()) >= _MIN_LENGTH)
