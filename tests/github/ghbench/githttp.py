"""git clone, fetch and push: who may, what a push may move, and what follows when it did."""

from __future__ import annotations

import re

from .context import Context
from .git import cgi
from .git.plumbing import ZERO
from .git.protocol import Command, commands, reworded
from .identity import Who
from .judgement import RULES, frozen, push_refusals
from .pushes import pushed
from .replies import ApiError, Reply

_ADDRESS = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
_CLASSIC, _RULED = "protected branch hook declined", "push declined due to repository rule violations"


def address(path: str) -> tuple[str, str] | None:
    """(OWNER/NAME, the git service's path) of a request to a repository's git address; None for any other."""
    found = _ADDRESS.fullmatch(path)
    return (f"{found.group(1)}/{found.group(2)}", found.group(3)) if found else None


def operation(path: str, query: dict[str, str]) -> str:
    """The name a git request is recorded under: git/upload-pack, git/receive-pack."""
    service = query.get("service") or path.rsplit("/", 1)[1]
    return "git/" + service.removeprefix("git-")


def denied(status: int, text: str) -> Reply:
    """A refusal as git prints it ("remote: …")."""
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"'} if status == 401 else {}
    return Reply(status, (text + "\n").encode(), headers, content_type="text/plain; charset=utf-8")


def _refusal(cx: Context, who: Who, writing: bool) -> Reply | None:
    """Why this caller may not fetch (or push); None when it may."""
    try:
        cx.identities.authorize(
            who, "POST" if writing else "GET", cx.full_name, "/git/push" if writing else "/contents"
        )
    except ApiError as error:
        if who.kind == "anonymous":
            return denied(401, "Repository not found." if cx.repo.private else "Authentication required")
        if error.status == 404:
            return denied(404, "Repository not found.")
        return denied(403, f"Permission to {cx.full_name}.git denied to {who.login}.")
    return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", " ")


def _told(cx: Context, ref: str, reasons: list[str]) -> tuple[str, str]:
    """(what the push prints, the word in its report) for a refused reference."""
    plain = [r.removeprefix(RULES) for r in reasons]
    if any(r.startswith(RULES) for r in reasons):
        rules = f"{cx.web}/{cx.full_name}/rules?ref={ref.replace('/', '%2F')}"
        head = f"error: GH013: Repository rule violations found for {ref}.\nReview all repository rules at {rules}"
        return "\n\n- ".join([head, *plain]) + "\n", _RULED
    return "\n\n- ".join([f"error: GH006: Protected branch update failed for {ref}.", *plain]) + "\n", _CLASSIC


def _orders(cx: Context, wanted: list[Command]) -> tuple[str, dict[str, str]]:
    """(what the update hook must refuse, the word in the report for each reference)."""
    lines, words = [], {}
    for command in wanted:
        branch = command.ref.removeprefix("refs/heads/")
        if branch == command.ref:
            continue
        refusals = [("always", push_refusals(cx, branch, command.new) if command.new != ZERO else [])]
        if frozen(cx, branch, "allow_force_pushes", "non_fast_forward"):
            refusals.append(("rewind", ["Cannot force-push to this branch"]))
        if frozen(cx, branch, "allow_deletions", "deletion"):
            refusals.append(("delete", ["Cannot delete this branch"]))
        for when, reasons in refusals:
            if reasons:
                text, words[command.ref] = _told(cx, command.ref, reasons)
                lines.append(f"{command.ref}\t{when}\t{_escaped(text)}")
    return "\n".join(lines), words


async def serve(cx: Context, service: str) -> Reply:
    """Answer one request of a git client; the caller holds the repository's lock when it is a push."""
    writing = "git-receive-pack" in (service, cx.query.get("service"))
    refused = _refusal(cx, cx.who, writing)
    if refused:
        return refused
    receiving = service == "git-receive-pack"
    orders, words = _orders(cx, commands(cx.body)) if receiving else ("", {})
    told = {"GHBENCH_REFUSE": orders, "GHBENCH_WORKFLOWS": "yes" if cx.who.changes_workflows else "no"}
    request = cgi.Request(
        root=cx.world.store.root, method=cx.method,
        path=f"{cx.git.directory.parent.name}/{cx.git.directory.name}/{service}",
        query=cx.query_string, content_type=cx.headers.get("Content-Type", ""),
        protocol=cx.headers.get("Git-Protocol", ""),
        user=cx.who.login or "", body=cx.body, extra=told,
    )  # fmt: skip
    before = dict(cx.git.refs()) if receiving else {}
    status, headers, body = await cgi.serve(request)
    if receiving:
        cx.git.forget()
        await _follow(cx, before)
        body = reworded(body, words)
    kind = headers.pop("Content-Type", "text/plain")
    return Reply(status, body, headers, source="git", content_type=kind)


async def _follow(cx: Context, before: dict) -> None:
    """Let every reference a push moved have its consequences."""
    after = dict(cx.git.refs())
    for name in [*after, *(n for n in before if n not in after)]:
        old = before[name].sha if name in before else ZERO
        new = after[name].sha if name in after else ZERO
        if old != new:
            await pushed(cx, name, old, new)
