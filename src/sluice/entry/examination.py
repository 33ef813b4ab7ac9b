"""Gathers what `sluice doctor` judges: files of the work tree, and what GitHub says where a token is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sluice.adapters.decode import strict_yaml
from sluice.adapters.git import Git
from sluice.core.plan import POLICY_PATH
from sluice.core.setup import protection, workflows
from sluice.core.setup.findings import Finding, bad, doubtful, good, unanswered
from sluice.core.setup.workflows import Workflow
from sluice.domain.config import Config, DataSource
from sluice.domain.contract import Unsupported
from sluice.domain.errors import ConfigError, DataError, OutsideError, UsageError
from sluice.entry import hosting
from sluice.entry.survey import dvc_outputs

if TYPE_CHECKING:
    from sluice.adapters.github.repository import Repository

_FOLDER = PurePosixPath(".github/workflows")
_MAX_WORKFLOW_BYTES = 1_000_000


def examine(git: Git) -> tuple[Finding, ...]:
    """Everything that can be looked at from here, in the order in which it is mended best."""
    config, findings = _config(git)
    found, broken = _workflows(git)
    findings += [*broken, *workflows.examine(found)]
    findings += _on_github(git, config, workflows.events(found))
    return tuple(findings)


# -- the work tree ---------------------------------------------------------------------------------


def _config(git: Git) -> tuple[Config | None, list[Finding]]:
    from sluice.adapters.decode.config import load_config
    from sluice.core.limits import meaningless

    path = git.root / POLICY_PATH
    if not path.is_file():
        return None, [bad("config", "there is no sluice.yaml", "write one with `sluice init`")]
    if POLICY_PATH not in git.files():
        return None, [bad("config", "git ignores sluice.yaml: no checkout has it", "take it out of .gitignore")]
    try:
        config = load_config(path.read_bytes()).value
    except ConfigError as error:
        return None, [bad("config", error.sentence, error.remedy or "correct that line")]
    findings = [good("config", f"{POLICY_PATH} is valid"), *_contracts(git, config), *_sources(git, config)]
    if not (config.data or config.training or config.evaluation):
        findings.append(bad("config", "sluice.yaml demands nothing", "add `data`, `training` or `evaluation`"))
    if config.evaluation is not None and not config.gates:
        remedy = "add what must hold under `gates:`"
        findings.append(doubtful("gates", "there is an evaluation, but no gate: no metric closes anything", remedy))
    findings += [bad("gates", f"{gate}: {said}", "change it under `gates:`") for gate, said in meaningless(config)]
    return config, findings


def _contracts(git: Git, config: Config) -> Iterator[Finding]:
    from sluice.adapters.decode.contract import load_contract

    in_git = frozenset(git.files())
    for name, source in config.data.items():
        path = git.root / source.contract
        if not path.is_file() or source.contract not in in_git:
            gone = "git ignores" if path.is_file() else "there is no file"
            said = f"data.{name}: {gone} {source.contract}"
            yield bad("contract", said, "add it, or correct the path in sluice.yaml")
            continue
        try:
            contract = load_contract(path.read_bytes(), path=source.contract, dataset=name)
        except ConfigError as error:
            yield bad("contract", error.sentence, error.remedy or "correct that line")
            continue
        for one in contract.all(Unsupported):
            where = f"{source.contract}:{one.line}"
            said = f"{where}: `{one.what}`{f' of {one.column}' if one.column else ''} cannot be measured yet"
            remedy = "it is inconclusive, and keeps the gate closed: remove it, or let it only warn"
            yield doubtful("contract", said, remedy)
        if not contract.all(Unsupported):
            yield good("contract", f"{source.contract} is valid")


def _sources(git: Git, config: Config) -> Iterator[Finding]:
    from sluice.adapters.located import locate

    try:
        by_dvc = dvc_outputs(git)
    except ConfigError as error:
        yield bad("data", error.sentence, error.remedy or "correct that line")
        by_dvc = ()
    in_git = frozenset(git.files())
    for name, source in config.data.items():
        yield from _reference(git, name, source)
        tracked = _is_among(source.source, by_dvc)
        if _elsewhere(source.source):
            yield good("data", f"data.{name}: {_shown(source.source)} is not of this work tree; a run reads it")
            continue
        try:
            located = locate(git.root, source.source)
        except DataError as error:
            if error.reason_code == "missing" and tracked:
                yield good("data", f"data.{name}: {source.source} is tracked by DVC (not in this work tree)")
            else:
                yield bad("data", f"data.{name}: {error.sentence}", error.remedy or "correct `source` in sluice.yaml")
            continue
        names = [f"{source.source}/{name}" for name in located.names] or [source.source]
        if tracked or all(_is_in(path, in_git) for path in names):
            yield good("data", f"data.{name}: {source.source} is there")
        else:
            said = f"data.{name}: {source.source} is here, but neither in git nor tracked by DVC"
            yield bad("data", f"{said}: a fresh checkout does not have it", "commit it, or `dvc add` it")


def _elsewhere(source: str) -> bool:
    """Whether a source is a URL, a database's table, or a path at a revision."""
    return "://" in source or source.startswith("#") or "@" in PurePosixPath(source).name


