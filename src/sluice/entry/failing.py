"""How a command fails: one sentence on stderr, and as JSON where that is asked for."""

from __future__ import annotations

import io
from typing import Any

import typer

from sluice.domain.errors import EXIT_BUG, EXIT_USAGE, SluiceError
from sluice.entry import telling


def ended(error: Exception, given: list[str]) -> int:
    """Says what ended the command with these arguments; the exit code."""
    if isinstance(error, SluiceError):
        return _failed(error, error.sentence, error.exit_code, given)
    if isinstance(error, typer.Abort):
        return _failed(error, "interrupted", EXIT_USAGE, given)
    # Click's own errors carry a code and show the usage; everything else that comes here is our fault.
    if hasattr(error, "exit_code") and hasattr(error, "show"):
        return _misused(error, given)
    said = f"a bug in Sluice: {type(error).__name__}: {error}; please report it, with what `--debug` shows"
    return _failed(error, said, EXIT_BUG, given)


def _misused(error: Any, given: list[str]) -> int:
    shown = io.StringIO()
    error.show(file=shown)
    for line in shown.getvalue().splitlines():
        telling.tell(line)
    _print_error(" ".join(error.format_message().split()), EXIT_USAGE, given)
    return EXIT_USAGE


def _failed(error: Exception, sentence: str, code: int, given: list[str]) -> int:
    if "--debug" in given:
        import traceback

        for line in "".join(traceback.format_exception(error)).splitlines():
            telling.tell(line)
    sentence = " ".join(sentence.split())
    telling.tell(f"sluice: {sentence}")
    _print_error(sentence, code, given)
    return code


def _print_error(message: str, code: int, given: list[str]) -> None:
    # What was wrong may be the arguments themselves, so that nobody has parsed them.
    if "--json" in given:
        telling.print_json({"error": {"message": message, "exit_code": code}})
