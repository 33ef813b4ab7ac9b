"""`sluice doctor` on a work tree and on the emulated GitHub's rules."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sluice.adapters.git import Git
from sluice.core.setup.documents import FORK_WORKFLOW_PATH, WORKFLOW_PATH, action, fork_workflow, workflow
from sluice.domain.verdict import Verdict
from sluice.entry.cli import main
from sluice.entry.examination import examine

if TYPE_CHECKING:
    from ghbench.harness import Running

REPO = "acme/churn"
ACTIONS = 15368
POLICY = """\
version: 1
data:
  train: {source: data/train.csv, contract: contracts/train.odcs.yaml}
training: {run: python train.py, inputs: [train.py]}
"""
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: train
name: train
version: 1.0.0
status: active
schema:
  - name: train
    properties:
      - {name: a, logicalType: integer, required: true}
"""

Write = Callable[[str, str], None]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose set-up is sound, of which GitHub is not asked."""
    folder = tmp_path / "repo"
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    source = action(f"sluice-ml/sluice@{'a' * 40}")
    files = {
        "sluice.yaml": POLICY,
        "contracts/train.odcs.yaml": CONTRACT,
        "data/train.csv": "a\n1\n",
        WORKFLOW_PATH: workflow(source, branch="main", setup=""),
        FORK_WORKFLOW_PATH: fork_workflow(source),
    }
    for path, text in files.items():
        _write(folder, path, text)
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(("git", *arguments), cwd=root, check=True, capture_output=True)


def _write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def _found(root: Path, verdict: Verdict) -> dict[str, str]:
    """Checks of this verdict, with what was said last."""
    return {one.check: one.message for one in examine(Git(root)) if one.verdict is verdict}


# -- the work tree ---------------------------------------------------------------------------------


def test_a_sound_set_up_and_what_was_not_looked_at(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(root), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "warn"
    doubtful = [finding for finding in said["findings"] if finding["verdict"] == "warn"]
    assert [finding["check"] for finding in doubtful] == ["protection"]
    assert "there is no token" in doubtful[0]["message"] and "GITHUB_TOKEN" in doubtful[0]["remedy"]
    assert all(set(finding) == {"check", "verdict", "message", "remedy"} for finding in said["findings"])


BROKEN = [
    ("sluice.yaml", None, "config"),
    ("sluice.yaml", "version: 1\ndta: {}\n", "config"),
    ("sluice.yaml", "version: 1\n", "config"),
    ("sluice.yaml", POLICY.replace("data/train.csv", "/etc/passwd"), "config"),
    ("sluice.yaml", POLICY.replace("run: python train.py", "run: ' '"), "config"),
    ("contracts/train.odcs.yaml", None, "contract"),
    ("contracts/train.odcs.yaml", "kind: Other\n", "contract"),
    ("data/train.csv", None, "data"),
    ("data/train.csv", "", "data"),
    (".gitignore", "data/\n", "data"),
    (".gitignore", "contracts/\n", "contract"),
    (".gitignore", "*.yaml\n!*.odcs.yaml\n", "config"),
    ("other.dvc", "outs: [\n", "data"),
    (WORKFLOW_PATH, None, "workflow"),
    (".github/workflows/broken.yml", "on: [\n", "workflow"),
]


@pytest.mark.parametrize(("path", "text", "check"), BROKEN)
def test_what_must_be_mended(
    root: Path, path: str, text: str | None, check: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is None:
        (root / path).unlink()
    else:
        _write(root, path, text)
    assert main(["doctor", str(root)]) == 1
    assert f"FAIL  {check}: " in capsys.readouterr().out
    assert set(_found(root, Verdict.FAIL)) == {check}


def test_an_unmeasurable_demand_is_named(root: Path) -> None:
    rule = "    quality: [{type: custom, engine: soda, implementation: x}]\n"
    _write(root, "contracts/train.odcs.yaml", CONTRACT + rule)
    found = _found(root, Verdict.WARN)
    assert "cannot be measured" in found["contract"] and "contracts/train.odcs.yaml:" in found["contract"]


def test_data_of_dvc_need_not_be_here(root: Path) -> None:
    (root / "data/train.csv").unlink()
    _write(root, "data/train.csv.dvc", "outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e\n  path: train.csv\n")
    assert "data" not in _found(root, Verdict.FAIL)
    assert "tracked by DVC" in _found(root, Verdict.PASS)["data"]


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("{metric: log_loss, max_drop: 0.1}", "log_loss.max_drop: lower is better, so that a drop does no harm"),
        ("{metric: roc_auc, max_rise: 1 %}", "roc_auc.max_rise: higher is better, so that a rise does no harm"),
        ("{metric: size_mb, must_improve: true}", "size_mb.must_improve: whether more or less is better is not known"),
        (
            "{name: x, any_of: [{metric: f1, min: 0.5}, {metric: f1, max_rise: 0.1}]}",
            "f1.max_rise: higher is better",
        ),
        ("{metric: log_loss, max_rise: 0.1}", ""),
        ("{metric: size_mb, max: 50}", ""),
    ],
)
def test_limits_that_mean_nothing_are_named(root: Path, gate: str, said: str) -> None:
    evaluation = "evaluation: {task: classification, metrics: m.json, baseline: {ref: base}}"
    _write(root, "sluice.yaml", f"{POLICY}{evaluation}\ngates:\n  - {gate}\n")
    found = _found(root, Verdict.FAIL).get("gates", "")
    assert found.startswith(said) if said else not found


def test_an_evaluation_without_gates_closes_nothing(root: Path) -> None:
    _write(root, "sluice.yaml", POLICY + "evaluation: {task: regression, metrics: metrics.json}\n")
    assert "gates" in _found(root, Verdict.WARN)


# -- GitHub ----------------------------------------------------------------------------------------


@pytest.fixture
def hub(root: Path, checked: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The emulated GitHub, asked with the owner's token."""
    monkeypatch.setenv("GITHUB_TOKEN", "tok_alice")
    monkeypatch.setenv("GITHUB_API_URL", checked.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPO)
    return checked


