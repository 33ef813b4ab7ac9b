"""The evidence folder: written, read back, and refused where anything in it is amiss."""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode import evidence as folder_of
from sluice.adapters.decode.evidence import read, to_json, write
from sluice.core.abridging import abridged
from sluice.domain.drift import AspectDrift, ClassifierDrift, ColumnDrift, DriftResult, Histogram
from sluice.domain.errors import EXIT_CLOSED, EvidenceError, UsageError
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Figure, Problem, Subject
from sluice.domain.evolution import ContractChange
from sluice.domain.training import Artifact, Environment, TrainResult
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict

HEAD, BASE = "a" * 40, "b" * 40


MOVED = ColumnDrift(
    column="age",
    kind="number",
    test="ks",
    statistic=0.4,
    p_value=1e-9,
    p_adjusted=2e-9,
    effect="psi",
    effect_size=0.3,
    limit=0.1,
    n_reference=200,
    n_current=300,
    verdict=Verdict.FAIL,
    aspects=(
        AspectDrift(
            name="",
            test="ks",
            statistic=0.4,
            p_value=1e-9,
            measures={"psi": 0.3},
            n_reference=200,
            n_current=300,
            histogram=Histogram(labels=("0", "1"), reference=(150, 50), current=(50, 250)),
        ),
    ),
)
DRIFT = DriftResult(
    dataset="train",
    reference="base bbbbbbbbbbbb",
    verdict=Verdict.FAIL,
    n_reference=200,
    n_current=300,
    columns=(MOVED, replace(MOVED, column="é|@team", verdict=Verdict.PASS, aspects=())),
    classifier=ClassifierDrift(auc=0.9, columns=(("age", 0.5),), verdict=Verdict.PASS),
)


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height) if width * height < 10_000 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


EVIDENCE = Evidence(
    sluice_version="0.1.0",
    subject=Subject(
        repository="octo/ml", head_sha=HEAD, base_sha=BASE, base_ref="main", pr_number=7, event="pull_request"
    ),
    stages=("data", "training", "evaluation"),
    fingerprint="f" * 64,
    started_at="2026-01-02T03:04:05Z",
    duration_s=12.5,
    environment=Environment(git_sha=HEAD, packages={"numpy": "2.0"}, gpus=("H200",), seed=1),
    data=(
        DatasetResult(
            dataset="train",
            source="data/train.csv",
            verdict=Verdict.WARN,
            data_sha256="c" * 64,
            contract_path="c.yaml",
            contract_sha256="d" * 64,
            n_rows=10,
            n_columns=2,
            drift=DRIFT,
            changes=(ContractChange(code="column_removed", sentence="`b` is gone", column="b", breaks=("backward",)),),
            results=(
                CheckResult(
                    check="value_range",
                    dataset="train",
                    column="é\x1b[31m|@team",
                    verdict=Verdict.WARN,
                    observed=3,
                    limit="at most 2",
                    n_rows=10,
                    n_failed=1,
                    examples=("3",),
                    severity="warn",
                    line=4,
                ),
            ),
        ),
    ),
    training=TrainResult(
        status="success",
        command="make",
        exit_code=0,
        duration_s=1.0,
        log_tail="line\n\0\ud800",
        artifacts=(Artifact(path="model.bin", sha256="e" * 64, size_bytes=5),),
    ),
    evaluation=EvaluationResult(
        n=10,
        metrics=(MetricValue(metric="roc_auc", value=0.9, ci_low=0.8, ci_high=1, ci_level=0.95, direction="higher"),),
        comparisons=(
            Comparison(metric="roc_auc", candidate=0.9, baseline=None, difference=None, reason="no baseline"),
        ),
        drift=replace(DRIFT, dataset="predictions"),
    ),
    figures=(Figure(path="figures/roc-1.png", title="ROC", alt="A curve", sha256=hashlib.sha256(png()).hexdigest()),),
    problems=(Problem(stage="data", reason_code="parse", message="no"),),
)


def place(folder: Path, evidence: Evidence = EVIDENCE) -> Path:
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "roc-1.png").write_bytes(png())
    write(evidence, folder)
    return folder


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "evidence.json"
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value))


