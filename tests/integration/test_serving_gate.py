"""Limits of what serving costs, from `sluice.yaml` through a run to the gate."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.evidence import read
from sluice.adapters.git import Git
from sluice.core.contract_gates import Contracts
from sluice.core.gate import decide
from sluice.core.limits import judge_all
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evidence import Evidence
from sluice.domain.planning import Event, Plan
from sluice.domain.serving import CPU_ENERGY, GPU_ENERGY, LATENCIES, PEAK_MEMORY, THROUGHPUT
from sluice.entry.running import run_in

POLICY = """version: 1
evaluation:
  task: classification
  metrics: metrics.json
  serving: {call: "serving:predict", inputs: rows.csv, requests: 400, warmup: 2, timeout_s: 5}
gates:
  - {metric: latency_p99_ms, max: 5000}
  - {metric: throughput_rows_per_s, min: 0.1}
  - {metric: serving_peak_memory_bytes, max: 4000000000}
"""
QUICK = "def predict(rows): return [0.5 for row in rows]\n"


class Place:
    """A repository whose first commit is the base, and whose later ones are the head."""

    def __init__(self, root: Path, out: Path) -> None:
        root.mkdir()
        self.root, self.out = root, out
        self.git("init", "-q", "-b", "main")
        self.base = self.commit(
            **{"sluice.yaml": POLICY, "serving.py": QUICK, "rows.csv": "a,b\n1,x\n2,y\n", "metrics.json": "{}"}
        )

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        return subprocess.run(
            ("git", *who, *arguments), cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, **files: str) -> str:
        for name, text in files.items():
            (self.root / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def judged(self) -> tuple[Evidence, Decision]:
        head = Git.find(self.root).head()
        policy = load_config(self.git("show", f"{self.base}:sluice.yaml").encode())
        event = Event(name="push", action="", repository="o/r", head_sha=head, base_sha=self.base)
        plan = Plan(stages=("evaluation",), runs_on=(), head_sha=head, base_sha=self.base, policy_sha256=policy.sha256)
        run_in(self.root, event, plan, self.out, say=print)
        evidence, digest = read(self.out)
        return evidence, decide(policy, evidence, digest, subject=plan, contracts=Contracts(base={}))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Place(tmp_path / "work", tmp_path / "evidence")


def results(decision: Decision) -> dict[str, GateResult]:
    return {one.gate: one for one in decision.results}


def test_what_serving_costs_is_measured_and_gated(place: Place) -> None:
    evidence, decision = place.judged()
    assert decision.verdict == "pass", decision
    assert evidence.evaluation is not None
    found = {one.metric: one for one in evidence.evaluation.metrics if one.source == "serving"}
    told = set(LATENCIES) | {THROUGHPUT, PEAK_MEMORY}
    assert all(found[name].value is not None and found[name].n == 400 for name in told)
    assert {*found} - told <= {CPU_ENERGY, GPU_ENERGY}, "as the machine tells them"


def test_the_commands_measure_and_judge_it(place: Place) -> None:
    """`sluice run`, then `sluice gate` on what it left."""
    place.commit()

    def sluice(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "sluice", *arguments)
        return subprocess.run(command, cwd=place.root, capture_output=True, text=True, timeout=120, check=False)

    ran = sluice("run", "--base", place.base, "--stage", "evaluation", "--out", str(place.out))
    assert ran.returncode == 0, ran.stderr
    judged = sluice("gate", str(place.out))
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "latency_p99_ms" in judged.stdout
    tight = place.out.parent / "tight.yaml"
    tight.write_text(POLICY.replace("max: 5000", "max: 0.0001"))
    judged = sluice("gate", str(place.out), "--policy", str(tight), "--explain")
    assert judged.returncode == 1, judged.stdout + judged.stderr
    assert "must be at most 0.0001" in judged.stdout


def test_a_head_that_is_slower_than_the_limit_is_refused(place: Place) -> None:
    place.base = place.commit(**{"sluice.yaml": POLICY.replace("max: 5000", "max: 15")})
    place.commit(**{"serving.py": "import time\n" + QUICK.replace("return", "time.sleep(0.02); return")})
    found = results(place.judged()[1])["latency_p99_ms.max"]
    assert (found.verdict, found.reason_code) == ("fail", "above-max")


@pytest.mark.parametrize(
    ("serving", "said"),
    [
        (
            "calls = []\ndef predict(rows):\n calls.append(1)\n if len(calls) == 99: raise ValueError\n return [1]\n",
            "97",
        ),
        ("def predict(rows): return []\n", "0 predictions for 1 rows"),
        ("def predict(rows): return [float('nan')]\n", "ValueError"),
    ],
)
def test_a_head_whose_model_fails_a_request_opens_nothing(place: Place, serving: str, said: str) -> None:
    place.commit(**{"serving.py": serving})
    _evidence, decision = place.judged()
    assert not decision.verdict.opens
    for found in decision.results:
        assert (found.verdict, found.reason_code) == ("error", "metric")
        assert said in found.message


def test_a_head_cannot_measure_less_or_state_its_own_numbers(place: Place) -> None:
    theirs = POLICY.replace("requests: 400", "requests: 30").replace("serving:predict", "other:predict")
    numbers = '{"latency_p99_ms": 0.001}'
    place.commit(**{"sluice.yaml": theirs, "other.py": QUICK, "metrics.json": numbers})
    evidence, decision = place.judged()
    assert decision.verdict == "pass"
    assert evidence.evaluation is not None
    found = [one for one in evidence.evaluation.metrics if one.metric == "latency_p99_ms"]
    assert [(one.source, one.n) for one in found] == [("serving", 400)]


def test_a_head_that_leaves_the_section_out_is_measured_all_the_same(place: Place) -> None:
    less = "\n".join(line for line in POLICY.splitlines() if "serving:" not in line)
    place.commit(**{"sluice.yaml": less, "metrics.json": '{"latency_p99_ms": 0.001}'})
    assert place.judged()[1].verdict == "pass"


def test_rows_that_are_not_there_close_the_gate(place: Place) -> None:
    place.git("rm", "-q", "rows.csv")
    place.commit()
    _evidence, decision = place.judged()
    assert {found.reason_code for found in decision.results} == {"metric"}


def test_forged_numbers_of_a_file_do_not_count(place: Place) -> None:
    evidence, _decision = place.judged()
    assert evidence.evaluation is not None
    policy = load_config(POLICY.encode())
    plan = Plan(
        stages=("evaluation",),
        runs_on=(),
        head_sha=evidence.subject.head_sha,
        base_sha=evidence.subject.base_sha,
        policy_sha256=policy.sha256,
    )
    changes = {
        "elsewhere": {"source": "file"},
        "no interval": {"ci_high": None},
        "few": {"n": 20},
        "unstated": {"n": None},
        "negative": {"value": -1.0},
    }
    for name, change in changes.items():
        metrics = tuple(
            replace(one, **change) if one.metric == "latency_p99_ms" else one for one in evidence.evaluation.metrics
        )
        forged = replace(evidence, evaluation=replace(evidence.evaluation, metrics=metrics))
        decision = decide(policy, forged, "e" * 64, subject=plan, contracts=Contracts(base={}))
        assert results(decision)["latency_p99_ms.max"].verdict in ("inconclusive", "error"), name


def test_too_few_requests_for_the_tail_are_inconclusive(place: Place) -> None:
    place.base = place.commit(**{"sluice.yaml": POLICY.replace("requests: 400", "requests: 100")})
    found = results(place.judged()[1])["latency_p99_ms.max"]
    assert (found.verdict, found.reason_code) == ("inconclusive", "not-enough-evidence")
    assert "at least 368 are needed" in found.message


# -- against the base -------------------------------------------------------------------------------

COMPARED = """version: 1
evaluation:
  task: classification
  metrics: metrics.json
  model: model.json
  baseline: {ref: base}
  serving: {call: "serving:predict", inputs: rows.csv, requests: 100, warmup: 2, timeout_s: 5,
    price_per_hour: 0.9, currency: EUR}
