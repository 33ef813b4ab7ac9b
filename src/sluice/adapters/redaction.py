"""Takes secrets out of text that leaves the runner: GitHub masks them in the job log, but nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MASK = "***"
_MIN_LENGTH = 8
_NAMES = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|(?:^|_)(?:KEY|PWD|AUTH|DSN|PAT)(?:$|_)|APIKEY", re.I
)
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


def _lines(value: str) -> Iterable[str]:
    return (line.strip() for line in value.splitlines() if len(line.strip()) >= _MIN_LENGTH)
