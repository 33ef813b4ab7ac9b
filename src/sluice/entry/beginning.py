"""From a repository to its first files: what was asked for, else what is found, profiled and proven to hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sluice import __version__
from sluice.adapters.git import Git
from sluice.core.plan import POLICY_PATH
from sluice.core.setup import documents, survey
from sluice.core.setup.results import Limit
from sluice.core.setup.survey import Survey
from sluice.domain.amounts import amount
from sluice.domain.errors import SluiceError, UsageError
from sluice.entry.inferring import inferred
from sluice.entry.new_files import refuse_existing
from sluice.entry.survey import survey as look

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What people name themselves; what they leave out is looked for. Paths are from the root, or from here."""

    data: tuple[str, ...] = ()
    train: str | None = None
    predictions: str | None = None
    metrics: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first files, by path, and what they rest on."""

    files: Mapping[str, str]
    data: Mapping[str, str]
    training: str | None
    predictions: str | None
    metrics: str | None
    gates: tuple[Limit, ...] = field(default=())
    branch: str = "main"


def begin(git: Git, asked: Asked, say: Say) -> Beginning:
    """Everything that `sluice init` writes, as text; nothing is written here.

    Raises ``UsageError`` where a file is there already, where no data is found, and for what was asked for and is not.
    """
    source = documents.action(asked.action or f"{documents.OWN_REPOSITORY}@v{__version__}")
    fixed = (POLICY_PATH, documents.WORKFLOW_PATH, documents.FORK_WORKFLOW_PATH)
    found = look(git)
    data = survey.names(_asked_data(git, asked.data) if asked.data else _found_data(git, found, say))
    for path in data.values():
        if not survey.is_tracked(found, path):
            say(f"{path} is neither in git nor tracked by DVC: commit it or `dvc add` it, else no checkout has it")
    contracts = {name: f"contracts/{name}.odcs.yaml" for name in data}
    refuse_existing(git.root, (*fixed, *contracts.values()))
    texts = {contracts[name]: _contract(git.root, name, path, say) for name, path in data.items()}
    command = _command(asked, found, say)
    results = _results(git, asked, found, command, say)
    sources = {
        name: documents.Source(path=path, contract=contracts[name], by_dvc=_by_dvc(found, path))
        for name, path in data.items()
    }
    training = (
        documents.TrainingPlan(command=command, inputs=survey.training_inputs(found, command)) if command else None
    )
    policy = documents.configuration(sources, training, results.plan, results.gates, no_evaluation=results.why_not)
    _prove(policy)
    setup = survey.setup_command(found, command) if command else ""
    flow = documents.workflow(source, branch=found.default_branch, setup=setup)
    return Beginning(
        files={POLICY_PATH: policy, **texts, fixed[1]: flow, fixed[2]: documents.fork_workflow(source)},
        data=data,
        training=command,
        predictions=results.plan.predictions if results.plan else None,
        metrics=results.plan.metrics if results.plan else None,
        gates=results.gates,
        branch=found.default_branch,
    )


def _prove(policy: str) -> None:
    from sluice.adapters.decode.config import load_config

    load_config(policy.encode())


def inside(git: Git, path: str) -> str:
    """A path that somebody typed, from the root: it may be meant from the root or from the working folder."""
    for candidate in (git.root / path, Path.cwd() / path):
        if candidate.exists() and candidate.resolve().is_relative_to(git.root):
            return candidate.resolve().relative_to(git.root).as_posix()
    raise UsageError("there is no such file in the repository", where=path, remedy="name it from the repository's root")


# -- data ------------------------------------------------------------------------------------------


def _asked_data(git: Git, paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(inside(git, path) for path in paths)


def _found_data(git: Git, found: Survey, say: Say) -> tuple[str, ...]:
    candidates = survey.data_files(found)
    absent = [path for path in candidates if not (git.root / path).exists()]
    present = [path for path in candidates if path not in absent]
    if not present:
        if absent:
            raise UsageError(f"{', '.join(absent[:5])} is tracked by DVC and not here", remedy="run `dvc pull` first")
        what = f"no data was found ({', '.join(survey.DATA_SUFFIXES)}; in git, or tracked by DVC)"
        raise UsageError(what, where=str(git.root), remedy="name it: `sluice init --data PATH`")
    for path in absent:
        say(f"left out {path}: it is tracked by DVC and not here (`dvc pull`)")
    for path in present[survey.MAX_DATA_FILES :]:
        say(f"left out {path}: {survey.MAX_DATA_FILES} tables are enough to begin with (`--data` names others)")
    return tuple(present[: survey.MAX_DATA_FILES])


def _by_dvc(found: Survey, path: str) -> bool:
    return path not in found.files


def _contract(root: Path, name: str, source: str, say: Say) -> str:
    found = inferred(root, source, name=name)
    say(f"data {name}: {source}, {amount(found.n_rows, 'row')}, {amount(found.n_columns, 'column')}")
    return found.text


# -- training and results --------------------------------------------------------------------------


def _command(asked: Asked, found: Survey, say: Say) -> str | None:
    if asked.train is not None and not asked.train.strip():
        raise UsageError("the command is empty", where="--train")
    command = asked.train or survey.training_command(found)
    said = command or "no command found; `sluice.yaml` has an example to fill in (or `sluice init --train COMMAND`)"
    say(f"training: {said}")
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class _Results:
    plan: documents.EvaluationPlan | None
    gates: tuple[Limit, ...] = ()
    why_not: str = ""


def _results(git: Git, asked: Asked, found: Survey, command: str | None, say: Say) -> _Results:
    from sluice.entry.first_results import Candidates, assess

    candidates = Candidates(
        predictions=_named(git, asked.predictions, survey.prediction_files(found)),
        metrics=_named(git, asked.metrics, survey.metric_files(found)),
        must=bool(asked.predictions or asked.metrics),
    )
    try:
        plan, gates = assess(git.root, candidates, found, trains=command is not None)
    except SluiceError as error:
        if candidates.must:
            raise
        say(f"evaluation: {error.sentence}")
        return _Results(plan=None, why_not=f"Not yet: {error.sentence}. An example:")
    parts = [path for path in (plan.predictions, plan.metrics) if path]
    say(f"evaluation: {plan.task}, from {' and '.join(parts)}; {amount(len(gates), 'gate')}")
    return _Results(plan=plan, gates=gates)


def _named(git: Git, path: str | None, found: tuple[str, ...]) -> tuple[str, ...]:
    return (inside(git, path),) if path else found
