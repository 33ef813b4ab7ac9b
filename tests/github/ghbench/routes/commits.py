"""Commits, comparisons and merges of branches."""

from __future__ import annotations

import re

from .. import gitshapes, pushes
from ..context import Context
from ..git import history, merging
from ..git.changes import DIFF_FILES, DIFF_LINES, changes, diff_text, mail_text
from ..git.history import Comparison
from ..pullshapes import brief, commits_of, issue_of
from ..replies import ApiError, Reply, integer, not_found, page_of
from . import REPO, route
from .refs import guard

_MOST_FILES = 3000
_FILES_A_PAGE = 300
_MOST_COMMITS = 250


def text_of(cx: Context, base: str, head: str, *, merge_base: str) -> Reply | None:
    """The diff or patch media type, when asked for; 406 beyond GitHub's limits."""
    if not (cx.wants("diff") or cx.wants("patch")):
        return None
    kind = "diff" if cx.wants("diff") else "patch"
    touched = changes(cx.git, merge_base, head)
    lines = sum(c.additions + c.deletions for c in touched)
    if len(touched) > DIFF_FILES or lines > DIFF_LINES:
        over = f"files ({DIFF_FILES})" if len(touched) > DIFF_FILES else f"lines ({DIFF_LINES})"
        error = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
        raise ApiError(406, f"Sorry, the diff exceeded the maximum number of {over}", [error])
    data = diff_text(cx.git, merge_base, head) if kind == "diff" else mail_text(cx.git, base, head)
    return Reply(200, data, content_type=f"application/vnd.github.{kind}; charset=utf-8")


@route("GET", REPO + "/commits")
async def listing(cx: Context) -> Reply:
    start = cx.query.get("sha") or cx.repo.default_branch
    sha = cx.sha_of(start)
    if sha is None:
        if not cx.git.branches():
            raise ApiError(409, "Git Repository is empty.")
        raise not_found()
    wanted = history.Filter(**{key: cx.query.get(key) for key in ("path", "author", "since", "until")})
    if wanted.author:
        email = cx.world.config.git_identity(wanted.author)[1]
        wanted = history.Filter(path=wanted.path, author=email, since=wanted.since, until=wanted.until)
    shas, headers = page_of(history.log(cx.git, sha, wanted), cx.query, f"{cx.api}{cx.path}")
    return Reply(200, [gitshapes.commit(cx, cx.git.need(s)) for s in shas], headers)


