"""Metric files of the pull request."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.metrics_file import read_metrics
from sluice.domain.errors import EvidenceError
from sluice.domain.evaluation import MetricValue


def read(text: str, path: str = "metrics.json") -> dict[str, float | str | None]:
    metrics = read_metrics(text.encode(), path=path)
    assert all(metric.source == "file" and metric.slice == "" for metric in metrics)
    assert all((metric.value is None) == bool(metric.reason) for metric in metrics)
    assert all(metric.reason_code == ("metric" if metric.value is None else "") for metric in metrics)
    assert len({metric.metric for metric in metrics}) == len(metrics)
    return {metric.metric: metric.reason if metric.value is None else metric.value for metric in metrics}


def attempt(data: bytes, path: str) -> tuple[MetricValue, ...] | EvidenceError:
    try:
        return read_metrics(data, path=path)
    except EvidenceError as error:
        return error


def test_nested_names_are_joined_and_lists_left_out() -> None:
    text = '{"train": {"acc": 0.9, "deep": {"n": 3}}, "loss": 0, "curve": [1, 2], "empty": {}}'
    assert read(text) == {"train.acc": 0.9, "train.deep.n": 3.0, "loss": 0.0}
    assert read("train:\n  acc: 0.9\n  deep: {n: 3}\nloss: 0\ncurve: [1, 2]\n", "m.YAML") == read(
        '{"train": {"acc": 0.9, "deep": {"n": 3}}, "loss": 0}'
    )


@pytest.mark.parametrize(
    ("in_json", "in_yaml", "reason"),
    [
        ("NaN", ".nan", "not a finite number"),
        ("Infinity", ".inf", "not a finite number"),
        ("-Infinity", "-.INF", "not a finite number"),
        ("1e999", "1e999", "not a finite number"),
        ("9" * 400, "9" * 400, "beyond 64 bits"),
        ('"0.99"', "'0.99'", "text, not a number"),
        ('""', '""', "text, not a number"),
        ("true", "true", "`true`, not a number"),
        ("false", "false", "`false`, not a number"),
        ("null", "", "null"),
    ],
)
def test_what_is_no_finite_number_spoils_that_metric_only(in_json: str, in_yaml: str, reason: str) -> None:
    for text, path in ((f'{{"bad": {in_json}, "good": 0.5}}', "m.json"), (f"bad: {in_yaml}\ngood: 0.5\n", "m.yml")):
        found = read(text, path)
        assert found["good"] == 0.5
        assert str(found["bad"]).endswith(reason)


def test_two_ways_to_one_name_give_none() -> None:
    assert read('{"a.b": 1, "a": {"b": 2}, "c": 3}') == {"a.b": "stated twice", "c": 3.0}


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("", "m.json", "m.json:1: is not valid JSON"),
        ("{", "m.json", "m.json:1: is not valid JSON"),
        ('{"a": 1, "a": 2}', "m.json", 'states the key "a" twice'),
        ("[1]", "m.json", "m.json: is not a mapping"),
        ("0.5", "m.json", "m.json: is not a mapping"),
        ("", "m.yaml", "m.yaml: is not a mapping"),
        ("a: [", "m.yaml", "m.yaml:1: is not valid YAML"),
        ("a: 1\na: 2\n", "m.yaml", "m.yaml:2: a: is stated twice"),
        ("a: 1\n", "m.json", "m.json:1: is not valid JSON"),
        ('{"' + "n" * 257 + '": 1}', "m.json", "is too long"),
        ('{"' + "n" * 200 + '": {"' + "n" * 200 + '": 1}}', "m.json", "is too long"),
        ("{" + ",".join(f'"m{index}": 1' for index in range(10_001)) + "}", "m.json", "more than 10000 metrics"),
        (" " * 1_000_001, "m.json", "larger than"),
    ],
)
def test_a_file_that_cannot_be_read(text: str, path: str, says: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        read(text, path)
    assert says in caught.value.sentence
    assert caught.value.reason_code == "metric"


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.recursive(
            st.floats() | st.integers(-(2**70), 2**70) | st.booleans() | st.none() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "a.b"]), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=6,
    )
)
@settings(deadline=None)
def test_values_are_the_numbers_written_or_none(content: dict[str, object]) -> None:
    found = {metric.metric: metric for metric in read_metrics(json.dumps(content).encode(), path="m.json")}
    for metric in found.values():
        assert metric.value is None or math.isfinite(metric.value)
    for name, value in content.items():
        if "." in name or name in ("", "a", "b"):
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            usable = math.isfinite(value) and (isinstance(value, float) or -(2**63) <= value < 2**63)
            assert found[name].value == (float(value) if usable else None)


@given(st.binary(max_size=200), st.sampled_from(["m.json", "m.yaml"]))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_metrics_or_an_evidence_error(data: bytes, path: str) -> None:
    found = attempt(data, path)
    if isinstance(found, EvidenceError):
        assert found.where.startswith(path)
        assert found.reason_code == "metric"
    else:
        assert all(isinstance(metric, MetricValue) for metric in found)
