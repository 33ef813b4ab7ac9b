"""What a branch requires, and who supplied a check: for ``sluice doctor``."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import Row, flag, inner, inner_or_empty, integer, row, rows, sha, text
from sluice.adapters.github.refusals import Call, Refused
from sluice.domain.workflows import BranchRules, CheckAuthor, RepositoryFacts, RequiredCheck

_MOST_PAGES = 10
_RECENT_PULLS = 5


def facts(calls: Calls) -> RepositoryFacts:
    """The default branch, and whether the repository is public; one call."""
    call = Call(doing="reading the repository", needs="metadata: read")

    def decode(answer: object) -> RepositoryFacts:
        of = row(answer)
        return RepositoryFacts(default_branch=text(of, "default_branch"), public=not flag(of, "private"))

    return calls.get(call, calls.root, decode)


def branch_rules(calls: Calls, branch: str) -> BranchRules:
    """The checks that rulesets and classic protection require; two calls, and one for each ruleset that has any."""
    name = quote(branch)
    call = Call(doing=f"reading the rules of branch {branch}", needs="metadata: read")
    pages = calls.pages(call, f"{calls.root}/rules/branches/{name}", most=_MOST_PAGES)
    found = [item for page in pages for item in page]
    demanding = [item for item in found if text(item, "type") == "required_status_checks"]
    demands = [inner_or_empty(item, "parameters") for item in demanding]
    classic = _classic(calls, name, branch)
    checks = inner_or_empty(classic or {}, "required_status_checks")
    strict = [flag(checks, "strict"), *(flag(demand, "strict_required_status_checks_policy") for demand in demands)]
    ruled = [
        _ruled(check, bypass)
        for item, demand in zip(demanding, demands, strict=True)
        for bypass in (_bypassing(calls, item),)
        for check in rows(demand.get("required_status_checks"))
    ]
    return BranchRules(
        branch=branch,
        required=(*ruled, *_classic_checks(classic or {})),
        strict=any(strict),
        merge_queue=any(text(item, "type") == "merge_queue" for item in found),
        classic_known=classic is not None,
    )


def check_author(calls: Calls, head_sha: str, name: str) -> CheckAuthor | None:
    """The app of the newest check run of this name on a commit; one call."""
    call = Call(doing=f"looking for the check run {name}", needs="checks: read")
    path = f"{calls.root}/commits/{head_sha}/check-runs"
    runs = calls.get(call, path, lambda answer: rows(answer, "check_runs"), check_name=name, filter="latest")
    if not runs:
        return None
    app = inner(max(runs, key=lambda run: integer(run, "id")), "app")
    author = CheckAuthor(app_id=integer(app, "id"), slug=text(app, "slug"))
    rivals = {text(inner(run, "app"), "slug") for run in runs} - {author.slug}
    return replace(author, rivals=tuple(sorted(rivals)))


def newest_author(calls: Calls, branch: str, name: str) -> CheckAuthor | None:
    """The app that last posted a check run of this name: on the branch, else on the newest pull requests' heads.

    At most two calls and one more for each of five pull requests.
    """
    author = check_author(calls, quote(branch), name)
    if author is not None:
        return author
    call = Call(doing="listing the newest pull requests", needs="pull-requests: read")
    asked = {"state": "all", "sort": "updated", "direction": "desc", "per_page": _RECENT_PULLS}
    pulls = calls.get(call, f"{calls.root}/pulls", rows, **asked)
    heads = [sha(inner(pull, "head"), "sha") for pull in pulls]
    found = (check_author(calls, head, name) for head in dict.fromkeys(heads))
    return next((author for author in found if author is not None), None)


def _classic(calls: Calls, name: str, branch: str) -> Row | None:
    """Classic protection; empty where there is none, ``None`` where the token may not know."""
    call = Call(doing=f"reading the protection of branch {branch}", needs="administration: read")
    try:
        return calls.get(call, f"{calls.root}/branches/{name}/protection", row)
    except Refused as error:
        if error.status == 404 and "not protected" in error.message.lower():
            return {}
        if error.status in (403, 404):
            return None
        raise


def _ruled(check: Row, bypass: tuple[str, ...] | None) -> RequiredCheck:
    app = check.get("integration_id")
    app_id = app if isinstance(app, int) else None
    return RequiredCheck(name=text(check, "context"), app_id=app_id, source="ruleset", bypass=bypass)


def _bypassing(calls: Calls, rule: Row) -> tuple[str, ...] | None:
    """Who may pass by the ruleset that a rule is of; ``None`` where GitHub does not tell this token."""
    number = rule.get("ruleset_id")
    if not isinstance(number, int) or rule.get("ruleset_source_type") != "Repository":
        return None
    call = Call(doing="reading a ruleset", needs="administration: read")
    try:
        found = calls.get(call, f"{calls.root}/rulesets/{number}", row)
    except Refused as error:
        if error.status in (403, 404):
            return None
        raise
    if "bypass_actors" not in found:
        return None
    return tuple(sorted({_actor(actor) for actor in rows(found, "bypass_actors")}))


def _actor(actor: Row) -> str:
    kind, number = text(actor, "actor_type"), actor.get("actor_id")
    if kind == "RepositoryRole" and isinstance(number, int) and number in _ROLES:
        return f"the role {_ROLES[number]}"
    known = _ACTORS.get(kind, f"a {kind}")
    return known if kind in ("OrganizationAdmin", "DeployKey") else f"{known} {number}"


# As GitHub numbers its own roles; other numbers are roles of the organisation's own.
_ROLES = {2: "maintain", 4: "write", 5: "admin"}
_ACTORS = {
    "OrganizationAdmin": "the organisation's owners",
    "DeployKey": "deploy keys",
    "Team": "the team",
    "Integration": "the app",
    "RepositoryRole": "the role",
    "User": "the user",
}


def _classic_checks(classic: Row) -> tuple[RequiredCheck, ...]:
    checks = inner_or_empty(classic, "required_status_checks")
    if not checks:
        return ()
    enforced = flag(inner_or_empty(classic, "enforce_admins") or {"enabled": False}, "enabled")
    bypass = () if enforced else ("administrators",)
    return tuple(
        RequiredCheck(name=text(check, "context"), app_id=_pinned(check.get("app_id")), source="classic", bypass=bypass)
        for check in rows(checks, "checks")
    )


def _pinned(app: object) -> int | None:
    """GitHub writes "any app" as null or -1."""
    return app if isinstance(app, int) and app > 0 else None
