"""The ruleset that requires the gate, whatever is there already and whatever fails on the way."""

from __future__ import annotations

import pytest

from sluice.adapters.github.protecting import RULESET
from sluice.domain.errors import OutsideError

ACTIONS = 15368
OPERATIONS = (
    "repos/get-repo-rulesets",
    "repos/create-repo-ruleset",
    "repos/get-repo-ruleset",
    "repos/update-repo-ruleset",
)


def rulesets(scene) -> list[dict]:
    return [scene.raw("GET", f"/rulesets/{one['id']}") for one in scene.raw("GET", "/rulesets")]


def required(scene) -> list[tuple[str, int | None]]:
    found = scene.connect("tok_alice").branch_rules("main").required
    return [(check.name, check.app_id) for check in found]


def test_the_gate_is_required_once(scene) -> None:
    to = scene.connect("tok_alice")
    for _ in range(2):
        to.require_check("sluice/gate", ACTIONS)
        (made,) = rulesets(scene)
        assert (made["name"], made["enforcement"], made["bypass_actors"]) == (RULESET, "active", [])
        assert required(scene) == [("sluice/gate", ACTIONS)]
        assert to.branch_rules("main").strict
    assert scene.bench.raw("PUT", f"/repos/{scene.repository}/pulls/{scene.number}/merge").status_code == 405
    scene.connect().set_checks(scene.checks())
    assert scene.bench.raw("PUT", f"/repos/{scene.repository}/pulls/{scene.number}/merge").status_code == 200


def test_what_people_added_to_it_is_kept(scene) -> None:
    demand = {"strict_required_status_checks_policy": False, "required_status_checks": [
        {"context": "lint"}, {"context": "sluice/gate", "integration_id": 7},
    ]}  # fmt: skip
    theirs = {
        "name": RULESET, "target": "branch", "enforcement": "disabled",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH", "refs/heads/release"], "exclude": []}},
        "bypass_actors": [{"actor_type": "Team", "actor_id": 7, "bypass_mode": "always"}],
        "rules": [{"type": "deletion"}, {"type": "required_status_checks", "parameters": demand}],
    }  # fmt: skip
    scene.raw("POST", "/rulesets", json=theirs)
    scene.connect("tok_alice").require_check("sluice/gate", ACTIONS)
    (found,) = rulesets(scene)
    assert found["enforcement"] == "active"
    assert (found["conditions"], found["bypass_actors"]) == (theirs["conditions"], theirs["bypass_actors"])
    assert [rule["type"] for rule in found["rules"]] == ["deletion", "required_status_checks"]
    assert not scene.connect().branch_rules("main").strict
    assert required(scene) == [("lint", None), ("sluice/gate", ACTIONS)]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_faults_that_pass_leave_one_ruleset(scene, operation: str) -> None:
    if operation in OPERATIONS[2:]:
        scene.connect("tok_alice").require_check("lint", ACTIONS)
    for when in ("before", "after"):
        for fault in ({"kind": "status", "status": 502}, {"kind": "reset"}, {"kind": "badjson"}):
            scene.bench.delete("faults")
            if operation == OPERATIONS[1]:
                for one in scene.raw("GET", "/rulesets"):
                    scene.raw("DELETE", f"/rulesets/{one['id']}")
            scene.bench.fault(**fault, match={"operation": operation}, when=when)
            scene.connect("tok_alice").require_check("sluice/gate", ACTIONS)
            assert scene.bench.get("faults")[0]["hits"] == 1, (fault, when)
            assert len(rulesets(scene)) == 1
            assert ("sluice/gate", ACTIONS) in required(scene)


def test_who_may_not_is_told_what_is_missing(scene) -> None:
    with pytest.raises(OutsideError, match="403 to making the ruleset Sluice") as caught:
        scene.connect("ghs_job").require_check("sluice/gate", ACTIONS)
    assert "administration" in caught.value.sentence
    assert scene.raw("GET", "/rulesets") == []
