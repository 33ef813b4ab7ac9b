"""What can go wrong, said in one sentence, with the exit code that tells whose turn it is."""

from __future__ import annotations

EXIT_OPEN = 0
EXIT_CLOSED = 1
EXIT_USAGE = 2
EXIT_OUTSIDE = 3
EXIT_BUG = 70


class SluiceError(Exception):
    """An error meant for people: what happened, where, and what to do about it."""

    exit_code = EXIT_BUG

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """``where: what; remedy`` on one line, the empty parts left out."""
        said = f"{self.where}: {self.what}" if self.where else self.what
        said = f"{said}; {self.remedy}" if self.remedy else said
        return " ".join(said.split())


class UsageError(SluiceError):
    """The command line, an input or the environment asks for what cannot be."""

    exit_code = EXIT_USAGE


class ConfigError(SluiceError):
    """``sluice.yaml`` or a contract is not valid; ``where`` is ``file:line: key.path``."""

    exit_code = EXIT_USAGE

    def __init__(self, what: str, *, where: str = "", remedy: str = "", line: int = 0) -> None:
        self.line = line
        super().__init__(what, where=where, remedy=remedy)


class EvidenceError(SluiceError):
    """Evidence that must not be believed: oversized, truncated, of another schema, of another head."""

    exit_code = EXIT_CLOSED

    def __init__(self, what: str, *, reason_code: str = "evidence", where: str = "", remedy: str = "") -> None:
        self.reason_code = reason_code
        super().__init__(what, where=where, remedy=remedy)


class ColumnError(EvidenceError):
    """A column that was named for the predictions is not there, or does not fit its part."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what, reason_code="metric", where=where, remedy=remedy)


class DataError(SluiceError):
    """Data that cannot be validated at all.

    ``reason_code`` is path, missing, data-empty or parse; timeout, memory or crash where the process that read it was
    ended; remote where it would come from a place that the base does not name; digest where it is not what was named.
    """

    exit_code = EXIT_CLOSED

    def __init__(self, what: str, *, reason_code: str = "parse", where: str = "", remedy: str = "") -> None:
        self.reason_code = reason_code
        super().__init__(what, where=where, remedy=remedy)


class OutsideError(SluiceError):
    """Something that is not Sluice stays down: GitHub, a registry, the network."""

    exit_code = EXIT_OUTSIDE


class StaleHead(EvidenceError):
    """The pull request's head (or base branch) moved on; what was measured does not count for it."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what, reason_code="stale-head", where=where, remedy=remedy)
