"""The decision over whole evidence: example by example, and for whatever evidence may say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from sluice.core.contract_gates import Contracts
from sluice.core.gate import decide, decide_error, decide_skip
from sluice.core.validation import specs
from sluice.domain.config import Baseline, Columns, Config, DataSource, Evaluation, Loaded, Training
from sluice.domain.contract import Column, Contract
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Problem, Subject
from sluice.domain.gates import Gate
from sluice.domain.planning import STAGES, Plan, Skip, Stage
from sluice.domain.training import TrainResult, TrainStatus
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict

HEAD, BASE, POLICY, DIGEST = "a" * 40, "b" * 40, "c" * 64, "d" * 64
CONTRACT = Contract(
    name="train",
    version="1.0.0",
    columns=(Column(name="age", required=True, line=5), Column(name="id", unique=True, line=9)),
    path="contracts/train.odcs.yaml",
)
CONFIG = Config(
    version=1,
    data={"train": DataSource(source="data/train.csv", contract=CONTRACT.path)},
    training=Training(run="make model", inputs=("data",)),
    evaluation=Evaluation(
        task="classification",
        predictions="p.parquet",
        columns=Columns(score="s"),
        slices=("region",),
        baseline=Baseline(ref="base"),
    ),
    gates=(
        Gate(metric="roc_auc", min=0.8),
        Gate(metric="roc_auc", max_drop=0.02),
        Gate(metric="recall", per_slice="region", max_gap=0.25),
        Gate(metric="size_mb", max=50.0, severity="warn"),
    ),
)
LOADED = Loaded(value=CONFIG, sha256=POLICY, lines={"gates[1].max_drop": 31, "data.train": 4, "training": 12})
PLAN = Plan(stages=STAGES, runs_on=("ubuntu-latest",), head_sha=HEAD, base_sha=BASE, policy_sha256=POLICY)


def checks(failed: int = 0) -> tuple[CheckResult, ...]:
    """What `run` observes for every demand of the contract; the demands on values have ``failed`` rows against them."""
    observed: dict[str, float | int | str] = {"row_count": 1000, "column_type": "int64"}
    return tuple(
        CheckResult(
            check=spec.check,
            dataset="train",
            column=spec.column,
            verdict=Verdict.PASS if spec.check in observed or not failed else Verdict.FAIL,
            observed=observed.get(spec.check, failed),
            limit=spec.limit,
            n_rows=1000,
            n_failed=0 if spec.check in observed else failed,
        )
        for spec in specs(CONTRACT)
    )


DATA = DatasetResult(
    dataset="train",
    source="data/train.csv",
    verdict=Verdict.PASS,
    data_sha256=DIGEST,
    contract_path=CONTRACT.path,
    contract_sha256="",
    n_rows=1000,
    n_columns=2,
    results=checks(),
)
TRAINED = TrainResult(status="success", command="make model", exit_code=0, duration_s=3.0)
METRICS = (
    MetricValue(metric="roc_auc", value=0.9, n=500, trials=90.0),
    MetricValue(metric="recall", value=0.7, n=500, trials=90.0),
    MetricValue(metric="recall", slice="region=a", value=0.6, n=200, trials=40.0),
    MetricValue(metric="recall", slice="region=b", value=0.8, n=300, trials=50.0),
    MetricValue(metric="size_mb", value=40.0, source="file"),
)
COMPARED = Comparison(
    metric="roc_auc",
    candidate=0.9,
    baseline=0.89,
    difference=0.9 - 0.89,
    ci_low=-0.005,
    ci_high=0.025,
    ci_level=0.95,
    n=500,
    method="paired by key",
)
EVALUATED = EvaluationResult(n=500, metrics=METRICS, comparisons=(COMPARED,))
GOOD = Evidence(
    sluice_version="0.1.0",
    subject=Subject(repository="o/r", head_sha=HEAD, base_sha=BASE),
    stages=STAGES,
    data=(DATA,),
    training=TRAINED,
    evaluation=EVALUATED,
)


def decided(evidence: Evidence = GOOD, plan: Plan = PLAN, policy: Loaded = LOADED) -> Decision:
    return decide(policy, evidence, DIGEST, subject=plan, contracts=Contracts(base={"train": CONTRACT}))


def by_gate(decision: Decision) -> dict[str, GateResult]:
    return {result.gate: result for result in decision.results}


def with_metrics(*metrics: MetricValue) -> Evidence:
    return replace(GOOD, evaluation=replace(EVALUATED, metrics=metrics))


def test_good_evidence_opens_the_gate_and_binds_the_decision() -> None:
    decision = decided()
    assert (decision.verdict, decision.open) == (Verdict.PASS, True)
    assert list(by_gate(decision)) == [
        "data.train",
        "training",
        "roc_auc.min",
        "roc_auc.max_drop",
        "recall.max_gap.region",
        "size_mb.max",
    ]
    assert {result.reason_code for result in decision.results} == {"pass"}
    assert (decision.head_sha, decision.base_sha, decision.policy_sha256) == (HEAD, BASE, POLICY)
    assert (decision.evidence_sha256, decision.skipped, decision.enforced) == (DIGEST, (), True)
    assert by_gate(decision)["roc_auc.max_drop"].line == 31


def test_evidence_for_another_head_counts_for_nothing() -> None:
    decision = decided(replace(GOOD, subject=replace(GOOD.subject, head_sha="e" * 40)))
    assert decision.verdict is Verdict.ERROR
    assert [result.reason_code for result in decision.results] == ["other-head"]
    assert (decision.head_sha, decision.evidence_sha256) == (HEAD, DIGEST)


def test_another_policy_than_the_plans_is_refused() -> None:
    assert decided(policy=replace(LOADED, sha256="f" * 64)).results[0].reason_code == "config"


@pytest.mark.parametrize("stage", STAGES)
def test_a_planned_stage_that_is_missing_is_inconclusive(stage: Stage) -> None:
    decision = decided(replace(GOOD, stages=tuple(each for each in STAGES if each != stage)))
    assert decision.verdict is Verdict.INCONCLUSIVE
    missing = [result for result in decision.results if not result.verdict.opens]
    assert {result.stage for result in missing} == {stage}
    assert {result.reason_code for result in missing} == {"missing-evidence"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stages_problem_is_an_error_with_its_code(stage: Stage) -> None:
    problem = Problem(stage=stage, reason_code="disk-full", message="no space was left")
    decision = decided(replace(GOOD, problems=(problem,)))
    assert decision.verdict is Verdict.ERROR
    assert ("disk-full", "no space was left") in [(result.reason_code, result.message) for result in decision.results]


def test_a_stage_with_a_problem_is_told_once() -> None:
    late = tuple(
        Problem(
            stage=stage, reason_code="not-started", message="not started: the data train does not keep its contract"
        )
        for stage in STAGES[1:]
    )
    broken = replace(DATA, results=checks(3), verdict=Verdict.FAIL)
    decision = decided(replace(GOOD, data=(broken,), training=None, evaluation=None, problems=late))
    assert [(result.gate, result.reason_code) for result in decision.results] == [
        ("data.train", "contract"),
        ("training", "not-started"),
        ("evaluation", "not-started"),
    ]
    assert decision.verdict is Verdict.FAIL


def test_what_was_measured_beside_a_problem_is_judged() -> None:
    problem = Problem(stage="data", reason_code="config", message="there is no contract of `test`")
    broken = replace(DATA, results=checks(3), verdict=Verdict.FAIL)
    found = decided(replace(GOOD, data=(broken,), problems=(problem,)))
    assert [result.reason_code for result in found.results if result.stage == "data"] == ["config", "contract"]
    assert found.verdict is Verdict.FAIL


def test_a_dataset_tells_what_it_observed_with_an_example_and_without_its_code() -> None:
    assert by_gate(decided())["data.train"].observed == f"{len(checks())} of {len(checks())} checks passed"
    shown = tuple(replace(check, examples=("a`b",)) if check.n_failed else check for check in checks(3))
    found = by_gate(decided(replace(GOOD, data=(replace(DATA, results=shown),))))["data.train"]
    assert found.observed == f"{len(shown) - 2} of {len(shown)} checks passed"
    assert "required of `age`: 3 of 1,000 rows have no value, such as `a'b`" in found.message
    unread = replace(DATA, verdict=Verdict.ERROR, message="missing: there is no such file")
    assert by_gate(decided(replace(GOOD, data=(unread,))))["data.train"].message == "there is no such file"


def test_stages_that_were_not_planned_are_not_judged() -> None:
    broken = replace(
        GOOD, training=None, evaluation=None, problems=(Problem(stage="training", reason_code="x", message="y"),)
    )
    decision = decided(broken, replace(PLAN, stages=("data",)))
    assert decision.verdict is Verdict.PASS
    assert decision.skipped == ("training", "evaluation")
    assert list(by_gate(decision)) == ["data.train"]


def test_a_plan_of_nothing_is_inconclusive() -> None:
    assert decided(plan=replace(PLAN, stages=())).verdict is Verdict.INCONCLUSIVE


def test_not_enforced_is_judged_all_the_same() -> None:
    broken = replace(GOOD, training=replace(TRAINED, status="failure", exit_code=1))
    decision = decided(broken, replace(PLAN, enforced=False))
    assert (decision.verdict, decision.enforced) == (Verdict.ERROR, False)


@pytest.mark.parametrize(
    ("data", "verdict", "code"),
    [
        ((), Verdict.INCONCLUSIVE, "missing-evidence"),
        ((replace(DATA, dataset="other"),), Verdict.INCONCLUSIVE, "missing-evidence"),
        ((DATA, DATA), Verdict.ERROR, "evidence"),
        ((replace(DATA, results=()),), Verdict.INCONCLUSIVE, "missing-evidence"),
        ((replace(DATA, results=checks(3)),), Verdict.FAIL, "contract"),
        ((replace(DATA, results=checks(3), verdict=Verdict.PASS),), Verdict.FAIL, "contract"),
        ((replace(DATA, verdict=Verdict.FAIL),), Verdict.FAIL, "contract"),
        ((replace(DATA, n_rows=0),), Verdict.ERROR, "data-empty"),
        ((replace(DATA, verdict=Verdict.ERROR, message="data-empty: no bytes"),), Verdict.ERROR, "data-empty"),
        ((replace(DATA, verdict=Verdict.ERROR, message="it broke"),), Verdict.ERROR, "data"),
    ],
)
def test_data_is_judged_by_the_policys_contract(data: tuple[DatasetResult, ...], verdict: Verdict, code: str) -> None:
    found = by_gate(decided(replace(GOOD, data=data)))["data.train"]
    assert (found.verdict, found.reason_code, found.line) == (verdict, code, 4)


def test_a_verdict_that_evidence_claims_is_not_believed() -> None:
    lies = tuple(replace(check, verdict=Verdict.PASS) for check in checks(3))
    found = by_gate(decided(replace(GOOD, data=(replace(DATA, results=lies),))))["data.train"]
    assert found.verdict is Verdict.FAIL
    assert "required of `age`" in found.message


def test_data_without_its_contract_is_an_error() -> None:
    decision = decide(LOADED, GOOD, DIGEST, subject=PLAN, contracts=Contracts(base={}))
    assert by_gate(decision)["data.train"].reason_code == "contract"
    assert decision.verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("failure", "train-failed"),
        ("timeout", "train-timeout"),
        ("cancelled", "train-cancelled"),
        ("killed", "train-killed"),
    ],
)
def test_training_that_did_not_end_well_is_an_error(status: TrainStatus, code: str) -> None:
    ended = TrainResult(status=status, command="x", exit_code=9, duration_s=1.0)
    found = by_gate(decided(replace(GOOD, training=ended)))["training"]
    assert (found.verdict, found.reason_code, found.observed) == (Verdict.ERROR, code, status)


def test_reused_training_passes() -> None:
    assert decided(replace(GOOD, training=replace(TRAINED, status="reused"))).open


def test_a_warning_opens_the_gate() -> None:
    heavy = (*METRICS[:-1], replace(METRICS[-1], value=60.0))
    decision = decided(with_metrics(*heavy))
    assert (decision.verdict, decision.open) == (Verdict.WARN, True)
    assert by_gate(decision)["size_mb.max"].reason_code == "above-max"


def test_an_evaluation_without_gates_needs_its_evidence_all_the_same() -> None:
    policy = replace(LOADED, value=replace(CONFIG, gates=()))
    assert by_gate(decided(policy=policy))["evaluation"].verdict is Verdict.PASS
    assert by_gate(decided(replace(GOOD, evaluation=None), policy=policy))["evaluation"].verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INCONCLUSIVE])
def test_a_skip_says_why_it_stays_closed(verdict: Verdict) -> None:
    skip = Skip(reason_code="draft", message="it is a draft", verdict=verdict, head_sha=HEAD, base_sha=BASE)
    decision = decide_skip(skip)
    assert (decision.verdict, decision.open, decision.skipped) == (verdict, verdict.opens, STAGES)
    assert decision.message == "it is a draft"
    assert [result.message for result in decision.results] == ([] if verdict.opens else ["it is a draft"])


def test_an_error_closes_the_gate_with_its_reason() -> None:
    decision = decide_error("stale-head", "the head moved on", head_sha=HEAD, base_sha=BASE, line=3)
    assert (decision.verdict, decision.open) == (Verdict.ERROR, False)
    (found,) = decision.results
    assert (found.gate, found.reason_code, found.message, found.line) == (
        "stale-head",
        "stale-head",
        "the head moved on",
        3,
    )


# -- whatever evidence says -------------------------------------------------------------------------

SHARES = st.sampled_from([0.0, 0.5, 0.79, 0.8, 0.85, 0.9, 1.0, 1.7, -1.0])
MAYBE = st.none() | SHARES
COUNTS = st.sampled_from([None, 0, 29, 30, 500])
NAMES = st.sampled_from(["roc_auc", "recall", "size_mb", "other"])
LABELS = st.sampled_from(["", "region=a", "region=b", "region=c", "other=a"])
VALUES = st.builds(
    MetricValue,
    metric=NAMES,
    slice=LABELS,
    value=MAYBE,
    ci_low=MAYBE,
    ci_high=MAYBE,
    n=COUNTS,
    trials=st.sampled_from([None, 0.0, 19.9, 20.0, 500.0, 500.0]),
    source=st.sampled_from(["predictions", "file"]),
    reason_code=st.sampled_from(["", "pass", "range", "not-enough-evidence"]),
)
COMPARISONS = st.builds(
    Comparison,
    metric=NAMES,
    slice=LABELS,
    candidate=MAYBE,
    baseline=MAYBE,
    difference=st.none() | st.sampled_from([0.0, 0.1, -0.1, 0.9 - 0.89]),
    ci_low=st.none() | st.sampled_from([-0.3, -0.02, 0.0]),
    ci_high=st.none() | st.sampled_from([0.0, 0.05, 0.2]),
    ci_level=st.sampled_from([None, 0.5, 0.95]),
    n=COUNTS,
    method=st.sampled_from(["point", "paired by key", "unpaired"]),
)


def few(good: tuple[object, ...], more: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """Mostly the good records: some left out, some strange ones added."""
    kept = st.lists(st.booleans(), min_size=len(good), max_size=len(good)).map(
        lambda keep: tuple(each for each, kept in zip(good, keep, strict=True) if kept)
    )
    mostly = st.just(good) | st.just(good) | kept
    added = st.just([]) | st.just([]) | st.lists(more, min_size=1, max_size=2)
    return st.tuples(mostly, added).map(lambda pair: (*pair[0], *pair[1]))


EVALUATIONS = st.builds(
    EvaluationResult,
    n=st.just(500),
    metrics=few(METRICS, VALUES),
    comparisons=few((COMPARED,), COMPARISONS),
)
DATASETS = st.builds(
    lambda verdict, n_rows, failed, keep: replace(
        DATA, verdict=verdict, n_rows=n_rows, results=checks(failed)[: None if keep else 1]
    ),
    st.sampled_from(list(Verdict)),
    st.sampled_from([0, 1000, 1000, 1000]),
    st.sampled_from([0, 0, 0, 3]),
    st.booleans(),
)
EVIDENCES = st.builds(
    Evidence,
    sluice_version=st.just("0.1.0"),
    subject=st.sampled_from([GOOD.subject] * 9 + [replace(GOOD.subject, head_sha="e" * 40)]),
    stages=few(STAGES, st.sampled_from(STAGES)),
    data=few((DATA,), DATASETS),
    training=st.sampled_from(
        [TRAINED] * 5 + [None, replace(TRAINED, status="reused"), replace(TRAINED, status="killed")]
    ),
    evaluation=st.none() | st.just(EVALUATED) | EVALUATIONS,
    problems=st.just(())
    | st.just(())
    | st.lists(
        st.builds(Problem, stage=st.sampled_from(STAGES), reason_code=st.just("pass"), message=st.just("fine")),
        max_size=2,
    ).map(tuple),
)
PLANS = st.just(PLAN) | st.lists(st.sampled_from(STAGES), unique=True, max_size=3).map(
    lambda stages: replace(PLAN, stages=tuple(stages))
)


@settings(max_examples=600, deadline=None)
@given(EVIDENCES, PLANS)
def test_an_open_gate_has_everything_that_the_policy_asks(evidence: Evidence, plan: Plan) -> None:
    decision = decided(evidence, plan)
    if not decision.verdict.opens:
        return
    assert evidence.subject.head_sha == plan.head_sha
    assert plan.stages and set(plan.stages) <= set(evidence.stages)
    assert not [problem for problem in evidence.problems if problem.stage in plan.stages]
    if "data" in plan.stages:
        (data,) = evidence.data
        assert data.verdict.opens and data.n_rows and len(data.results) == len(checks())
        assert not any(check.n_failed for check in data.results)
    if "training" in plan.stages:
        assert evidence.training is not None and evidence.training.status in ("success", "reused")
    if "evaluation" in plan.stages:
        assert evidence.evaluation is not None
        _has_every_metric(evidence.evaluation)


def _has_every_metric(evaluation: EvaluationResult) -> None:
    def values(metric: str, prefix: str) -> list[float]:
        asked = [
            v
            for v in evaluation.metrics
            if v.metric == metric and v.slice.startswith(prefix) == bool(prefix or not v.slice)
        ]
        asked = [v for v in asked if bool(v.slice) == bool(prefix)]
        enough = [v.source == "file" or ((v.n or 0) >= 30 and (v.trials or 0.0) >= 20) for v in asked]
        assert all(enough) and all(v.value is not None for v in asked)
        return [v.value for v in asked if v.value is not None]

    (auc,) = values("roc_auc", "")
    assert 0.8 <= auc <= 1.0
    assert len(values("size_mb", "")) == 1
    recalls = values("recall", "region=")
    assert len(recalls) >= 2 and max(recalls) - min(recalls) <= 0.25
    (compared,) = (c for c in evaluation.comparisons if c.metric == "roc_auc" and not c.slice)
    assert compared.candidate is not None and compared.baseline is not None
    assert compared.difference == pytest.approx(compared.candidate - compared.baseline)
    assert compared.ci_low is not None and -compared.ci_low <= 0.02
    assert compared.ci_level == 0.95 and (compared.n or 0) >= 30 and compared.method != "point"


def _worse_slice(evidence: Evidence) -> Evidence:
    evaluation = evidence.evaluation or EVALUATED
    awful = MetricValue(metric="recall", slice="region=zzz", value=0.0, n=500, trials=90.0)
    best = MetricValue(metric="recall", slice="region=zzy", value=1.0, n=500, trials=90.0)
    return replace(evidence, evaluation=replace(evaluation, metrics=(*evaluation.metrics, awful, best)))


def _no_value(evidence: Evidence) -> Evidence:
    evaluation = evidence.evaluation or EVALUATED
    nothing = MetricValue(metric="recall", slice="region=zzz", value=None, reason="only 3 rows", n=3)
    return replace(evidence, evaluation=replace(evaluation, metrics=(*evaluation.metrics, nothing)))


WORSE: dict[str, Callable[[Evidence], Evidence]] = {
    "a problem": lambda e: replace(e, problems=(*e.problems, Problem(stage="data", reason_code="x", message="y"))),
    "a failing data source": lambda e: replace(
        e, data=(*e.data, replace(DATA, results=checks(9), verdict=Verdict.FAIL))
    ),
    "no training": lambda e: replace(e, training=None),
    "no evaluation": lambda e: replace(e, evaluation=None),
    "a stage less": lambda e: replace(e, stages=tuple(stage for stage in e.stages if stage != "data")),
    "slices far apart": _worse_slice,
    "a slice without a value": _no_value,
}


def test_the_evidence_drawn_here_opens_gates_too() -> None:
    """Otherwise the property above would hold for want of an open gate."""
    quick = settings(max_examples=5000, phases=[Phase.generate], database=None)
    evidence = find(EVIDENCES, lambda drawn: drawn != GOOD and decided(drawn).open, settings=quick)
    assert evidence != GOOD


@settings(max_examples=300, deadline=None)
@given(EVIDENCES, st.sampled_from(sorted(WORSE)))
def test_worse_evidence_never_opens_a_gate(evidence: Evidence, how: str) -> None:
    assert not decided(WORSE[how](evidence)).verdict.opens


@settings(max_examples=200, deadline=None)
@given(EVIDENCES, PLANS)
def test_severity_only_turns_failures_into_warnings(evidence: Evidence, plan: Plan) -> None:
    lenient = replace(
        LOADED, value=replace(CONFIG, gates=tuple(replace(gate, severity="warn") for gate in CONFIG.gates))
    )
    for strict, warned in zip(decided(evidence, plan).results, decided(evidence, plan, lenient).results, strict=True):
        if strict.stage == "evaluation" and strict.verdict is Verdict.FAIL:
            assert warned.verdict is Verdict.WARN
        else:
            assert warned.verdict is strict.verdict