def _shown(source: str) -> str:
    """A source without what may be a secret."""
    return source.partition("?")[0]


def _reference(git: Git, name: str, source: DataSource) -> Iterator[Finding]:
    """What keeps the comparison that `sluice.yaml` asks for from being made; nothing where nothing does."""
    stated, said = source.reference, f"data.{name}.reference"
    if stated is None:
        return
    if stated.ref is not None and ("://" in source.source or source.source.startswith("#")):
        found = f"{said}: a place outside the repository has no version for the base, so that nothing can be compared"
        yield bad("drift", found, "name other data by `path`")
    elif stated.model is not None and not os.environ.get("MLFLOW_TRACKING_URI"):
        found = f"{said}: MLFLOW_TRACKING_URI is not set here; where it is not set for the run either, this is unclear"
        yield doubtful("drift", found, "give it to the job that runs Sluice")
    elif stated.path is not None and not _elsewhere(stated.path) and not _is_there(git, stated.path):
        found = f"{said}: there is no {stated.path} in this work tree, in git or tracked by DVC"
        yield bad("drift", found, "add it, or correct `reference.path` in sluice.yaml")
    elif source.drift is None:
        found = (
            f"{said} is stated, and nothing is compared with it but the number of rows, where the contract asks that"
        )
        yield doubtful("drift", found, "add `drift: {severity: warn}` to see what moves")
    else:
        yield good("drift", f"data.{name} is compared with {stated.path or stated.model or 'the base'}")


def _is_there(git: Git, path: str) -> bool:
    from sluice.core.globs import matches

    pattern = f"/{path.removeprefix('./')}"
    return any(matches(one, [pattern]) for one in git.files())


def _is_in(path: str, files: frozenset[str]) -> bool:
    return PurePosixPath(path).as_posix() in files


def _is_among(path: str, outputs: tuple[str, ...]) -> bool:
    one = PurePosixPath(path)
    above = {one.as_posix(), *(parent.as_posix() for parent in one.parents)}
    return any(output in above or PurePosixPath(output).is_relative_to(one) for output in outputs)


def _workflows(git: Git) -> tuple[list[Workflow], list[Finding]]:
    found: list[Workflow] = []
    findings: list[Finding] = []
    for path in sorted(git.files()):
        one = PurePosixPath(path)
        if one.parent != _FOLDER or one.suffix not in (".yml", ".yaml") or not (git.root / path).is_file():
            continue
        try:
            value = strict_yaml.parse((git.root / path).read_bytes(), where=path, max_bytes=_MAX_WORKFLOW_BYTES).value
        except ConfigError as error:
            findings.append(bad("workflow", error.sentence, error.remedy or "correct that line"))
            continue
        if isinstance(value, dict):
            found.append(Workflow(path=path, value=value))
    return found, findings


# -- GitHub ----------------------------------------------------------------------------------------


def _on_github(git: Git, config: Config | None, events: frozenset[str]) -> list[Finding]:
    token = os.environ.get("GITHUB_TOKEN", "").strip()
    unchecked = "branch protection was not looked at"
    if not token:
        remedy = "give a token that may read the repository: `GITHUB_TOKEN=... sluice doctor`"
        return [doubtful("protection", f"{unchecked}: there is no token", remedy)]
    api, repository = hosting.place(git)
    if not repository:
        remedy = "set GITHUB_REPOSITORY to OWNER/NAME (and GITHUB_API_URL where it is not on github.com)"
        return [doubtful("protection", f"{unchecked}: `origin` names no repository on github.com", remedy)]
    from sluice.adapters.github import connect

    try:
        with connect(token=token, api_url=api, repository=repository) as github:
            return _asked(github, config, events)
    except OutsideError as error:
        return [unanswered("github", error.sentence, error.remedy or "run this again when GitHub is reachable")]
    except UsageError as error:
        return [unanswered("github", error.sentence, error.remedy or "correct it")]


def _asked(github: Repository, config: Config | None, events: frozenset[str]) -> list[Finding]:
    facts = github.facts()
    rules = github.branch_rules(facts.default_branch)
    author = github.newest_author(facts.default_branch, protection.GATE_CHECK)
    findings = list(protection.examine(rules, author, events))
    if config is not None and config.training is not None:
        findings += protection.runner(config.training.runs_on, facts)
    return findings
