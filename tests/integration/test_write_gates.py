"""The how-to on gates: every example in it is read, opens for a better model, and closes for a worse one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sluice.adapters.decode.config import load_config
from sluice.core.evaluation import evaluate
from sluice.core.limits import RULES, judge_all
from sluice.domain.decision import GateResult
from sluice.domain.gates import Fairness, gated
from sluice.domain.predictions import Predictions, Slicing, checked
from sluice.domain.verdict import Verdict

PAGE = (Path(__file__).parents[2] / "docs/howto/write-gates.md").read_text(encoding="utf-8")
EXPLAINED = (Path(__file__).parents[2] / "docs/explanation/no-worse.md").read_text(encoding="utf-8")
EXAMPLES = [(title, text) for title, text in re.findall(r"^## (.*?)$[^#]*?```yaml\n(.*?)```", PAGE, re.DOTALL | re.M)]
HEAD = """version: 1
evaluation:
  task: classification
  predictions: predictions.parquet
  columns: {target: y, score: s, key: id}
  slices: [region]
  baseline: {ref: base}
"""
N = 4000


def models(
    skill: float, *, n: int = N, harmed: float | None = None, lean: float = 0.0
) -> tuple[Predictions, Predictions]:
    """A candidate of this skill and a baseline of skill 1 on the same rows.

    On one region the candidate has the skill ``harmed``, and scores that ``lean`` to the positive side.
    """
    rng = np.random.default_rng(11)
    y, region = (rng.random(n) < 0.5).astype(float), rng.integers(0, 3, n).astype(np.int32)
    of_candidate = np.where(region == 2, skill if harmed is None else harmed, skill)
    made = []
    for skills, leaning in ((of_candidate, lean * (region == 2)), (np.ones(n), 0.0)):
        # The probability that is right for a normal signal of this strength.
        signal = (2 * y - 1) * skills + leaning + rng.normal(size=n)
        score = 1 / (1 + np.exp(-2 * np.abs(skills) * signal))
        slices = {"region": Slicing(codes=region, values=("a", "b", "c"))}
        rows = Predictions(y=y, score=score, key=np.arange(n).astype(str), slices=slices)
        made.append(checked(rows, "classification", where="p"))
    return made[0], made[1]


def judged(gates: str, sides: tuple[Predictions, Predictions]) -> list[GateResult]:
    policy = load_config((HEAD + gates).encode())
    assert policy.value.evaluation is not None
    spec = replace(policy.value.evaluation, report=gated(policy.value.gates))
    return list(judge_all(policy, evaluate(sides[0], spec, sides[1])))


@pytest.mark.parametrize(("title", "text"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_each_example_opens_for_a_better_model_and_closes_for_a_worse_one(title: str, text: str) -> None:
    for found in judged(text, models(1.4)):
        assert found.verdict.opens, found.message
    for found in judged(text, models(0.2, harmed=-1.0, lean=-1.0)):
        warns = found.severity == "warn" and found.verdict is Verdict.WARN
        assert warns or not found.verdict.opens, found.message


def test_every_limit_and_every_key_of_a_gate_has_an_example() -> None:
    text = "".join(example for _, example in EXAMPLES)
    fairness: tuple[Fairness, ...] = ("demographic_parity", "equal_opportunity", "equalized_odds")
    for key in (*RULES, *fairness, "per_slice:", "min_rows:", "family:", "any_of:", "all_of:", "severity:", "%"):
        assert key in text
    assert len(EXAMPLES) >= 10


def test_a_margin_that_the_rows_cannot_resolve_is_told_with_how_many_would() -> None:
    (found,) = judged("gates:\n  - {metric: roc_auc, max_drop: 0.02}\n", models(1.0, n=500))
    assert found.verdict is Verdict.INCONCLUSIVE
    (example,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)

    def shape(message: str) -> str:
        return re.sub(r"[0-9][0-9.,]*(?<![.,])|better|worse", "#", " ".join(message.split()))

    assert shape(found.message) == shape(example)


def differing(n: int, only_baseline: int, only_candidate: int, neither: int) -> tuple[Predictions, Predictions]:
    """Two classifiers that are right where the other is not in so many rows, and both wrong in others."""
    y = np.arange(n) % 2 * 1.0
    at = np.cumsum([0, only_baseline, only_candidate, neither])
    rows = np.random.default_rng(1).permutation(n)
    made = []
    for first, last in ((at[0], at[1]), (at[1], at[2])):
        wrong = np.zeros(n, dtype=np.bool_)
        wrong[rows[first:last]] = wrong[rows[at[2] : at[3]]] = True
        score = np.where(wrong, 1 - y, y) * 0.8 + 0.1
        made.append(checked(Predictions(y=y, score=score, key=np.arange(n).astype(str)), "classification", where="p"))
    return made[0], made[1]


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ((500, 22, 18, 30), Verdict.INCONCLUSIVE),
        ((2500, 110, 90, 150), Verdict.PASS),
        ((500, 60, 20, 30), Verdict.FAIL),
    ],
)
def test_the_explanation_says_what_is_said(rows: tuple[int, int, int, int], verdict: Verdict) -> None:
    (found,) = judged("gates:\n  - {metric: accuracy, max_drop: 0.02}\n", differing(*rows))
    assert found.verdict is verdict
    assert found.message in [" ".join(text.split()) for text in re.findall(r"```text\n(.*?)```", EXPLAINED, re.DOTALL)]


def test_a_slice_is_harmed_while_the_average_gets_better() -> None:
    sides = models(1.8, harmed=0.6)
    average = "gates:\n  - {metric: accuracy, must_improve: true}\n"
    harm = next(text for title, text in EXAMPLES if title.startswith("No slice harmed"))
    assert [found.verdict for found in judged(average, sides)] == [Verdict.PASS]
    (found,) = judged(harm, sides)
    assert (found.verdict, found.slice) == (Verdict.FAIL, "region=c")