def _post_gate(hub: Running, token: str = "ghs_job") -> None:
    pull = hub.pull()
    hub.hub(token).get_repo(REPO).create_check_run("sluice/gate", pull.head.sha, conclusion="success")


def _protect(hub: Running, *checks: dict[str, Any], enforce_admins: bool = True) -> None:
    body = {
        "required_status_checks": {"strict": False, "contexts": [], "checks": list(checks)},
        "enforce_admins": enforce_admins,
        "required_pull_request_reviews": None,
        "restrictions": None,
    }
    assert hub.raw("PUT", f"/repos/{REPO}/branches/main/protection", json=body).status_code == 200


def _rule(hub: Running, *rules: dict[str, Any]) -> None:
    body = {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": list(rules),
    }
    answer = hub.raw("POST", f"/repos/{REPO}/rulesets", json=body)
    assert answer.status_code == 201, answer.text


def _required(context: str, app: int | None) -> dict[str, Any]:
    check = {"context": context} | ({"integration_id": app} if app is not None else {})
    parameters = {"strict_required_status_checks_policy": False, "required_status_checks": [check]}
    return {"type": "required_status_checks", "parameters": parameters}


QUEUE = {
    "type": "merge_queue",
    "parameters": {
        "check_response_timeout_minutes": 60,
        "grouping_strategy": "ALLGREEN",
        "max_entries_to_build": 5,
        "max_entries_to_merge": 5,
        "merge_method": "MERGE",
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 5,
    },
}


def test_an_unprotected_branch(root: Path, hub: Running) -> None:
    assert main(["doctor", str(root)]) == 1
    assert "does not require `sluice/gate`" in _found(root, Verdict.FAIL)["protection"]


@pytest.mark.parametrize(
    ("app", "verdict", "said"),
    [
        (ACTIONS, Verdict.PASS, "from github-actions (app 15368)"),
        (-1, Verdict.WARN, "from any source"),
        (12345, Verdict.FAIL, "no pull request can be merged"),
    ],
)
def test_classic_protection(root: Path, hub: Running, app: int, verdict: Verdict, said: str) -> None:
    _post_gate(hub)
    _protect(hub, {"context": "sluice/gate", "app_id": app})
    assert said in _found(root, verdict)["protection"]
    assert main(["doctor", str(root)]) == (1 if verdict is Verdict.FAIL else 0)


