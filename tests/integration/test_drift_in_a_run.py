"""Whole runs that compare data with its reference: at the base in git and in DVC, by path, and a champion's."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sluice.adapters.decode import evidence as evidence_file
from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.adapters.mlflow import log_run
from sluice.core.report import render
from sluice.domain.decision import Decision, GateResult
from sluice.domain.errors import EvidenceError
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan, Stage
from sluice.domain.verdict import Verdict
from sluice.entry.contracts import known_contracts
from sluice.entry.workshop import workshop
from sluice.pipeline.comparing import reference_of
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order
from sluice.pipeline.publishing import Decided, judge_evidence

ROWS = 600
POLICY = """version: 1
data:
  train:
    source: data/train.csv
    contract: contract.yaml
    reference: {ref: base}
    drift: {}
    compatibility: backward
training: {run: touch trained, inputs: [data]}
"""
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: train
version: 1.0.0
status: active
schema:
  - name: train
    properties:
      - {name: age, logicalType: number, required: true}
      - {name: plan, logicalType: string, required: true}
      - {name: note, logicalType: string}
"""


def table(seed: int, *, shift: float = 0.0, plans: str = "abc") -> str:
    """Rows of one and the same distribution, but for ``shift`` and ``plans``."""
    draw = random.Random(seed)
    rows = (f"{draw.gauss(40 + shift, 10):.3f},{draw.choice(plans)},x" for _ in range(ROWS))
    return "\n".join(["age,plan,note", *rows, ""])


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository whose base is committed; ``said`` is what runs told in their logs."""

    root: Path
    base_sha: str
    scratch: Path
    said: list[str]

    def commit(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / {"policy": "sluice.yaml", "contract": "contract.yaml", "data": "data/train.csv"}.get(
                name, name
            )
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "head")

    def measure(self, *stages: Stage) -> Evidence:
        repository = Git(self.root)
        subject = Subject(repository="o/r", head_sha=repository.head(), base_sha=self.base_sha)
        order = Order(
            subject=subject,
            plan=self.plan(stages or ("data",)),
            head=load_config((self.root / "sluice.yaml").read_bytes()),
            policy=load_config(repository.show(self.base_sha, "sluice.yaml") or b""),
            version="0",
        )
        return measure(order, workshop(repository, subject, self.scratch, self.said.append))

    def plan(self, stages: tuple[Stage, ...]) -> Plan:
        policy = load_config(Git(self.root).show(self.base_sha, "sluice.yaml") or b"")
        head = Git(self.root).head()
        return Plan(stages=stages, runs_on=(), head_sha=head, base_sha=self.base_sha, policy_sha256=policy.sha256)

    def decide(self, evidence: Evidence) -> Decision:
        return self.judge(evidence).decision

    def judge(self, evidence: Evidence) -> Decided:
        """What ``publish`` would decide on it, after it has been written and read."""
        folder = self.scratch / "evidence"
        evidence_file.write(evidence, folder)
        read, sha256 = evidence_file.read(folder)
        repository = Git(self.root)
        policy = load_config(repository.show(self.base_sha, "sluice.yaml") or b"")
        contracts = known_contracts(repository, policy, self.base_sha, read.subject.head_sha)
        return judge_evidence(policy, self.plan(read.stages), read, sha256, contracts=contracts)

    def gates(self, evidence: Evidence) -> dict[str, GateResult]:
        return {result.gate: result for result in self.decide(evidence).results}


MakePlace = Callable[..., Place]


@pytest.fixture
def make(tmp_path: Path) -> MakePlace:
    def made(policy: str = POLICY, data: str | None = None, **more: str) -> Place:
        root, scratch = tmp_path / "repo", tmp_path / "scratch"
        for folder in (root, scratch):
            folder.mkdir()
        git(root, "init", "-q")
        place = Place(root=root, base_sha="", scratch=scratch, said=[])
        place.commit(policy=policy, contract=CONTRACT, data=data or table(1), **more)
        return replace(place, base_sha=git(root, "rev-parse", "HEAD"))

    return made


def test_the_same_data_is_not_compared(make: MakePlace) -> None:
    place = make()
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None and drift.message == "the data is the same" and drift.columns == ()
    found = place.gates(evidence)["data.train.drift"]
    assert (found.verdict, found.message) == (Verdict.PASS, "the data is the same")


def test_other_rows_of_the_same_kind_pass(make: MakePlace) -> None:
    place = make()
    place.commit(data=table(2))
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None
    assert drift.reference == f"data/train.csv at base {place.base_sha[:12]}"
    assert [column.column for column in drift.columns] == ["age", "plan", "note"]
    assert (drift.n_reference, drift.n_current) == (ROWS, ROWS)
    assert place.decide(evidence).verdict is Verdict.PASS


def test_data_that_drifts_closes_the_gate_and_stops_training(make: MakePlace) -> None:
    place = make()
    place.commit(data=table(2, shift=12, plans="abd"))
    evidence = place.measure("data", "training")
    assert [problem.message for problem in evidence.problems] == ["not started: the data train has drifted"]
    assert not (place.root / "trained").exists()
    found = place.gates(evidence)["data.train.drift"]
    assert (found.verdict, found.reason_code, found.severity) == (Verdict.FAIL, "drift", "fail")
    assert found.observed == "2 of 3 columns drifted"
    assert found.line == 7
    assert "`age`" in found.message and "`plan`" in found.message
    assert place.gates(evidence)["data.train"].verdict is Verdict.PASS


def test_drift_that_only_warns_lets_training_start(make: MakePlace) -> None:
    place = make(POLICY.replace("drift: {}", "drift: {severity: warn}"))
    place.commit(data=table(2, shift=12))
    evidence = place.measure("data", "training")
    assert (place.root / "trained").exists()
    found = place.gates(evidence)["data.train.drift"]
    assert (found.verdict, found.severity) == (Verdict.WARN, "warn")


@pytest.mark.parametrize(
    "drift",
    ["{psi: 100}", "{ignore: ['*']}", "{columns: [note]}", "{alpha: 0.000001, min_rows: 1}", "{severity: warn}"],
)
def test_a_head_that_loosens_its_own_limits_is_not_believed(make: MakePlace, drift: str) -> None:
    place = make()
    place.commit(data=table(2, shift=12), policy=POLICY.replace("drift: {}", f"drift: {drift}"))
    assert place.gates(place.measure())["data.train.drift"].verdict is Verdict.FAIL


def test_nor_is_one_that_names_no_reference_or_another(make: MakePlace) -> None:
    place = make()
    other = POLICY.replace("reference: {ref: base}", "reference: {path: data/mine.csv}")
    place.commit(data=table(2, shift=12), policy=other, **{"data/mine.csv": table(3, shift=12)})
    assert place.gates(place.measure())["data.train.drift"].verdict is Verdict.FAIL
    none = POLICY.replace("    reference: {ref: base}\n    drift: {}\n", "")
    place.commit(policy=none)
    assert place.gates(place.measure())["data.train.drift"].verdict is Verdict.FAIL


def test_few_rows_are_inconclusive_even_where_drift_only_warns(make: MakePlace) -> None:
    place = make(POLICY.replace("drift: {}", "drift: {severity: warn}"))
    place.commit(data="\n".join(table(2, shift=12).splitlines()[:50]) + "\n")
    found = place.gates(place.measure())["data.train.drift"]
    assert (found.verdict, found.reason_code) == (Verdict.INCONCLUSIVE, "few-rows")


def test_a_reference_by_path_is_read_at_the_base(make: MakePlace) -> None:
    """A pull request that changes its data and the reference together is compared with the reference that stands."""
    policy = POLICY.replace("reference: {ref: base}", "reference: {path: data/reference.csv}")
    place = make(policy, **{"data/reference.csv": table(5)})
    moved = table(2, shift=12)
    place.commit(data=moved, **{"data/reference.csv": moved})
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None and drift.reference == f"data/reference.csv at base {place.base_sha[:12]}"
    assert place.gates(evidence)["data.train.drift"].verdict is Verdict.FAIL


def test_a_reference_that_is_not_there_is_inconclusive(make: MakePlace) -> None:
    place = make(POLICY.replace("reference: {ref: base}", "reference: {path: data/gone.csv}"))
    place.commit(data=table(2))
    evidence = place.measure("data", "training")
    found = place.gates(evidence)["data.train.drift"]
    assert (found.verdict, found.reason_code) == (Verdict.INCONCLUSIVE, "no-reference")
    assert f"base {place.base_sha[:12]} does not have this data" in found.message


def test_a_reference_of_a_revision_is_that_revisions_whatever_lies_in_the_work_tree(make: MakePlace) -> None:
    place = make()
    git(place.root, "tag", "v1")
    place.commit(policy=POLICY.replace("reference: {ref: base}", "reference: {path: data/train.csv@v1}"))
    place = replace(place, base_sha=git(place.root, "rev-parse", "HEAD"))
    moved = table(2, shift=12)
    place.commit(data=moved, **{"data/train.csv@v1": moved})
    evidence = place.measure()
    assert evidence.data[0].drift is not None and evidence.data[0].drift.reference == "data/train.csv@v1"
    assert place.gates(evidence)["data.train.drift"].verdict is Verdict.FAIL


def test_a_place_of_the_same_name_is_no_reference_for_itself(make: MakePlace) -> None:
    """A bucket has no version for the base: to compare it with itself would always pass."""
    place = make(POLICY.replace("source: data/train.csv", "source: s3://bucket/train.csv"))
    order = Order(
        subject=Subject(repository="o/r", head_sha=place.base_sha, base_sha=place.base_sha),
        plan=place.plan(("data",)),
        head=load_config((place.root / "sluice.yaml").read_bytes()),
        policy=load_config((place.root / "sluice.yaml").read_bytes()),
        version="0",
    )
    shop = workshop(Git(place.root), order.subject, place.scratch, place.said.append)
    assert order.policy is not None
    found = reference_of(order, shop, "train", order.policy.value.data["train"])
    assert found is not None and found.data is None
    assert "which has no version of its own; name other data by `path`" in found.problem


def test_several_files_are_one_reference(make: MakePlace) -> None:
    policy = POLICY.replace("source: data/train.csv", "source: data/part-*.csv")
    halves = [table(1), table(2)]
    place = make(policy, **{f"data/part-{index}.csv": half for index, half in enumerate(halves)})
    place.commit(**{"data/part-1.csv": table(3, shift=12)})
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None and (drift.n_reference, drift.n_current) == (2 * ROWS, 2 * ROWS)
    assert place.gates(evidence)["data.train.drift"].verdict is Verdict.FAIL


def test_a_reference_in_dvc_is_found_in_its_cache(make: MakePlace) -> None:
    place = make()
    for arguments in (("init", "-q"), ("config", "core.analytics", "false"), ("config", "cache.type", "copy")):
        subprocess.run((sys.executable, "-m", "dvc", *arguments), cwd=place.root, check=True, capture_output=True)
    git(place.root, "rm", "-q", "--cached", "data/train.csv")

    def track(text: str) -> None:
        (place.root / "data/train.csv").write_text(text)
        command = (sys.executable, "-m", "dvc", "add", "-q", "data/train.csv")
        subprocess.run(command, cwd=place.root, check=True, capture_output=True)
        git(place.root, "add", "-A")
        git(place.root, "commit", "-q", "-m", "data")

    track(table(1))
    place = replace(place, base_sha=git(place.root, "rev-parse", "HEAD"))
    track(table(2, shift=12))
    evidence = place.measure()
    assert evidence.data[0].drift is not None
    assert evidence.data[0].drift.n_reference == ROWS
    assert place.gates(evidence)["data.train.drift"].verdict is Verdict.FAIL


@pytest.mark.filterwarnings("ignore:.*noload")  # MLflow's own use of SQLAlchemy
def test_a_champion_is_compared_with_what_it_was_trained_on(
    make: MakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    policy = POLICY.replace("reference: {ref: base}", "reference: {model: churn@champion}")
    place = make(policy)
    address = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    before = place.gates(place.measure())["data.train.drift"]
    assert before.verdict is Verdict.INCONCLUSIVE
    assert "model churn@champion: the registry does not have it" in before.message

    logged = log_run(place.measure(), tracking_uri=address)
    assert logged.warning == ""
    client = MlflowClient(address)
    client.create_registered_model("churn")
    client.create_model_version("churn", source=f"runs:/{logged.run_id}/model", run_id=logged.run_id)
    client.set_registered_model_alias("churn", "champion", "1")
    # Two commits on, each moved a little: the base hides what the champion tells.
    place.commit(data=table(2, shift=6))
    place = replace(place, base_sha=git(place.root, "rev-parse", "HEAD"))
    place.commit(data=table(3, shift=12))
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None and drift.reference == "the data of churn version 1"
    assert place.gates(evidence)["data.train.drift"].verdict is Verdict.FAIL


def test_a_contract_that_breaks_its_consumers_closes_the_gate(make: MakePlace) -> None:
    place = make()
    place.commit(contract=CONTRACT.replace("logicalType: string}", "logicalType: string, required: true}"))
    evidence = place.measure("data", "training")
    found = place.gates(evidence)["data.train.compatibility"]
    assert (found.verdict, found.reason_code, found.limit) == (Verdict.FAIL, "compatibility", "backward")
    assert "note" in found.message
    assert "breaks its compatibility" in evidence.problems[0].message
    assert evidence.data[0].changes


def test_a_contract_that_is_renamed_is_marked_where_it_is_now(make: MakePlace) -> None:
    place = make()
    narrow = CONTRACT.replace("logicalType: string}", "logicalType: string, required: true}")
    git(place.root, "rm", "-q", "contract.yaml")
    place.commit(policy=POLICY.replace("contract.yaml", "data/renamed.yaml"), **{"data/renamed.yaml": narrow})
    judged = place.judge(place.measure())
    (data,) = (check for check in render(judged.evidence, judged.decision).checks if check.name == "sluice/data")
    assert [(note.path, note.line) for note in data.annotations] == [("data/renamed.yaml", 11)]


def test_what_evidence_says_of_the_changes_is_not_believed(make: MakePlace) -> None:
    place = make()
    place.commit(contract=CONTRACT.replace("logicalType: string}", "logicalType: string, required: true}"))
    evidence = place.measure()
    lied = replace(evidence, data=(replace(evidence.data[0], changes=()),))
    assert place.gates(lied)["data.train.compatibility"].verdict is Verdict.FAIL


def test_a_contract_that_is_removed_breaks_everyone(make: MakePlace) -> None:
    place = make()
    place.commit(policy="version: 1\ntraining: {run: touch trained, inputs: [data]}\n")
    found = place.gates(place.measure("data"))["data.train.compatibility"]
    assert found.verdict is Verdict.FAIL
    assert "does not name the data `train` any more" in found.message


def test_evidence_without_the_comparison_is_inconclusive(make: MakePlace) -> None:
    place = make()
    place.commit(data=table(2))
    evidence = place.measure()
    silent = replace(evidence, data=(replace(evidence.data[0], drift=None),))
    assert place.gates(silent)["data.train.drift"].verdict is Verdict.INCONCLUSIVE


def test_evidence_that_leaves_a_column_out_is_inconclusive(make: MakePlace) -> None:
    place = make()
    place.commit(data=table(2, shift=12))
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None
    kept = tuple(column for column in drift.columns if column.column != "age")
    cut = replace(evidence, data=(replace(evidence.data[0], drift=replace(drift, columns=kept, verdict=Verdict.PASS)),))
    found = place.gates(cut)["data.train.drift"]
    assert (found.verdict, found.reason_code) == (Verdict.INCONCLUSIVE, "missing-evidence")
    assert "the evidence does not speak of `age`" in found.message


def test_verdicts_of_the_evidence_do_not_count_against_its_numbers(make: MakePlace) -> None:
    place = make()
    place.commit(data=table(2, shift=12))
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None
    columns = tuple(replace(column, verdict=Verdict.PASS, effect_size=0.0) for column in drift.columns)
    lied = replace(drift, columns=columns, verdict=Verdict.PASS)
    found = place.gates(replace(evidence, data=(replace(evidence.data[0], drift=lied),)))["data.train.drift"]
    assert found.verdict is Verdict.FAIL


def test_numbers_that_cannot_be_are_refused(make: MakePlace) -> None:
    place = make()
    place.commit(data=table(2, shift=12))
    evidence = place.measure()
    drift = evidence.data[0].drift
    assert drift is not None
    forged = replace(drift, columns=(replace(drift.columns[0], p_value=-1.0), *drift.columns[1:]))
    with pytest.raises(EvidenceError, match="p-value"):
        place.decide(replace(evidence, data=(replace(evidence.data[0], drift=forged),)))


EVALUATED = """version: 1
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: y, score: p}
  baseline: {ref: base}
  drift: {}
