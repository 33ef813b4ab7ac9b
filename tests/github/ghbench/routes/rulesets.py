"""Repository rulesets: setting and showing them (what they do is in judgement.py)."""

from __future__ import annotations

from ..context import Context
from ..judgement import rules_for
from ..replies import ApiError, Reply, not_found, now
from . import REPO, route


def _ruleset(cx: Context, r: dict, full: bool = True) -> dict:
    out = {
        "id": r["id"], "name": r["name"], "target": r["target"], "source_type": "Repository", "source": cx.full_name,
        "enforcement": r["enforcement"], "node_id": f"RRS_{r['id']}", "created_at": r["created_at"],
        "updated_at": r["updated_at"],
        "_links": {
            "self": {"href": f"{cx.repo_url}/rulesets/{r['id']}"},
            "html": {"href": f"{cx.web}/{cx.full_name}/rules/{r['id']}"},
        },
    }  # fmt: skip
    if full:
        out.update(
            rules=r["rules"],
            conditions=r["conditions"],
            current_user_can_bypass="never",
        )
        # GitHub shows these to those alone who may change the ruleset.
        if cx.who.kind == "user" and cx.identities.role(cx.full_name, cx.who.login) == "admin":
            out["bypass_actors"] = r["bypass_actors"]
    return out


def _fill(record: dict, body: dict) -> dict:
    for key in ("name", "target", "enforcement", "rules", "conditions", "bypass_actors"):
        if key in body:
            record[key] = body[key]
    record["updated_at"] = now()
    return record


@route("POST", REPO + "/rulesets")
async def create_ruleset(cx: Context) -> Reply:
    body = cx.json()
    if not body.get("name") or body.get("enforcement") not in ("active", "evaluate", "disabled"):
        raise ApiError(422, "Validation Failed", ["Name and enforcement are required"])
    record = {
        "id": next(cx.world.ids), "target": "branch", "rules": [], "bypass_actors": [],
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}, "created_at": now(),
    }  # fmt: skip
    cx.repo.rulesets[record["id"]] = _fill(record, body)
    return Reply(201, _ruleset(cx, record))


def _found(cx: Context) -> dict:
    record = cx.repo.rulesets.get(cx.number("id"))
    if record is None:
        raise not_found()
    return record


@route("GET", REPO + "/rulesets")
async def list_rulesets(cx: Context) -> Reply:
    return cx.page([_ruleset(cx, r, full=False) for r in cx.repo.rulesets.values()])


@route("GET", REPO + "/rulesets/{id}")
async def get_ruleset(cx: Context) -> Reply:
    return Reply(200, _ruleset(cx, _found(cx)))


@route("PUT", REPO + "/rulesets/{id}")
async def put_ruleset(cx: Context) -> Reply:
    return Reply(200, _ruleset(cx, _fill(_found(cx), cx.json())))


@route("DELETE", REPO + "/rulesets/{id}")
async def delete_ruleset(cx: Context) -> Reply:
    del cx.repo.rulesets[_found(cx)["id"]]
    return Reply(204)


@route("GET", REPO + "/rules/branches/{branch+}")
async def branch_rules(cx: Context) -> Reply:
    return cx.page(rules_for(cx, cx.params["branch"]))
