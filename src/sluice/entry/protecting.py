"""`sluice init --protect`: require the gate on the default branch, from the app that posts it."""

from __future__ import annotations

import os
from pathlib import Path

from sluice.adapters.git import Git
from sluice.core.setup.protection import GATE_CHECK, to_require
from sluice.domain.errors import EXIT_OPEN, OutsideError, UsageError
from sluice.entry import hosting, telling


def protect(root: Path, *, as_json: bool) -> int:
    """Require `sluice/gate` where it is not required yet; says what was done. The same again changes nothing.

    Raises ``UsageError`` without a token or a repository on GitHub, and where nobody can know the app;
    ``OutsideError`` where GitHub refuses, or does not show the rule afterwards.
    """
    from sluice.adapters.github import connect

    token = os.environ.get("GITHUB_TOKEN", "").strip()
    if not token:
        remedy = "give one of an administrator: `GITHUB_TOKEN=... sluice init --protect`"
        raise UsageError("there is no token to set the rule with", where="GITHUB_TOKEN", remedy=remedy)
    api, repository = hosting.place(Git.find(root))
    if not repository:
        remedy = "set GITHUB_REPOSITORY to OWNER/NAME (and GITHUB_API_URL where it is not on github.com)"
        raise UsageError("`origin` names no repository on github.com", where=str(root), remedy=remedy)
    with connect(token=token, api_url=api, repository=repository) as github:
        branch = github.facts().default_branch
        author = github.newest_author(branch, GATE_CHECK)
        app_id = to_require(github.branch_rules(branch), author, on_github_com=api == hosting.GITHUB_API)
        if app_id is not None:
            github.require_check(GATE_CHECK, app_id)
            # GitHub's own view of the branch, since a ruleset may be set aside for reasons of the plan or the owner.
            if to_require(github.branch_rules(branch), author, on_github_com=True) is not None:
                raise OutsideError(
                    f"GitHub took the rule, and {branch} still does not require `{GATE_CHECK}`",
                    where=repository,
                    remedy="see that rulesets are active there: Settings, Rules, Rulesets",
                )
    done = f"{branch} {'now requires' if app_id is not None else 'already required'} `{GATE_CHECK}`"
    telling.tell(f"{done}; `sluice doctor` tells whether all the rest holds")
    if as_json:
        telling.print_json({"branch": branch, "check": GATE_CHECK, "app_id": app_id, "changed": app_id is not None})
    return EXIT_OPEN
