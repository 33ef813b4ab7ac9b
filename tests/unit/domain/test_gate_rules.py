"""What may stand together in a gate, and the sentence with its line where something may not."""

from __future__ import annotations

import pytest

from sluice.adapters.decode.config import load_config
from sluice.domain.errors import ConfigError
from sluice.domain.gates import Demand, Gate, demands_of, gate_id, gated, group_id, limits_of

HEAD = """version: 1
evaluation:
  task: classification
  predictions: p.csv
  columns: {score: s}
  slices: [region]
  baseline: {ref: base}
gates:
"""


def gates(text: str, head: str = HEAD) -> tuple[Gate, ...]:
    return load_config(f"{head}{text}\n".encode()).value.gates


def refused(text: str, head: str = HEAD) -> str:
    with pytest.raises(ConfigError) as caught:
        gates(text, head)
    return caught.value.sentence


@pytest.mark.parametrize(
    ("text", "limit", "name"),
    [
        ("{metric: rmse, max_rise: 2 %}", ("max_rise", "2 %"), "rmse.max_rise"),
        ("{metric: recall, max_drop: 2%, severity: warn}", ("max_drop", "2%"), "recall.max_drop"),
        ("{metric: recall, must_improve: true}", ("must_improve", 0.0), "recall.must_improve"),
        ("{metric: recall, must_improve: 0.01, family: main}", ("must_improve", 0.01), "recall.must_improve"),
        ("{metric: recall, must_improve: 1 %}", ("must_improve", "1 %"), "recall.must_improve"),
        (
            "{metric: recall, no_slice_worse: 0.05, per_slice: region}",
            ("no_slice_worse", 0.05),
            "recall.no_slice_worse.region",
        ),
        (
            "{fairness: equalized_odds, max_gap: 0.1, per_slice: region, min_rows: 50}",
            ("max_gap", 0.1),
            "equalized_odds.max_gap.region",
        ),
    ],
)
def test_each_key_is_read_and_named(text: str, limit: tuple[str, float | str], name: str) -> None:
    (gate,) = gates(f"  - {text}")
    assert limits_of(gate) == (limit,)
    assert gate_id(gate, limit[0]) == name
    assert group_id(gate) == ""


