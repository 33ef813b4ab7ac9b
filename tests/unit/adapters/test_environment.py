"""What a command of the pull request may see, and what is recorded of where it ran."""

from __future__ import annotations

import os
import venv
from pathlib import Path

import pytest

from sluice.adapters.environment import capture, child_environment, with_code_at, without_folder

TOKEN = "ghs_" + "A1" * 18

JOB = {
    "PATH": "/usr/bin",
    "HOME": "/root",
    "GITHUB_TOKEN": TOKEN,
    "GH_TOKEN": "another-token",
    "ACTIONS_RUNTIME_TOKEN": "runtime-token-value",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "id-token-value",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.org",
    "INPUT_TOKEN": TOKEN,
    "INPUT_GITHUB-TOKEN": TOKEN,
    "GITHUB_OUTPUT": "/x/out",
    "GITHUB_ENV": "/x/env",
    "GITHUB_PATH": "/x/path",
    "GITHUB_STATE": "/x/state",
    "GITHUB_STEP_SUMMARY": "/x/summary",
    "SLUICE_TOKEN": "sluice-token",
    "SLUICE_SEED": "1",
    "MY_COPY": f"Bearer {TOKEN}",
    "OTHER_COPY": "x:runtime-token-value",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "http.extraheader",
    "GIT_CONFIG_VALUE_0": "AUTHORIZATION: basic xyz",
    "GITHUB_SHA": "abc",
    "RUNNER_TRACKING_ID": "github_1",
    "MLFLOW_TRACKING_URI": "http://mlflow",
    "AWS_SECRET_ACCESS_KEY": "data-credential",
    "HF_TOKEN": "hf-token",
}


def test_the_job_s_secrets_stay_outside() -> None:
    found = child_environment(JOB, {"SLUICE_SEED": "7", "SLUICE_HEAD_SHA": "abc"})
    assert found == {
        "PATH": "/usr/bin",
        "HOME": "/root",
        "GITHUB_SHA": "abc",
        "RUNNER_TRACKING_ID": "github_1",
        "MLFLOW_TRACKING_URI": "http://mlflow",
        "AWS_SECRET_ACCESS_KEY": "data-credential",
        "HF_TOKEN": "hf-token",
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": "0",
        "SLUICE_SEED": "7",
        "SLUICE_HEAD_SHA": "abc",
    }
    assert TOKEN not in str(found)


def test_the_workflow_s_own_python_settings_stand() -> None:
    assert child_environment({"PYTHONHASHSEED": "random"}, {})["PYTHONHASHSEED"] == "random"


def test_an_empty_token_takes_nothing_with_it() -> None:
    assert child_environment({"GITHUB_TOKEN": "", "A": "b"}, {})["A"] == "b"


def test_capture_looks_at_the_python_on_the_path() -> None:
    found = capture(env=os.environ, git_sha="a" * 40, dirty=True, dvc_hashes={"data": "1" * 32}, seed=7)
    assert found.python.count(".") == 2
    assert found.cpu_count >= 1
    assert found.platform
    assert (found.git_sha, found.dirty, found.seed, found.dvc_hashes) == ("a" * 40, True, 7, {"data": "1" * 32})


def _program(folder: Path, name: str, text: str) -> dict[str, str]:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o700)
    return {"PATH": str(folder)}


def test_packages_and_accelerators(tmp_path: Path) -> None:
    env = _program(tmp_path, "python", """echo '{"python": "3.12.1", "packages": {"torch": "2.6", "numpy": "2.0"}}'""")
    _program(tmp_path, "nvidia-smi", "echo 'NVIDIA H200, 143771 MiB, 560.1'; echo")
    found = capture(env=env)
    assert (found.python, found.packages) == ("3.12.1", {"numpy": "2.0", "torch": "2.6"})
    assert found.gpus == ("NVIDIA H200, 143771 MiB, 560.1",)


@pytest.mark.parametrize("text", ["exit 1", "echo nonsense", "echo '[]'", "echo '{\"packages\": 1}'", "true"])
def test_a_python_that_does_not_answer(tmp_path: Path, text: str) -> None:
    found = capture(env=_program(tmp_path, "python", text))
    assert found.packages == {}
    assert found.python
    assert found.gpus == ()


def test_nothing_that_leads_into_a_folder_stays(tmp_path: Path) -> None:
    head, other = tmp_path / "head", tmp_path / "other"
    (head / "src").mkdir(parents=True)
    (tmp_path / "link").symlink_to(head)
    found = without_folder(
        {
            "PATH": f"{head}/.venv/bin:/usr/bin:{other}/../head/bin",
            "PYTHONPATH": f"{head}/src",
            "HERE": f"{tmp_path}/link/src",
            "RELATIVE": "src:lib",
            "URL": "https://example.org:8080/head",
            "BESIDE": f"{head}-more:{other}",
            "EMPTY": "",
        },
        head,
    )
    assert found == {
        "PATH": "/usr/bin",
        "RELATIVE": "src:lib",
        "URL": "https://example.org:8080/head",
        "BESIDE": f"{head}-more:{other}",
        "EMPTY": "",
    }


def test_the_path_of_modules_follows_to_another_work_tree(tmp_path: Path) -> None:
    head, base = tmp_path / "head", tmp_path / "base"
    (head / "src").mkdir(parents=True)
    (tmp_path / "link").symlink_to(head)
    (head / "out").symlink_to("/usr")
    given = f"{head}:{head}/src:{tmp_path}/link/src:{head}/out/lib:src:/usr/lib:{head}-more"
    found = with_code_at({"PYTHONPATH": given, "PATH": f"{head}/bin"}, {"PATH": ""}, head, base)
    assert found == {
        "PYTHONPATH": f"{base}:{base}/src:{base}/src:{base}/out/lib:src:/usr/lib:{head}-more",
        "PATH": f"{head}/bin",
    }
    assert with_code_at({"PATH": "/usr/bin"}, {"PATH": ""}, head, base) == {"PATH": "/usr/bin"}


@pytest.mark.parametrize(
    "installed",
    [
        "HEAD/src",
        "import sys, types; m = types.ModuleType('finder'); m.MAPPING = {'lib': 'HEAD/src/lib'}; "
        "sys.modules['finder'] = m; "
        "sys.meta_path.append(type('F', (), {'__module__': 'finder', 'find_spec': lambda *_: None})())",
    ],
)
def test_packages_that_are_installed_as_they_lie_in_one_work_tree_are_taken_from_the_other(
    tmp_path: Path, installed: str
) -> None:
    head, base = tmp_path / "head", tmp_path / "base"
    for folder in (head, base):
        (folder / "src" / "lib").mkdir(parents=True)
    venv.create(tmp_path / "venv", with_pip=False)
    (packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (packages / "editable.pth").write_text(installed.replace("HEAD", str(head)) + "\n")
    env = {"PATH": str(tmp_path / "venv" / "bin")}
    assert with_code_at(env, env, head, base) == env | {"PYTHONPATH": f"{base}/src"}
    assert with_code_at(env, env, head, head) == env
