"""Whether a branch is protected by the gate, and by nobody's imitation of it."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.core.setup.findings import Finding, bad, doubtful, good
from sluice.domain.errors import UsageError
from sluice.domain.workflows import BranchRules, CheckAuthor, RepositoryFacts, RequiredCheck

GATE_CHECK = "sluice/gate"

ACTIONS_APP_ID = 15368
"""GitHub Actions on github.com: the app that posts checks with a workflow's own token."""

_WHERE = "Settings, Rules, Rulesets (or Branches): require status checks to pass"


def examine(rules: BranchRules, author: CheckAuthor | None, events: frozenset[str]) -> tuple[Finding, ...]:
    """What a branch's rules demand of the gate; ``author`` posted it last, ``events`` are what Sluice runs on."""
    gate = [check for check in rules.required if check.name == GATE_CHECK]
    findings = [_source(rules.branch, gate, author)] if gate else [_absent(rules)]
    findings += [*_bypassed(rules.branch, gate), *_rivals(gate, author), *_stages(rules)]
    if gate and rules.merge_queue and "merge_group" not in events:
        said = f"{rules.branch} merges through a queue, and no workflow posts `{GATE_CHECK}` on `merge_group`"
        findings.append(bad("merge-queue", said, "add `merge_group:` to the `on:` of the workflow that runs Sluice"))
    return tuple(findings)


def _absent(rules: BranchRules) -> Finding:
    add = f"add `{GATE_CHECK}` from the app GitHub Actions under {_WHERE}"
    if rules.classic_known:
        return bad("protection", f"{rules.branch} does not require `{GATE_CHECK}`: the gate stops nothing", add)
    said = (
        f"no ruleset of {rules.branch} requires `{GATE_CHECK}`, and this token may not read classic branch protection"
    )
    return doubtful("protection", said, f"ask again with a token that may (`administration: read`), or {add}")


def _source(branch: str, gate: list[RequiredCheck], author: CheckAuthor | None) -> Finding:
    pinned = {check.app_id for check in gate if check.app_id is not None}
    if not pinned:
        said = f"{branch} requires `{GATE_CHECK}` from any source: whoever may write here can post a pass of that name"
        return doubtful("protection", said, f"choose the source: {_shown(author)}, under {_WHERE}")
    if author is None:
        if pinned == {ACTIONS_APP_ID}:
            return good("protection", f"{branch} requires `{GATE_CHECK}` from GitHub Actions")
        said = f"{branch} requires `{GATE_CHECK}` from the app {_listed(pinned)}, and no app has posted it yet"
        return doubtful("protection", said, "ask again when Sluice has run for a pull request")
    others = pinned - {author.app_id}
    if others:
        said = f"{branch} requires `{GATE_CHECK}` from the app {_listed(others)}, but {_shown(author)} posts it"
        return bad(
            "protection", f"{said}: no pull request can be merged", f"choose that app as the source under {_WHERE}"
        )
    return good("protection", f"{branch} requires `{GATE_CHECK}` from {_shown(author)}")


def _bypassed(branch: str, gate: list[RequiredCheck]) -> Iterator[Finding]:
    """Who may merge past every rule that requires the gate; nothing where one rule binds everybody or is not known."""
    may = [check.bypass for check in gate]
    if may and all(may):
        named = ", ".join(sorted({name for names in may for name in names or ()}))
        remedy = "take them off the bypass list (classic protection: *Do not allow bypassing*)"
        yield doubtful("bypass", f"{named} may merge into {branch} past a closed `{GATE_CHECK}`", remedy)


def _rivals(gate: list[RequiredCheck], author: CheckAuthor | None) -> Iterator[Finding]:
    if author is None or not author.rivals:
        return
    said = f"{', '.join(author.rivals)} also posts a check `{GATE_CHECK}`"
    if any(check.app_id is not None for check in gate):
        yield doubtful("imitation", f"{said}; only that of the pinned app counts", "find out what posts it, and end it")
    else:
        yield bad("imitation", f"{said}, and the newest of either counts", f"pin the app that posts it, under {_WHERE}")


def to_require(rules: BranchRules, author: CheckAuthor | None, *, on_github_com: bool) -> int | None:
    """The app from which the gate is still to be required; ``None`` where it is required from the right one already.

    Raises ``UsageError`` where nobody can know the app yet, or a rule names another one than posts the gate.
    """
    pinned = {check.app_id for check in rules.required if check.name == GATE_CHECK and check.app_id is not None}
    if author is None and not pinned and not on_github_com:
        raise UsageError(
            f"no app has posted `{GATE_CHECK}` yet, so that there is none to require it from",
            remedy="let Sluice run for one pull request, then protect",
        )
    app = author.app_id if author is not None else min(pinned, default=ACTIONS_APP_ID)
    if others := pinned - {app}:
        raise UsageError(
            f"{rules.branch} requires `{GATE_CHECK}` from the app {_listed(others)}, but {_shown(author)} posts it",
            remedy=f"take that rule away under {_WHERE}, then protect",
        )
    return None if pinned else app


def _shown(author: CheckAuthor | None) -> str:
    return f"{author.slug} (app {author.app_id})" if author else f"GitHub Actions (app {ACTIONS_APP_ID})"


def _listed(apps: set[int]) -> str:
    return ", ".join(str(app) for app in sorted(apps))


def _stages(rules: BranchRules) -> Iterator[Finding]:
    family = GATE_CHECK.partition("/")[0]
    names = sorted({check.name for check in rules.required if check.name.startswith(f"{family}/")} - {GATE_CHECK})
    if names:
        said = f"{rules.branch} also requires {', '.join(f'`{name}`' for name in names)}"
        remedy = f"require `{GATE_CHECK}` alone"
        yield doubtful("protection", f"{said}, which the gate sums up and which a configuration may leave out", remedy)


def runner(labels: tuple[str, ...], facts: RepositoryFacts) -> tuple[Finding, ...]:
    """Whether strangers could reach a machine of one's own."""
    if facts.public and "self-hosted" in {label.lower() for label in labels}:
        said = f"this repository is public and trains on a runner of your own ({', '.join(labels)})"
        remedy = "give each job a fresh machine that is thrown away, or train on hosted runners"
        return (doubtful("runner", said, remedy),)
    return ()
