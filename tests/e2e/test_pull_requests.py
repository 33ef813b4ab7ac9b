"""Pull requests of the team's own: one comment, the checks on each head, and what the merge button does."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acting import example
from acting.scene import GATE

if TYPE_CHECKING:
    from acting.scene import Ran, Scene

pytestmark = pytest.mark.e2e

ALL = ("plan", "run", "publish")
STAGES = ("sluice/data", "sluice/training", "sluice/evaluation")
# Ends the process that runs Sluice's step, as a runner that loses its machine would.
KILL = """import os, signal
pid = os.getppid()
while pid > 1:
    if b"sluice.entry.action" in open(f"/proc/{pid}/cmdline", "rb").read():
        os.kill(pid, signal.SIGKILL)
    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
"""


def writes(ran: Ran) -> Counter[str]:
    """What a run changed on GitHub: method and operation, and how often."""
    return Counter(f"{call['method']} {call['operation']}" for call in ran.calls if call["method"] != "GET")


def test_a_good_change_may_be_merged_and_the_push_that_breaks_it_may_not(scene: Scene) -> None:
    number = scene.open("better", {"settings.json": example.settings(0.2)})
    first = scene.head(number)
    assert scene.merge(number) == 405  # the gate is required, and nothing has been posted yet

    opened = scene.gate("pull_request", "opened")
    assert opened.finished.jobs == dict.fromkeys(ALL, "success"), opened.finished.text
    assert opened.finished.code == 0
    comment = scene.comment(number)
    assert "The gate is open" in comment["body"] and "roc_auc" in comment["body"]
    assert comment["user"]["login"] == "github-actions[bot]"
    assert scene.checks(first) == dict.fromkeys((*STAGES, GATE), "success")
    # Nothing that the data depends on was touched.
    assert scene.check(first, "sluice/data")["output"]["title"] == "Not applicable"
    assert scene.check(first)["details_url"].endswith(f"/acme/churn/actions/runs/{opened.id}")
    assert sum(writes(opened).values()) == 5 and len(opened.calls) <= 20, Counter(
        call["operation"] for call in opened.calls
    )

    second = scene.commit("better", {"settings.json": example.settings(0.95)}, start="origin/better")
    pushed = scene.gate("pull_request", "synchronize")
    assert pushed.finished.jobs == {"plan": "success", "run": "success", "publish": "failure"}, pushed.finished.text
    edited = scene.comment(number)
    assert edited["id"] == comment["id"]
    assert "The gate is closed" in edited["body"] and second[:12] in edited["body"]
    assert scene.checks(second)[GATE] == "failure"
    assert scene.checks(first)[GATE] == "success"  # history stays
    assert scene.merge(number) == 405

    # Back to what the first run measured: that counts again, and nothing is trained.
    third = scene.commit("better", {"settings.json": example.settings(0.2)}, start="origin/better")
    back = scene.gate("pull_request", "synchronize")
    assert back.finished.jobs == {"plan": "success"}, back.finished.text
    assert scene.comment(number)["id"] == comment["id"]
    assert scene.checks(third) == dict.fromkeys((*STAGES, GATE), "success")
    assert scene.merge(number) == 200


def test_a_change_of_the_documentation_runs_nothing(scene: Scene) -> None:
    number = scene.open("words", {"README.md": "# Churn, explained\n"})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success"}, ran.finished.text
    assert scene.checks(scene.head(number)) == {GATE: "success"}
    assert "touches nothing" in scene.comment(number)["body"]
    assert scene.merge(number) == 200


def test_training_that_fails_is_named_with_the_end_of_its_log(scene: Scene) -> None:
    broken = example.TRAIN + 'print("epoch 1")\nraise ValueError("no such column: tenure")\n'
    number = scene.open("broken", {"train.py": broken})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success", "run": "success", "publish": "failure"}, ran.finished.text
    head = scene.head(number)
    assert scene.checks(head)["sluice/training"] == "failure"
    assert scene.checks(head)[GATE] == "failure"
    body = scene.comment(number)["body"]
    assert "no such column: tenure" in body and "epoch 1" in body
    assert scene.merge(number) == 405


def test_data_that_breaks_the_contract_of_the_base_is_refused_though_the_head_loosens_it(scene: Scene) -> None:
    rows = example.customers().replace("0,", "0,7", 1)
    loose = example.CONTRACT.replace("minimum: 0, maximum: 1", "minimum: 0, maximum: 9")
    loose_policy = example.POLICY.replace("min: 0.8", "min: 0.1")
    changed = {"data/customers.csv": rows, "contracts/customers.odcs.yaml": loose, "sluice.yaml": loose_policy}
    number = scene.open("loose", changed)
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs["publish"] == "failure", ran.finished.text
    head = scene.head(number)
    assert scene.checks(head)["sluice/data"] == "failure"
    assert scene.checks(head)[GATE] == "failure"
    assert "usage" in scene.comment(number)["body"]
    assert scene.merge(number) == 405


def test_data_that_drifts_closes_the_gate_and_the_report_shows_what_moved(scene: Scene) -> None:
    """Every value keeps the contract; together they are not what the model was made for."""
    loose = example.POLICY.replace("drift: {psi: 0.1}", "drift: {psi: 9, severity: warn}")
    changed = {"data/customers.csv": example.customers(power=3.0, seed=2), "sluice.yaml": loose}
    number = scene.open("drifted", changed)
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success", "run": "success", "publish": "failure"}, ran.finished.text
    head = scene.head(number)
    data = scene.check(head, "sluice/data")
    assert scene.checks(head)[GATE] == data["conclusion"] == "failure"
    body = scene.comment(number)["body"]
    assert "data.customers drifted" in body.splitlines()[1]
    assert "not started: the data customers has drifted" in body
    rows = [line for line in body.splitlines() if line.startswith("| ❌ | `usage` | PSI")]
    assert len(rows) == 1 and "█" in rows[0], body
    notes = scene.read(f"/check-runs/{data['id']}/annotations")
    assert [(note["path"], note["title"]) for note in notes] == [("sluice.yaml", "data.customers.drift")]
    assert scene.merge(number) == 405

    # Other customers of the same kind: nothing drifted.
    scene.commit(
        "drifted",
        {"data/customers.csv": example.customers(seed=3), "sluice.yaml": example.POLICY},
        start="origin/drifted",
    )
    mended = scene.gate("pull_request", "synchronize")
    assert "no column drifted" in scene.comment(number)["body"], mended.finished.text
    assert scene.checks(scene.head(number))["sluice/data"] == "success"


def test_predictions_that_drift_close_the_gate_though_every_metric_is_as_good(scene: Scene) -> None:
    """Halved scores rank the customers as before; whoever acts on a score sees another model."""
    watched = example.POLICY.replace("rerun: true}", "rerun: true}\n  drift: {psi: 0.1}")
    scene.settle({"sluice.yaml": watched})
    halved = example.TRAIN.replace("score = (1 - blur)", "score = 0.5 * (1 - blur)").replace(
        "+ blur *", "+ 0.5 * blur *"
    )
    assert halved.count("0.5") == 2
    number = scene.open("halved", {"train.py": halved, "sluice.yaml": watched.replace("psi: 0.1}\n", "psi: 99}\n")})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success", "run": "success", "publish": "failure"}, ran.finished.text
    head = scene.head(number)
    evaluation = scene.check(head, "sluice/evaluation")
    assert scene.checks(head)[GATE] == evaluation["conclusion"] == "failure"
    assert scene.checks(head)["sluice/training"] == "success"
    body = scene.comment(number)["body"]
    assert "The gate is closed: predictions drifted" in body.splitlines()[1], body
    rows = [line for line in body.splitlines() if line.startswith("| ❌ | `y_score` | PSI")]
    assert len(rows) == 1 and "█" in rows[0], body
    # The truth is what it was, and so is how well the scores tell it.
    assert "1 of 2 columns drifted" in body, body
    assert "| ✅ | `roc_auc.max_drop`" in body, body
    notes = scene.read(f"/check-runs/{evaluation['id']}/annotations")
    assert [(note["path"], note["title"]) for note in notes] == [("sluice.yaml", "predictions.drift")]
    assert scene.merge(number) == 405

    # A model that is only a little better scores as the base's does, so far as so many rows can tell.
    scene.commit("halved", {"train.py": example.TRAIN, "settings.json": example.settings(0.29), "sluice.yaml": watched},
                 start="origin/halved")  # fmt: skip
    mended = scene.gate("pull_request", "synchronize")
    assert mended.finished.jobs == dict.fromkeys(ALL, "success"), mended.finished.text
    assert "0 of 2 columns drifted" in scene.comment(number)["body"], scene.comment(number)["body"]
    assert scene.merge(number) == 200


def sluice(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, as a person has it in a clone."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "MLFLOW_"))}
    command = [sys.executable, "-m", "sluice", *arguments]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def test_a_policy_that_is_edited_is_tried_on_its_own_pull_request_and_decides_nothing(
    scene: Scene, tmp_path: Path
) -> None:
    """Limits that this very model would not keep, beside those of the base, by which it may be merged."""
    strict = example.POLICY.replace("min: 0.8", "min: 0.9999")
    number = scene.open("strict", {"settings.json": example.settings(0.2), "sluice.yaml": strict})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == dict.fromkeys(ALL, "success"), ran.finished.text
    head = scene.head(number)
    assert scene.checks(head)[GATE] == "success"
    body = scene.comment(number)["body"]
    assert "The gate is open" in body.splitlines()[1]
    assert "The rules of the base stand until this is merged." in body
    assert "Under the proposed policy this pull request would be **closed** (fail)" in body, body
    assert "under the base's, which alone decides, it is **open** (pass)" in body
    rows = [line for line in body.splitlines() if line.startswith("| `roc_auc.min` | ✅ pass | ❌ fail |")]
    assert len(rows) == 1 and "0.9999" in rows[0], body

    # Loosened until a bad model would pass: the base's limits close the gate, with every closed gate explained.
    loose = example.POLICY.replace("min: 0.8", "min: 0.1").replace("max_drop: 0.05", "max_drop: 0.9")
    changed = {"settings.json": example.settings(0.95), "sluice.yaml": loose}
    scene.commit("strict", changed, start="origin/strict")
    pushed = scene.gate("pull_request", "synchronize")
    assert pushed.finished.jobs["publish"] == "failure", pushed.finished.text
    body = scene.comment(number)["body"]
    assert "Under the proposed policy this pull request would be **open** (pass)" in body, body
    assert "which alone decides, it is **closed** (fail)" in body
    fold = body.partition("Why it is closed, gate by gate")[2].partition("</details>")[0]
    assert "roc_auc.max_drop" in fold and "of the difference)" in fold and "to open it" in fold
    assert scene.merge(number) == 405

    # What the runs left is judged again by hand, in a clone: explained, and under the loosened policy.
    kept = tmp_path / "kept"
    for one in (ran, pushed):
        with zipfile.ZipFile(io.BytesIO(scene.evidence(one)[1])) as left:
            left.extractall(kept / str(one.id))
    explained = sluice(scene.clone, "gate", str(kept / str(pushed.id)), "--explain")
    assert explained.returncode == 1 and "fail         roc_auc.max_drop\n" in explained.stdout, explained.stderr
    assert all(line.strip() in explained.stdout for line in fold.splitlines() if "interval" in line)
    replayed = sluice(
        scene.clone, "gate", "--replay", "5", "--policy", "sluice.yaml", "--evidence-root", str(kept), "--json"
    )
    assert replayed.returncode == 0, replayed.stderr
    (row,) = json.loads(replayed.stdout)["replayed"]
    assert (row["pull_request"], row["head_sha"], row["note"]) == (number, scene.head(number), "")
    assert (row["then"]["verdict"], row["proposed"]["verdict"]) == ("fail", "pass")
    assert {change["gate"] for change in row["changes"]} == {"roc_auc.min", "roc_auc.max_drop"}


def test_a_contract_that_breaks_its_consumers_closes_the_gate(scene: Scene) -> None:
    narrow = example.CONTRACT.replace(
        "{minimum: 0, maximum: 1}\n      - name: churned", "{minimum: 0, maximum: 0.5}\n      - name: churned"
    )
    assert narrow != example.CONTRACT
    number = scene.open("narrow", {"contracts/customers.odcs.yaml": narrow})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs["publish"] == "failure", ran.finished.text
    head = scene.head(number)
    data = scene.check(head, "sluice/data")
    assert scene.checks(head)[GATE] == data["conclusion"] == "failure"
    body = scene.comment(number)["body"]
    assert "data.customers.compatibility is broken" in body.splitlines()[1]
    assert "usage" in body and "breaks backward compatibility" in body
    (note,) = scene.read(f"/check-runs/{data['id']}/annotations")
    assert note["path"] == "contracts/customers.odcs.yaml"
    assert (
        "maximum: 0.5" in narrow.splitlines()[note["start_line"] - 1]
        or "usage" in narrow.splitlines()[note["start_line"] - 1]
    )
    assert scene.merge(number) == 405
    publish = [call for call in ran.calls if call["method"] == "GET"]
    assert len(publish) <= 20


def test_a_run_that_dies_leaves_nothing_and_closes_the_gate(scene: Scene) -> None:
    number = scene.open("deadly", {"train.py": KILL})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success", "run": "failure", "publish": "failure"}, ran.finished.text
    assert scene.checks(scene.head(number)) == {GATE: "failure"}
    assert "left no evidence" in scene.comment(number)["body"]
    assert scene.merge(number) == 405


def test_a_draft_is_not_measured_and_its_gate_is_not_open(scene: Scene) -> None:
    number = scene.open("early", {"settings.json": example.settings(0.2)}, draft=True)
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success"}, ran.finished.text
    assert scene.checks(scene.head(number))[GATE] in ("failure", "action_required")
    assert "draft" in scene.comment(number)["body"]
    assert scene.merge(number) == 405


def test_where_the_base_has_no_policy_that_of_the_head_is_tried_and_not_enforced(scene: Scene) -> None:
    scene.settle({"sluice.yaml": None})
    number = scene.open("policy", {"sluice.yaml": example.POLICY.replace("min: 0.8", "min: 0.999")})
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == dict.fromkeys(ALL, "success"), ran.finished.text
    assert scene.checks(scene.head(number))[GATE] == "neutral"
    assert "0.999" in scene.comment(number)["body"]
    assert scene.merge(number) == 200
