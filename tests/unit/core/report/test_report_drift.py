"""Drift and changes of contracts in the reports: what is shown where, and what never is."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sluice.core.drift_words import chance
from sluice.core.report import render
from sluice.core.report.drift import bars, drift_part
from sluice.core.report.markdown import COMMENT_LIMIT
from sluice.domain.decision import Decision, GateResult
from sluice.domain.drift import AspectDrift, ClassifierDrift, ColumnDrift, DriftKind, DriftResult, Histogram
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.evolution import ContractChange
from sluice.domain.report import Report
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict

HEAD, BASE = "a" * 40, "b" * 40
HOSTILE = "x|<script>alert(1)</script> `@team` [a](http://b) \u202e"


def column(
    name: str, verdict: Verdict = Verdict.PASS, *, effect: float = 0.0, kind: DriftKind = "number"
) -> ColumnDrift:
    drawn = Histogram(labels=("low", "mid", "high"), reference=(80, 20, 0), current=(20, 30, 50))
    aspect = AspectDrift(
        name="", test="ks", statistic=0.5, p_value=1e-30, measures={"psi": effect}, n_reference=100, n_current=200,
        histogram=drawn,
    )  # fmt: skip
    return ColumnDrift(
        column=name, kind=kind, test="ks", statistic=0.5, p_value=1e-30, p_adjusted=0.0004, effect="psi",
        effect_size=effect, limit=0.1, detectable=0.02, n_reference=100, n_current=200, verdict=verdict,
        aspects=(aspect,),
    )  # fmt: skip


def drift(*columns: ColumnDrift, **more: object) -> DriftResult:
    values: dict[str, object] = {
        "dataset": "flights", "reference": "base bbbbbbbbbbbb", "verdict": Verdict.FAIL, "n_reference": 100,
        "n_current": 200, "columns": columns,
    }  # fmt: skip
    return DriftResult(**{**values, **more})  # pyright: ignore[reportArgumentType]


def gate(name: str, code: str, limit: str, verdict: Verdict = Verdict.FAIL) -> GateResult:
    return GateResult(
        gate=name, stage="data", verdict=verdict, severity="fail", observed="1", baseline=None, limit=limit,
        reason_code=code, message="it moved", line=7,
    )  # fmt: skip


def rendered(found: DriftResult | None, *gates: GateResult, changes: tuple[ContractChange, ...] = ()) -> Report:
    dataset = DatasetResult(
        dataset="flights", source="f.parquet", verdict=Verdict.PASS, data_sha256="d" * 64, contract_path="c.yaml",
        contract_sha256="c" * 64, n_rows=200, n_columns=3, results=(), drift=found, changes=changes,
    )  # fmt: skip
    evidence = Evidence(
        sluice_version="1", subject=Subject(repository="a/b", head_sha=HEAD, base_sha=BASE), stages=("data",),
        data=(dataset,),
    )  # fmt: skip
    decision = Decision(
        verdict=Verdict.FAIL, results=gates, head_sha=HEAD, base_sha=BASE, policy_sha256="p" * 64,
        evidence_sha256="e" * 64,
    )  # fmt: skip
    return render(evidence, decision)


DRIFTED = gate("data.flights.drift", "drift", "PSI 0.1, p < 0.01")


def test_the_comment_names_what_drifted_and_then_what_moved_most() -> None:
    rest = [column(f"quiet_{index}", effect=index / 1000) for index in range(30)]
    made = rendered(drift(*rest, column("distance", Verdict.FAIL, effect=0.82)), DRIFTED).comment
    assert "## ❌ The gate is closed: data.flights drifted" in made
    assert "raise the limit in `sluice.yaml:7` first" in made
    assert "<details open><summary>Data</summary>" in made
    rows = [line for line in made.splitlines() if " PSI " in line and "1 of" not in line and line.startswith("| ")]
    assert rows[-6].startswith("| ❌ | `distance` | PSI 0.820 | 0.100 | 0.0004 | 100 → 200 | `█▃·` | `▃▄▅` |")
    assert [line.split("`")[1] for line in rows[-5:]] == [f"quiet_{index}" for index in (29, 28, 27, 26, 25)]
    assert "1 of 31 columns drifted (100 rows there, 200 here)" in made


def test_the_page_shows_every_column_with_its_picture() -> None:
    made = rendered(drift(*(column(f"c{index}") for index in range(40))), DRIFTED).html
    assert made.count('<svg class="bars" viewBox="0 0 160 44"') == 40
    assert "<title>low: 80.0% → 20.0%</title>" in made
    assert all(f"<code>c{index}</code>" in made for index in range(40))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def test_hostile_names_are_shown_as_text() -> None:
    named = column(HOSTILE, Verdict.FAIL, effect=1.0)
    drawn = Histogram(labels=(HOSTILE, "b"), reference=(1, 2), current=(2, 1))
    aspect = replace(named.aspects[0], histogram=drawn, new=(HOSTILE,), vanished=(HOSTILE,), test=HOSTILE)
    hostile = replace(named, aspects=(aspect, replace(aspect, name=HOSTILE)), message=HOSTILE, test=HOSTILE)
    classifier = ClassifierDrift(auc=0.9, columns=((HOSTILE, 0.5),), verdict=Verdict.FAIL, message=HOSTILE)
    changes = (ContractChange(code="x", sentence=HOSTILE, column=HOSTILE, breaks=("backward",)),)
    found = drift(hostile, reference=HOSTILE, message=HOSTILE, classifier=classifier)
    made = rendered(found, DRIFTED, changes=changes)
    parser = Tags()
    parser.feed(made.html)
    assert "script" not in parser.found
    assert "\u202e" not in made.html + made.comment
    for text in (made.comment, made.summary):
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
        assert "<script>" not in outside
        assert "@team" not in outside.replace("@\u2060", "")


def test_a_comment_of_ten_thousand_columns_that_all_drift_fits() -> None:
    many = drift(*(column("c" * 60 + str(index), Verdict.FAIL, effect=1.0) for index in range(10_000)))
    made = rendered(many, DRIFTED)
    assert len(made.comment) <= COMMENT_LIMIT
    assert all(len(check.summary) <= COMMENT_LIMIT for check in made.checks)
    assert "… and 9,900 more columns" in made.comment
    assert "10,000 of 10,000 columns drifted" in made.comment


CHANGES = (
    ContractChange(code="a", sentence="`dest` may be missing now", column="dest", line=31, breaks=("forward",)),
    ContractChange(code="b", sentence="`carrier` is required now", column="carrier", line=12, breaks=("backward",)),
)


@pytest.mark.parametrize(("mode", "lines"), [("backward", [12]), ("forward", [31]), ("full", [31, 12])])
def test_changes_that_break_are_marked_where_they_are_written(mode: str, lines: list[int]) -> None:
    closed = gate("data.flights.compatibility", "compatibility", mode)
    made = rendered(None, closed, changes=CHANGES)
    assert "data.flights.compatibility is broken" in made.comment
    data = next(check for check in made.checks if check.name == "sluice/data")
    assert [(note.path, note.line) for note in data.annotations] == [("c.yaml", line) for line in lines]
    assert made.comment.count("- ❌ `") == len(lines)
    assert "`dest` may be missing now (breaks forward compatibility)" in made.comment


def test_a_change_is_marked_in_the_file_that_the_head_has() -> None:
    moved = tuple(replace(change, path="contracts/new.yaml") for change in CHANGES)
    made = rendered(None, gate("data.flights.compatibility", "compatibility", "backward"), changes=moved)
    data = next(check for check in made.checks if check.name == "sluice/data")
    assert [(note.path, note.line) for note in data.annotations] == [("contracts/new.yaml", 12)]


def test_changes_without_a_demand_are_only_told() -> None:
    made = rendered(None, gate("data.flights", "pass", "c.yaml", Verdict.PASS), changes=CHANGES)
    assert "- ➖ `carrier` is required now" in made.comment
    assert all(not check.annotations for check in made.checks)


def test_drift_is_annotated_at_its_line_of_the_policy() -> None:
    data = next(check for check in rendered(drift(column("a")), DRIFTED).checks if check.name == "sluice/data")
    assert [(note.path, note.line, note.level) for note in data.annotations] == [("sluice.yaml", 7, "failure")]


def test_drift_of_predictions_stands_with_the_metrics() -> None:
    found = drift(column("y_score", Verdict.FAIL, effect=0.4), dataset="predictions")
    evidence = Evidence(
        sluice_version="1", subject=Subject(repository="a/b", head_sha=HEAD, base_sha=BASE), stages=("evaluation",),
        evaluation=EvaluationResult(n=200, metrics=(), drift=found),
    )  # fmt: skip
    decision = Decision(
        verdict=Verdict.FAIL, head_sha=HEAD, base_sha=BASE, policy_sha256="", evidence_sha256="",
        results=(replace(gate("predictions.drift", "drift", "PSI 0.1"), stage="evaluation"),),
    )  # fmt: skip
    made = render(evidence, decision)
    assert "predictions drifted" in made.comment
    for text in (made.comment, made.html, next(c for c in made.checks if c.name == "sluice/evaluation").summary):
        assert "y_score" in text


def test_nothing_to_compare_with_says_why() -> None:
    found = drift(verdict=Verdict.INCONCLUSIVE, message="the base has no such data")
    made = rendered(found, gate("data.flights.drift", "no-reference", "PSI 0.1", Verdict.INCONCLUSIVE))
    assert "data.flights.drift has nothing to compare with" in made.comment
    assert "against base bbbbbbbbbbbb: the base has no such data" in made.comment


def test_bars_have_one_height_for_both_sides() -> None:
    assert bars((0.0, 0.5, 1.0), 1.0) == "·▅█"
    assert bars((0.0,), 0.0) == ""


@pytest.mark.parametrize(
    ("p_value", "said"),
    [(None, "–"), (0.0, "< 1e-16"), (1e-17, "< 1e-16"), (0.00123, "0.0012"), (0.5, "0.50"), (1, "1.00")],
)
def test_p_values(p_value: float | None, said: str) -> None:
    assert chance(p_value) == said


def test_equal_numbers_of_rows_are_one_number() -> None:
    (line,) = drift_part(drift(replace(column("a"), n_reference=200))).lines
    assert line.column.n_reference == line.column.n_current
