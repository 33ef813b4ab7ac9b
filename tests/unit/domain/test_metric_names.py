"""The names of the metrics, as a policy may write them, against the metrics themselves."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sluice.domain.metric_names import FAMILY_NUMBERS, METRIC_NAMES, wrong_name
from sluice.metrics import FAMILIES, METRICS, metric_named


def test_the_names_are_those_of_the_metrics() -> None:
    assert set(METRICS) == METRIC_NAMES
    assert set(FAMILIES) == set(FAMILY_NUMBERS)


@pytest.mark.parametrize("name", [*METRICS, *(f"{name}@{one.usual:.12g}" for name, one in FAMILIES.items())])
def test_what_is_measured_is_not_refused(name: str) -> None:
    assert wrong_name(name) == ""
    assert metric_named(name) is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("roc_acu", "`roc_acu` is no metric that Sluice measures; did you mean `roc_auc` or `roc_auc_ovr`?"),
        ("fbta@2", "`fbta@2` is no metric that Sluice measures; did you mean `fbeta@2`?"),
        ("fbeta", "`fbeta` is no metric that Sluice measures: it needs a number, such as `fbeta@2`"),
        ("brier@3", "`brier@3` is no metric that Sluice measures; did you mean `brier`?"),
        ("fbeta@0", "`fbeta@0` needs a number from 0.01 to 100 after the `@`, written plainly"),
        ("fbeta@2.0", "`fbeta@2.0` needs a number from 0.01 to 100 after the `@`, written plainly"),
        ("ndcg@1.5", "`ndcg@1.5` needs a whole number from 1 to 10000 after the `@`, written plainly"),
        ("fbeta@nan", "`fbeta@nan` needs a number from 0.01 to 100 after the `@`, written plainly"),
        ("xyzzyq", "`xyzzyq` is no metric that Sluice measures; the reference of metrics lists them"),
        ("", "`` is no metric that Sluice measures; the reference of metrics lists them"),
    ],
)
def test_another_name_is_told_with_what_may_be_meant(name: str, said: str) -> None:
    assert wrong_name(name) == said
    assert metric_named(name) is None


def test_a_long_name_is_cut() -> None:
    assert len(wrong_name("a" * 100_000)) < 200


def test_to_read_a_policy_loads_nothing_that_measures() -> None:
    code = "import sys, sluice.domain.rules; print([m for m in sys.modules if m in ('numpy', 'sluice.metrics')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