@pytest.mark.parametrize("kind", ["any_of", "all_of"])
def test_choices(kind: str) -> None:
    (gate,) = gates(f"  - {kind}: [{{metric: recall, min: 0.9}}, {{metric: f1, max_drop: 1 %}}]\n    name: either-2")
    members = (Demand(metric="recall", min=0.9), Demand(metric="f1", max_drop="1 %"))
    assert (gate.any_of, gate.all_of) == ((members, ()) if kind == "any_of" else ((), members))
    assert group_id(gate) == f"{kind}.either-2"
    assert gated((gate, Gate(fairness="equalized_odds"), Gate(metric="f1"))) == (
        *("recall", "f1"),
        "false_positive_rate",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{min: 0.9}", "gates[0]: names no metric: give `metric` or `fairness`"),
        ("{metric: ' ', min: 0.9}", "gates[0]: names no metric"),
        ("{metric: recall}", "gates[0]: states no limit: give `min`, `max`, `max_drop`, `max_rise`, `must_improve`"),
        ("{metric: recall, max_rise: -1}", "gates[0].max_rise: must not be negative"),
        ("{metric: recall, max_drop: '0.02'}", "gates[0].max_drop: must be a number, or a share of the baseline's"),
        ("{metric: recall, max_drop: -2 %}", "gates[0].max_drop: must be a number, or a share"),
        ("{metric: recall, max_drop: two %}", "gates[0].max_drop: must be a number, or a share"),
        ("{metric: recall, max_drop: .nan}", "gates[0].max_drop: `.nan` is not a finite number"),
        ("{metric: recall, max_drop: true}", "gates[0].max_drop: must be a number or text, not `true`"),
        (
            "{metric: recall, must_improve: false}",
            "gates[0].must_improve: is `false`, which demands nothing: remove it",
        ),
        ("{metric: recall, must_improve: -0.1}", "gates[0].must_improve: must not be negative"),
        ("{metric: recall, min: 2 %}", "gates[0].min: must be a number, not the text"),
        ("{metric: recall, max_gap: 2 %, per_slice: region}", "gates[0].max_gap: must be a number, not the text"),
        ("{metric: recall, max_gap: -1, per_slice: region}", "gates[0].max_gap: must not be negative"),
        ("{metric: recall, max_gap: 0.1}", "gates[0].max_gap: needs `per_slice`"),
        ("{metric: recall, no_slice_worse: 0.1}", "gates[0].no_slice_worse: needs `per_slice`"),
        ("{metric: recall, min: 0.1, per_slice: age}", "gates[0].per_slice: `age` is not among `evaluation.slices`"),
        ("{metric: recall, min: 0.1, min_rows: 29}", "gates[0].min_rows: must be at least 30"),
        ("{metric: recall, min: 0.1, min_rows: 50.5}", "gates[0].min_rows: must be a whole number"),
        ("{fairness: parity, max_gap: 0.1, per_slice: region}", "gates[0].fairness: must be `demographic_parity` or"),
        ("{fairness: equal_opportunity, max_gap: 0.1}", "gates[0].max_gap: needs `per_slice`"),
        ("{fairness: equal_opportunity, min: 0.1, per_slice: region}", "gates[0]: `fairness` needs `max_gap`"),
        (
            "{fairness: equal_opportunity, metric: recall, max_gap: 0.1, per_slice: region}",
            "gates[0]: names both `metric` and `fairness`",
        ),
        ("{metric: recall, min: 0.1, name: x}", "gates[0].name: goes with `any_of` and `all_of` only"),
        ("{metric: recall, min: 0.1, family: x}", "gates[0].family: goes with `max_drop`, `max_rise` and"),
        ("{metric: recall, max_drop: 0.1, family: ' '}", "gates[0].family: is empty"),
        ("{any_of: [{metric: recall, min: 0.1}], name: x}", "gates[0].any_of: holds one demand only"),
        ("{any_of: [], name: x}", "gates[0]: names no metric"),
        ("{any_of: [{metric: f1, min: 0.1}, {metric: f1, max: 0.9}]}", "gates[0]: `any_of` needs a `name`"),
        ("{any_of: [{metric: f1, min: 0.1}, {metric: f1, max: 0.9}], name: a.b}", "gates[0]: `any_of` needs a `name`"),
        (
            "{all_of: [{metric: f1, min: 0.1}, {metric: f1, max: 0.9}], name: x, min: 0.1}",
            "gates[0]: states a demand of its own beside `all_of`",
        ),
        (
            "{all_of: [{metric: f1, min: 0.1}, {metric: f1, max: 0.9}], name: x, family: y}",
            "gates[0].family: does not go with `all_of`",
        ),
        (
            "{any_of: [{metric: f1, min: 0.1}, {metric: f1, min: 0.9}], name: x}",
            "gates[0].any_of[1].min: `f1.min` is stated twice",
        ),
        ("{any_of: [{metric: f1}, {metric: f1, max: 0.9}], name: x}", "gates[0].any_of[0]: states no limit"),
        (
            "{any_of: [{metric: f1, min: 0.1, severity: warn}, {metric: f1, max: 0.9}], name: x}",
            "gates[0].any_of[0].severity: unknown key",
        ),
        (
            "{any_of: [{any_of: [], name: y}, {metric: f1, max: 0.9}], name: x}",
            "gates[0].any_of[0].any_of: unknown key",
        ),
        ("{metric: recall, max_fall: 0.1}", "gates[0].max_fall: unknown key"),
    ],
)
def test_one_sentence_for_what_is_wrong(text: str, says: str) -> None:
    assert refused(f"  - {text}").startswith(f"sluice.yaml:9: {says}")