gates: [{metric: roc_auc, min: 0.1}]
"""


def predictions(seed: int, shift: float = 0.0) -> str:
    draw = random.Random(seed)
    lines = [
        f"{index % 2},{min(0.999, draw.random() * 0.5 + 0.5 * (index % 2) * (1 - shift) + shift / 2):.4f}"
        for index in range(ROWS)
    ]
    return "\n".join(["y,p", *lines, ""])


@pytest.mark.parametrize(("shift", "verdict"), [(0.0, Verdict.PASS), (0.6, Verdict.FAIL)])
def test_drift_of_predictions_against_the_baseline(make: MakePlace, shift: float, verdict: Verdict) -> None:
    place = make(EVALUATED, **{"predictions.csv": predictions(1)})
    place.commit(
        policy=EVALUATED.replace("drift: {}", "drift: {psi: 50}"), **{"predictions.csv": predictions(2, shift)}
    )
    evidence = place.measure("evaluation")
    assert evidence.evaluation is not None and evidence.evaluation.drift is not None
    assert sorted(column.column for column in evidence.evaluation.drift.columns) == ["p", "y"]
    found = place.gates(evidence)["predictions.drift"]
    assert found.verdict is verdict
    assert found.stage == "evaluation"


def test_drift_of_predictions_without_a_baseline_is_inconclusive(make: MakePlace) -> None:
    place = make(EVALUATED)
    place.commit(**{"predictions.csv": predictions(2)})
    found = place.gates(place.measure("evaluation"))["predictions.drift"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "has neither predictions nor metrics" in found.message


def test_rows_of_the_test_set_in_the_training_set_are_found(make: MakePlace) -> None:
    """A contract's other tables are the data of `sluice.yaml`: by their name there."""
    policy = """version: 1
data:
  train: {source: data/train.csv, contract: contract.yaml}
  test: {source: data/test.csv, contract: test.yaml}
"""
    disjoint = "- name: test\n    customProperties: [{property: sluice.disjointFrom, value: {table: train}}]"
    contract = CONTRACT.replace("id: train", "id: test").replace("- name: train", disjoint)
    place = make(policy, **{"test.yaml": contract, "data/test.csv": table(9)})
    place.commit(**{"data/test.csv": "\n".join((*table(9).splitlines(), *table(1).splitlines()[1:4])) + "\n"})
    found = place.gates(place.measure())
    assert found["data.train"].verdict is Verdict.PASS
    assert found["data.test"].verdict is Verdict.FAIL, found["data.test"].message
    assert "disjoint" in found["data.test"].message
