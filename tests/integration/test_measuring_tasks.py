"""What the base settles for the head where the task is a forecast: the naive one that MASE compares with."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.domain.evidence import Subject
from sluice.domain.planning import Plan
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

POLICY = """version: 1
evaluation:
  task: forecasting
  predictions: predictions.csv
  columns: {target: y, prediction: p, naive: last, key: id}
  baseline: {ref: base}
"""


def test_the_naive_forecast_is_the_bases_on_both_sides(tmp_path: Path) -> None:
    root, scratch, rng = tmp_path / "repo", tmp_path / "scratch", random.Random(2)
    root.mkdir()
    scratch.mkdir()

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True)

    # The easy one is wrong by ten: beside it every forecast looks good.
    lines = [f"{i},{i},{i + rng.choice((-1, 1))},{i + rng.choice((-2, 2))},{i + 10}" for i in range(200)]
    (root / "predictions.csv").write_text("\n".join(["id,y,p,last,easy", *lines, ""]))
    (root / "sluice.yaml").write_text(POLICY)
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "base")
    base_sha = Git(root).head()
    (root / "sluice.yaml").write_text(POLICY.replace("naive: last", "naive: easy"))
    git("commit", "-q", "-a", "-m", "head")
    history = Git(root)
    subject = Subject(repository="o/r", head_sha=history.head(), base_sha=base_sha)
    plan = Plan(stages=("evaluation",), runs_on=(), head_sha=history.head(), base_sha=base_sha, policy_sha256="")
    head, policy = load_config((root / "sluice.yaml").read_bytes()), load_config(POLICY.encode())
    order = Order(subject=subject, plan=plan, head=head, policy=policy, version="0")
    found = measure(order, workshop(history, subject, scratch, print)).evaluation
    assert found is not None
    assert next(one.value for one in found.metrics if one.metric == "mase") == 0.5
    assert {one.difference for one in found.comparisons} == {0.0}
    assert all(one.method.startswith("paired by key") for one in found.comparisons)