@pytest.mark.parametrize(("app", "verdict"), [(ACTIONS, Verdict.PASS), (None, Verdict.WARN), (12345, Verdict.FAIL)])
def test_a_ruleset(root: Path, hub: Running, app: int | None, verdict: Verdict) -> None:
    _post_gate(hub)
    _rule(hub, _required("sluice/gate", app))
    assert "protection" in _found(root, verdict)


def test_a_stage_required_beside_the_gate(root: Path, hub: Running) -> None:
    _protect(hub, {"context": "sluice/gate", "app_id": ACTIONS}, {"context": "sluice/data", "app_id": ACTIONS})
    assert "`sluice/data`" in _found(root, Verdict.WARN)["protection"]


def test_a_merge_queue_needs_its_event(root: Path, hub: Running) -> None:
    _rule(hub, _required("sluice/gate", ACTIONS), QUEUE)
    assert "merge-queue" not in _found(root, Verdict.FAIL)
    text = (root / WORKFLOW_PATH).read_text()
    _write(root, WORKFLOW_PATH, text.replace("  merge_group:", "  merge_groups_gone:"))
    assert "never" not in _found(root, Verdict.FAIL)["merge-queue"]
    assert main(["doctor", str(root)]) == 1


def test_a_token_that_may_not_see_everything_is_told_so(
    root: Path, hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_job")
    assert "administration: read" in {one.check: one.remedy for one in examine(Git(root))}["protection"]
    assert "protection" in _found(root, Verdict.WARN)


def test_a_runner_of_ones_own_in_a_public_repository(root: Path, hub: Running) -> None:
    _write(root, "sluice.yaml", POLICY.replace("inputs:", "runs_on: [self-hosted, gpu], inputs:"))
    assert "public" in _found(root, Verdict.WARN)["runner"]


@pytest.mark.parametrize(("admins", "named"), [(False, True), (True, False)])
def test_who_may_merge_past_it_is_named(root: Path, hub: Running, *, admins: bool, named: bool) -> None:
    _post_gate(hub)
    _protect(hub, {"context": "sluice/gate", "app_id": ACTIONS}, enforce_admins=admins)
    said = _found(root, Verdict.WARN).get("bypass", "")
    assert said == ("administrators may merge into main past a closed `sluice/gate`" if named else "")
    # A rule that binds everybody is enough.
    _rule(hub, _required("sluice/gate", ACTIONS))
    assert "bypass" not in _found(root, Verdict.WARN)


# -- sluice init --protect -------------------------------------------------------------------------


def test_protect_requires_the_gate_and_doctor_agrees(
    root: Path, hub: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    _post_gate(hub)
    assert main(["doctor", str(root)]) == 1
    capsys.readouterr()
    for changed in (True, False):
        assert main(["init", str(root), "--protect", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said == {
            "branch": "main",
            "check": "sluice/gate",
            "app_id": ACTIONS if changed else None,
            "changed": changed,
        }
    assert main(["doctor", str(root)]) == 0
    assert "from github-actions (app 15368)" in _found(root, Verdict.PASS)["protection"]
    assert "bypass" not in _found(root, Verdict.WARN)


def test_protect_pins_what_any_source_could_post(root: Path, hub: Running) -> None:
    _post_gate(hub)
    _protect(hub, {"context": "sluice/gate", "app_id": -1})
    assert "from any source" in _found(root, Verdict.WARN)["protection"]
    assert main(["init", str(root), "--protect"]) == 0
    assert "from github-actions" in _found(root, Verdict.PASS)["protection"]


def test_protect_changes_nothing_that_it_cannot_know(
    root: Path, hub: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*more: str) -> str:
        assert main(["init", str(root), "--protect", *more]) == 2
        return capsys.readouterr().err

    assert "no app has posted `sluice/gate` yet" in refused(), "not github.com, whose app is known"
    _post_gate(hub)
    _rule(hub, _required("sluice/gate", 12345))
    assert "from the app 12345, but github-actions (app 15368) posts it" in refused()
    assert "goes with no other option" in refused("--train", "true")
    monkeypatch.delenv("GITHUB_TOKEN")
    assert "there is no token" in refused()
    assert len(hub.raw("GET", f"/repos/{REPO}/rulesets").json()) == 1


def test_protect_by_who_may_not_ends_as_outside(
    root: Path, hub: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _post_gate(hub)
    monkeypatch.setenv("GITHUB_TOKEN", "tok_bob")
    assert main(["init", str(root), "--protect"]) == 3
    assert "administration" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [("GITHUB_TOKEN", "ghs_dead"), ("GITHUB_REPOSITORY", "acme/none"), ("GITHUB_REPOSITORY", "not a name")],
)
def test_github_that_cannot_be_asked_is_another_exit_code(
    root: Path, bench: Running, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "tok_alice")
    monkeypatch.setenv("GITHUB_API_URL", bench.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPO)
    monkeypatch.setenv(name, value)
    assert main(["doctor", str(root)]) == 3
    assert "github" in _found(root, Verdict.ERROR)
    (root / "sluice.yaml").unlink()
    assert main(["doctor", str(root)]) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/churn.git",
        "https://someone:hunter2@github.com/acme/churn",
        "git@github.com:acme/churn.git",
        "ssh://git@github.com/acme/churn.git",
        "ssh://git@ssh.github.com:443/acme/churn.git",
    ],
)
def test_the_repository_is_read_from_the_remote(
    root: Path, hub: Running, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY")
    _git(root, "remote", "add", "origin", address)
    assert "main does not require" in _found(root, Verdict.FAIL)["protection"]


@pytest.mark.parametrize(
    "address", ["https://evil.example/acme/churn.git", "/srv/git/churn.git", "git@evil.example:a/b"]
)
def test_the_token_goes_to_no_host_that_only_a_file_names(
    root: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "tok_alice")
    _git(root, "remote", "add", "origin", address)
    found = _found(root, Verdict.WARN)["protection"]
    assert "names no repository on github.com" in found and "evil" not in found


@pytest.mark.parametrize(
    ("stated", "verdict", "said"),
    [
        ("drift: {}", Verdict.FAIL, "data.train.drift: needs `reference`"),
        ("reference: {}", Verdict.FAIL, "needs exactly one of `ref`, `path` and `model`"),
        ("reference: {ref: base}", Verdict.WARN, "nothing is compared with it but the number of rows"),
        ("reference: {ref: base}, drift: {}", Verdict.PASS, "data.train is compared with the base"),
        ("reference: {path: data/train.csv}, drift: {}", Verdict.PASS, "compared with data/train.csv"),
        ("reference: {path: data/gone.csv}, drift: {}", Verdict.FAIL, "there is no data/gone.csv in this work tree"),
        ("reference: {path: data/gone.csv@v1}, drift: {}", Verdict.PASS, "compared with data/gone.csv@v1"),
        ("reference: {model: churn@champion}, drift: {}", Verdict.WARN, "MLFLOW_TRACKING_URI is not set here"),
    ],
)
def test_references(root: Path, monkeypatch: pytest.MonkeyPatch, stated: str, verdict: Verdict, said: str) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    _write(root, "sluice.yaml", POLICY.replace("train.odcs.yaml}", f"train.odcs.yaml, {stated}}}"))
    assert any(said in one.message for one in examine(Git(root)) if one.verdict is verdict)


def test_a_place_has_no_version_for_the_base(root: Path) -> None:
    stated = "source: 's3://bucket/train.csv', reference: {ref: base}, drift: {}"
    _write(root, "sluice.yaml", POLICY.replace("source: data/train.csv", stated))
    assert "has no version for the base" in _found(root, Verdict.FAIL)["drift"]
    assert "a run reads it" in _found(root, Verdict.PASS)["data"]