def test_two_lists_are_two_gates() -> None:
    demands = "[{metric: f1, min: 0.1}, {metric: f1, max: 0.9}]"
    assert "gates[0]: states both `any_of` and `all_of`" in refused(
        f"  - {{any_of: {demands}, all_of: {demands}, name: x}}"
    )


def test_what_is_stated_twice_is_refused() -> None:
    choice = "  - {any_of: [{metric: f1, min: 0.1}, {metric: f1, max: 0.9}], name: x}\n"
    assert "gates[1]: `any_of.x` is stated twice" in refused(choice + choice)
    fair = "  - {fairness: equalized_odds, max_gap: 0.1, per_slice: region}\n"
    assert "gates[1].max_gap: `equalized_odds.max_gap.region` is stated twice" in refused(fair + fair)
    rise = "  - {metric: rmse, max_rise: 1}\n"
    assert "gates[1].max_rise: `rmse.max_rise` is stated twice" in refused(rise + rise)


@pytest.mark.parametrize(
    "text",
    [
        "{metric: rmse, max_rise: 2 %}",
        "{metric: recall, must_improve: true}",
        "{metric: recall, no_slice_worse: 0.05, per_slice: region}",
        "{any_of: [{metric: f1, min: 0.1}, {metric: f1, max_drop: 0.9}], name: x}",
    ],
)
def test_a_difference_needs_a_baseline(text: str) -> None:
    assert "needs `evaluation.baseline`" in refused(f"  - {text}", HEAD.replace("  baseline: {ref: base}\n", ""))


def test_fairness_needs_classes_that_are_predicted() -> None:
    fair = "  - {fairness: equalized_odds, max_gap: 0.1, per_slice: region}\n"
    regression = HEAD.replace("classification", "regression").replace("score", "prediction")
    assert "gates[0].fairness: needs `evaluation.predictions` of a classification" in refused(fair, regression)


TRAINED = HEAD.replace("evaluation:", "training: {run: train, inputs: [a]}\nevaluation:")


@pytest.mark.parametrize("text", ["clean_tree", "duration_s, max: 60", "reproducible", "reproducible, max: 0.001"])
def test_facts_of_training_are_gates_that_demand_nothing_of_a_metric(text: str) -> None:
    found = gates(f"  - {{training: {text}, severity: warn}}\n  - {{metric: recall, min: 0.5}}", TRAINED)
    assert found[0].training == text.partition(",")[0]
    assert demands_of(found[0]) == ()
    assert gated(found) == ("recall",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{training: dirty_tree}", "training"),
        ("{training: clean_tree, max: 1}", "does not go with `clean_tree`"),
        ("{training: duration_s}", "needs a `max` over 0"),
        ("{training: duration_s, max: 0}", "needs a `max` over 0"),
        ("{training: duration_s, max: .inf}", "finite"),
        ("{training: reproducible, max: -1}", "must not be negative"),
        ("{training: reproducible, metric: recall}", "goes with `max` and `severity` only"),
        ("{training: duration_s, max: 1, min: 1}", "goes with `max` and `severity` only"),
        ("{training: clean_tree, name: a}", "goes with `max` and `severity` only"),
        ("{training: clean_tree}\n  - {training: clean_tree, severity: warn}", "`training.clean_tree` is stated twice"),
        ("{name: a, any_of: [{training: clean_tree}, {metric: recall, min: 1}]}", "training"),
    ],
)
def test_what_is_no_fact_of_training_is_refused(text: str, said: str) -> None:
    assert said in refused(f"  - {text}", TRAINED)


def test_a_fact_of_training_needs_training_and_something_to_compare() -> None:
    assert "needs a `training` section" in refused("  - {training: clean_tree}")
    bare = "version: 1\ntraining: {run: train, inputs: [a]}\ngates:\n"
    assert gates("  - {training: clean_tree}", bare)
    assert "needs `evaluation.predictions` or `evaluation.model`" in refused("  - {training: reproducible}", bare)
