"""A metric of the user's own, from `sluice.yaml` to the gate: whose word counts, and what closes it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sluice.adapters.decode import evidence as stored
from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.core.contract_gates import Contracts
from sluice.core.fingerprint import fingerprint, touches
from sluice.core.gate import decide
from sluice.domain.decision import GateResult
from sluice.domain.errors import ConfigError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.evidence import Subject
from sluice.domain.planning import ChangedFiles, Plan
from sluice.domain.verdict import Verdict
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

POLICY = """version: 1
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: y, score: p, key: id}
  slices: [region]
  baseline: {ref: base}
  functions:
    profit: {call: "own.money:profit", direction: higher, low: -10, high: 10, unit: EUR}
    kappa: {call: "sklearn.metrics:cohen_kappa_score", direction: higher, low: -1, high: 1, needs: [prediction]}
gates:
  - {metric: profit, min: 0.5}
  - {metric: profit, max_drop: 0.2}
  - {metric: profit, per_slice: region, min: 0}
  - {metric: kappa, min: 0.1}
"""
CODE = """
def profit(y, score):
    sold = score > 0.4
    return float((sold * (5 * y - 2)).mean())
"""


def predictions(skill: float = 0.4, seed: int = 1) -> str:
    truth, noise = random.Random(1), random.Random(seed)
    lines = ["id,y,p,region"]
    for index in range(600):
        y = int(truth.random() < 0.5)
        lines.append(f"{index},{y},{skill * y + (1 - skill) * noise.random():.4f},{'ns'[index % 2]}")
    return "\n".join([*lines, ""])


class Place:
    """A repository whose committed predictions are measured by its own function."""

    def __init__(self, above: Path) -> None:
        self.root, self.scratch, self.out = above / "repo", above / "scratch", above / "out"
        for folder in (self.root, self.scratch, self.out, self.root / "own"):
            folder.mkdir()
        self._git("init", "-q", "-b", "main")
        self.base = self.commit({"sluice.yaml": POLICY, "own/money.py": CODE, "predictions.csv": predictions()})

    def _git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(("git", *identity, *arguments), cwd=self.root, check=True, capture_output=True)

    def commit(self, files: dict[str, str]) -> str:
        for name, text in files.items():
            (self.root / name).write_text(text)
        self._git("add", "-A")
        self._git("commit", "-qm", "x", "--allow-empty")
        return Git(self.root).head()

    def decided(self) -> tuple[EvaluationResult | None, dict[str, GateResult]]:
        git = Git(self.root)
        base = load_config(git.show(self.base, "sluice.yaml") or b"")
        subject = Subject(repository="o/r", head_sha=git.head(), base_sha=self.base)
        plan = Plan(
            stages=("evaluation",),
            runs_on=(),
            head_sha=subject.head_sha,
            base_sha=self.base,
            policy_sha256=base.sha256,
        )
        head = load_config((self.root / "sluice.yaml").read_bytes())
        order = Order(subject=subject, plan=plan, head=head, policy=base, version="0")
        stored.write(measure(order, workshop(git, subject, self.scratch, lambda _: None)), self.out)
        evidence, sha256 = stored.read(self.out)
        decision = decide(base, evidence, sha256, subject=plan, contracts=Contracts(base={}))
        return evidence.evaluation, {gate.gate: gate for gate in decision.results}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    # As in a job that has activated the environment of its training.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return Place(tmp_path)


def test_an_equal_model_passes_and_a_worse_one_does_not(place: Place) -> None:
    found, gates = place.decided()
    assert {gate.verdict for gate in gates.values()} == {Verdict.PASS}
    assert found is not None
    value = next(one for one in found.metrics if one.metric == "profit" and not one.slice)
    assert value.unit == "EUR"
    assert value.ci_low is not None
    place.commit({"predictions.csv": predictions(skill=0.05, seed=2)})
    _, gates = place.decided()
    assert gates["profit.max_drop"].verdict is Verdict.FAIL
    assert "worse by" in gates["profit.max_drop"].message


def test_the_bases_word_counts_whatever_the_head_says_of_the_function(place: Place) -> None:
    lax = POLICY.replace("low: -10", "low: -1000").replace(
        "direction: higher, low: -1000", "direction: lower, low: -1000"
    )
    place.commit({"sluice.yaml": lax, "own/money.py": CODE.replace("return float", "return 100 + float")})
    found, gates = place.decided()
    assert found is not None
    assert next(one for one in found.metrics if one.metric == "profit").reason_code == "range"
    assert gates["profit.min"].verdict is Verdict.ERROR
    assert gates["profit.min"].reason_code == "range"
    assert gates["kappa.min"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise KeyError('no')", "`profit` cannot be imported: KeyError"),
        ("def profit(y, p): return None", "`profit` returned NoneType, not a number"),
        ("def profit(y, p): print('x' * 10000); raise OSError('gone')", "`profit` raised OSError: gone"),
    ],
)
def test_a_function_that_breaks_closes_its_gates_and_no_others(place: Place, code: str, says: str) -> None:
    place.commit({"own/money.py": code})
    _, gates = place.decided()
    assert gates["profit.min"].verdict is Verdict.ERROR
    assert says in gates["profit.min"].message
    assert not gates["profit.max_drop"].verdict.opens
    assert gates["kappa.min"].verdict is Verdict.PASS


def test_the_functions_code_is_part_of_what_a_measurement_depends_on(place: Place) -> None:
    policy = load_config(POLICY.encode()).value
    assert set(touches(ChangedFiles(paths=("own/money.py",)), policy)) == {"evaluation"}
    git = Git(place.root)
    before = fingerprint(git.tree("HEAD"), policy)
    place.commit({"own/money.py": CODE + "# changed\n"})
    assert fingerprint(git.tree("HEAD"), policy) != before


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('{call: "own.money", direction: higher}', "names no function"),
        ('{call: "own/money.py:f", direction: higher}', "names no function"),
        ('{call: "own.money:f"}', "lacks the key `direction`"),
        ('{call: "own.money:f", direction: up}', "must be `higher` or `lower`"),
        ('{call: "own.money:f", direction: higher, low: 1, high: 1}', "must be above `low`"),
        ('{call: "own.money:f", direction: higher, timeout_s: 0}', "must be over 0"),
        ('{call: "own.money:f", direction: higher, needs: [probabilities, score]}', "come alone"),
        ('{call: "own.money:f", direction: higher, needs: [score, score]}', "names a column twice"),
        ('{call: "own.money:f", direction: higher, needs: [time]}', "needs `evaluation.columns.time`"),
    ],
)
def test_what_is_wrong_with_a_function_is_said_where_it_stands(entry: str, says: str) -> None:
    text = POLICY.split("  functions:")[0] + f"  functions:\n    profit: {entry}\n"
    with pytest.raises(ConfigError) as caught:
        load_config(text.encode())
    assert says in caught.value.sentence
    assert "profit" in caught.value.sentence


def test_the_example_that_people_read_is_a_policy() -> None:
    page = (Path(__file__).parents[2] / "docs" / "howto" / "gate-your-own-metrics.md").read_text()
    example = page.split("```yaml\n")[1].split("```")[0]
    assert list(load_config(example.encode()).value.evaluation.functions) == ["profit", "kappa"]  # pyright: ignore[reportOptionalMemberAccess]
