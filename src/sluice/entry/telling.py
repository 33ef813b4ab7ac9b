"""How commands speak: results and JSON on stdout, progress and sentences on stderr; that nobody listens is no error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from sluice.domain.verdict import Verdict

if TYPE_CHECKING:
    from sluice.domain.validation import CheckResult

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def tell(line: str) -> None:
    """One line of progress, or a sentence, on stderr."""
    _write(sys.stderr, _printable(line))


def show(line: str) -> None:
    """One line of a result on stdout."""
    _write(sys.stdout, _printable(line))


def print_text(text: str) -> None:
    """A whole document on stdout, as it is."""
    _write(sys.stdout, text)


def print_json(shape: Mapping[str, object]) -> None:
    """One JSON document on stdout; raises ``ValueError`` for NaN and infinity, which JSON has not."""
    import json

    _write(sys.stdout, json.dumps(shape, allow_nan=False))


def hush_retries() -> None:
    """Keep the retrying library's own log lines off people's stderr; what fails in the end is said in a sentence."""
    import logging

    logging.getLogger("stamina").addHandler(logging.NullHandler())


def check_line(result: CheckResult) -> str:
    """One check for people: verdict, name, and what was found against what was demanded, with examples."""
    name = f"{result.check} {result.column}" if result.column else result.check
    if result.verdict is Verdict.PASS:
        return f"{result.verdict:12} {name}: {result.limit}"
    told = not result.limit or result.limit in result.message
    said = result.message if told else f"{result.message}; demanded: {result.limit}"
    examples = f"; for example {', '.join(result.examples)}" if result.examples else ""
    return f"{result.verdict:12} {name}: {said}{examples}"


def _printable(line: str) -> str:
    # Names from the repository's files are part of it, and none of them may steer a terminal.
    plain = _COLOUR.sub("", line)
    return "".join(sign if sign.isprintable() or sign == "\t" else "?" for sign in plain)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed by who started us; print() would take stdout in its place
        return
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        # What follows goes nowhere: a reader that went away, as `head` does, must not end the work half way.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