@route("GET", REPO + "/commits/{sha}/pulls")
async def pulls_of(cx: Context) -> Reply:
    sha = cx.sha_of(cx.params["sha"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {cx.params['sha']}")
    heads = [(pull, {pull.head_sha, pull.merge_commit_sha, *commits_of(cx, pull)}) for pull in cx.repo.pulls.values()]
    return cx.page([await brief(cx, p, await issue_of(cx, p.number)) for p, shas in heads if sha in shas])


@route("GET", REPO + "/commits/{sha}/branches-where-head")
async def heads(cx: Context) -> Reply:
    sha = cx.sha_of(cx.params["sha"])
    url = f"{cx.repo_url}/commits/{sha}"
    rows = [{"name": name, "commit": {"sha": tip, "url": url}, "protected": name in cx.repo.protection}
            for name, tip in cx.git.branches().items() if tip == sha]  # fmt: skip
    return cx.page(rows)


@route("GET", REPO + "/commits/{ref+}")
async def get(cx: Context) -> Reply:
    sha = cx.sha_of(cx.params["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {cx.params['ref']}")
    if cx.wants("sha"):
        return Reply(200, sha.encode(), content_type="application/vnd.github.sha; charset=utf-8")
    commit = cx.git.need(sha)
    if commit.parents:
        text = text_of(cx, commit.parents[0], sha, merge_base=commit.parents[0])
        if text:
            return text
    touched = gitshapes.own_changes(cx, commit)
    added, deleted = sum(c.additions for c in touched), sum(c.deletions for c in touched)
    page = {"per_page": str(_FILES_A_PAGE), **cx.query}
    at = _FILES_A_PAGE * (max(1, integer(page.get("page"), 1)) - 1)
    files = [gitshapes.file(cx, c, sha) for c in touched[:_MOST_FILES][at : at + _FILES_A_PAGE]]
    stats = {"additions": added, "deletions": deleted, "total": added + deleted}
    return Reply(200, {**gitshapes.commit(cx, commit), "stats": stats, "files": files})


def _side(cx: Context, text: str) -> str:
    """One side of BASE...HEAD: a ref here, or OWNER:REF or OWNER:REPO:REF of a related repository."""
    owner, _, rest = text.partition(":")
    if not rest:
        sha = cx.sha_of(text)
    else:
        name, _, ref = rest.rpartition(":")
        there = f"{owner}/{name or cx.full_name.split('/')[1]}"
        related = cx.world.store.related(cx.full_name, there)
        sha = cx.world.git(there).resolve(ref) if related else None
    if sha is None:
        raise not_found()
    return sha


def _render(cx: Context, found: Comparison, label: str) -> Reply:
    paged = "page" in cx.query or "per_page" in cx.query
    shas = history.between(cx.git, found.merge_base, found.head)
    page = cx.query if paged else {"per_page": "100"}
    part, headers = page_of(shas, page, f"{cx.api}{cx.path}") if paged else (shas[:_MOST_COMMITS], {})
    first = integer(cx.query.get("page"), 1) == 1
    touched = changes(cx.git, found.merge_base, found.head)[:_FILES_A_PAGE] if first else []
    url, web = f"{cx.repo_url}/compare/{label}", f"{cx.web}/{cx.full_name}/compare/{label}"
    body = {
        "url": url, "html_url": web, "permalink_url": web, "diff_url": web + ".diff", "patch_url": web + ".patch",
        "base_commit": gitshapes.commit(cx, cx.git.need(found.base)),
        "merge_base_commit": gitshapes.commit(cx, cx.git.need(found.merge_base)), "status": found.status,
        "ahead_by": found.ahead, "behind_by": found.behind, "total_commits": found.ahead,
        "commits": [gitshapes.commit(cx, cx.git.need(s)) for s in part],
        "files": [gitshapes.file(cx, c, found.head) for c in touched],
    }  # fmt: skip
    return Reply(200, body, headers)


@route("GET", REPO + "/compare/{basehead+}")
async def compare(cx: Context) -> Reply:
    base, dots, head = cx.params["basehead"].partition("...")
    if not dots:
        raise not_found()
    found = history.compare(cx.git, _side(cx, base), _side(cx, head))
    if found is None:
        raise ApiError(404, f"No common ancestor between {base} and {head}.")
    text = text_of(cx, found.merge_base, found.head, merge_base=found.merge_base)
    return text or _render(cx, found, cx.params["basehead"])


@route("POST", REPO + "/merges")
async def merge(cx: Context) -> Reply:
    body = cx.json()
    base, head = cx.git.branch(str(body.get("base"))), cx.sha_of(str(body.get("head")))
    if base is None or head is None:
        raise ApiError(404, "Base does not exist" if base is None else "Head does not exist")
    if history.is_ancestor(cx.git, head, base):
        return Reply(204)
    guard(cx, body["base"], "", 409)
    tree = merging.merged_tree(cx.git, base, head)
    if tree is None:
        raise ApiError(409, "Merge conflict")
    message = body.get("commit_message") or f"Merge {re.sub('^refs/heads/', '', body['head'])} into {body['base']}"
    sha = cx.git.write_commit(tree, [base, head], message, gitshapes.person_for(cx), gitshapes.web_flow())
    await pushes.move(cx, f"refs/heads/{body['base']}", sha)
    return Reply(201, gitshapes.commit(cx, cx.git.need(sha)))
