"""`sluice drift` as people and scripts rely on it: its JSON, its exit codes, its table."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

DOCUMENT = {"verdict", "n_reference", "n_current", "columns"}
COLUMN = {"column", "kind", "test", "statistic", "p_value", "p_adjusted", "effect_size", "effect"}
COLUMN |= {"n_reference", "n_current", "verdict", "message"}


def sluice(root: Path, *arguments: str, command: str = "drift") -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "MLFLOW_"))}
    return subprocess.run(
        [sys.executable, "-m", "sluice", command, *arguments],
        cwd=root, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drift")
    for name, shift, seed in (("old", 0.0, 1), ("same", 0.0, 2), ("moved", 1.0, 3)):
        chance = np.random.default_rng(seed)
        kinds = pa.array(["a", "b", "c"]).take(chance.integers(0, 3, 2_000))
        rows = {"x": chance.normal(shift, 1, 2_000), "kind": kinds, "at": pa.array(["2026-01-01T00:00:00"] * 2_000)}
        pq.write_table(pa.table(rows), root / f"{name}.parquet")
    (root / "few.csv").write_text("x,kind,at\n1,a,b\n", encoding="utf-8")
    (root / "broken.parquet").write_bytes(b"PAR1 and no more")
    return root


def shape(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


CLASSIFIED = """\
apiVersion: v3.1.0
kind: DataContract
id: people
version: 1.0.0
schema:
  - name: people
    properties:
      - {{name: {name}, logicalType: string, classification: confidential}}
