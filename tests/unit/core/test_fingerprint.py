"""What belongs to a fingerprint, and which stages a change concerns."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.core.fingerprint import counts, depends, fingerprint, settled, touches
from sluice.domain.config import Baseline, Config, DataSource, Evaluation, Reference, Training
from sluice.domain.drift_limits import Drift
from sluice.domain.gates import Gate
from sluice.domain.planning import ChangedFiles, Stage
from sluice.domain.probes import Serving
from sluice.domain.repository import TreeEntry

CONFIG = Config(
    version=1,
    data={"train": DataSource(source="data/train.csv", contract="contracts/train.yaml")},
    training=Training(run="python src/train.py", inputs=("src/**", "params.yaml")),
    evaluation=Evaluation(task="classification", predictions="out/p.csv", metrics="metrics.json"),
    gates=(Gate(metric="roc_auc", min=0.8),),
)
ALL = {"data", "training", "evaluation"}


def _entries(*paths: str, sha: str = "a" * 40) -> tuple[TreeEntry, ...]:
    return tuple(TreeEntry(path=path, mode="100644", sha=sha) for path in paths)


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("src/train.py", True),
        ("src/deep/net.py", True),
        ("params.yaml", True),
        ("data/train.csv", True),
        ("data/train.csv.dvc", True),
        ("data.dvc", True),
        ("contracts/train.yaml", True),
        ("dvc.lock", True),
        ("sub/dvc.yaml", True),
        ("requirements-dev.txt", True),
        ("uv.lock", True),
        ("poetry.lock", True),
        ("pyproject.toml", True),
        ("environment.yml", True),
        ("conda-lock.yml", True),
        ("Pipfile.lock", True),
        ("data", True),
        ("src", True),
        ("README.md", False),
        ("data/test.csv", False),
        ("sluice.yaml", False),
    ],
)
def test_what_the_model_depends_on_belongs_to_it(path: str, part: bool) -> None:
    assert depends(path, CONFIG) is part
    assert counts(path, CONFIG) is part
    assert (fingerprint(_entries(path), CONFIG) != fingerprint((), CONFIG)) is part


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, data={}, training=None)])
@pytest.mark.parametrize(
    "path",
    [
        "metrics.json",
        "out/p.csv",
        "out/p.csv.dvc",
        "out",
        ".github/workflows/sluice.yml",
        ".github/workflows/ml.yml",
        ".github/actions/setup/action.yml",
        ".github/actions/setup/install.sh",
    ],
)
def test_committed_results_and_what_makes_evidence_belong_to_it(path: str, config: Config) -> None:
    assert not depends(path, config)
    assert fingerprint(_entries(path), config) != fingerprint(_entries(path, sha="b" * 40), config)


def test_a_submodule_that_holds_data_belongs_to_it() -> None:
    marks = {fingerprint((TreeEntry(path="data", mode="160000", sha=sha * 40),), CONFIG) for sha in "ab"}
    assert len(marks) == 2


def test_it_is_64_hex_digits_and_does_not_know_order() -> None:
    entries = _entries("src/b.py", "src/a.py", "params.yaml")
    found = fingerprint(entries, CONFIG)
    assert len(found) == 64
    assert int(found, 16) >= 0
    assert fingerprint(entries[::-1], CONFIG) == found


def test_it_is_the_same_for_ever() -> None:
    """A fingerprint outlives the version that wrote it; another value needs another version inside."""
    assert (
        fingerprint(_entries("src/a.py"), CONFIG) == "4912ab3095e17a6ea35dc7bd17bc735bf73dee5cb7e7b9c53340b49d7d6f91c3"
    )


def test_mode_content_and_name_count() -> None:
    entry = TreeEntry(path="src/a.py", mode="100644", sha="a" * 40)
    variants = (entry, replace(entry, mode="100755"), replace(entry, sha="b" * 40), replace(entry, path="src/b.py"))
    assert len({fingerprint((variant,), CONFIG) for variant in variants}) == 4


def test_names_that_are_not_utf8_count() -> None:
    assert fingerprint(_entries("src/\udcff.py"), CONFIG) != fingerprint(_entries("src/\udcfe.py"), CONFIG)


def test_sections_count_and_gates_do_not() -> None:
    assert CONFIG.training is not None
    assert CONFIG.evaluation is not None
    same = replace(CONFIG, gates=())
    others = (
        replace(CONFIG, training=replace(CONFIG.training, run="python src/train.py --fast")),
        replace(CONFIG, evaluation=replace(CONFIG.evaluation, baseline=Baseline(ref="base"))),
        replace(CONFIG, data={}),
    )
    assert fingerprint((), same) == fingerprint((), CONFIG)
    assert len({fingerprint((), one) for one in (CONFIG, *others)}) == 4


PARTS = ["src", "a.py", "data", "train.csv", "train.csv.dvc", "metrics.json", "out", "p.csv", ".github", "workflows"]
PATHS = st.lists(st.sampled_from([*PARTS, "sluice.yml", "uv.lock"]), min_size=1, max_size=3).map("/".join)


@given(st.sets(PATHS), PATHS)
def test_a_change_alters_it_just_where_a_stage_is_concerned(paths: set[str], path: str) -> None:
    """But for workflows of other names: they may make evidence, and ask for nothing by themselves."""
    before = _entries(*paths)
    after = (*(entry for entry in before if entry.path != path), *_entries(path, sha="c" * 40))
    altered = fingerprint(before, CONFIG) != fingerprint(after, CONFIG)
    makes = path == ".github" or f"{path}/".startswith(".github/workflows/")
    assert altered == (makes or bool(touches(ChangedFiles(paths=(path,)), CONFIG)))


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        ("sluice.yaml", ALL),
        (".github/workflows/sluice.yml", ALL),
        (".github/workflows/sluice-publish.yaml", ALL),
        (".github/workflows/lint.yml", set()),
        ("data/train.csv", ALL),
        ("data/train.csv.dvc", ALL),
        ("contracts/train.yaml", ALL),
        ("dvc.lock", ALL),
        ("src/train.py", {"training", "evaluation"}),
        ("uv.lock", {"training", "evaluation"}),
        ("metrics.json", {"evaluation"}),
        ("out/p.csv.dvc", {"evaluation"}),
        ("out", {"evaluation"}),
        ("data", ALL),
        ("contracts", ALL),
        ("src", {"training", "evaluation"}),
        ("README.md", set()),
    ],
)
def test_touches(path: str, stages: set[str]) -> None:
    found = touches(ChangedFiles(paths=("docs/x.md", path)), CONFIG)
    assert set(found) == stages
    assert all(reason == f"`{path}` changed" for reason in found.values())


def test_a_list_cut_short_touches_everything() -> None:
    found = touches(ChangedFiles(paths=("README.md",), complete=False), CONFIG)
    assert set(found) == ALL == set(get_args(Stage))
    assert "over 3,000 files" in found["data"]


def test_only_configured_stages() -> None:
    bare = Config(version=1, evaluation=Evaluation(task="regression", metrics="m[1].json"))
    assert set(touches(ChangedFiles(paths=("sluice.yaml",)), bare)) == {"evaluation"}
    assert set(touches(ChangedFiles(paths=("m[1].json",)), bare)) == {"evaluation"}
    assert not touches(ChangedFiles(paths=("m1.json",)), bare)
    assert not touches(ChangedFiles(paths=()), CONFIG)


def test_another_place_of_the_configuration() -> None:
    assert set(touches(ChangedFiles(paths=("ci/gate.yaml",)), CONFIG, path="ci/gate.yaml")) == ALL


def _with_data(source: str, **more: object) -> Config:
    data = DataSource(source=source, contract="contracts/train.yaml", **more)  # pyright: ignore[reportArgumentType]
    return replace(CONFIG, data={"train": data}, training=None, evaluation=None)


@pytest.mark.parametrize(
    ("source", "path", "part"),
    [
        ("data/*.parquet", "data/a.parquet", True),
        ("data/*.parquet", "data/a.csv", False),
        ("data/**/*.csv", "data/x/y/a.csv", True),
        ("data/*.parquet", "data.dvc", True),
        ("data/a[1].csv", "data/a[1].csv", True),
        ("data/a.csv@v1", "data/a.csv", True),
        ("s3://bucket/a.csv", "bucket/a.csv", False),
    ],
)
def test_data_by_pattern_and_by_revision(source: str, path: str, part: bool) -> None:
    assert depends(path, _with_data(source)) is part


def test_the_reference_belongs_to_it() -> None:
    config = _with_data("a.csv", reference=Reference(path="data/ref.csv"))
    assert depends("data/ref.csv", config)
    assert "data" in touches(ChangedFiles(paths=("data/ref.csv",)), config)


@pytest.mark.parametrize(
    "config",
    [
        _with_data("a.csv", drift=Drift(), reference=Reference(ref="base")),
        _with_data("a.csv", compatibility="backward"),
        _with_data("a.csv", engine="spark"),
    ],
)
def test_how_data_is_measured_belongs_to_it(config: Config) -> None:
    assert fingerprint((), config) != fingerprint((), _with_data("a.csv"))


@pytest.mark.parametrize(
    ("config", "fixed"),
    [
        (_with_data("data/*.csv"), True),
        (_with_data("data/a.csv@" + "a" * 40), True),
        (_with_data("data/a.csv@main"), False),
        (_with_data("data/a.csv@" + "a" * 39), False),
        (_with_data("s3://bucket/a.csv"), False),
        (_with_data("a.csv", engine="trino://host/db"), False),
        (_with_data("a.csv", reference=Reference(ref="base")), True),
        (_with_data("a.csv", reference=Reference(path="b.csv")), True),
        (_with_data("a.csv", reference=Reference(path="gs://b/c.csv")), False),
        (_with_data("a.csv", reference=Reference(model="churn@champion")), False),
    ],
)
def test_what_may_be_another_one_tomorrow_is_not_settled(config: Config, fixed: bool) -> None:
    assert settled(config) is fixed


@pytest.mark.parametrize(
    ("serving", "fixed"),
    [
        (Serving(inputs="rows.csv", url="http://127.0.0.1:80/"), False),
        (Serving(inputs="rows.csv", url="http://127.0.0.1:80/", start="python serve.py"), True),
        (Serving(inputs="rows.csv", command="python serve.py"), True),
    ],
)
def test_an_endpoint_that_somebody_else_serves_is_not_settled(serving: Serving, fixed: bool) -> None:
    assert settled(Config(version=1, evaluation=Evaluation(task="regression", serving=serving))) is fixed


@pytest.mark.parametrize("baseline", [Baseline(ref="base"), Baseline(model="churn@champion")])
def test_a_champion_may_be_another_one_tomorrow(baseline: Baseline) -> None:
    found = settled(Config(version=1, evaluation=Evaluation(task="regression", baseline=baseline)))
    assert found is (baseline.model is None)


@pytest.mark.parametrize("path", ["app/serve.py", "rows.csv", "mine.py", "mine/deep/er.py"])
def test_what_is_served_counts(path: str) -> None:
    serving = {
        "app/serve.py": Serving(inputs="rows.csv", command="python app/serve.py"),
        "rows.csv": Serving(inputs="rows.csv", call="mine:f"),
        "mine.py": Serving(inputs="rows.csv", call="mine:f"),
        "mine/deep/er.py": Serving(inputs="rows.csv", call="mine.deep:f"),
    }[path]
    config = Config(version=1, evaluation=Evaluation(task="regression", serving=serving))
    assert counts(path, config)
    assert not counts("README.md", config)
    assert "evaluation" in touches(ChangedFiles(paths=(path,), complete=True), config)
