"""The rules of ``evaluation.serving``: what is served, where, and how much is asked of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sluice.adapters.decode.config import load_config
from sluice.domain.config import Config, Evaluation
from sluice.domain.errors import ConfigError
from sluice.domain.gates import Demand, Gate
from sluice.domain.probes import Serving
from sluice.domain.serving_rules import (
    baseline_serving,
    governed_serving,
    is_looked_at,
    served_code,
    serving_problems,
    url_problem,
)


def loaded(serving: str, more: str = "", gates: str = "") -> Evaluation:
    text = f"version: 1\nevaluation:\n  task: classification\n  serving: {serving}\n{more}{gates}"
    found = load_config(text.encode()).value.evaluation
    assert found is not None
    return found


def refused(serving: str, more: str = "", gates: str = "") -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(serving, more, gates)
    return caught.value.sentence


def test_what_is_left_out_has_its_default() -> None:
    found = loaded("{call: 'a.b:c', inputs: rows.csv}").serving
    assert found == Serving(call="a.b:c", inputs="rows.csv")
    assert found is not None
    assert (found.batch_rows, found.warmup, found.requests) == (1, 20, 500)


@pytest.mark.parametrize(
    "serving",
    [
        "{command: python serve.py, inputs: rows.csv}",
        "{url: 'http://127.0.0.1:80/', inputs: rows.csv}",
        "{url: 'http://[::1]:8080/a?b=c', start: run me, inputs: rows.csv}",
    ],
)
def test_each_kind_is_read(serving: str) -> None:
    assert loaded(serving).serving is not None


def test_a_model_must_be_the_one_that_is_looked_at() -> None:
    assert loaded("{model: out/model, inputs: rows.csv}", "  model: out\n").serving is not None
    assert "not looked at" in refused("{model: out/model, inputs: rows.csv}", "  model: out/mod\n")
    assert "not looked at" in refused("{model: out/model, inputs: rows.csv}")


@pytest.mark.parametrize(
    ("serving", "said"),
    [
        ("{inputs: rows.csv}", "exactly one of"),
        ("{call: 'a:b', command: x, inputs: rows.csv}", "exactly one of"),
        ("{call: 'a:b'}", "inputs"),
        ("{call: 'a b', inputs: rows.csv}", "names no function"),
        ("{command: ' ', inputs: rows.csv}", "must be a command"),
        ("{command: x, start: y, inputs: rows.csv}", "needs `url`"),
        ("{url: 'http://example.com:80/', inputs: rows.csv}", "must be an endpoint of this machine"),
        ("{call: 'a:b', inputs: /etc/passwd}", "must be a path"),
        ("{call: 'a:b', inputs: ../rows.csv}", "must not lead out"),
        ("{call: 'a:b', inputs: rows.csv, requests: 29}", "must be from 30"),
        ("{call: 'a:b', inputs: rows.csv, requests: 100001}", "must be from 30"),
        ("{call: 'a:b', inputs: rows.csv, warmup: 0}", "must be from 1"),
        ("{call: 'a:b', inputs: rows.csv, batch_rows: 0}", "must be from 1"),
        ("{call: 'a:b', inputs: rows.csv, timeout_s: 0}", "must be over 0"),
        ("{call: 'a:b', inputs: rows.csv, timeout_s: .nan}", "finite"),
        ("{call: 'a:b', inputs: rows.csv, total_timeout_s: 1e9}", "at most 7200"),
        ("{call: 'a:b', inputs: rows.csv, price: 3}", "price"),
        ("{call: 'a:b', inputs: rows.csv, price_per_hour: 3}", "needs both"),
        ("{call: 'a:b', inputs: rows.csv, currency: EUR}", "needs both"),
        ("{call: 'a:b', inputs: rows.csv, price_per_hour: 0, currency: EUR}", "must be over 0"),
        ("{call: 'a:b', inputs: rows.csv, price_per_hour: 1, currency: 'a very long currency indeed'}", "at most 20"),
    ],
)
def test_what_cannot_be_measured_is_refused(serving: str, said: str) -> None:
    assert said in refused(serving)


@pytest.mark.parametrize(
    "limits",
    [
        {"max": 5.0, "per_slice": "a"},
        {"max_gap": 5.0, "per_slice": "a"},
        {"no_slice_worse": 1.0, "per_slice": "a"},
    ],
)
def test_limits_of_slices_are_refused(limits: dict[str, Any]) -> None:
    evaluation = Evaluation(task="regression", serving=Serving(call="a:b", inputs="rows.csv"))
    gate = Gate(metric="latency_p99_ms", **limits)
    inner = Gate(any_of=(Demand(metric="latency_p99_ms", **limits),), name="one")
    for one, at in ((gate, "gates[0]."), (inner, "gates[0].any_of[0].")):
        found = list(serving_problems(Config(version=1, evaluation=evaluation, gates=(one,))))
        assert found
        assert all(key.startswith(at) and "that is not measured for slices" in what for key, what in found)


def test_a_price_is_gated_only_where_an_hour_has_one() -> None:
    gates = "gates: [{metric: price_per_million_rows, max: 1}]\n"
    assert "needs `evaluation.serving.price_per_hour`" in refused("{call: 'a:b', inputs: rows.csv}", "", gates)
    priced = "{call: 'a:b', inputs: rows.csv, price_per_hour: 1, currency: EUR}"
    assert loaded(priced, "", gates).serving is not None


def test_the_base_is_served_under_the_load_of_the_candidate() -> None:
    ours = Serving(call="a:b", inputs="rows.csv", requests=1000)
    base = Serving(command="x", inputs="old.csv", requests=30, timeout_s=1)
    assert baseline_serving(Evaluation(task="regression", serving=base), ours) == replace(ours, call=None, command="x")
    assert baseline_serving(Evaluation(task="regression"), ours) == "the base has no `evaluation.serving`"
    alone = Serving(url="http://127.0.0.1:80/", inputs="rows.csv")
    assert "one and the same" in str(baseline_serving(Evaluation(task="regression", serving=alone), ours))


def test_a_function_may_not_take_the_name_of_a_metric() -> None:
    function = "  predictions: p.csv\n  functions: {latency_p50_ms: {call: 'a:b', direction: lower, needs: [score]}}\n"
    function += "  columns: {score: p}\n"
    assert "is the name of a metric" in refused("{call: 'a:b', inputs: rows.csv}", function)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:80/",
        "http://127.0.0.1/",
        "http://127.0.0.2:80/",
        "http://0.0.0.0:80/",
        "http://localhost.example.com:80/",
        "http://a@127.0.0.1:80/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:80/a b",
        "http://127.0.0.1:80/\r\nX: y",
        "http://127.0.0.1:80/#a",
        "http://127.0.0.1:80/ä",
        "http://[::1",
        "127.0.0.1:80",
        "file:///etc/passwd",
        "",
    ],
)
def test_only_plain_endpoints_of_this_machine_are_asked(url: str) -> None:
    assert url_problem(url)


def test_the_head_says_what_is_served_and_the_base_how_much() -> None:
    base = Serving(call="a:b", inputs="rows.csv", requests=1000, warmup=50, timeout_s=1, batch_rows=4)
    head = Serving(command="x", inputs="other.csv", requests=30, warmup=1, timeout_s=600, batch_rows=1)
    of: dict[str, Any] = {"task": "classification"}
    found = governed_serving(Evaluation(**of, serving=base), Evaluation(**of, serving=head))
    assert found == replace(base, call=None, command="x", inputs="other.csv")
    assert governed_serving(Evaluation(**of, serving=base), Evaluation(**of)) == base
    assert governed_serving(Evaluation(**of), Evaluation(**of, serving=head)) == head
    assert governed_serving(Evaluation(**of), Evaluation(**of)) is None


def test_what_a_command_names_counts_as_its_code() -> None:
    found = served_code(
        Evaluation(task="regression", serving=Serving(command="python ./app/serve.py --port 1", inputs="r"))
    )
    assert "/app/serve.py" in found
    named = served_code(Evaluation(task="regression", serving=Serving(call="pack.age:f", inputs="r")))
    assert {"/pack", "/pack.py"} <= set(named)
    assert served_code(Evaluation(task="regression")) == ()


@pytest.mark.parametrize(
    ("served", "named", "known"),
    [
        ("model", "model", True),
        ("./model/", "model", True),
        ("model/a", "model", True),
        ("model", "model/a", False),
        ("model2", "model", False),
        ("model", None, False),
    ],
)
def test_what_is_looked_at(served: str, named: str | None, known: bool) -> None:
    assert is_looked_at(served, Evaluation(task="regression", model=named)) is known
