"""The report: what it shows, in which place, within which limit."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sluice.core.report import Links, render
from sluice.core.report.markdown import COMMENT_LIMIT, MARKER
from sluice.core.report.view import number
from sluice.domain.confusion import Confusion
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Figure, Problem, Subject
from sluice.domain.planning import STAGES
from sluice.domain.report import PolicyChange
from sluice.domain.training import TrainResult
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict

HEAD, BASE = "a" * 40, "b" * 40
SUBJECT = Subject(repository="acme/churn", head_sha=HEAD, base_sha=BASE, pr_number=7)
LINKS = Links(run_url="https://github.com/acme/churn/actions/runs/1")


def check(verdict: Verdict, **more: object) -> CheckResult:
    values = {
        "check": "required", "dataset": "flights", "column": "carrier", "verdict": verdict, "observed": 3,
        "limit": "no missing value", "n_rows": 100, "n_failed": 3, "message": "3 of 100 rows have no value", "line": 9,
    }  # fmt: skip
    return CheckResult(**{**values, **more})  # pyright: ignore[reportArgumentType]


def dataset(*results: CheckResult) -> DatasetResult:
    return DatasetResult(
        dataset="flights", source="data/f.parquet", verdict=Verdict.FAIL, data_sha256="d" * 64, contract_path="c.yaml",
        contract_sha256="c" * 64, n_rows=100, n_columns=3, results=results,
    )  # fmt: skip


def gate(name: str, verdict: Verdict, stage: str = "evaluation", line: int = 20) -> GateResult:
    return GateResult(
        gate=name, stage=stage, verdict=verdict, severity="fail", observed=0.7, baseline=0.71, limit=0.68,  # pyright: ignore[reportArgumentType]
        reason_code="x", message=f"{name} said so", line=line,
    )  # fmt: skip


def decision(*results: GateResult, verdict: Verdict = Verdict.FAIL, enforced: bool = True) -> Decision:
    return Decision(
        verdict=verdict, results=results, head_sha=HEAD, base_sha=BASE, policy_sha256="p" * 64,
        evidence_sha256="e" * 64, enforced=enforced,
    )  # fmt: skip


TRAINING = TrainResult(status="success", command="dvc repro", exit_code=0, duration_s=83.2, log_tail="epoch 1\nepoch 2")
EVALUATION = EvaluationResult(
    n=1000,
    baseline="base",
    metrics=(MetricValue(metric="roc_auc", value=0.7, ci_low=0.68, ci_high=0.72, n=1000, direction="higher"),),
    comparisons=(
        Comparison(
            metric="roc_auc", candidate=0.7, baseline=0.71, difference=-0.01, ci_low=-0.02, ci_high=0.0, p_value=0.043
        ),
    ),
)
EVIDENCE = Evidence(
    sluice_version="1", subject=SUBJECT, stages=STAGES, data=(dataset(check(Verdict.FAIL)),), training=TRAINING,
    evaluation=EVALUATION,
)  # fmt: skip
CLOSED = decision(gate("data.flights", Verdict.FAIL, "data", 3), gate("roc_auc.min", Verdict.PASS))


def test_metrics_have_the_chance_of_their_difference_beside_them() -> None:
    made = render(EVIDENCE, CLOSED, links=LINKS)
    line = next(line for line in made.comment.splitlines() if line.startswith("| `roc_auc` |"))
    assert line.endswith("| 0.043 |")
    assert ">p</th>" in made.html and ">0.043</td>" in made.html
    unknown = replace(EVALUATION, comparisons=(replace(EVALUATION.comparisons[0], p_value=None),))
    bare = render(replace(EVIDENCE, evaluation=unknown), CLOSED, links=LINKS).comment
    assert next(line for line in bare.splitlines() if line.startswith("| `roc_auc` |")).endswith("| – |")


def test_the_comment_starts_with_its_marker_and_says_what_closed_the_gate() -> None:
    made = render(EVIDENCE, CLOSED, links=LINKS).comment
    lines = made.splitlines()
    assert lines[0] == MARKER
    assert lines[1] == "## ❌ The gate is closed: data.flights breaks its contract"
    assert "- ❌ **`data.flights`** data.flights said so<br>Mend the data;" in made
    assert any("0.7000 | 0.7100" in line for line in lines), "candidate and baseline stand side by side"
    assert "-0.0200 … " in "\n".join(lines)
    assert LINKS.run_url in lines[-1] and HEAD[:12] in lines[-1]


def not_started(stage: str) -> GateResult:
    return replace(
        gate(stage, Verdict.ERROR, stage, 0), reason_code="not-started", message="not started: the data is broken"
    )


def test_the_causes_are_told_and_what_follows_from_them_only_in_the_tables() -> None:
    judged = decision(not_started("training"), not_started("evaluation"), gate("data.flights", Verdict.FAIL, "data", 3))
    made = render(EVIDENCE, judged)
    lines = made.comment.splitlines()
    assert lines[1] == "## ❌ The gate is closed: data.flights breaks its contract"
    (told,) = (line for line in lines if line.startswith("- "))
    assert told.startswith("- ❌ **`data.flights`**")
    assert len([line for line in lines if line.startswith("| 🚫 | `training` |")]) == 1
    assert made.html.count("<li>") == 1
    alone = render(EVIDENCE, decision(not_started("training"), verdict=Verdict.ERROR))
    assert "- 🚫 **`training`** not started" in alone.comment, "where nothing else closes the gate, it is told"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (gate("roc_auc.min", Verdict.FAIL), "roc_auc.min is not met"),
        (replace(gate("training", Verdict.ERROR, "training"), reason_code="train-timeout"), "training ran out of time"),
        (replace(gate("data.x", Verdict.ERROR, "data"), reason_code="missing"), "data.x could not be measured"),
        (replace(gate("a.min", Verdict.INCONCLUSIVE), reason_code="no-baseline"), "a.min has no baseline"),
        (replace(gate("draft", Verdict.INCONCLUSIVE), reason_code="draft"), "draft"),
    ],
)
def test_the_headline_says_how_a_gate_came_out(found: GateResult, said: str) -> None:
    assert render(EVIDENCE, decision(found)).checks[-1].title == f"The gate is closed: {said}"


def test_each_reason_says_what_to_do() -> None:
    data = replace(gate("data.flights", Verdict.FAIL, "data", 3), limit="c.yaml", reason_code="contract")
    low = replace(gate("roc_auc.min", Verdict.FAIL, line=21), reason_code="below-min")
    ended = replace(gate("training", Verdict.ERROR, "training"), reason_code="train-failed")
    broken = replace(TRAINING, status="failure", diagnosis="The last error is `ValueError: learning rate is negative`.")
    made = render(replace(EVIDENCE, training=broken), decision(data, low, ended))
    first = "first, in a pull request of its own."
    assert f"<br>Mend the data; or, where the change is meant, change `c.yaml:9` {first}" in made.comment
    assert f"<br>Mend the model; or, where the change is meant, change `sluice.yaml:21` {first}" in made.comment
    assert "<br>The last error is `ValueError: learning rate is negative`." in made.comment
    assert "<br>The last error is <code>ValueError: learning rate is negative</code>." in made.html
    unnamed = render(replace(EVIDENCE, data=()), decision(data))
    assert "change `c.yaml` first" in unnamed.comment, "without a line where the evidence names none"


def test_what_stands_between_backticks_is_code_but_not_in_a_title() -> None:
    problem = Problem(stage="training", reason_code="config", message="there is no `<b>train.sh</b>`")
    made = render(
        replace(EVIDENCE, problems=(problem,), data=(dataset(check(Verdict.FAIL, message="required of `<i>`: no")),)),
        decision(replace(gate("training", Verdict.ERROR, "training"), message=problem.message)),
    )
    assert "there is no `<b>train.sh</b>`" in made.comment
    assert "there is no <code>&lt;b&gt;train.sh&lt;/b&gt;</code>" in made.html
    assert "required of <code>&lt;i&gt;</code>: no" in made.html
    assert made.checks[1].title == "there is no <b>train.sh</b>"


def test_counts_are_grouped_and_told_once() -> None:
    outside = check(
        Verdict.FAIL, check="value_range", observed=2407, n_failed=2407, n_rows=120_356, limit="value <= 1"
    )  # fmt: skip
    few = check(Verdict.FAIL, check="row_count", column=None, observed=120_356, n_failed=None, n_rows=120_356)
    counted = EvaluationResult(
        n=1000,
        metrics=(MetricValue(metric="n_rows", value=120_356.0, source="file"),),
        comparisons=(Comparison(metric="n_rows", candidate=120_356.0, baseline=118_000.0, difference=2356.0),),
    )
    made = render(replace(EVIDENCE, data=(dataset(outside, few),), evaluation=counted), CLOSED)
    assert "| `value_range` | `carrier` | – | `value <= 1` | 2,407 of 120,356 |" in made.comment
    assert "| `row_count` | – | `120,356` |" in made.comment
    assert "| `n_rows` | all | 120,356 | – | 118,000 | +2,356 |" in made.comment


def test_which_class_is_predicted_for_which_stands_below_the_metrics() -> None:
    confused = Confusion(classes=("cat", "a|b*<i>"), candidate=((10, 2), (1234567, 4)), baseline=((9, 3), (0, 5)))
    made = render(replace(EVIDENCE, evaluation=replace(EVALUATION, confusion=confused)), CLOSED)
    table = [
        "| | `cat` | `a¦b*<i>` |",
        "|:--|--:|--:|",
        "| `cat` | 10 (9) | 2 (3) |",
        "| `a¦b*<i>` | 1,234,567 (0) | 4 (5) |",
    ]
    for text in (made.comment, made.summary, made.checks[2].summary):
        assert "\n".join(table) in text
    assert "<th><code>a|b*&lt;i&gt;</code></th>" in made.html and '<td class="n">1,234,567 (0)</td>' in made.html
    alone = render(replace(EVIDENCE, evaluation=replace(EVALUATION, confusion=replace(confused, baseline=()))), CLOSED)
    assert "| `cat` | 10 | 2 |" in alone.comment


def test_why_there_is_no_table_of_classes_is_said() -> None:
    confused = Confusion(reason="21 classes are too many for a table, at most 20 are shown")
    made = render(replace(EVIDENCE, evaluation=replace(EVALUATION, confusion=confused)), CLOSED)
    said = "No confusion matrix: 21 classes are too many for a table, at most 20 are shown."
    assert said in made.comment and said in made.html


@pytest.mark.parametrize(
    ("value", "signed", "shown"),
    [
        (0.0, True, "0"),
        (-0.0, True, "0"),
        (-0.0, False, "0"),
        (1.0, False, "1"),
        (-3.0, True, "-3"),
        (2_400_000.0, False, "2,400,000"),
        (0.5, True, "+0.5000"),
        (1e-5, True, "+1e-05"),
        (1e20, False, "1e+20"),
    ],
)
def test_numbers_as_people_read_them(value: float, signed: bool, shown: str) -> None:
    assert number(value, signed=signed) == shown


def test_the_page_shows_failed_checks_before_the_others() -> None:
    rows = (check(Verdict.PASS, column="fine"), check(Verdict.FAIL, column="broken"))
    page = render(replace(EVIDENCE, data=(dataset(*rows),)), CLOSED).html
    assert page.index("<code>broken</code>") < page.index("<code>fine</code>")


def test_pills_on_the_page_are_short_and_explain_themselves() -> None:
    page = render(EVIDENCE, decision(gate("a.min", Verdict.ERROR), gate("b.min", Verdict.INCONCLUSIVE))).html
    assert '<span class="pill error" title="could not be measured">error</span>' in page
    assert '<span class="pill inconclusive" title="not enough evidence">unclear</span>' in page


def test_checks_come_in_order_with_the_gate_last_and_are_bound_to_the_decision() -> None:
    checks = render(EVIDENCE, CLOSED, links=LINKS).checks
    assert [(c.name, c.conclusion) for c in checks] == [
        ("sluice/data", "failure"),
        ("sluice/training", "success"),
        ("sluice/evaluation", "success"),
        ("sluice/gate", "failure"),
    ]
    assert {c.head_sha for c in checks} == {HEAD}
    assert len({c.external_id for c in checks}) == 4
    again = render(EVIDENCE, replace(CLOSED, evidence_sha256="f" * 64), links=LINKS).checks
    assert not {c.external_id for c in checks} & {c.external_id for c in again}


def test_a_skipped_stage_is_success_not_applicable() -> None:
    skipped = replace(CLOSED, skipped=("training",), results=CLOSED.results[1:], verdict=Verdict.PASS)
    training = next(c for c in render(EVIDENCE, skipped).checks if c.name == "sluice/training")
    assert (training.conclusion, training.title) == ("success", "Not applicable")


def test_warnings_are_success_and_say_so() -> None:
    warned = decision(gate("recall.max_gap.region", Verdict.WARN), verdict=Verdict.WARN)
    checks = render(EVIDENCE, warned).checks
    assert checks[2].conclusion == "success" and checks[2].title.endswith("(with warnings)")
    assert checks[3].conclusion == "success" and checks[3].title == "The gate is open, with warnings"


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL])
def test_no_other_verdict_is_success(verdict: Verdict) -> None:
    checks = render(EVIDENCE, decision(gate("x.min", verdict), verdict=verdict)).checks
    assert checks[2].conclusion == checks[3].conclusion == verdict.conclusion != "success"


def test_not_enforced_is_neutral() -> None:
    checks = render(EVIDENCE, replace(CLOSED, enforced=False)).checks
    assert checks[3].conclusion == "neutral" and "Not enforced yet" in checks[3].title


def test_refused_evidence_shows_nothing_of_it() -> None:
    refused = decision(gate("evidence", Verdict.ERROR), verdict=Verdict.ERROR)
    made = render(None, refused)
    assert [c.name for c in made.checks] == ["sluice/gate"]
    assert "The gate is closed: evidence" in made.comment


def test_annotations_point_to_contract_policy_and_code() -> None:
    training = replace(
        TRAINING, status="failure", exit_code=1, location_path="src/train.py", location_line=12, diagnosis="no memory"
    )
    evidence = replace(EVIDENCE, training=training)
    judged = decision(gate("training", Verdict.ERROR, "training"), gate("roc_auc.min", Verdict.FAIL, line=21))
    found = {c.name: c.annotations for c in render(evidence, judged).checks}
    assert [(a.path, a.line, a.level) for a in found["sluice/data"]] == [("c.yaml", 9, "failure")]
    assert [(a.path, a.line) for a in found["sluice/training"]] == [("src/train.py", 12)]
    assert [(a.path, a.line) for a in found["sluice/evaluation"]] == [("sluice.yaml", 21)]


def test_a_changed_policy_is_shown_and_its_lines_are_not_trusted() -> None:
    change = PolicyChange(path="sluice.yaml", diff="-  min: 0.8\n+  min: 0.1\n")
    made = render(EVIDENCE, decision(gate("roc_auc.min", Verdict.FAIL, line=21)), changes=(change,))
    assert "The rules of the base stand until this is merged." in made.comment
    assert "+  min: 0.1" in made.comment
    assert made.checks[2].annotations[0].line == 1


def test_too_long_a_report_loses_the_least_important_first() -> None:
    many = tuple(gate(f"metric_{i}.min", Verdict.FAIL) for i in range(400))
    logged = replace(TRAINING, log_tail="l" * 60_000)
    rows = tuple(check(Verdict.FAIL, examples=("💥" * 80,) * 5, message="m" * 300) for _ in range(300))
    metrics = tuple(MetricValue(metric=f"m{i}", slice=f"s={i}", value=0.5) for i in range(500))
    evidence = replace(
        EVIDENCE, training=logged, data=(dataset(*rows),), evaluation=replace(EVALUATION, metrics=metrics)
    )
    made = render(evidence, decision(*many))
    assert len(made.comment.encode("utf-16-le")) // 2 <= COMMENT_LIMIT
    assert made.comment.startswith(MARKER) and "metric_0.min" in made.comment and "more reasons" in made.comment
    assert made.comment.rstrip().endswith("</sub>"), "the foot is never cut"
    assert "metric_399.min" in made.summary and "metric_399.min" in made.html
    assert all(len(c.summary) <= 65_535 for c in made.checks)


class _Strict(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=y>\u202e"
    evidence = replace(
        EVIDENCE,
        training=replace(TRAINING, command=hostile, log_tail=hostile, message=hostile),
        data=(dataset(check(Verdict.FAIL, column=hostile, examples=(hostile,), message=hostile)),),
        figures=(Figure(path="figures/roc.png", title=hostile, alt='" onload="x', sha256="0" * 64),),
    )
    parser = _Strict()
    page = render(evidence, CLOSED, figures={"figures/roc.png": b"\x89PNG"}).html
    parser.feed(page)
    assert "script" not in parser.tags
    assert [value for name, value in parser.attributes if name == "src"] == ["data:image/png;base64,iVBORw=="]
    assert not [name for name, _ in parser.attributes if name.startswith("on")]
    assert "\u202e" not in page


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x.py", "a//b", "x" * 500])
def test_a_place_that_github_would_refuse_is_left_out(path: str) -> None:
    training = replace(TRAINING, status="failure", location_path=path, location_line=3)
    judged = decision(gate("training", Verdict.ERROR, "training"))
    checks = {c.name: c for c in render(replace(EVIDENCE, training=training), judged).checks}
    assert checks["sluice/training"].annotations == ()


def test_what_has_no_interval_shows_a_dash_on_the_page() -> None:
    bare = replace(EVALUATION, metrics=(MetricValue(metric="roc_auc", value=0.7),), comparisons=())
    page = render(replace(EVIDENCE, evaluation=bare), CLOSED).html
    assert "– … –" not in page and '<td class="n">–</td>' in page
