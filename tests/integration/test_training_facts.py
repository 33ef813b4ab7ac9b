"""Facts of training, from real work trees to the gate: what was trained, whether it changed it, and a second time."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.place import Place

from sluice.adapters.decode.config import load_config
from sluice.adapters.dvc import forget_runs, prepare_worktree
from sluice.adapters.git import Git
from sluice.adapters.predictions import open_predictions
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evidence import Subject
from sluice.domain.planning import Plan
from sluice.domain.repository import Changes
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

POLICY = """version: 1
training:
  run: PYTHON train.py
  inputs: [train.py, extra]
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: y, score: p, key: id}
gates:
  - {training: clean_tree}
  - {training: duration_s, max: 300}
"""
REPEATED = POLICY + "  - {training: reproducible}\n"
TRAIN = """import os, pathlib, random
rng = random.Random(SEED)
rows = [f"{i},{i % 2},{rng.random():.6f}" for i in range(200)]
pathlib.Path("predictions.csv").write_text("\\n".join(["id,y,p", *rows, ""]))
"""
SEEDED = TRAIN.replace("SEED", 'os.environ["SLUICE_SEED"]')


def gates(decision: Decision) -> dict[str, GateResult]:
    return {one.gate: one for one in decision.results}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, ignored="predictions.csv\nignored\n")
    (made.root / "extra").mkdir()
    (made.root / "extra" / "params.txt").write_text("1\n")
    made.base = made.commit_files(POLICY, train=SEEDED)
    return made


def test_a_clean_tree_that_stays_so_passes(place: Place) -> None:
    (place.root / "predictions.csv").write_text("left over")
    (place.root / "extra" / "ignored").write_text("of no commit")
    (place.root / "notes.txt").write_text("new, and no input")
    evidence, decision = place.decided()
    assert gates(decision)["training.clean_tree"].verdict == "pass"
    assert gates(decision)["training.duration_s"].verdict == "pass"
    assert evidence.training is not None and evidence.training.facts is not None
    assert evidence.training.facts.commit == evidence.subject.head_sha
    assert evidence.training.facts.repeat is None


@pytest.mark.parametrize("changed", ["train.py", "extra/params.txt", "extra/new.txt", ".gitignore"])
def test_what_the_commit_does_not_have_is_named(place: Place, changed: str) -> None:
    with (place.root / changed).open("a") as file:
        file.write("\n")
    _evidence, decision = place.decided()
    found = gates(decision)["training.clean_tree"]
    assert (found.verdict, found.reason_code) == ("fail", "dirty-tree")
    assert f"`{changed}` was not as the commit has it" in found.message


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("pathlib.Path('extra/params.txt').write_text('2')", "training has changed its own inputs: `extra/params.txt`"),
        ("pathlib.Path('extra/params.txt').unlink()", "training has changed its own inputs: `extra/params.txt`"),
        (
            "import subprocess; subprocess.run('git -c user.name=a -c user.email=a@b.c commit -q --allow-empty -m x', "
            "shell=True, check=True)",
            "training has changed its own inputs: `.git/HEAD`",
        ),
    ],
)
def test_a_training_that_changes_its_inputs_is_told(place: Place, does: str, said: str) -> None:
    place.commit_files(POLICY, train=f"{SEEDED}{does}\n")
    _evidence, decision = place.decided()
    assert gates(decision)["training.clean_tree"].message == said


def test_results_that_are_committed_may_be_written_anew(place: Place) -> None:
    (place.root / ".gitignore").write_text("")
    (place.root / "predictions.csv").write_text("id,y,p\n1,1,0.5\n")
    policy = POLICY.replace("[train.py, extra]", '["*"]')
    place.base = place.commit_files(policy, train=SEEDED)
    _evidence, decision = place.decided()
    assert gates(decision)["training.clean_tree"].verdict == "pass"


def test_a_seeded_training_is_reproducible_and_an_unseeded_one_is_not(place: Place) -> None:
    place.base = place.commit_files(REPEATED, train=SEEDED)
    _evidence, decision = place.decided()
    found = gates(decision)["training.reproducible"]
    assert (found.verdict, found.n) == ("pass", 200), found.message
    place.commit_files(REPEATED, train=TRAIN.replace("SEED", "None"))
    _evidence, decision = place.decided()
    found = gates(decision)["training.reproducible"]
    assert (found.verdict, found.reason_code) == ("fail", "not-reproducible")
    assert "200 of 200 rows are predicted otherwise" in found.message


def test_differences_within_the_limit_are_allowed(place: Place) -> None:
    noisy = SEEDED.replace("rng.random()", "rng.random() + 1e-5 * random.random()")
    policy = POLICY + "  - {training: reproducible, max: 0.0001}\n"
    place.base = place.commit_files(policy, train=noisy)
    _evidence, decision = place.decided()
    found = gates(decision)["training.reproducible"]
    assert found.verdict == "pass", found.message
    assert isinstance(found.observed, float) and 0 < found.observed < 1e-4


@pytest.mark.parametrize(
    ("train", "said"),
    [
        (f"{SEEDED}pathlib.Path('extra/params.txt').write_text('2')\n", "the commit is not what was trained"),
        (
            f"import sys\nif 'repeat-' in __import__('os').environ['SLUICE_FINGERPRINT']: sys.exit(3)\n{SEEDED}",
            "failure",
        ),
        (
            f"{SEEDED}if 'repeat-' in os.environ['SLUICE_FINGERPRINT']: os.unlink('predictions.csv')\n",
            "has not written predictions.csv",
        ),
        (
            f"{SEEDED}if 'repeat-' in os.environ['SLUICE_FINGERPRINT']:\n"
            "    pathlib.Path('predictions.csv').write_text('id,y,p')\n",
            "the second training was not compared",
        ),
    ],
)
def test_a_second_training_that_tells_nothing_is_inconclusive(place: Place, train: str, said: str) -> None:
    place.base = place.commit_files(REPEATED, train=train)
    _evidence, decision = place.decided()
    found = gates(decision)["training.reproducible"]
    assert (found.verdict, found.reason_code) == ("inconclusive", "missing-evidence")
    assert said in found.message


def test_without_predictions_the_bytes_of_the_model_tell(place: Place) -> None:
    policy = REPEATED.replace("predictions: predictions.csv", "metrics: m.json\n  model: model.json").replace(
        "  columns: {target: y, score: p, key: id}\n", ""
    )
    writes = (
        "import os, pathlib\npathlib.Path('m.json').write_text('{}')\npathlib.Path('model.json').write_text(WHAT)\n"
    )
    place.base = place.commit_files(policy, train=writes.replace("WHAT", "'[1]'"))
    assert gates(place.decided()[1])["training.reproducible"].verdict == "pass"
    place.commit_files(policy, train=writes.replace("WHAT", "f'[{os.getpid()}]'"))
    found = gates(place.decided()[1])["training.reproducible"]
    assert found.verdict == "inconclusive"
    assert "the models' bytes differ" in found.message


@pytest.mark.parametrize("model", [False, True])
def test_committed_results_that_no_training_writes_prove_nothing(place: Place, model: bool) -> None:
    (place.root / ".gitignore").write_text("")
    (place.root / "predictions.csv").write_text("id,y,p\n" + "".join(f"{i},{i % 2},0.5\n" for i in range(200)))
    (place.root / "model").mkdir()
    (place.root / "model" / "weights.json").write_text("[1]")
    named = "  run: 'true'\n  model: model\n  task:" if model else "  task:"
    place.base = place.commit_files(REPEATED.replace("  task:", named), train="")
    found = gates(place.decided()[1])["training.reproducible"]
    assert (found.verdict, found.reason_code) == ("inconclusive", "missing-evidence")
    assert "has not written" in found.message


def test_the_model_tells_where_a_command_of_its_own_predicts(place: Place) -> None:
    policy = REPEATED.replace("  task:", "  run: PYTHON predict.py\n  model: model.json\n  task:")
    train = "import pathlib\npathlib.Path('model.json').write_text('[1]')\n"
    place.base = place.commit_files(policy, train=train, predict=SEEDED)
    found = gates(place.decided()[1])["training.reproducible"]
    assert found.verdict == "pass", found.message


def test_dvc_runs_a_stage_again_whose_run_it_knows(tmp_path: Path) -> None:
    """What DVC remembers of an earlier run must not stand for a second one."""
    pytest.importorskip("dvc")
    import subprocess

    place = Place(tmp_path, ignored="")
    dvc = (sys.executable, "-m", "dvc")
    subprocess.run((*dvc, "init", "-q"), cwd=place.root, check=True, capture_output=True)
    (place.root / "in.txt").write_text("1")
    (place.root / "dvc.yaml").write_text(
        "stages:\n  train:\n    cmd: date +%N > out.txt\n    deps: [in.txt]\n    outs: [out.txt]\n"
    )
    subprocess.run((*dvc, "repro", "-q"), cwd=place.root, check=True, capture_output=True)
    place.git("add", "-A")
    place.git("commit", "-qm", "x")
    with Git(place.root).worktree("HEAD") as folder:
        prepare_worktree(place.root, folder)
        forget_runs(folder)
        subprocess.run((*dvc, "repro", "-q"), cwd=folder, check=True, capture_output=True)
        assert (folder / "out.txt").read_text() != (place.root / "out.txt").read_text()


def test_changes_of_a_work_tree_are_told_by_kind(place: Place) -> None:
    (place.root / "train.py").write_text("changed\n")
    (place.root / "extra" / "params.txt").unlink()
    (place.root / "a new file").write_text("")
    assert Git(place.root).changes() == Changes(tracked=("extra/params.txt", "train.py"), untracked=("a new file",))


@pytest.mark.parametrize(("train", "n", "said"), [(SEEDED, 200, ""), (TRAIN.replace("SEED", "None"), 0, "other bytes")])
def test_files_that_are_not_read_into_memory_are_compared_by_their_bytes(
    place: Place, train: str, n: int, said: str
) -> None:
    place.base = place.commit_files(REPEATED, train=train)
    git = Git(place.root)
    subject = Subject(repository="o/r", head_sha=git.head(), base_sha=place.base)
    plan = Plan(stages=("training",), runs_on=(), head_sha=git.head(), base_sha=place.base, policy_sha256="")
    policy = load_config((place.root / "sluice.yaml").read_bytes())
    order = Order(subject=subject, plan=plan, head=policy, policy=policy, version="0")
    shop = workshop(git, subject, place.scratch, lambda _: None)
    shop = replace(shop, predictions=lambda path, asked: open_predictions(path, asked, most=50))
    trained = measure(order, shop).training
    assert trained is not None and trained.facts is not None and trained.facts.repeat is not None
    assert trained.facts.repeat.n == n
    assert said in trained.facts.repeat.reason
