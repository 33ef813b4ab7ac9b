"""Branch protection and rulesets at work: what they say to a merge and to a push.

The newest result of a check counts, statuses and check runs both, and the refusals are GitHub's.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from .config import LEVELS
from .context import Context
from .verdicts import result_of
from .world import Pull

BEHIND = "Head branch is out of date. Review and try the merge again."
RULES = "Repository rule violations found\n\n"
VIA_PULL = "Changes must be made through a pull request."
_DOING = {"expected": "expected", "pending": "in progress", "failing": "failing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredCheck:
    """A check that must stand at success; ``ruled``: a ruleset asks for it, not classic protection."""

    context: str
    app_id: int | None
    ruled: bool


def _hits(cx: Context, branch: str, patterns: list[str]) -> bool:
    for pattern in patterns:
        if pattern == "~ALL" or (pattern == "~DEFAULT_BRANCH" and branch == cx.repo.default_branch):
            return True
        if fnmatch.fnmatchcase(f"refs/heads/{branch}", pattern) or pattern == branch:
            return True
    return False


def rules_for(cx: Context, branch: str) -> list[dict]:
    """The active ruleset rules on a branch, as /rules/branches lists them."""
    out = []
    for record in cx.repo.rulesets.values():
        if record["enforcement"] != "active" or record["target"] != "branch":
            continue
        names = (record.get("conditions") or {}).get("ref_name") or {"include": ["~DEFAULT_BRANCH"], "exclude": []}
        if _hits(cx, branch, names.get("include", [])) and not _hits(cx, branch, names.get("exclude", [])):
            source = {"ruleset_source_type": "Repository", "ruleset_source": cx.full_name, "ruleset_id": record["id"]}
            out += [{**rule, **source} for rule in record["rules"]]
    return out


def required(cx: Context, branch: str) -> tuple[list[RequiredCheck], bool]:
    """(the required checks of a branch, whether the head must be up to date)."""
    out, strict = [], False
    rule = cx.repo.protection.get(branch)
    if rule and rule["checks"]:
        out += [RequiredCheck(context=c["context"], app_id=c["app_id"], ruled=False) for c in rule["checks"]["checks"]]
        strict = rule["checks"]["strict"]
    for entry in rules_for(cx, branch):
        if entry["type"] == "required_status_checks":
            parameters = entry.get("parameters", {})
            for check in parameters.get("required_status_checks", []):
                out.append(RequiredCheck(context=check["context"], app_id=check.get("integration_id"), ruled=True))
            strict = strict or parameters.get("strict_required_status_checks_policy", False)
    return out, strict


def _sentence(words: list[tuple[str, str]]) -> str | None:
    """What GitHub says of (check, word) pairs; None when all stand at success."""
    unmet = [w for w in words if w[1] != "success"]
    if len(unmet) <= 1:
        return f'Required status check "{unmet[0][0]}" is {_DOING[unmet[0][1]]}.' if unmet else None
    counts = {word: sum(u[1] == word for u in unmet) for word in ("failing", "pending", "expected")}
    if counts["expected"] == len(unmet):
        return f"{len(unmet)} of {len(words)} required status checks are expected."
    parts = [f"{n} {_DOING[w]}" for w, n in counts.items() if n]
    return f"{len(unmet)} of {len(words)} required status checks have not succeeded: {' and '.join(parts)}."


def _unmet(cx: Context, branch: str, sha: str) -> list[str]:
    """The sentences on the required checks of a branch: classic protection's, then the rulesets'."""
    checks, _ = required(cx, branch)
    out = []
    for ruled in (False, True):
        words = [(c.context, result_of(cx, sha, c.context, c.app_id)) for c in checks if c.ruled == ruled]
        text = _sentence(words)
        if text:
            out.append(RULES + text if ruled else text)
    return out


def _approvals(cx: Context, pull: Pull) -> int:
    """Approving reviewers with write access whose newest verdict approves."""
    verdict: dict[str, str] = {}
    for review in pull.reviews.values():
        if review["state"] in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            verdict[review["login"]] = review["state"]
    able = [u for u in verdict if LEVELS.index(cx.identities.role(cx.full_name, u)) >= LEVELS.index("write")]
    return sum(verdict[u] == "APPROVED" for u in able)


def blockers(
    cx: Context, branch: str, sha: str, pull: Pull | None, *, behind: int = 0, queued: bool = False
) -> list[str]:
    """Why GitHub would not let this head into the branch; empty when it would."""
    out = _unmet(cx, branch, sha)
    _, strict = required(cx, branch)
    if strict and behind and not queued:
        out.append(BEHIND)
    rule = cx.repo.protection.get(branch)
    want = rule["reviews"]["required_approving_review_count"] if rule and rule["reviews"] else 0
    for entry in rules_for(cx, branch):
        if entry["type"] == "pull_request":
            want = max(want, entry.get("parameters", {}).get("required_approving_review_count", 0))
        if entry["type"] == "merge_queue" and not queued:
            out.append(RULES + "Changes must be made through the merge queue")
    if pull is not None and want and _approvals(cx, pull) < want:
        plural = "s are" if want > 1 else " is"
        out.append(f"At least {want} approving review{plural} required by reviewers with write access.")
    return out


def bypasses(cx: Context, branch: str) -> bool:
    """Classic protection without enforce_admins lets administrators through; rulesets do not."""
    rule = cx.repo.protection.get(branch)
    if rule is None or rule["admins"] or rules_for(cx, branch):
        return False
    return cx.who.kind == "user" and cx.identities.role(cx.full_name, cx.who.login) == "admin"


def push_refusals(cx: Context, branch: str, sha: str) -> list[str]:
    """Why a direct push of a commit to the branch is refused; empty when it is not."""
    if bypasses(cx, branch):
        return []
    out = _unmet(cx, branch, sha)
    rule = cx.repo.protection.get(branch)
    if rule and rule["reviews"]:
        out.append(VIA_PULL)
    if any(entry["type"] in ("pull_request", "merge_queue") for entry in rules_for(cx, branch)):
        out.append(RULES + VIA_PULL)
    return out


def frozen(cx: Context, branch: str, toggle: str, rule_type: str) -> bool:
    """Whether protection forbids a force push (or a deletion) of a branch."""
    rule = cx.repo.protection.get(branch)
    classic = rule is not None and not rule["toggles"][toggle] and not bypasses(cx, branch)
    return classic or any(entry["type"] == rule_type for entry in rules_for(cx, branch))
