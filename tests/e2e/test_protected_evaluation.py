"""`evaluation.code: base` through the Action: the base's code judges the head's model, in a job of its own."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from acting import example
from acting.scene import FORK, GATE, TEAM
from sluice.core.setup.documents import WORKFLOW_PATH

if TYPE_CHECKING:
    from acting.scene import Ran, Scene

pytestmark = pytest.mark.e2e

POLICY = example.POLICY.replace(
    "  task: classification\n  predictions: reports/predictions.csv\n  metrics: reports/metrics.json\n",
    "  task: classification\n  code: base\n  run: python3 evaluate.py\n  model: model/model.pkl\n"
    "  predictions: reports/predictions.csv\n",
)
TRAIN = """import json, pickle
from pathlib import Path

Path("model").mkdir(exist_ok=True)
Path("model/model.pkl").write_bytes(pickle.dumps(json.loads(Path("settings.json").read_text())))
"""
# The model says how much the scores are blurred.
EVALUATE = '''"""Score the held-out rows with the model."""

import csv
import os
import pickle
import random
from pathlib import Path

blur = pickle.loads(Path(os.environ["SLUICE_MODEL"]).read_bytes())["blur"]
draw = random.Random(7)
Path("reports").mkdir(exist_ok=True)
with Path("reports/predictions.csv").open("w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["row_id", "y_true", "y_score"])
    for row in csv.DictReader(Path("holdout.csv").open()):
        score = (1 - blur) * (1 - float(row["usage"])) + blur * draw.random()
        out.writerow([row["customer_id"], row["churned"], round(score, 6)])
'''
PERFECT = """import csv
from pathlib import Path

Path("reports").mkdir(exist_ok=True)
rows = "".join(f"{number},{number % 2},0.{1 + 8 * (number % 2)}\\n" for number in range(300))
Path("reports/predictions.csv").write_text("row_id,y_true,y_score\\n" + rows)
"""
EASY = "customer_id,usage,churned\n" + "".join(f"{number},{number % 2},{1 - number % 2}\n" for number in range(300))


def protected(scene: Scene) -> None:
    """The team's main branch asks for protected evaluation."""
    assert "code: base" in POLICY
    scene.settle(
        {
            "sluice.yaml": POLICY,
            "train.py": TRAIN,
            "evaluate.py": EVALUATE,
            "holdout.csv": example.customers(seed=5),
            ".gitignore": "reports/\nmodel/\n",
        }
    )


def test_a_pull_request_that_would_grade_itself_is_judged_by_the_base(scene: Scene, tmp_path: Path) -> None:
    protected(scene)
    lenient = POLICY.replace("  code: base\n  run: python3 evaluate.py\n", "").replace("min: 0.8", "min: 0.1")
    hostile: dict[str, str | None] = {
        "settings.json": example.settings(0.95), "train.py": TRAIN + PERFECT, "evaluate.py": PERFECT,
        "holdout.csv": EASY, "sluice.yaml": lenient,
    }  # fmt: skip
    number = scene.open("grade-itself", hostile)
    head, base = scene.head(number), scene.tip()
    ran = scene.gate("pull_request", "opened")
    assert ran.finished.jobs == {"plan": "success", "run": "success", "evaluate": "success", "publish": "failure"}, (
        ran.finished.text
    )
    assert scene.checks(head)[GATE] == "failure"
    body = scene.comment(number)["body"]
    assert f"by the code of base {base[:12]}" in body, body
    assert "in a job of its own" in body
    (row,) = (line for line in body.splitlines() if line.startswith("| ❌ | `roc_auc.min`"))
    assert 0.3 < float(row.split("|")[3]) < 0.7, row  # what such a model is worth, and not the 1.0 that the head says
    assert "code: base" in body  # the edit of the policy is shown
    assert scene.merge(number) == 405

    # A fork's model is evaluated after its own run, of which nothing is believed: neither its numbers nor its word.
    good = trained(ran, scene)
    fork = scene.open_fork({"settings.json": example.settings(0.1)})
    canary = tmp_path / "canary"
    left(scene, fork, good, pickle.dumps(Canary(canary)))
    followed = scene.follow()
    assert followed.finished.jobs == {"publish": "success", "evaluate": "success", "publish-evaluated": "failure"}, (
        followed.finished.text
    )
    assert not canary.exists()
    assert scene.checks(scene.head(fork))[GATE] == "failure"
    body = scene.comment(fork)["body"]
    assert "The gate is closed" in body.splitlines()[1] and "model" in body.splitlines()[1], body
    assert "system" in body
    assert scene.merge(fork) == 405

    left(scene, fork, good, pickle.dumps({"blur": 0.1}))
    followed = scene.follow()
    assert set(followed.finished.jobs.values()) == {"success"}, followed.finished.text
    assert scene.checks(scene.head(fork))[GATE] == "success"
    assert "in a job of its own" in scene.comment(fork)["body"]
    assert scene.merge(fork) == 200


class Canary:
    """A pickle that leaves a file where it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, (f"touch {self.path}",)


def trained(ran: Ran, scene: Scene) -> dict[str, Any]:
    """The evidence of the job that trained."""
    with zipfile.ZipFile(io.BytesIO(scene.evidence(ran)[1])) as archive:
        said: dict[str, Any] = json.loads(archive.read("evidence.json"))
    assert said["evaluation"] is None
    return said


def left(scene: Scene, number: int, said: dict[str, Any], model: bytes) -> None:
    """A fork's run that has ended, with a model and evidence that fits it, as hostile code could leave them."""
    pull = scene.read(f"/pulls/{number}")
    head = pull["head"]["sha"]
    run_id = scene.bench.post(
        "runs", repo=TEAM, workflow=WORKFLOW_PATH, event="pull_request", head_sha=head, head_repo=FORK,
        head_branch=pull["head"]["ref"], actor="mallory", status="in_progress",
    )["id"]  # fmt: skip
    told = said | {
        "subject": said["subject"] | {"head_sha": head, "base_sha": pull["base"]["sha"]},
        "model": said["model"] | {"sha256": hashlib.sha256(model).hexdigest(), "globals_named": []},
    }
    scene.attach(run_id, "sluice-evidence", zipped("evidence.json", json.dumps(told).encode()))
    scene.attach(run_id, "sluice-model", zipped("model/model.pkl", model))
    scene.bench.post(f"runs/{run_id}", repo=TEAM, status="completed", conclusion="success")


def zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, data)
    return made.getvalue()
