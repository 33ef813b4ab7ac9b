"""``sluice model inspect`` as people and scripts rely on it."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KEYS = {"verdict", "path", "format", "sha256", "n_bytes", "n_files", "globals", "message"}


def sluice(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sluice", "model", "inspect", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(done.stdout)


def test_a_model_that_may_be_loaded(tmp_path: Path) -> None:
    data = pickle.dumps({"weights": [1.0, 2.0]})
    (tmp_path / "model.pkl").write_bytes(data)
    done = sluice(tmp_path, "model.pkl", "--json")
    assert done.returncode == 0
    assert set(said(done)) == KEYS
    assert said(done)["sha256"] == hashlib.sha256(data).hexdigest()
    assert said(done)["n_bytes"] == len(data)
    shown = sluice(tmp_path, str(tmp_path / "model.pkl"))
    assert (shown.returncode, "pickle" in shown.stdout) == (0, True)


def test_a_model_that_must_not_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n(S'touch canary'\ntR.")
    done = sluice(tmp_path, "model.pkl", "--json")
    assert done.returncode == 1
    assert (said(done)["verdict"], said(done)["globals"]) == ("error", ["os:system"])
    assert "os.system" in said(done)["message"]
    shown = sluice(tmp_path, "model.pkl")
    assert "os:system  (not allowed)" in shown.stdout
    assert not (tmp_path / "canary").exists()


def test_modules_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"\x80\x02cshop.features\nEncoder\n)\x81.")
    assert sluice(tmp_path, "model.pkl").returncode == 1
    assert sluice(tmp_path, "model.pkl", "--module", "other", "--module", "shop.features").returncode == 0
    assert sluice(tmp_path, "model.pkl", "--module", "os").returncode == 2


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    assert said(sluice(tmp_path, "model", "--json"))["format"] == "folder"
    (tmp_path / "model" / "link").symlink_to("/etc/passwd")
    assert sluice(tmp_path, "model").returncode == 1


def test_no_model(tmp_path: Path) -> None:
    done = sluice(tmp_path, "nothing.pkl", "--json")
    assert done.returncode == 2
    assert said(done)["error"]["exit_code"] == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read anything")
def test_a_model_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"N.")
    (tmp_path / "model.pkl").chmod(0)
    assert sluice(tmp_path, "model.pkl").returncode == 1
