"""A small team's repository: a table, its contract, a model that trains in a moment, and a policy."""

from __future__ import annotations

import random

from acting.working_copy import REPOSITORY
from sluice.core.setup import documents

N_ROWS = 300

CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: customers
name: Customers
version: 1.0.0
status: active
schema:
  - name: customers
    physicalType: table
    properties:
      - name: customer_id
        logicalType: integer
        required: true
        unique: true
      - name: usage
        logicalType: number
        required: true
        logicalTypeOptions: {minimum: 0, maximum: 1}
      - name: churned
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 0, maximum: 1}
"""

POLICY = """version: 1
data:
  customers:
    source: data/customers.csv
    contract: contracts/customers.odcs.yaml
    compatibility: backward
    reference: {ref: base}
    drift: {psi: 0.1}
training:
  run: python3 train.py
  inputs: [data, train.py, settings.json]
  timeout_minutes: 2
evaluation:
  task: classification
  predictions: reports/predictions.csv
  metrics: reports/metrics.json
  columns: {target: y_true, score: y_score, key: row_id}
  baseline: {ref: base, rerun: true}
gates:
  - {metric: roc_auc, min: 0.8}
  - {metric: roc_auc, max_drop: 0.05}
"""

TRAIN = '''"""Score by usage, blurred as much as settings.json says."""

import csv
import json
import random
from pathlib import Path

blur = json.loads(Path("settings.json").read_text())["blur"]
draw = random.Random(7)
rows = list(csv.DictReader(Path("data/customers.csv").open()))
Path("reports").mkdir(exist_ok=True)
with Path("reports/predictions.csv").open("w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["row_id", "y_true", "y_score"])
    for row in rows:
        score = (1 - blur) * (1 - float(row["usage"])) + blur * draw.random()
        out.writerow([row["customer_id"], row["churned"], round(score, 6)])
Path("reports/metrics.json").write_text(json.dumps({"rows": len(rows)}))
print(f"trained on {len(rows)} rows")
'''


def customers(*, power: float = 1.0, seed: int = 1) -> str:
    """The table: who uses little, leaves; a ``power`` above 1 has everyone use less, within the same bounds."""
    draw = random.Random(seed)
    lines = ["customer_id,usage,churned"]
    for number in range(N_ROWS):
        usage = draw.random() ** power
        lines.append(f"{number},{usage:.4f},{int(usage + draw.gauss(0, 0.15) < 0.4)}")
    return "\n".join(lines) + "\n"


def settings(blur: float) -> str:
    """How good the model is: 0 is best, 1 is chance."""
    return f'{{"blur": {blur}}}\n'


def workflows(sha: str) -> dict[str, str]:
    """The two workflows that `sluice init` writes, with Sluice named by inputs as an Enterprise Server needs it."""
    source = documents.action(f"{REPOSITORY}@{sha}")
    named = f"      sluice-repository: {REPOSITORY}\n      sluice-ref: {sha}\n"
    texts = {
        documents.WORKFLOW_PATH: documents.workflow(source, branch="main", setup="python3 --version"),
        documents.FORK_WORKFLOW_PATH: documents.fork_workflow(source),
    }
    return {path: text.rstrip("\n") + "\n" + named for path, text in texts.items()}


def files(sha: str) -> dict[str, str]:
    """The whole repository, for Sluice at a commit."""
    return {
        "README.md": "# Churn\n",
        ".gitignore": "reports/\n",
        "data/customers.csv": customers(),
        "contracts/customers.odcs.yaml": CONTRACT,
        "settings.json": settings(0.3),
        "train.py": TRAIN,
        "sluice.yaml": POLICY,
        **workflows(sha),
    }