gates:
  - {metric: latency_p50_ms, max_rise: 8}
  - {metric: price_per_million_rows, max_rise: 3}
  - {metric: serving_peak_memory_bytes, max_rise: 1000 %}
  - {metric: cpu_energy_j_per_million_rows, max: 1000000000}
"""
READS = """import json, time
MODEL = json.load(open("model.json"))
def predict(rows):
    time.sleep(MODEL["takes_s"])
    return [0.5 for row in rows]
"""


def model(takes_s: float) -> str:
    return f'{{"takes_s": {takes_s}}}'


def test_the_base_is_served_beside_the_head_with_its_own_code_and_model(place: Place) -> None:
    place.base = place.commit(**{"sluice.yaml": COMPARED, "serving.py": READS, "model.json": model(0.001)})
    evidence, decision = place.judged()
    found = results(decision)
    assert found["latency_p50_ms.max_rise"].verdict == "pass", found
    price = found["price_per_million_rows.max_rise"]
    assert price.ci_low is not None and price.interval_of == "difference"
    assert "plain numbers" in found["serving_peak_memory_bytes.max_rise"].message
    energy = found["cpu_energy_j_per_million_rows.max"]
    assert energy.verdict in ("inconclusive", "pass"), "as the machine tells it"
    assert energy.verdict == "pass" or energy.reason_code == "missing-evidence"
    place.commit(**{"serving.py": READS.replace('MODEL["takes_s"]', "0.02"), "model.json": model(0.02)})
    _evidence, decision = place.judged()
    found = results(decision)
    assert (found["latency_p50_ms.max_rise"].verdict, found["latency_p50_ms.max_rise"].reason_code) == ("fail", "rise")
    assert found["latency_p50_ms.max_rise"].ci_low is not None
    rise = found["price_per_million_rows.max_rise"].difference
    assert rise is not None and rise > 0
    assert found["model"].verdict == "pass"
    # Numbers that a file could hold do not stand in for measured ones.
    assert evidence.evaluation is not None
    policy = load_config(COMPARED.encode())
    point = tuple(replace(one, method="point", ci_low=None, ci_high=None) for one in evidence.evaluation.comparisons)
    forged = replace(evidence.evaluation, comparisons=point)
    judged = {one.gate: one.verdict for one in judge_all(policy, forged)}
    assert judged["latency_p50_ms.max_rise"] == judged["price_per_million_rows.max_rise"] == "inconclusive"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"serving.py": "import nothing_of_the_kind\n", "model.json": model(0)}, "ModuleNotFoundError"),
        ({"serving.py": READS}, "does not have model.json"),
    ],
)
def test_a_base_that_cannot_be_served_is_named_and_nothing_is_compared(
    place: Place, files: dict[str, str], said: str
) -> None:
    place.base = place.commit(**({"sluice.yaml": COMPARED} | files))
    place.commit(**{"serving.py": READS, "model.json": model(0)})
    found = results(place.judged()[1])["latency_p50_ms.max_rise"]
    assert (found.verdict, found.reason_code) == ("inconclusive", "no-baseline")
    assert said in found.message


def test_a_model_of_the_base_that_must_not_be_loaded_is_not_loaded(place: Place, tmp_path: Path) -> None:
    trap = b"cos\nsystem\n(S'touch " + str(tmp_path / "loaded").encode() + b"'\ntR."
    (place.root / "model.json").write_bytes(trap)
    loads = READS.replace("import json, time", "import pickle, time").replace(
        'json.load(open("model.json"))', 'pickle.load(open("model.json", "rb"))'
    )
    place.base = place.commit(**{"sluice.yaml": COMPARED, "serving.py": loads})
    place.commit(**{"serving.py": READS, "model.json": model(0)})
    found = results(place.judged()[1])["latency_p50_ms.max_rise"]
    assert (found.verdict, found.reason_code) == ("inconclusive", "no-baseline")
    assert "its model is refused" in found.message
    assert not (tmp_path / "loaded").exists()


def test_a_base_that_is_trained_again_is_served_with_what_that_left(place: Place) -> None:
    policy = COMPARED.replace("{ref: base}", "{ref: base, rerun: true}").replace(
        "evaluation:", "training: {run: python train.py, inputs: [train.py]}\nevaluation:", 1
    )
    trains = f"import pathlib\npathlib.Path('model.json').write_text('{model(0.001)}')\n"
    files = {"sluice.yaml": policy, "serving.py": READS, "train.py": trains}
    place.base = place.commit(**files)
    place.commit(**{"model.json": model(0.001)})
    found = results(place.judged()[1])["latency_p50_ms.max_rise"]
    assert found.verdict == "pass", found.message
    place.base = place.commit(**{"train.py": "pass\n"})
    place.git("rm", "-q", "model.json")
    place.base = place.commit()
    place.commit(**{"model.json": model(0.001)})
    found = results(place.judged()[1])["latency_p50_ms.max_rise"]
    assert (found.verdict, found.reason_code) == ("inconclusive", "no-baseline")
    assert "does not have model.json" in found.message


def test_a_base_whose_model_is_changed_meanwhile_is_not_compared_with(place: Place) -> None:
    """A program of the head that finds the checkout of the base beside its own."""
    place.base = place.commit(**{"sluice.yaml": COMPARED, "serving.py": READS, "model.json": model(0.00123)})
    spoils = (
        "import glob, tempfile\n"
        "for found in glob.glob(tempfile.gettempdir() + '/sluice-*/work/model.json'):\n"
        "    if '0.00123' in open(found).read(): open(found, 'w').write('{\"takes_s\": 0.05}')\n"
    )
    place.commit(**{"serving.py": READS + spoils})
    found = results(place.judged()[1])["latency_p50_ms.max_rise"]
    assert (found.verdict, found.reason_code) == ("inconclusive", "no-baseline")
    assert "was changed while it was served" in found.message
