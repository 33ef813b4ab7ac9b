"""What a branch requires, and who supplied a check: for ``sluice doctor``."""

from __future__ import annotations

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
    """The checks that rulesets and classic protection require; two calls."""
    name = quote(branch)
    call = Call(doing=f"reading the rules of branch {branch}", needs="metadata: read")
    pages = calls.pages(call, f"{calls.root}/rules/branches/{name}", most=_MOST_PAGES)
    found = [item for page in pages for item in page]
    demands = [inner_or_empty(item, "parameters") for item in found if text(item, "type") == "required_status_checks"]
    classic = _classic(calls, name, branch)
    checks = inner_or_empty(classic or {}, "required_status_checks")
    strict = [flag(checks, "strict"), *(flag(demand, "strict_required_status_checks_policy") for demand in demands)]
    ruled = [_ruled(check) for demand in demands for check in rows(demand.get("required_status_checks"))]
    return BranchRules(
        branch=branch,
        required=(*ruled, *_classic_checks(checks)),
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
    return CheckAuthor(app_id=integer(app, "id"), slug=text(app, "slug"))


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


def _ruled(check: Row) -> RequiredCheck:
    app = check.get("integration_id")
    return RequiredCheck(name=text(check, "context"), app_id=app if isinstance(app, int) else None, source="ruleset")


def _classic_checks(checks: Row) -> tuple[RequiredCheck, ...]:
    if not checks:
        return ()
    return tuple(
        RequiredCheck(name=text(check, "context"), app_id=_pinned(check.get("app_id")), source="classic")
        for check in rows(checks, "checks")
    )


def _pinned(app: object) -> int | None:
    """GitHub writes "any app" as null or -1."""
    return app if isinstance(app, int) and app > 0 else None
