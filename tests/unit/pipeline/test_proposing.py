"""The policy that a pull request proposes, tried on that pull request: shown, bounded, and never what decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.contract import load_contract
from sluice.core.contract_gates import Contracts
from sluice.core.gate import decide
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan
from sluice.domain.replay import Replayed
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict
from sluice.pipeline.proposing import MAX_DEMANDS, MAX_LOOKS, Proposal, proposed

HEAD, BASE = "a" * 40, "b" * 40
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: train
version: 1.0.0
status: active
schema:
  - name: train
    properties:
      - {name: id, logicalType: integer, required: true}
"""
POLICY = """version: 1
data:
  train: {source: train.csv, contract: contract.yaml}
evaluation: {task: classification, metrics: metrics.json}
gates:
  - {metric: roc_auc, min: 0.7}
"""
CHECK = CheckResult(
    check="column_type", dataset="train", column="id", verdict=Verdict.PASS, observed="int64", limit="integer",
    n_rows=2, n_failed=0,
)  # fmt: skip
ROC_AUC = MetricValue(metric="roc_auc", value=0.8, source="file")
EVIDENCE = Evidence(
    sluice_version="1",
    subject=Subject(repository="acme/churn", head_sha=HEAD, base_sha=BASE, pr_number=7),
    stages=("data", "evaluation"),
    data=(
        DatasetResult(
            dataset="train", source="train.csv", verdict=Verdict.PASS, data_sha256="d" * 64,
            contract_path="contract.yaml", contract_sha256="c" * 64, n_rows=2, n_columns=1,
            results=(
                replace(CHECK, check="row_count", column=None, observed=2, limit="at least 1 row", n_failed=None),
                CHECK,
                replace(CHECK, check="required", observed=0, limit="no missing values"),
            ),
        ),
    ),
    evaluation=EvaluationResult(n=None, metrics=(ROC_AUC,)),
)  # fmt: skip


def tried(
    files: dict[str, str], changed: tuple[str, ...] = ("sluice.yaml",), evidence: Evidence = EVIDENCE
) -> tuple[Replayed, list[str]]:
    """The head's files beside the base's policy, and which of them were read."""
    policy, read = load_config(POLICY.encode()), list[str]()
    plan = Plan(
        stages=("data", "evaluation"), runs_on=(), head_sha=HEAD, base_sha=BASE, policy_sha256=policy.sha256,
        policy_changes=changed,
    )  # fmt: skip
    contract = load_contract(CONTRACT.encode(), path="contract.yaml", dataset="train")
    contracts = Contracts(base={"train": contract})
    decision = decide(policy, evidence, "e" * 64, subject=plan, contracts=contracts)
    assert decision.verdict is Verdict.PASS

    def file(path: str) -> bytes | None:
        read.append(path)
        return files[path].encode() if path in files else None

    proposal = Proposal(
        file=file,
        known=frozenset(("sluice.yaml", "contract.yaml")),
        config=load_config,
        contract=lambda text, path, name: load_contract(text, path=path, dataset=name),
    )
    return proposed(decision, evidence, plan, contracts, proposal), read


def test_a_stricter_limit_is_shown_to_close_what_is_open() -> None:
    row, _ = tried({"sluice.yaml": POLICY.replace("0.7", "0.9"), "contract.yaml": CONTRACT})
    assert row.closes and row.note == ""
    (change,) = row.changes
    assert (change.gate, change.before, change.after) == ("roc_auc.min", Verdict.PASS, Verdict.FAIL)
    assert row.before is not None and row.before.open, "what decides stays what it is"


def test_what_is_demanded_and_was_not_measured_is_inconclusive() -> None:
    more = POLICY + "  - {metric: f1, min: 0.1}\n"
    row, _ = tried({"sluice.yaml": more, "contract.yaml": CONTRACT})
    assert [(change.gate, change.after) for change in row.changes] == [("f1.min", Verdict.INCONCLUSIVE)]


def test_a_stage_that_only_the_proposal_has_counts_as_not_measured() -> None:
    more = POLICY + "training: {run: python train.py, inputs: [train.py]}\n"
    row, _ = tried({"sluice.yaml": more, "contract.yaml": CONTRACT})
    assert [(change.gate, change.after) for change in row.changes] == [("training", Verdict.INCONCLUSIVE)]


def test_a_gate_that_is_taken_away_is_told() -> None:
    row, _ = tried({"sluice.yaml": POLICY.replace("roc_auc", "f1"), "contract.yaml": CONTRACT})
    assert ("roc_auc.min", None) in [(change.gate, change.after) for change in row.changes]


def test_a_changed_contract_is_tried_as_well() -> None:
    stricter = CONTRACT.replace("required: true", "required: true, unique: true")
    row, _ = tried({"sluice.yaml": POLICY, "contract.yaml": stricter}, changed=("contract.yaml",))
    assert [(change.gate, change.after) for change in row.changes] == [("data.train", Verdict.INCONCLUSIVE)]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no sluice.yaml any more"),
        ({"sluice.yaml": POLICY.replace("min:", "mni:")}, "mni"),
        ({"sluice.yaml": "version: ["}, "sluice.yaml"),
        ({"sluice.yaml": POLICY}, "there is no file contract.yaml"),
        ({"sluice.yaml": POLICY, "contract.yaml": "schema: nonsense\n"}, "contract.yaml"),
    ],
)
def test_what_cannot_be_read_is_said_and_is_no_verdict(files: dict[str, str], said: str) -> None:
    row, _ = tried(files)
    assert row.after is None and row.changes == () and said in row.note
    assert not row.opens and not row.closes


def test_a_strangers_policy_reads_no_more_than_two_new_contracts() -> None:
    names = [f"c{index}.yaml" for index in range(3)]
    sources = "".join(f"  d{index}: {{source: t.csv, contract: {name}}}\n" for index, name in enumerate(names))
    many = POLICY.replace("evaluation:", f"{sources}evaluation:")
    row, read = tried({"sluice.yaml": many, **dict.fromkeys(("contract.yaml", *names), CONTRACT)})
    assert row.after is None and "new contracts" in row.note
    assert read == ["sluice.yaml"]


def test_a_strangers_policy_of_very_many_gates_is_not_tried() -> None:
    gates = "".join(f"  - {{metric: m{index}, min: 0}}\n" for index in range(MAX_DEMANDS))
    row, _ = tried({"sluice.yaml": POLICY + gates, "contract.yaml": CONTRACT})
    assert row.after is None and f"more than {MAX_DEMANDS}" in row.note


def test_the_members_of_a_choice_count_as_well() -> None:
    members = ", ".join(f"{{metric: m{index}, min: 0, max: 1}}" for index in range(MAX_DEMANDS // 2))
    row, _ = tried({"sluice.yaml": f"{POLICY}  - {{name: x, any_of: [{members}]}}\n", "contract.yaml": CONTRACT})
    assert row.after is None and f"more than {MAX_DEMANDS}" in row.note


def test_many_limits_on_many_values_are_not_tried() -> None:
    values = tuple(MetricValue(metric="f1", slice=f"a={index}", value=0.5) for index in range(MAX_LOOKS // 400))
    evidence = replace(EVIDENCE, evaluation=EvaluationResult(n=None, metrics=(ROC_AUC, *values)))
    gates = "".join(f"  - {{metric: m{index}, min: 0}}\n" for index in range(400))
    row, _ = tried({"sluice.yaml": POLICY + gates, "contract.yaml": CONTRACT}, evidence=evidence)
    assert row.after is None and "401 limits on 1,251 values are not tried here" in row.note
