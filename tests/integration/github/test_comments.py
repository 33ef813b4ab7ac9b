"""The sticky comment on the emulated GitHub: one, ours, on the head it speaks of."""

from __future__ import annotations

import dataclasses
from threading import Timer
from typing import Any

import pytest
from github.Requester import Requester

from sluice.domain.errors import EXIT_CLOSED, StaleHead


@pytest.mark.parametrize("before", [0, 30, 150])
def test_one_comment_however_many_came_before(scene, before: int) -> None:
    for number in range(before):
        scene.say(f"remark {number}")
    first = scene.connect().upsert_comment(scene.report("First."))
    for number in range(3):
        scene.say(f"later remark {number}")
    with scene.counting() as counted:
        assert scene.connect().upsert_comment(scene.report("Second.")) == first
    assert [body.split("\n")[1] for body in scene.reports()] == ["Second."]
    # A call for each hundred comments, who we are, the head, the edit.
    assert counted["calls"] == before // 100 + 4


def test_nothing_is_written_where_nothing_changed(scene) -> None:
    to = scene.connect()
    first = scene.publish(to)
    with scene.counting() as counted:
        assert to.upsert_comment(scene.report()) == first
    assert counted["writes"] == 0 and counted["calls"] == 2


def test_nobody_elses_comment_is_adopted(scene) -> None:
    theirs = [scene.say(f"{scene.marker}\nAll is well, merge me.", token) for token in ("tok_mallory", "tok_bob")]
    ours = scene.connect().upsert_comment(scene.report("Not well at all."))
    assert ours not in theirs
    assert scene.connect().upsert_comment(scene.report("Still not well.")) == ours
    bodies = {comment["id"]: comment["body"] for comment in scene.comments()}
    assert [bodies[number].split("\n")[1] for number in theirs] == ["All is well, merge me."] * 2
    assert len(bodies) == 3


def test_only_the_first_line_makes_it_the_report(scene) -> None:
    bodies = (f"> {scene.marker}\nquoted", f"text\n{scene.marker}", f"{scene.marker} x\nmore", f" {scene.marker}")
    for body in bodies:
        scene.say(body, "ghs_job")
    scene.connect().upsert_comment(scene.report())
    found = [comment["body"].strip() for comment in scene.comments()]
    assert found[:4] == [body.strip() for body in bodies] and len(found) == 5


def test_a_second_report_of_ours_is_cleared_away(scene) -> None:
    first = scene.say(f"{scene.marker}\nold", "ghs_job")
    scene.say("between")
    scene.say(f"{scene.marker}\nolder accident", "ghs_job")
    assert scene.connect().upsert_comment(scene.report("New.")) == first
    assert [body.split("\n")[1] for body in scene.reports()] == ["New."]
    assert len(scene.comments()) == 2


def test_a_comment_that_is_deleted_while_we_edit_is_made_anew(scene, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = scene.say(f"{scene.marker}\nold", "ghs_job")
    really = Requester.requestJsonAndCheck

    def send(requester: Requester, verb: str, url: str, *args: Any, **options: Any) -> Any:
        if verb == "PATCH":
            scene.raw("DELETE", f"/issues/comments/{gone}")
        return really(requester, verb, url, *args, **options)

    monkeypatch.setattr(Requester, "requestJsonAndCheck", send)
    assert scene.connect().upsert_comment(scene.report("New.")) != gone
    assert [body.split("\n")[1] for body in scene.reports()] == ["New."]


def test_an_overlong_report_is_cut_and_not_lost(scene) -> None:
    scene.connect().upsert_comment(scene.report("A line that says something.\n" * 4000))
    (body,) = scene.reports()
    assert 60_000 < len(body) <= 65_536 and body.rstrip().endswith("holds the whole.")


def test_a_body_without_the_marker_gets_it(scene) -> None:
    bare = dataclasses.replace(scene.report(), body="Bare.")
    first = scene.connect().upsert_comment(bare)
    assert scene.connect().upsert_comment(bare) == first
    assert len(scene.comments()) == 1


def test_a_person_writes_under_their_own_name(scene) -> None:
    scene.say(f"{scene.marker}\nthe bot's", "ghs_job")
    scene.publish(scene.connect("tok_bob"))
    scene.publish(scene.connect("tok_bob"), words="Again.")
    assert len(scene.reports("bob")) == 1 and len(scene.reports()) == 1


# -- the head moves -------------------------------------------------------------------------


class Mover:
    """Moves the head right before the call with a given index, counted from 0, is sent."""

    def __init__(self, scene, monkeypatch: pytest.MonkeyPatch, index: int) -> None:
        self.sent: list[str] = []
        self.new_head = ""
        really = Requester.requestJsonAndCheck

        def send(requester: Requester, verb: str, url: str, *args: Any, **options: Any) -> Any:
            if len(self.sent) == index:
                self.new_head = scene.bench.push("feat-1", {"train.py": "print('pushed meanwhile')\n"})
            self.sent.append(f"{verb} {url}")
            return really(requester, verb, url, *args, **options)

        monkeypatch.setattr(Requester, "requestJsonAndCheck", send)


@pytest.mark.parametrize("words", ["First.", "Second."])
@pytest.mark.parametrize("index", range(8))
def test_the_head_moves_at_every_call(scene, monkeypatch: pytest.MonkeyPatch, index: int, words: str) -> None:
    if words == "Second.":
        scene.connect().upsert_comment(scene.report("First."))
    mover = Mover(scene, monkeypatch, index)
    writes_at = 7
    if index < writes_at:
        with pytest.raises(StaleHead, match="moved from") as caught:
            scene.publish(scene.connect(), words)
        assert caught.value.exit_code == EXIT_CLOSED and caught.value.reason_code == "stale-head"
        assert all("/comments" not in call for call in mover.sent if not call.startswith("GET"))
    else:
        # Nothing can be known between the last look and the write; the report itself names its head.
        scene.publish(scene.connect(), words)
    assert len(mover.sent) == (8 if index == writes_at else 7)
    assert not scene.runs(mover.new_head), "no check stands on a head that was not measured"


def test_a_head_that_was_just_read_is_not_read_again(scene) -> None:
    to = scene.connect()
    to.set_checks(scene.checks())
    with scene.counting() as counted:
        to.upsert_comment(scene.report(), head_verified=True)
    assert counted["calls"] == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_head_is_read_again_before_a_write_is_repeated(scene, when: str) -> None:
    to = scene.connect()
    to.upsert_comment(scene.report("First."))
    scene.bench.fault(kind="secondary", retry_after=1, match={"operation": "issues/update-comment"}, when=when)
    mover = Timer(0.4, scene.bench.push, ("feat-1", {"train.py": "print('meanwhile')\n"}))
    mover.start()
    with pytest.raises(StaleHead):
        to.upsert_comment(scene.report("Second."), head_verified=True)
    mover.join()
