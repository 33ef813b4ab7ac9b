"""The record, rate limits and faults on demand."""

from __future__ import annotations

import json
import time

import pytest
import requests


def test_calls_are_counted_by_label(bench):
    pull = bench.pull()
    bench.post("label", label="pull_request.opened")
    repo = bench.hub("ghs_job", lazy=True).get_repo("acme/churn")
    repo.get_pull(pull.number).create_issue_comment("x")
    summary = bench.get("summary", label="pull_request.opened")
    assert (summary["calls"], summary["writes"], summary["points"]) == (2, 1, 6)
    assert summary["by_operation"] == {
        "GET /repos/{owner}/{repo}/pulls/{pull_number}": 1,
        "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": 1,
    }
    bench.post("label", label="default")


def test_malformed_calls_are_reported(bench):
    bench.raw("POST", "/repos/acme/churn/issues/1/comments", json={"text": "x"})
    bench.raw("GET", "/repos/acme/churn/nonsense")
    found = bench.get("violations")
    assert [v["operation"] for v in found] == ["issues/create-comment", None]
    assert '"body" is a required property' in found[0]["errors"][0]


def test_conditional_requests_cost_nothing(bench):
    first = bench.raw("GET", "/repos/acme/churn")
    second = bench.raw("GET", "/repos/acme/churn", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 304 and not second.content
    assert second.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]


def test_primary_limit(bench):
    bench.post("ratelimit", token="tok_bob", remaining=1, reset_in=1)
    assert bench.raw("GET", "/user", token="tok_bob").status_code == 200
    spent = bench.raw("GET", "/user", token="tok_bob")
    assert spent.status_code == 403 and spent.headers["x-ratelimit-remaining"] == "0"
    time.sleep(1.1)
    assert bench.raw("GET", "/user", token="tok_bob").status_code == 200


def test_faults(bench):
    path = "/repos/acme/churn"
    bench.fault(kind="status", status=502, match={"operation": "repos/get$"}, times=1)
    assert bench.raw("GET", path).status_code == 502
    assert bench.raw("GET", path).status_code == 200
    for kind, status, header in (
        ("secondary", 403, "Retry-After"),
        ("secondary429", 429, "Retry-After"),
        ("expired", 401, None),
        ("conflict", 409, None),
    ):
        bench.fault(kind=kind, match={"method": "GET"})
        answer = bench.raw("GET", path)
        assert answer.status_code == status and (header is None or header in answer.headers)
    for kind in ("reset", "close", "truncate"):
        bench.fault(kind=kind)
        with pytest.raises(requests.RequestException):
            bench.raw("GET", path)
    bench.fault(kind="badjson")
    with pytest.raises(json.JSONDecodeError):
        bench.raw("GET", path).json()
    bench.fault(kind="slow", delay=0.4)
    begun = time.time()
    assert bench.raw("GET", path).status_code == 200 and time.time() - begun > 0.4
    assert bench.get("summary")["faults"] == 10


def test_a_lost_answer_keeps_its_effect(bench):
    pull = bench.pull()
    url = f"/repos/acme/churn/issues/{pull.number}/comments"
    bench.fault(kind="status", status=502, when="after", match={"method": "POST", "path": "/comments$"})
    assert bench.raw("POST", url, json={"body": "once"}).status_code == 502
    assert [c["body"] for c in bench.raw("GET", url).json()] == ["once"]


def test_every_second_call_fails(bench):
    bench.fault(kind="status", status=500, every=2, times=None, match={"path": "^/user$"})
    assert [bench.raw("GET", "/user").status_code for _ in range(4)] == [500, 200, 500, 200]


def test_enterprise_prefix_and_graphql(bench):
    answer = bench.raw("GET", "/api/v3/repos/acme/churn").json()
    assert answer["url"] == f"{bench.url}/api/v3/repos/acme/churn" and answer["html_url"] == f"{bench.url}/acme/churn"
    pull = bench.pull()
    comment = bench.hub("ghs_job").get_repo("acme/churn").get_pull(pull.number).create_issue_comment("old report")
    assert comment.minimize()
    assert bench.get("minimized/acme/churn")


def test_switches(bench):
    pull = bench.pull()
    url = f"/repos/acme/churn/issues/{pull.number}/comments"
    bench.post("realism", enforce_schema=True)
    assert bench.raw("POST", url, json={"body": 5}).status_code == 422
    bench.post("realism", enforce_schema=False, secondary_limits=True)
    answers = [bench.raw("POST", url, token="tok_bob", json={"body": str(n)}) for n in range(90)]
    refused = [a for a in answers if a.status_code == 403]
    assert len(refused) == 10 and refused[0].headers["Retry-After"] == "60" and "secondary" in refused[0].text
    assert bench.raw("GET", url).status_code == 200


def test_concurrent_writers(bench):
    from concurrent.futures import ThreadPoolExecutor

    pull = bench.pull()
    url = f"/repos/acme/churn/issues/{pull.number}/comments"
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda n: bench.raw("POST", url, json={"body": str(n)}).json()["id"], range(120)))
    assert len(set(made)) == 120
    assert sorted(int(c.body) for c in pull.get_issue_comments()) == list(range(120))
    assert bench.get("summary")["peaks"]["in_flight"] > 1
