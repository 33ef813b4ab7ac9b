"""The metric files that ``dvc.yaml`` names, read without DVC."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.dvc_metrics import metric_paths
from sluice.domain.errors import EvidenceError

WHOLE = """
stages:
  prepare: {cmd: python prepare.py, outs: [data.csv]}
  train:
    cmd: python train.py
    wdir: models
    metrics: [train.json, {"../reports/all.yaml": {cache: false}}]
  each: {foreach: [1, 2], do: {cmd: "echo ${item}"}}
metrics: [summary.toml, reports/all.yaml]
plots: [curve.csv]
"""


def test_stages_come_first_then_the_list_and_each_once() -> None:
    assert metric_paths(WHOLE.encode()) == ("models/train.json", "reports/all.yaml", "summary.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "dvc.yaml: is not a mapping"),
        ("", "dvc.yaml: is not a mapping"),
        ("stages: {a: {cmd: x}}", "dvc.yaml: names no metrics"),
        ("metrics: []", "dvc.yaml: names no metrics"),
        ("metrics: m.json", "dvc.yaml:1: metrics: is not a list"),
        ("metrics: [1]", "metrics[0]: is not a path"),
        ("metrics: ['']", "metrics[0]: is not a path"),
        ("metrics: ['${dir}/m.json']", "is named by a variable"),
        ("metrics: [../m.json]", "is not a file of the repository"),
        ("metrics: [/etc/m.json]", "is not a file of the repository"),
        ("metrics: ['s3://b/m.json']", "is not a file of the repository"),
        ("metrics: [m.py]", "is not JSON, YAML or TOML"),
        ("stages: []", "stages: is not a mapping"),
        ("stages: {a: 1}", "stages.a: is not a mapping"),
        ("stages: {a: {wdir: [x], metrics: [m.json]}}", "stages.a.wdir: is not a path"),
        ("stages: {a: {foreach: [1], do: {metrics: ['m.json']}}}", "makes several stages"),
        ("stages: {a: {matrix: {x: [1]}, metrics: ['m.json']}}", "makes several stages"),
        ("metrics: [a.json]\nmetrics: [b.json]", "is stated twice"),
        ("metrics: [" + ", ".join(f"m{i}.json" for i in range(101)) + "]", "more than 100 metric files"),
        ("metrics: " + "[" * 100_000, "is nested deeper than 64 levels"),
        ("a: &a [x]\nmetrics: *b", "refers to"),
    ],
)
def test_what_is_not_said_plainly_is_refused(text: str, says: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        metric_paths(text.encode())
    assert says in caught.value.sentence
    assert caught.value.reason_code == "metric"


_VALUES = st.recursive(
    st.none() | st.integers() | st.text("am.j/${}:, ", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["stages", "metrics", "do"]), inner),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=50), st.builds(lambda a, b: f"stages: {a!r}\nmetrics: {b!r}".encode(), _VALUES, _VALUES)
    )
)
def test_any_document_gives_paths_of_the_repository_or_one_sentence(data: bytes) -> None:
    found = attempt(data)
    if isinstance(found, EvidenceError):
        assert found.sentence.startswith("dvc.yaml")
    else:
        assert found
        assert not any(path.startswith(("/", "..")) for path in found)


def attempt(data: bytes) -> tuple[str, ...] | EvidenceError:
    try:
        return metric_paths(data)
    except EvidenceError as error:
        return error
