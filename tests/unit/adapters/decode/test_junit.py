"""Reports of tests that the pull request wrote: what is counted, and what is refused."""

from __future__ import annotations

import time
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.junit import read_junit
from sluice.domain.errors import EvidenceError
from sluice.domain.suites import FailedTest, SuiteResult

PYTEST = """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.05">
<properties><property name="a" value="b"/></properties>
<testcase classname="tests.test_model" name="test_ok[é]" time="0.001"><system-out>fine</system-out></testcase>
<testcase classname="tests.test_model" name="test_invariant"><failure message="assert 1 == 2">trace
back</failure></testcase>
<testcase classname="tests.test_model" name="test_broken"><error>no fixture</error></testcase>
<testcase classname="tests.test_model" name="test_later"><skipped type="pytest.skip" message="no GPU"/></testcase>
</testsuite></testsuites>"""


def read(text: str | bytes) -> SuiteResult:
    data = text.encode() if isinstance(text, str) else text
    return read_junit(data, name="model", path="r.xml")


def attempt(data: bytes) -> SuiteResult | EvidenceError:
    try:
        return read(data)
    except EvidenceError as error:
        return error


def counts(found: SuiteResult) -> tuple[int, int, int, int]:
    return found.n_tests, found.n_failures, found.n_errors, found.n_skipped


def test_a_report_of_pytest() -> None:
    found = read(PYTEST)
    assert counts(found) == (4, 1, 1, 1)
    assert found.n_passed == 1
    assert found.failed == (
        FailedTest(name="tests.test_model::test_invariant", kind="failure", message="assert 1 == 2"),
        FailedTest(name="tests.test_model::test_broken", kind="error", message="no fixture"),
    )
    assert len(found.sha256) == 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<testsuite/>", (0, 0, 0, 0)),
        ("<testsuites tests='0'/>", (0, 0, 0, 0)),
        ("<testsuite><testcase/></testsuite>", (1, 0, 0, 0)),
        # One test, with several outcomes: the worst.
        ("<testsuite><testcase><skipped/><failure/><error/><failure/></testcase></testsuite>", (1, 0, 1, 0)),
        # A test that a runner tried again and that held at last is one that passed.
        ("<testsuite><testcase><flakyFailure message='x'/></testcase></testsuite>", (1, 0, 0, 0)),
        ("<testsuite><testcase status='notrun' result='suppressed'/></testsuite>", (1, 0, 0, 1)),
        ("<testsuites><testsuite tests='1'><testsuite><testcase/></testsuite></testsuite></testsuites>", (1, 0, 0, 0)),
        # Words of the report's own, as some runners write them, are passed over.
        (
            "<testsuite><other><failure/></other><testcase><system-err>x</system-err></testcase></testsuite>",
            (1, 0, 0, 0),
        ),
    ],
)
def test_what_counts_as_what(text: str, expected: tuple[int, int, int, int]) -> None:
    assert counts(read(text)) == expected


BILLION = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(10))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not valid XML: no element found"),
        ("{}", "is not valid XML"),
        ("<testsuite>", "is not valid XML"),
        ("<testsuite/><testsuite/>", "is not valid XML: junk after document element"),
        ("<html><testcase/></html>", "it begins with `html`"),
        (f"<!DOCTYPE x [{BILLION}]><testsuite name='&a9;'/>", "states a document type"),
        ("<!DOCTYPE x SYSTEM 'file:///etc/passwd'><testsuite/>", "states a document type"),
        ("<testsuite name='&x;'/>", "is not valid XML: undefined entity"),
        ("<testsuite>" * 100_000, "is nested deeper than 64 levels"),
        ("<testsuite><testcase>" + "<a>" * 100_000, "is nested deeper than 64 levels"),
        ("<testsuite tests='" + "9" * 5_000 + "'/>", "where a number of tests must be"),
        ("<testsuite tests='-1'/>", "where a number of tests must be"),
        ("<testsuite tests='nan'/>", "where a number of tests must be"),
        ("<testsuite tests='1' tests='0'/>", "is not valid XML: duplicate attribute"),
        ("<testsuite name='s' tests='2'><testcase/></testsuite>", "the suite `s` states 2 tests and holds 1"),
        ("<testsuites failures='1'><testsuite><testcase/></testsuite></testsuites>", "more tests that did not pass"),
        ("<testsuite skipped='1'><testcase/></testsuite>", "more tests that did not pass"),
        ("<testsuite><testcase><testcase/></testcase></testsuite>", "holds a `testcase` inside a test"),
        ("<testsuite><testcase><testsuite/></testcase></testsuite>", "holds a `testsuite` inside a test"),
        ("<testsuite>" + "<testcase/>" * 100_001 + "</testsuite>", "more than 100,000 tests"),
        ("<testsuite>" + " " * 20_000_000 + "</testsuite>", "is larger than 20,000,000 bytes"),
        ('<?xml version="1.0" encoding="none-such"?><testsuite/>', "encoding"),
    ],
)
def test_what_is_no_whole_report_is_refused_in_time(text: str, says: str) -> None:
    started = time.monotonic()
    with pytest.raises(EvidenceError) as caught:
        read(text)
    assert says in caught.value.sentence
    assert caught.value.reason_code == "tests"
    assert time.monotonic() - started < 5


def test_what_is_kept_of_failures_is_bounded() -> None:
    case = f"<testcase name='{'n' * 5_000}'><failure message='{'m' * 5_000}'/></testcase>"
    found = read(f"<testsuite>{case * 50}</testsuite>")
    assert found.n_failures == 50
    assert len(found.failed) == 20
    assert max(len(one.name) + len(one.message) for one in found.failed) <= 500


_OUTCOMES = st.sampled_from(("", "<failure message='m'/>", "<error/>", "<skipped/>"))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_categories=["C"])), _OUTCOMES), max_size=30))
def test_every_test_is_counted_once(cases: list[tuple[str, str]]) -> None:
    body = "".join(f"<testcase name={quoteattr(name)}>{outcome}</testcase>" for name, outcome in cases)
    found = read(f"<testsuite tests='{len(cases)}'>{body}</testsuite>")
    outcomes = [outcome[1:4] for _name, outcome in cases]
    assert counts(found) == (len(cases), *(outcomes.count(one) for one in ("fai", "err", "ski")))
    assert found.n_passed == outcomes.count("")


_PIECES = st.sampled_from(
    [
        *("<testsuite>", "</testsuite>", "<testsuites tests='1'>", "<testcase name='a'>", "</testcase>", "<failure/>"),
        *("<skipped>", "</skipped>", "<![CDATA[x]]>", "<!--x-->", "&lt;", "text"),
        '<?xml version="1.0" encoding="cp037"?>',
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.lists(_PIECES, max_size=12).map(lambda parts: "".join(parts).encode())))
def test_any_bytes_are_counted_or_refused(data: bytes) -> None:
    found = attempt(data)
    if isinstance(found, EvidenceError):
        assert found.sentence.startswith("r.xml")
    else:
        assert min(*counts(found), found.n_passed) >= 0
        assert (found.n_failures + found.n_errors > 0) == bool(found.failed)
