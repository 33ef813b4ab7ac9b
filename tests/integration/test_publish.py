"""`sluice publish` against the emulated GitHub: one comment, four checks, the right gate, whatever happens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import publishing as p

from sluice.domain.evaluation import MetricValue

if TYPE_CHECKING:
    from ghbench.harness import Running

GOOD_CHANGE = {"train.py": "print('better')\n"}
WORKS = [
    ("sluice/data", "success"),
    ("sluice/evaluation", "success"),
    ("sluice/gate", "success"),
    ("sluice/training", "success"),
]
MOST_CALLS = 12
# A pull request that changes the policy has one more file to be read: its own sluice.yaml.
MOST_CALLS_FOR_A_POLICY = MOST_CALLS + 1


def test_a_good_pull_request_opens_the_gate_within_the_budget_of_calls(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    checked.delete("calls")
    done = p.publish(place, folder)
    assert done.returncode == 0, done.stderr
    assert p.shape(done)["open"] is True
    assert checked.get("summary")["calls"] <= MOST_CALLS
    state = place.state()
    assert [(name, conclusion) for name, _, conclusion, _ in state["checks"]] == WORKS
    assert len(state["comments"]) == 1 and state["comments"][0].startswith(p.MARKER)
    assert checked.hub("tok_alice").get_repo(p.REPO).get_pull(place.number).merge().merged


def test_a_worse_model_closes_the_gate_and_github_refuses_the_merge(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    made = p.evidence_for(place)
    assert made.evaluation is not None
    metrics = (replace(made.evaluation.metrics[0], value=0.6),)
    worse = replace(made.evaluation.comparisons[0], candidate=0.6, difference=-0.2)
    evidence = replace(made, evaluation=replace(made.evaluation, metrics=metrics, comparisons=(worse,)))
    done = p.publish(place, p.write(evidence, tmp_path / "evidence"))
    assert done.returncode == 1, done.stderr
    assert {r["gate"]: r["verdict"] for r in p.shape(done)["results"]}["roc_auc.min"] == "fail"
    assert place.conclusions()["sluice/gate"] == "failure"
    answer = checked.raw("PUT", f"/repos/{p.REPO}/pulls/{place.number}/merge", json={})
    assert answer.status_code == 405 and "sluice/gate" in answer.json()["message"]
    remarks = (
        checked.hub(p.TOKEN).get_repo(p.REPO).get_commit(place.head_sha).get_check_runs(check_name="sluice/evaluation")
    )
    annotations = list(remarks[0].get_annotations())
    assert ("sluice.yaml", 7) in [(a.path, a.start_line) for a in annotations]


def test_killed_after_any_call_and_run_again_it_ends_in_the_same_state(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    reference = None
    for calls in range(1, 30):
        if not p.publish_killed_after(place, folder, calls):
            break
        done = p.publish(place, folder)
        assert done.returncode == 0, (calls, done.stderr)
        state = place.state()
        reference = reference or state
        assert state == reference, calls
        assert len(state["comments"]) == 1
    else:
        pytest.fail("publish never got through")
    assert calls >= 9, "each call of a whole publish was tried"


@pytest.mark.parametrize("calls", [5, 8])
def test_killed_in_a_first_publish_and_run_again_it_ends_in_the_same_state(
    checked: Running, tmp_path: Path, calls: int
) -> None:
    """The first time everything is created; every later time things are found. Both must end the same."""
    place = p.opened(checked, GOOD_CHANGE)
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    assert p.publish_killed_after(place, folder, calls)
    assert p.publish(place, folder).returncode == 0
    state = place.state()
    assert len(state["comments"]) == 1
    assert [(name, conclusion) for name, _, conclusion, _ in state["checks"]] == WORKS


def test_a_documentation_change_is_not_applicable_and_costs_four_calls(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, {"README.md": "A model of churn, documented.\n"})
    checked.delete("calls")
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    done = p.publish(place, folder)
    assert done.returncode == 0, done.stderr
    operations = [call["operation"] for call in checked.get("calls")]
    planned = operations.index("pulls/list-files") + 1
    assert len(operations[planned:]) <= 4, operations
    assert place.conclusions() == {"sluice/gate": "success"}
    assert "Not applicable" in place.state()["comments"][0]
    assert checked.hub("tok_alice").get_repo(p.REPO).get_pull(place.number).merge().merged


def test_evidence_for_another_head_closes_the_gate_and_shows_nothing_of_itself(
    checked: Running, tmp_path: Path
) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    made = p.evidence_for(place)
    forged = replace(made, subject=replace(made.subject, head_sha="f" * 40))
    done = p.publish(place, p.write(forged, tmp_path / "evidence"))
    assert done.returncode == 1
    assert [r["reason_code"] for r in p.shape(done)["results"]] == ["other-head"]
    assert place.conclusions() == {"sluice/gate": "failure"}
    assert "0.81" not in place.state()["comments"][0]


@pytest.mark.parametrize("spoil", ["truncated", "schema", "figure", "nan"])
def test_evidence_that_cannot_be_believed_closes_the_gate(checked: Running, tmp_path: Path, spoil: str) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    file = p.write(p.evidence_for(place), tmp_path / "evidence") / "evidence.json"
    text = file.read_text()
    shape = json.loads(text)
    if spoil == "truncated":
        file.write_text(text[: len(text) // 2])
    elif spoil == "schema":
        file.write_text(json.dumps(shape | {"schema_version": 2}))
    elif spoil == "figure":
        figure = {"path": "../../etc/passwd", "title": "t", "alt": "a", "sha256": "0" * 64}
        file.write_text(json.dumps(shape | {"figures": [figure]}))
    else:
        file.write_text(text.replace("0.81", "NaN"))
    done = p.publish(place, file.parent)
    assert done.returncode == 1, done.stderr
    assert place.conclusions() == {"sluice/gate": "failure"}


def test_a_metric_that_is_no_number_closes_the_gate(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    made = p.evidence_for(place)
    assert made.evaluation is not None
    missing = (MetricValue(metric="roc_auc", value=None, reason="NaN is not a number", source="file"),)
    evidence = replace(made, evaluation=replace(made.evaluation, metrics=missing, comparisons=()))
    done = p.publish(place, p.write(evidence, tmp_path / "evidence"))
    assert done.returncode == 1
    assert {r["verdict"] for r in p.shape(done)["results"] if r["gate"] == "roc_auc.min"} == {"error"}


def test_an_invalid_policy_on_the_base_closes_the_gate_with_its_sentence(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE, base={**p.BASE, "sluice.yaml": p.POLICY.replace("gates:", "gats:")})
    done = p.publish(place, p.write(p.evidence_for(place), tmp_path / "evidence"))
    assert done.returncode == 1, done.stderr
    assert place.conclusions() == {"sluice/gate": "failure"}
    assert "gats" in place.state()["comments"][0] and "sluice.yaml:6" in place.state()["comments"][0].replace("\\", "")


def test_the_pull_request_that_introduces_sluice_is_measured_and_not_enforced(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, p.BASE | {"train.py": "print(1)\n"}, base={"README.md": "Nothing yet.\n"})
    done = p.publish(place, p.write(p.evidence_for(place), tmp_path / "evidence"))
    assert done.returncode == 0, done.stderr
    assert place.conclusions()["sluice/gate"] == "neutral"
    assert checked.hub("tok_alice").get_repo(p.REPO).get_pull(place.number).merge().merged


def test_a_loosened_policy_counts_for_nothing_and_is_shown(checked: Running, tmp_path: Path) -> None:
    loose = p.POLICY.replace("min: 0.7", "min: 0.1").replace("max_drop: 0.02", "max_drop: 0.9")
    place = p.opened(checked, {"sluice.yaml": loose})
    made = p.evidence_for(place)
    assert made.evaluation is not None
    metrics = (replace(made.evaluation.metrics[0], value=0.5),)
    done = p.publish(
        place, p.write(replace(made, evaluation=replace(made.evaluation, metrics=metrics)), tmp_path / "e")
    )
    assert done.returncode == 1
    comment = place.state()["comments"][0]
    assert "The rules of the base stand until this is merged." in comment and "min: 0.1" in comment


def test_a_proposed_policy_is_tried_and_decides_nothing_within_the_budget_of_calls(
    checked: Running, tmp_path: Path
) -> None:
    strict = p.POLICY.replace("min: 0.7", "min: 0.95")
    place = p.opened(checked, {"sluice.yaml": strict})
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    checked.delete("calls")
    done = p.publish(place, folder)
    assert done.returncode == 0 and p.shape(done)["open"] is True, done.stderr
    assert checked.get("summary")["calls"] <= MOST_CALLS_FOR_A_POLICY
    comment = place.state()["comments"][0]
    assert "Under the proposed policy this pull request would be **closed** (fail)" in comment
    assert "which alone decides, it is **open** (pass)" in comment
    assert "| `roc_auc.min` | ✅ pass | ❌ fail |" in comment
    assert place.conclusions()["sluice/gate"] == "success"


@pytest.mark.parametrize(("n_new", "most_more"), [(2, 2), (40, 0)])
def test_contracts_that_only_the_proposed_policy_names_cost_two_calls_at_most(
    checked: Running, tmp_path: Path, n_new: int, most_more: int
) -> None:
    names = [f"contracts/d{index}.yaml" for index in range(n_new)]
    sources = "".join(f"  d{i}: {{source: data/train.csv, contract: {name}}}\n" for i, name in enumerate(names))
    wide = p.POLICY.replace("training: {run", f"{sources}training: {{run")
    place = p.opened(checked, {"sluice.yaml": wide, **dict.fromkeys(names, p.CONTRACT)})
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    checked.delete("calls")
    done = p.publish(place, folder)
    assert done.returncode == 0, done.stderr
    assert checked.get("summary")["calls"] <= MOST_CALLS_FOR_A_POLICY + most_more
    comment = place.state()["comments"][0]
    assert ("| `data.d1` | no such gate | ❔" in comment) is (n_new == 2)
    assert ("more than 2 new contracts" in comment) is (n_new == 40)


def test_a_proposed_policy_that_is_not_valid_closes_nothing(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, {"sluice.yaml": p.POLICY.replace("gates:", "gats:")})
    done = p.publish(place, p.write(p.evidence_for(place), tmp_path / "evidence"))
    assert done.returncode == 0, done.stderr
    comment = place.state()["comments"][0]
    assert "What the proposed policy would make of this pull request is not known" in comment and "gats" in comment


def test_a_stage_that_the_run_left_out_closes_the_gate(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    silent = replace(p.evidence_for(place), stages=(), data=(), training=None, evaluation=None)
    done = p.publish(place, p.write(silent, tmp_path / "evidence"))
    assert done.returncode == 1
    assert {r["verdict"] for r in p.shape(done)["results"]} == {"inconclusive"}
    assert place.conclusions()["sluice/gate"] == "action_required"


def test_github_that_stays_down_is_exit_3_and_one_sentence(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    folder = p.write(p.evidence_for(place), tmp_path / "evidence")
    checked.fault(kind="expired", times=None, match={"login": "github-actions.*"})
    done = p.publish(place, folder)
    checked.delete("faults")
    assert done.returncode == 3
    assert done.stderr.strip().count("\n") == 0 and p.TOKEN not in done.stderr and "Traceback" not in done.stderr
    assert place.state() == {"comments": [], "checks": []}


def test_a_personal_token_leaves_statuses_in_place_of_checks(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, GOOD_CHANGE)
    done = p.publish(place, p.write(p.evidence_for(place), tmp_path / "evidence"), token="tok_alice")
    assert done.returncode == 0, done.stderr
    statuses = checked.raw("GET", f"/repos/{p.REPO}/commits/{place.head_sha}/status").json()["statuses"]
    assert {s["context"]: s["state"] for s in statuses} == {name: "success" for name, _ in WORKS}
    assert checked.hub("tok_alice").get_repo(p.REPO).get_pull(place.number).merge().merged


def test_a_base_without_a_policy_enforces_it_all_the_same_where_the_default_branch_has_one(
    checked: Running, tmp_path: Path
) -> None:
    """A neutral gate would stand when the pull request is pointed at main afterwards."""
    base_sha = checked.push("bare", {"README.md": "No policy here.\n"})
    checked.push("main", dict(p.BASE))
    checked.protect("sluice/gate")
    checked.push("feat", GOOD_CHANGE, base="bare")
    pull = checked.hub("tok_alice").get_repo(p.REPO).create_pull(base="bare", head="feat", title="around the gate")
    place = p.Place(bench=checked, number=pull.number, head_sha=pull.head.sha, base_sha=base_sha)
    done = p.publish(place, p.write(p.evidence_for(place), tmp_path / "evidence"))
    assert done.returncode == 1, done.stderr
    assert place.conclusions() == {"sluice/gate": "failure"}


def test_a_policy_that_the_head_makes_a_folder_is_a_change_that_is_shown(checked: Running, tmp_path: Path) -> None:
    place = p.opened(checked, {"sluice.yaml": None, "sluice.yaml/x": "1\n"})
    done = p.publish(place, p.write(p.evidence_for(place), tmp_path / "evidence"))
    assert done.returncode == 0, done.stderr
    assert "is not a file but a dir" in place.state()["comments"][0]
