"""JUnit XML as test runners write it: read by expat, without a document type, bounded in size, depth and number.

Two accounts stand in such a file: the numbers that a suite states, and its test cases. The cases count; where a suite
states more tests, or more that did not pass, than it holds, the file is not whole, or speaks of more than its cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from sluice.domain.errors import EvidenceError
from sluice.domain.suites import MAX_FAILURES, FailedTest, SuiteResult

MAX_BYTES = 20_000_000
MAX_DEPTH = 64
MAX_TESTS = 100_000
MAX_NAME_CHARS = 200
MAX_MESSAGE_CHARS = 300

_ROOTS = ("testsuites", "testsuite")
_NOT_RUN = ("notrun", "disabled", "suppressed")


def read_junit(data: bytes, *, name: str, path: str) -> SuiteResult:
    """The counts of a report and its first failed tests. Raises ``EvidenceError`` (``tests``) for what is none.

    A test with several outcomes counts once, as the worst. A document type is refused, and with it every entity.
    """
    if len(data) > MAX_BYTES:
        raise _refused(f"is larger than {MAX_BYTES:,} bytes", path)
    reader = _Reader(path)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        said = expat.ErrorString(problem.code) or "it cannot be read"
        raise _refused(f"is not valid XML: {said}", f"{path}:{problem.lineno}") from None
    except (LookupError, ValueError):
        raise _refused("is in an encoding that is not known", path, "write it as UTF-8") from None
    return SuiteResult(
        name=name,
        path=path,
        n_tests=reader.n_tests,
        n_failures=reader.counts["failure"],
        n_errors=reader.counts["error"],
        n_skipped=reader.counts["skipped"],
        failed=tuple(reader.failed),
        sha256=hashlib.sha256(data).hexdigest(),
    )


@dataclass(slots=True)
class _Case:
    """A test case that is open: its name and its worst outcome so far."""

    name: str
    outcome: str = "passed"
    message: str = ""


@dataclass(slots=True)
class _Suite:
    """A suite that is open: what it states, and what it has held so far."""

    name: str
    stated: Mapping[str, int]
    held: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("tests", "failure", "error", "skipped"), 0))


# From the best to the worst.
_OUTCOMES = ("passed", "skipped", "failure", "error")
_STATED = {"tests": ("tests",), "failure": ("failures",), "error": ("errors",), "skipped": ("skipped", "disabled")}


class _Reader:
    """Takes expat's events; nothing of the document is kept but counts and the first failed tests."""

    def __init__(self, path: str) -> None:
        self.n_tests = 0
        self.counts: dict[str, int] = dict.fromkeys(_OUTCOMES, 0)
        self.failed: list[FailedTest] = []
        self._path = path
        self._depth = 0
        self._suites: list[_Suite] = []
        self._case: _Case | None = None
        self._in_outcome = False

    def doctype(self, *_: object) -> None:
        """A document type is what entities are declared in."""
        raise _refused("states a document type", self._path, "write the report without one")

    def start(self, tag: str, given: dict[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _refused(f"is nested deeper than {MAX_DEPTH} levels", self._path)
        if self._depth == 1 and tag not in _ROOTS:
            raise _refused(f"is no report of tests: it begins with `{tag[:40]}`", self._path, "write JUnit XML")
        if self._case is not None:
            self._inside(tag, given)
        elif tag in _ROOTS:
            self._suites.append(_Suite(given.get("name", ""), self._numbers(given)))
        elif tag == "testcase":
            self._begin(given)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        if tag == "testcase" and self._case is not None:
            self._finish(self._case)
            self._case = None
        elif tag in _ROOTS and self._case is None and self._suites:
            self._close(self._suites.pop())
        self._in_outcome = self._in_outcome and tag not in _OUTCOMES

    def text(self, text: str) -> None:
        """The words of a failure count where it has no message of its own."""
        if self._in_outcome and self._case is not None and len(self._case.message) < MAX_MESSAGE_CHARS:
            self._case.message += text[:MAX_MESSAGE_CHARS]

    def _begin(self, given: dict[str, str]) -> None:
        self.n_tests += 1
        if self.n_tests > MAX_TESTS:
            raise _refused(f"holds more than {MAX_TESTS:,} tests", self._path)
        parts = (given.get("classname", ""), given.get("name", ""))
        self._case = _Case("::".join(part for part in parts if part)[:MAX_NAME_CHARS] or "a test without a name")
        if {given.get("status", "").lower(), given.get("result", "").lower()} & set(_NOT_RUN):
            self._case.outcome = "skipped"

    def _inside(self, tag: str, given: dict[str, str]) -> None:
        case = self._case
        if tag in ("testcase", *_ROOTS):
            raise _refused(f"holds a `{tag}` inside a test", self._path)
        if case is None or tag not in _OUTCOMES or _OUTCOMES.index(tag) <= _OUTCOMES.index(case.outcome):
            return
        case.outcome, case.message = tag, given.get("message", "")[:MAX_MESSAGE_CHARS]
        self._in_outcome = not case.message

    def _finish(self, case: _Case) -> None:
        self._count(case.outcome, 1)
        for suite in self._suites:
            suite.held["tests"] += 1
        if case.outcome in ("failure", "error"):
            self._name(case.name, case.outcome, case.message)

    def _count(self, outcome: str, number: int) -> None:
        self.counts[outcome] += number
        for suite in self._suites:
            if outcome in suite.held:
                suite.held[outcome] += number

    def _name(self, name: str, outcome: str, message: str) -> None:
        if len(self.failed) < MAX_FAILURES:
            kind = "error" if outcome == "error" else "failure"
            said = " ".join(message.split())[:MAX_MESSAGE_CHARS]
            self.failed.append(FailedTest(name=" ".join(name.split()), kind=kind, message=said))

    def _close(self, suite: _Suite) -> None:
        """Hold what a suite states against what it held."""
        held, named = suite.held, f"the suite `{suite.name[:60]}`" if suite.name else "the report"
        if suite.stated["tests"] > held["tests"]:
            said = f"{named} states {suite.stated['tests']} tests and holds {held['tests']}: it is not whole"
            raise _refused(said, self._path, "let the tests end before it is read")
        wrong = suite.stated["failure"] + suite.stated["error"] > held["failure"] + held["error"]
        if wrong or suite.stated["skipped"] > held["skipped"]:
            said = f"{named} states more tests that did not pass than it holds"
            raise _refused(said, self._path, "write a test case for each of them")

    def _numbers(self, given: dict[str, str]) -> dict[str, int]:
        return {kind: sum(self._number(given.get(name, "")) for name in names) for kind, names in _STATED.items()}

    def _number(self, text: str) -> int:
        text = text.strip()
        if not text:
            return 0
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise _refused(f"states `{text[:40]}` where a number of tests must be", self._path)
        return int(text)


def _refused(what: str, where: str, remedy: str = "") -> EvidenceError:
    return EvidenceError(what, reason_code="tests", where=where, remedy=remedy)
