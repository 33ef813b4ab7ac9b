"""Every fault at every call of a publication: nothing twice, nothing lost, and a sentence where it stays down."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sluice.domain.errors import EXIT_OUTSIDE, OutsideError

LIST_RUNS = "checks/list-for-ref"
CREATE_RUN = "checks/create"
LIST_COMMENTS = "issues/list-comments"
CREATE_COMMENT = "issues/create-comment"
GET_PULL = "pulls/get"
EDIT_COMMENT = "issues/update-comment"
EDIT_RUN = "checks/update"
FIRST_CALLS = (LIST_RUNS, CREATE_RUN, LIST_COMMENTS, GET_PULL, CREATE_COMMENT)

PASSING: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "reset": {"kind": "reset"},
    "close": {"kind": "close"},
    "truncated": {"kind": "truncate"},
    "not JSON": {"kind": "badjson"},
    "HTML with 200": {"kind": "status", "status": 200, "body": "<html>"},
    "403 secondary": {"kind": "secondary", "retry_after": 0},
    "429": {"kind": "secondary429", "retry_after": 0},
}
LASTING: dict[str, dict[str, Any]] = {
    "400": {"kind": "status", "status": 400, "message": "Problems parsing JSON"},
    "401": {"kind": "expired"},
    "403": {"kind": "status", "status": 403, "message": "Resource not accessible by integration"},
    "409": {"kind": "conflict"},
    "410": {"kind": "status", "status": 410, "message": "This was deleted"},
    "422": {"kind": "status", "status": 422, "message": "Validation Failed"},
}


def cases(faults: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """Every fault, before the call takes effect and after."""
    return [(fault, when) for fault in faults for when in ("before", "after")]


@pytest.mark.parametrize("operation", FIRST_CALLS)
def test_what_passes_leaves_one_of_each(scene, operation: str) -> None:
    for fault, when in cases(PASSING):
        scene.renew()
        scene.bench.fault(**PASSING[fault], match={"operation": operation}, when=when)
        scene.publish(scene.connect())
        assert scene.bench.get("faults")[0]["hits"] == 1, (fault, when)
        scene.published_once()


@pytest.mark.parametrize("operation", FIRST_CALLS)
def test_what_lasts_is_one_sentence_and_the_next_publication_mends_it(scene, operation: str) -> None:
    for fault, when in cases(LASTING):
        scene.renew()
        scene.bench.fault(**LASTING[fault], match={"operation": operation}, when=when, times=None)
        with pytest.raises(OutsideError) as caught:
            scene.publish(scene.connect())
        assert scene.bench.get("faults")[0]["hits"] == 1, f"{fault} is not repeated"
        assert caught.value.exit_code == EXIT_OUTSIDE
        assert fault in caught.value.sentence and caught.value.sentence.startswith(f"{scene.repository}: GitHub")
        assert "\n" not in caught.value.sentence and "ghs_job" not in f"{caught.value!r} {caught.value}"
        scene.bench.delete("faults")
        scene.publish(scene.connect())
        scene.published_once()


@pytest.mark.parametrize("operation", [EDIT_RUN, EDIT_COMMENT])
def test_edits_are_repeated(scene, operation: str) -> None:
    for fault, when in cases(PASSING):
        scene.renew()
        scene.publish(scene.connect(), words="An older report.")
        scene.bench.fault(**PASSING[fault], match={"operation": operation}, when=when)
        scene.publish(scene.connect())
        assert scene.bench.get("faults")[0]["hits"] == 1, (fault, when)
        scene.published_once()


@pytest.mark.parametrize("operation", [*FIRST_CALLS, EDIT_RUN])
def test_what_stays_down_ends_as_outside(scene, operation: str) -> None:
    for fault in ("502", "reset", "not JSON"):
        scene.renew()
        if operation == EDIT_RUN:
            scene.publish(scene.connect())
        scene.bench.fault(**PASSING[fault], match={"operation": operation}, when="after", times=None)
        with scene.counting() as counted:
            if operation in (CREATE_RUN, CREATE_COMMENT):
                # Looking finds that each took effect.
                scene.publish(scene.connect(attempts=3))
            else:
                with pytest.raises(OutsideError) as caught:
                    scene.publish(scene.connect(attempts=3))
                assert caught.value.exit_code == EXIT_OUTSIDE
        assert counted["calls"] < 20
        scene.bench.delete("faults")
        scene.publish(scene.connect())
        scene.published_once()


def test_a_create_that_is_down_for_good(scene) -> None:
    for operation in (CREATE_COMMENT, CREATE_RUN):
        scene.bench.fault(**PASSING["502"], match={"operation": operation}, times=None)
    with pytest.raises(OutsideError, match=r"502 to creating the check run sluice/data.*run the workflow again later"):
        scene.connect(attempts=3).set_checks(scene.checks())
    with pytest.raises(OutsideError, match="502 to posting the report on pull request #1"):
        scene.connect(attempts=3).upsert_comment(scene.report())
    assert scene.bench.get("faults")[0]["hits"] == 3 and not scene.runs() and not scene.comments()


def test_several_lost_replies_in_a_row(scene) -> None:
    scene.bench.fault(**PASSING["reset"], match={"operation": CREATE_COMMENT}, when="before", times=2)
    scene.bench.fault(**PASSING["502"], match={"operation": CREATE_COMMENT}, when="after", times=1)
    scene.bench.fault(**PASSING["502"], match={"operation": LIST_COMMENTS}, when="before", times=2)
    scene.publish(scene.connect(attempts=6))
    scene.published_once()


def test_every_third_call_fails(scene) -> None:
    scene.bench.fault(kind="status", status=502, when="after", every=3, times=None)
    scene.publish(scene.connect(attempts=6))
    scene.bench.delete("faults")
    scene.published_once()


def test_a_call_that_hangs_is_given_up(scene) -> None:
    scene.bench.fault(kind="hang", delay=3.0, match={"operation": CREATE_COMMENT}, when="after")
    scene.publish(scene.connect(timeout_s=1))
    scene.published_once()


@pytest.mark.parametrize("kind", ["secondary", "secondary429", "primary"])
def test_no_call_before_the_time_that_github_asks_for(scene, kind: str) -> None:
    scene.bench.fault(kind=kind, retry_after=2, match={"operation": CREATE_COMMENT})
    with scene.counting() as counted:
        scene.connect().upsert_comment(scene.report())
    calls = counted["recorded"]
    struck = next(index for index, call in enumerate(calls) if call["fault"])
    waited_s = calls[struck + 1]["at"] - calls[struck]["at"]
    # The reset of the primary limit is stated in whole seconds.
    assert waited_s >= (1.0 if kind == "primary" else 2.0)
    assert len(scene.reports()) == 1


@pytest.mark.parametrize("kind", ["secondary", "secondary429", "primary"])
def test_a_limit_beyond_our_patience_is_said_at_once(scene, kind: str) -> None:
    scene.bench.fault(kind=kind, retry_after=300, match={"operation": GET_PULL}, times=None)
    started = time.monotonic()
    with pytest.raises(OutsideError, match=r"rate limit is used up: run the workflow again in (30\d|29\d) s"):
        scene.connect().pull_request(scene.number)
    assert time.monotonic() - started < 1.5


def test_patience_ends_for_the_connection_as_a_whole(scene) -> None:
    scene.bench.fault(kind="secondary", retry_after=1, match={"operation": GET_PULL}, times=None)
    impatient = scene.connect(total_wait_s=2.5, attempts=50)
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(OutsideError):
            impatient.pull_request(scene.number)
    assert time.monotonic() - started < 4


def test_an_object_that_is_not_shown_yet(scene) -> None:
    scene.bench.fault(kind="status", status=404, message="Not Found", match={"operation": GET_PULL}, times=2)
    assert scene.connect().pull_request(scene.number).head_sha == scene.head
    scene.bench.fault(kind="status", status=404, message="Not Found", match={"operation": GET_PULL}, times=None)
    with pytest.raises(OutsideError, match="404 to reading pull request #1: Not Found; check that the repository"):
        scene.connect().pull_request(scene.number)
    assert scene.bench.get("faults")[-1]["hits"] == 3


def test_a_missing_permission_is_named(scene) -> None:
    with pytest.raises(OutsideError, match=r"403 to creating the check run sluice/data.*`checks: write`"):
        scene.connect("ghs_fork").set_checks(scene.checks())
    with pytest.raises(OutsideError, match=r"403 to posting the report.*`pull-requests: write`"):
        scene.connect("ghs_fork").upsert_comment(scene.report())
    assert not scene.runs() and not scene.comments()


def test_a_revoked_token(scene) -> None:
    with pytest.raises(OutsideError, match="401 to reading pull request #1: Bad credentials; the token is not valid"):
        scene.connect("ghs_dead").pull_request(scene.number)


def test_nobody_listens() -> None:
    from sluice.adapters.github import connect
    from sluice.adapters.github.calls import Patience

    quick = Patience(attempts=2, first_wait_s=0.01)
    with (
        connect(token="ghs_x", api_url="http://127.0.0.1:9", repository="a/b", patience=quick) as nobody,
        pytest.raises(OutsideError, match=r"^a/b: GitHub gave no usable answer to reading pull request #1 \("),
    ):
        nobody.pull_request(1)