"""


@pytest.mark.parametrize("name", ["who", "WHO"])
def test_no_value_of_a_classified_column_is_printed_however_its_name_is_spelt(tmp_path: Path, name: str) -> None:
    for side, person in (("old", "anna"), ("new", "berta")):
        pq.write_table(
            pa.table({"Who": [f"{person}-{index % 7}" for index in range(700)]}), tmp_path / f"{side}.parquet"
        )
    (tmp_path / "people.yaml").write_text(CLASSIFIED.format(name=name), encoding="utf-8")

    for form in ((), ("--json",)):
        done = sluice(tmp_path, "old.parquet", "new.parquet", "--contract", "people.yaml", *form)
        assert done.returncode == 1
        assert "anna" not in done.stdout + done.stderr
        assert "berta" not in done.stdout + done.stderr


def test_the_json_document(folder: Path) -> None:
    done = sluice(folder, "old.parquet", "moved.parquet", "--json")
    found = shape(done)

    assert done.returncode == 1
    assert found.keys() >= DOCUMENT
    assert (found["verdict"], found["n_reference"], found["n_current"]) == ("fail", 2_000, 2_000)
    columns = {column["column"]: column for column in found["columns"]}
    assert columns.keys() == {"x", "kind", "at"}
    assert all(column.keys() >= COLUMN for column in columns.values())
    assert (columns["x"]["verdict"], columns["x"]["effect"], columns["kind"]["verdict"]) == ("fail", "psi", "pass")
    assert columns["x"]["effect_size"] > 0.5
    assert columns["x"]["p_adjusted"] < 1e-10
    assert sum(columns["x"]["aspects"][0]["histogram"]["current"]) == 2_000


def test_the_table_shows_what_moved_most_first(folder: Path) -> None:
    done = sluice(folder, "old.parquet", "moved.parquet")
    lines = done.stdout.splitlines()

    assert done.returncode == 1
    assert lines[0].split() == ["verdict", "column", "effect", "adjusted", "p", "reference", "current"]
    assert lines[1].startswith("fail         x ")
    assert "█" in lines[1]
    assert "drifted: PSI" in lines[2]
    assert max(map(len, lines)) <= 120
    assert done.stderr.startswith("sluice: moved.parquet: fail (1 of 3 columns drifted")


def test_what_did_not_move_passes(folder: Path) -> None:
    done = sluice(folder, "old.parquet", "same.parquet")
    assert (done.returncode, "pass" in done.stderr) == (0, True)
    assert "fail" not in done.stdout


def test_limits_and_columns_are_taken(folder: Path) -> None:
    assert sluice(folder, "old.parquet", "moved.parquet", "--ignore", "x").returncode == 0
    assert sluice(folder, "old.parquet", "moved.parquet", "--column", "k*", "--column", "at").returncode == 0
    assert sluice(folder, "old.parquet", "moved.parquet", "--psi", "100").returncode == 0
    assert sluice(folder, "old.parquet", "moved.parquet", "--wasserstein", "0.5").returncode == 1
    assert sluice(folder, "old.parquet", "moved.parquet", "--min-rows", "5000").returncode == 1


def test_the_same_file_passes(folder: Path) -> None:
    found = shape(sluice(folder, "old.parquet", "old.parquet", "--json"))
    assert (found["verdict"], found["columns"]) == ("pass", [])
    assert found["reference_sha256"] == found["current_sha256"] != ""


@pytest.fixture(scope="module")
def places(folder: Path) -> Path:
    """A repository with three ways to the same rows, and what moved in its work tree."""
    root = folder / "places"
    for year, name in ((2025, "old"), (2026, "same")):
        (root / f"parts/year={year}").mkdir(parents=True)
        shutil.copy(folder / f"{name}.parquet", root / f"parts/year={year}/rows.parquet")
    shutil.copy(folder / "old.parquet", root / "data.parquet")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "rows")):
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)
    shutil.copy(folder / "moved.parquet", root / "data.parquet")
    return root


def test_data_is_named_as_in_a_configuration(places: Path) -> None:
    done = sluice(places, "data.parquet@HEAD", "data.parquet", "--json")
    found = shape(done)
    assert (done.returncode, found["dataset"], found["reference"]) == (1, "data", "data.parquet@HEAD")
    assert [column["column"] for column in found["columns"] if column["verdict"] == "fail"] == ["x"]
    done = sluice(places, "parts/*/*.parquet", "parts", "--json")
    assert (done.returncode, shape(done)["n_current"]) == (0, 4_000)
    assert sluice(places, "data.parquet@HEAD", "parts/year=2026").returncode == 0


def test_what_is_not_there_passes_nowhere(places: Path) -> None:
    for name, code in (("data.parquet@nowhere", 2), ("none.parquet@HEAD", 1), ("none/*.csv", 1), ("#table", 1)):
        done = sluice(places, name, "data.parquet", "--json")
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), name


CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: data
version: 1.0.0
schema:
  - name: data
    properties:
      - {name: x}
"""


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose data DVC tracks, and a DVC that brings other bytes than were tracked, and says nothing."""
    root = tmp_path_factory.mktemp("tracked")
    files = {
        "data.csv.dvc": f"outs:\n  - {{path: data.csv, hash: md5, md5: {'ab' * 16}, size: 4}}\n",
        "other.csv": "x\n1\n",
        "contract.yaml": CONTRACT,
        ".dvc/config": '[core]\n    remote = store\n[remote "store"]\n    url = ../../store\n',
        ".gitignore": "bin\ndata.csv\n",
        "bin/dvc": "#!/bin/sh\nprintf 'x\\n2\\n' > data.csv\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "bin/dvc").chmod(0o755)
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "data")):
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        ("drift", "data.csv@HEAD", "other.csv"),
        ("drift", "other.csv", "data.csv@HEAD"),
        ("validate", "data.csv@HEAD", "--contract", "contract.yaml"),
        ("validate", "other.csv", "--contract", "contract.yaml", "--table", "one=data.csv@HEAD"),
    ],
)
def test_bytes_that_are_not_what_was_tracked_give_the_documents_own_shape(
    tracked: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PATH", str(tracked / "bin"), prepend=os.pathsep)
    done = sluice(tracked, *arguments[1:], "--json", command=arguments[0])
    found = shape(done)

    assert (done.returncode, found["verdict"]) == (1, "error")
    assert found.keys() >= (DOCUMENT if arguments[0] == "drift" else {"dataset", "n_rows", "n_columns", "results"})
    assert found["message"].startswith("digest: data.csv: is not what data.csv.dvc names")
    assert "Traceback" not in done.stderr


def test_a_password_in_a_url_is_refused_and_not_shown(places: Path) -> None:
    done = sluice(places, "postgres://me:hushhush@127.0.0.1:1/base#rows", "data.parquet", "--json")
    assert (done.returncode, shape(done)["verdict"]) == (1, "error")
    assert shape(done)["reference"] == "postgres://127.0.0.1:1/base#rows"
    assert "hushhush" not in done.stdout + done.stderr


def test_nothing_to_test_is_said(folder: Path) -> None:
    done = sluice(folder, "old.parquet", "same.parquet", "--ignore", "*")
    assert (done.returncode, "inconclusive (there is no column to test)" in done.stderr) == (1, True)


def test_too_few_rows_are_inconclusive(folder: Path) -> None:
    done = sluice(folder, "few.csv", "few.csv", "--min-rows", "100", "--json")
    # One row is its own reference, but of another file nothing can be said.
    assert shape(done)["verdict"] == "pass"
    (folder / "other.csv").write_text("x,kind,at\n22,a,b\n", encoding="utf-8")
    done = sluice(folder, "few.csv", "other.csv", "--json")
    assert (done.returncode, shape(done)["verdict"]) == (1, "inconclusive")


def test_unreadable_data_is_an_error_of_one_sentence(folder: Path) -> None:
    done = sluice(folder, "old.parquet", "broken.parquet", "--json")
    found = shape(done)
    assert (done.returncode, found["verdict"], found["columns"]) == (1, "error", [])
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere.parquet", "old.parquet"),
        ("old.parquet", "nowhere.parquet"),
        ("old.parquet", "same.parquet", "--alpha", "0"),
        ("old.parquet", "same.parquet", "--alpha", "nan"),
        ("old.parquet", "same.parquet", "--psi", "-1"),
        ("old.parquet", "same.parquet", "--ks", "inf"),
        ("old.parquet", "same.parquet", "--min-rows", "0"),
        ("old.parquet", "same.parquet", "--correction", "none"),
        ("old.parquet", "same.parquet", "--contract", "nowhere.yaml"),
        ("old.parquet",),
    ],
)
def test_a_wrong_use_is_said_as_one(folder: Path, arguments: tuple[str, ...]) -> None:
    done = sluice(folder, *arguments, "--json")
    assert done.returncode == 2
    assert shape(done)["error"]["exit_code"] == 2
    assert "Traceback" not in done.stderr
