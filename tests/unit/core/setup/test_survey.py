"""What a repository's file names say: data, training, inputs, results."""

from __future__ import annotations

import pytest

from sluice.adapters.located import FORMATS
from sluice.core.setup.survey import (
    DATA_SUFFIXES,
    Survey,
    data_files,
    is_kept,
    is_looked_for,
    is_tracked,
    metric_files,
    names,
    prediction_files,
    setup_command,
    training_command,
    training_inputs,
)


def test_the_suffixes_are_those_that_the_engine_reads() -> None:
    assert set(DATA_SUFFIXES) == set(FORMATS)


def test_data_is_what_git_or_dvc_tracks_and_no_result() -> None:
    found = Survey(
        files=(
            "big.csv",
            "data/train.csv",
            "data/predictions.csv",
            "reports/table.csv",
            "tests/fixtures/tiny.parquet",
            "notes.txt",
            ".hidden/data.csv",
            "scores_old.parquet",
            "val_predictions.parquet",
        ),
        tracked_by_dvc=("data/raw.parquet", "models/model.pkl"),
        outputs=("prepared/made.parquet",),
    )
    assert data_files(found) == ("data/raw.parquet", "data/train.csv", "big.csv")


def test_what_the_pipeline_makes_is_data_only_where_there_is_no_other() -> None:
    assert data_files(Survey(files=("dvc.yaml",), outputs=("prepared/made.parquet",))) == ("prepared/made.parquet",)


def test_two_files_of_one_name_get_two_names() -> None:
    found = names(("a/train.csv", "b/train.csv", "b/train.parquet", "2024-sales.csv", "é.csv"))
    assert found == {
        "train": "a/train.csv",
        "b_train": "b/train.csv",
        "train_2": "b/train.parquet",
        "data_2024_sales": "2024-sales.csv",
        "data": "é.csv",
    }


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (Survey(files=("dvc.yaml", "train.py"), has_pipeline=True), "dvc repro"),
        (Survey(files=("dvc.yaml",), has_pipeline=True, remotes=("s3",)), "dvc repro --pull"),
        (Survey(files=("Makefile", "train.py"), make_targets=("all", "train")), "make train"),
        (Survey(files=("Makefile", "train.py"), make_targets=("all",)), "python train.py"),
        (Survey(files=("src/train.py",)), "python src/train.py"),
        (Survey(files=("src/train.py", "src/__init__.py")), "python -m src.train"),
        (Survey(files=("notebooks/train.ipynb",)), None),
    ],
)
def test_training_command(found: Survey, command: str | None) -> None:
    assert training_command(found) == command


def test_inputs_are_the_code_and_its_settings() -> None:
    found = Survey(
        files=(
            "train.py",
            "src/model.py",
            "tests/test_model.py",
            "conf/a.yaml",
            "params.yaml",
            "requirements.txt",
            "README.md",
            "Makefile",
        )
    )
    assert training_inputs(found, "make train") == (
        "conf/**",
        "src/**",
        "Makefile",
        "params.yaml",
        "requirements.txt",
        "*.py",
        "!tests/**",
    )


def test_where_nothing_looks_like_code_everything_counts() -> None:
    assert training_inputs(Survey(files=("data.csv", "run.R", "params.yaml", "tests/a.py")), "Rscript run.R") == ("**",)
    assert training_inputs(Survey(files=("src/a.py", "*odd/b.py")), "python src/a.py") == ("**",)


@pytest.mark.parametrize(
    ("files", "remotes", "command", "setup"),
    [
        (("requirements.txt", "pyproject.toml"), (), "python train.py", "python3 -m pip install -r requirements.txt"),
        (("pyproject.toml",), (), "python train.py", "python3 -m pip install ."),
        (("sub/requirements.txt",), (), "python train.py", ""),
        (("requirements.txt",), ("s3", "file"), "dvc repro", "python3 -m pip install -r requirements.txt 'dvc[s3]'"),
        ((), (), "dvc repro", "python3 -m pip install dvc"),
    ],
)
def test_setup_command(files: tuple[str, ...], remotes: tuple[str, ...], command: str, setup: str) -> None:
    assert setup_command(Survey(files=files, remotes=remotes), command) == setup


def test_results_are_found_by_name_and_the_pipelines_come_first() -> None:
    found = Survey(
        files=("old/predictions.csv", "metrics.json", "tests/predictions.csv"),
        outputs=("reports/predictions.parquet", "model.pkl"),
        metrics=("reports/scores.json", "plots/curve.png"),
        results=("out/test_predictions.jsonl",),
    )
    expected = ("reports/predictions.parquet", "out/test_predictions.jsonl", "old/predictions.csv")
    assert prediction_files(found) == expected
    assert metric_files(found) == ("reports/scores.json", "metrics.json")


@pytest.mark.parametrize(
    ("path", "is_result"),
    [
        ("predictions.parquet", True),
        ("a/b/val_metrics.json", True),
        ("metrics.csv", False),
        ("predictions.png", False),
        ("my_predictions_notes.csv", False),
    ],
)
def test_what_the_search_looks_for(path: str, is_result: bool) -> None:
    assert is_looked_for(path) is is_result


def test_a_dvc_output_is_kept_only_where_a_remote_holds_it() -> None:
    outputs = ("reports",)
    assert is_kept(Survey(files=("p.csv",)), "p.csv")
    assert not is_kept(Survey(files=(), outputs=outputs), "reports/p.csv")
    assert is_kept(Survey(files=(), outputs=outputs, remotes=("file",)), "reports/p.csv")
    assert not is_kept(Survey(files=(), outputs=outputs, remotes=("file",)), "other/p.csv")


def test_what_no_checkout_would_have() -> None:
    found = Survey(files=("a/b.csv",), tracked_by_dvc=("folder",))
    assert is_tracked(found, "a/b.csv") and is_tracked(found, "a") and is_tracked(found, "folder/part.parquet")
    assert not is_tracked(found, "a/c.csv") and not is_tracked(found, "fold")