def refusal(folder: Path) -> EvidenceError:
    with pytest.raises(EvidenceError) as caught:
        read(folder)
    assert caught.value.exit_code == EXIT_CLOSED
    assert "\n" not in caught.value.sentence
    return caught.value


def test_written_and_read_back(tmp_path: Path) -> None:
    place(tmp_path / "evidence")
    found, digest = read(tmp_path / "evidence")
    assert EVIDENCE.training
    assert found == replace(EVIDENCE, training=replace(EVIDENCE.training, log_tail="line\n\0?"))
    assert digest == hashlib.sha256((tmp_path / "evidence" / "evidence.json").read_bytes()).hexdigest()
    assert sorted(path.name for path in (tmp_path / "evidence").iterdir()) == ["evidence.json", "figures"]


def test_the_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    place(tmp_path / "a")
    place(tmp_path / "b", replace(EVIDENCE, environment=replace(EVIDENCE.environment, packages={"numpy": "2.0"})))
    first, second = ((tmp_path / name / "evidence.json").read_bytes() for name in "ab")
    assert first == second
    assert first.endswith(b"}\n")
    assert "é".encode() in first
    assert write(EVIDENCE, tmp_path / "a") == hashlib.sha256(first).hexdigest()


def test_what_would_not_be_read_is_not_written(tmp_path: Path) -> None:
    assert EVIDENCE.training
    place(tmp_path / "a")
    before = (tmp_path / "a" / "evidence.json").read_bytes()
    for wrong in (
        replace(EVIDENCE, duration_s=math.nan),
        replace(EVIDENCE, training=replace(EVIDENCE.training, log_tail="x" * 65_537)),
        replace(EVIDENCE, subject=replace(EVIDENCE.subject, head_sha="main")),
        replace(EVIDENCE, figures=(replace(EVIDENCE.figures[0], sha256="0" * 64),)),
        replace(EVIDENCE, figures=(replace(EVIDENCE.figures[0], path="figures/none.png"),)),
    ):
        with pytest.raises(EvidenceError):
            write(wrong, tmp_path / "a")
    assert (tmp_path / "a" / "evidence.json").read_bytes() == before
    assert len(list((tmp_path / "a").iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        write(replace(EVIDENCE, figures=()), tmp_path / "file")


def test_to_json_has_no_number_that_is_none() -> None:
    assert to_json(replace(EVIDENCE, duration_s=math.inf))["duration_s"] is None
    assert to_json(EVIDENCE)["data"][0]["verdict"] == "warn"


def set_at(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def change(value: Any) -> None:
        for part in path[:-1]:
            value = value[part]
        value[path[-1]] = to

    return change


def column(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    return set_at("data", 0, "drift", "columns", 0, *path, to=to)


def aspect(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    return column("aspects", 0, *path, to=to)


FORGED: tuple[tuple[str, Any, str], ...] = (
    ("p_value", math.nan, "not a finite number"),
    ("p_value", -0.5, "p-value that is not between 0 and 1"),
    ("p_value", 1.5, "p-value that is not between 0 and 1"),
    ("p_value", "0.5", "p_value: must be a number"),
    ("p_adjusted", True, "p_adjusted: must be a number"),
    ("effect_size", math.inf, "not a finite number"),
    ("n_current", -1, "rows below zero"),
    ("verdict", "fine", "verdict: must be `pass`"),
    ("kind", "int", "kind: must be `number`"),
)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_at("schema_version", to=2), "schema version 2"),
        (set_at("schema_version", to=True), "schema_version"),
        (set_at("schema_version", to="1"), "schema_version"),
        (lambda value: value.pop("schema_version"), "schema_version"),
        (lambda value: value.pop("subject"), "subject"),
        (set_at("more", to=1), "more: unknown key"),
        (set_at("data", 0, "verdict", to="passed"), "data[0].verdict: must be `pass`"),
        (set_at("data", 0, "verdict", to=None), "data[0].verdict"),
        (set_at("data", 0, "n_rows", to=1.5), "data[0].n_rows"),
        (set_at("data", 0, "n_rows", to=True), "data[0].n_rows"),
        (set_at("data", 0, "n_rows", to=2**63), "64 bits"),
        (set_at("data", 0, "results", 0, "severity", to="none"), "severity"),
        (set_at("data", 0, "results", 0, "examples", to=["x"] * 100_001), "100000 entries"),
        (set_at("training", "log_tail", to="x" * 65_537), "65536 characters"),
        (set_at("training", "status", to="won"), "training.status"),
        (set_at("evaluation", "metrics", 0, "value", to="0.99"), "evaluation.metrics[0].value: must be a number"),
        (set_at("evaluation", "metrics", 0, "value", to=True), "evaluation.metrics[0].value"),
        (set_at("evaluation", "metrics", 0, "value", to=math.nan), "finite"),
        (set_at("evaluation", "metrics", 0, "value", to=math.inf), "finite"),
        (set_at("environment", "packages", to={"numpy": 2}), "environment.packages.numpy"),
        (set_at("stages", to=["data", "data"]), "a stage twice"),
        (set_at("stages", to=["deploy"]), "stages[0]"),
        (set_at("subject", "head_sha", to="A" * 40), "subject.head_sha: is not a commit"),
        (set_at("subject", "head_sha", to="a" * 41), "subject.head_sha: is not a commit"),
        (set_at("subject", "base_sha", to="main"), "subject.base_sha: is not a commit"),
        (set_at("figures", 0, "path", to="../figures/roc-1.png"), "is not `figures/NAME.png`"),
        (set_at("figures", 0, "path", to="/etc/passwd"), "is not `figures/NAME.png`"),
        (set_at("figures", 0, "path", to="figures/../evidence.json"), "is not `figures/NAME.png`"),
        (set_at("figures", 0, "path", to="figures/x/roc-1.png"), "is not `figures/NAME.png`"),
        (set_at("figures", 0, "path", to="figures/roc-1.png\n"), "is not `figures/NAME.png`"),
        (set_at("figures", 0, "path", to="figures/roc-1.svg"), "is not `figures/NAME.png`"),
        (set_at("figures", 0, "path", to="figures/none.png"), "figures/none.png: cannot be read"),
        (set_at("figures", 0, "sha256", to="0" * 64), "digest"),
        *((column(key, to=to), says) for key, to, says in FORGED),
        *((aspect("p_value", to=to), says) for key, to, says in FORGED if key == "p_value"),
        (aspect("histogram", "labels", to=["a"]), "a histogram without one count a cell"),
        (aspect("histogram", "current", to=[1, -1]), "a count below zero"),
        (aspect("measures", to={"psi": math.nan}), "not a finite number"),
        (aspect("measures", to={"psi": "0"}), "measures.psi: must be a number"),
        (set_at("data", 0, "drift", "classifier", "p_value", to=7), "p-value that is not between 0 and 1"),
        (set_at("data", 0, "drift", "classifier", "columns", to=[["age"]]), "columns[0]: must have 2 entries, not 1"),
        (set_at("data", 0, "drift", "n_current", to=-5), "rows below zero"),
        (set_at("data", 0, "drift", "columns", 1, "column", to="age"), "names a column twice"),
        (set_at("data", 0, "drift", "columns", 1, "columm", to="age"), "unknown key"),
        (set_at("evaluation", "drift", "columns", 0, "p_value", to=-1), "evaluation.drift: holds a p-value"),
        (lambda value: value["figures"].append(value["figures"][0]), "a figure twice"),
        (lambda value: value["data"].append(value["data"][0]), "a dataset twice"),
    ],
)
def test_changed_evidence_is_refused(tmp_path: Path, change: Callable[[Any], object], says: str) -> None:
    changed(place(tmp_path / "e"), change)
    assert says in refusal(tmp_path / "e").sentence


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{}", b"\xff", b'{"schema_version": 1}', b"[" * 100_000, b" " * 16_000_001],
    ids=lambda data: repr(data[:20]),
)
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (place(tmp_path / "e") / "evidence.json").write_bytes(data)
    refusal(tmp_path / "e")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    file = place(tmp_path / "e") / "evidence.json"
    data = file.read_bytes()
    for end in (*range(0, len(data) - 2, 97), len(data) - 2):
        file.write_bytes(data[:end])
        refusal(tmp_path / "e")


def test_figures_are_pictures_of_a_sane_size(tmp_path: Path) -> None:
    for index, data in enumerate((b"<svg/>", png()[:20], png(width=100_000), png(width=0))):
        folder = place(tmp_path / str(index))
        (folder / "figures" / "roc-1.png").write_bytes(data)
        changed(folder, set_at("figures", 0, "sha256", to=hashlib.sha256(data).hexdigest()))
        assert "PNG" in refusal(folder).sentence


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png())

    def link_figure(folder: Path) -> None:
        (folder / "figures" / "roc-1.png").unlink()
        (folder / "figures" / "roc-1.png").symlink_to(secret)

    def link_json(folder: Path) -> None:
        (folder / "evidence.json").rename(tmp_path / "moved.json")
        (folder / "evidence.json").symlink_to(tmp_path / "moved.json")

    def link_folder(folder: Path) -> None:
        (folder / "figures").rename(tmp_path / "elsewhere")
        (folder / "figures").symlink_to(tmp_path / "elsewhere")

    def pipe(folder: Path) -> None:
        (folder / "evidence.json").unlink()
        os.mkfifo(folder / "evidence.json")

    def loop(folder: Path) -> None:
        (folder / "more").symlink_to(folder)

    for index, spoil in enumerate((link_figure, link_json, link_folder, pipe, loop)):
        folder = place(tmp_path / str(index))
        spoil(folder)
        assert "no regular file" in refusal(folder).sentence


def test_folders_have_bounds(tmp_path: Path) -> None:
    many = place(tmp_path / "many")
    for index in range(100):
        (many / f"{index}.txt").write_text("")
    assert "100 files" in refusal(many).sentence
    big = place(tmp_path / "big")
    with (big / "report.html").open("wb") as file:
        file.truncate(folder_of.MAX_FOLDER_BYTES)
    assert "bytes" in refusal(big).sentence
    deep = place(tmp_path / "deep")
    (deep / Path(*["d"] * 101)).mkdir(parents=True)
    assert "100 files" in refusal(deep).sentence


def test_a_missing_folder_or_file_is_refused(tmp_path: Path) -> None:
    assert "is not a folder" in refusal(tmp_path / "none").sentence
    assert "cannot be read" in refusal(tmp_path).sentence
    (tmp_path / "link").symlink_to(place(tmp_path / "e"))
    assert "is not a folder" in refusal(tmp_path / "link").sentence


WRITTEN = json.dumps(to_json(replace(EVIDENCE, figures=(), training=None)))


@given(st.integers(0, len(WRITTEN) - 1), st.text(max_size=4), st.integers(0, 9))
@settings(deadline=None, max_examples=300)
def test_damaged_evidence_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, inserted: str, dropped: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    damaged = (WRITTEN[:at] + inserted + WRITTEN[at + dropped :]).encode(errors="replace")
    (folder / "evidence.json").write_bytes(damaged)
    found = attempt(folder)
    if isinstance(found, EvidenceError):
        assert found.where.startswith("evidence.json")
    else:
        assert to_json(found) == json.loads(damaged)


def attempt(folder: Path) -> Evidence | EvidenceError:
    try:
        return read(folder)[0]
    except EvidenceError as error:
        return error


def test_ten_thousand_columns_fit(tmp_path: Path) -> None:
    """Every number that a verdict needs is there again; pictures are for the columns that moved most."""
    times = ("range", "hour", "weekday")
    columns = tuple(
        replace(
            MOVED,
            column=f"a_column_with_a_name_of_usual_length_{index}",
            effect_size=index / 1e5,
            aspects=tuple(replace(MOVED.aspects[0], name=name, p_value=1 / (index + 3)) for name in times),
        )
        for index in range(10_000)
    )
    evidence = replace(EVIDENCE, data=(replace(EVIDENCE.data[0], drift=abridged(replace(DRIFT, columns=columns))),))
    found = read(place(tmp_path / "e", evidence))[0].data[0].drift
    assert found is not None and len(found.columns) == 10_000
    for wanted, got in zip(columns, found.columns, strict=True):
        assert [(a.name, a.p_value, a.measures, a.n_current) for a in wanted.aspects] == [
            (a.name, a.p_value, a.measures, a.n_current) for a in got.aspects
        ]
    drawn = [one.column for one in found.columns if one.aspects[0].histogram]
    assert drawn == [one.column for one in columns[-50:]], "those whose effect is greatest"
