"""The ruleset that requires one check on the default branch: made once, and what people added to it is kept."""

from __future__ import annotations

from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import Row, inner_or_empty, integer, row, rows, text
from sluice.adapters.github.refusals import Call

RULESET = "Sluice"

_NEEDS = "administration: write"
_CHECKS = "required_status_checks"
_MOST_PAGES = 10


def require(calls: Calls, check: str, app_id: int) -> None:
    """Require ``check`` from this app on the default branch, by the ruleset of our name; two calls, or three.

    A ruleset of that name keeps its other rules, conditions and bypass list. The same again changes nothing.
    """
    known = _known(calls)
    if known is None:
        _create(calls, check, app_id)
        return
    call = Call(doing=f"reading the ruleset {RULESET}", needs=_NEEDS)
    found = calls.get(call, f"{calls.root}/rulesets/{known}", row)
    call = Call(doing=f"changing the ruleset {RULESET}", needs=_NEEDS)
    calls.write(call, "PUT", f"{calls.root}/rulesets/{known}", _changed(found, check, app_id), row)


def _known(calls: Calls) -> int | None:
    call = Call(doing="listing the rulesets", needs="metadata: read")
    pages = calls.pages(call, f"{calls.root}/rulesets", most=_MOST_PAGES, includes_parents="false")
    ours = [integer(item, "id") for page in pages for item in page if text(item, "name") == RULESET]
    return min(ours, default=None)


def _create(calls: Calls, check: str, app_id: int) -> None:
    call = Call(doing=f"making the ruleset {RULESET}", needs=_NEEDS)
    body = {
        "name": RULESET,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [_rule(check, app_id, {})],
    }

    def post(again: bool) -> None:
        # The lost reply may have been a success: GitHub takes a second ruleset of the same name.
        if not (again and _known(calls) is not None):
            calls.once("POST", f"{calls.root}/rulesets", body=body)

    calls.attempt(call, post)


def _changed(found: Row, check: str, app_id: int) -> dict[str, object]:
    old = rows(found, "rules")
    demand = next((rule for rule in old if text(rule, "type") == _CHECKS), {})
    kept = [rule for rule in old if text(rule, "type") != _CHECKS]
    body: dict[str, object] = {key: found[key] for key in ("conditions", "bypass_actors") if key in found}
    rules = [*kept, _rule(check, app_id, inner_or_empty(demand, "parameters"))]
    return {**body, "name": RULESET, "target": "branch", "enforcement": "active", "rules": rules}


def _rule(check: str, app_id: int, parameters: Row) -> dict[str, object]:
    others = [one for one in rows(parameters.get(_CHECKS) or []) if text(one, "context") != check]
    # Up to date with its base: a verdict then speaks of what is merged.
    demand = {"strict_required_status_checks_policy": True, **parameters}
    return {"type": _CHECKS, "parameters": {**demand, _CHECKS: [*others, {"context": check, "integration_id": app_id}]}}
