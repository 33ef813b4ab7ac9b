"""Builds what a run works with: the adapters behind every door of the measuring pipeline."""

from __future__ import annotations

import functools
import hashlib
import os
import posixpath
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sluice.adapters.environment import capture, child_environment, with_code_at, without_folder
from sluice.adapters.git import Git
from sluice.domain.config import Evaluation
from sluice.domain.evaluation import MetricValue
from sluice.domain.evidence import Subject
from sluice.domain.functions import Answer, Ask
from sluice.domain.model import ModelArtifact
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Predictions
from sluice.domain.probes import Serving
from sluice.domain.protection import MODEL_VARIABLE
from sluice.domain.serving import Served
from sluice.domain.suites import SuiteResult
from sluice.domain.training import Environment, TrainResult
from sluice.entry import sources
from sluice.entry.champions import Champions
from sluice.pipeline.order import Asker, Beside, Server, Workshop

Say = Callable[[str], None]


def workshop(
    git: Git, subject: Subject, scratch: Path, say: Say, *, environ: Mapping[str, str] = os.environ, model: str = ""
) -> Workshop:
    """Everything outside that a run uses, built for one work tree; ``scratch`` is an empty folder.

    ``model`` is the path of a model that commands are to be told of.
    """
    from sluice.adapters import dvc
    from sluice.adapters.decode.contract import load_contract

    facts = {"SLUICE_HEAD_SHA": subject.head_sha, "SLUICE_BASE_SHA": subject.base_sha}
    facts |= {MODEL_VARIABLE: str(git.root / model)} if model else {}
    child = child_environment(environ, facts)

    def beside(root: Path, model: str, foreign: bool) -> Workshop:
        env = with_code_at(environ, child, git.root, root)
        env = without_folder(env, git.root) if foreign else env
        return workshop(Git(root), subject, scratch, say, environ=env, model=model)

    return Workshop(
        root=git.root,
        history=git,
        open_table=sources.opening(subject.base_sha or None),
        apart=sources.apart(git, subject.base_sha),
        contract=lambda text, path, name: load_contract(text, path=path, dataset=name),
        pull=sources.pulling(git, environ),
        train=_trainer(git.root, child, scratch, say),
        environment=_environment(git, child),
        predictions=_predictions,
        metrics=_metrics,
        dvc_metrics=_dvc_metrics,
        junit=_junit,
        function=_caller(git.root, child, say),
        logged=_logged,
        serve=_server(git.root, child, say),
        ask=_asker(git.root, child, say),
        model=lambda path, modules: _model(git.root, path, modules),
        model_at=_model,
        model_digest=lambda path: _model_digest(git.root, path),
        carry=_carry,
        beside=beside,
        base_file=_base_file(git, scratch),
        data_at=sources.data_at(git, scratch, subject.base_sha),
        trained_on=sources.trained_on,
        champions=Champions(git.root, scratch, child, say),
        copied=lambda path: _copied(path, scratch),
        folder=lambda: Path(tempfile.mkdtemp(dir=scratch)),
        kept=lambda path: _kept(git, path),
        prepare_worktree=lambda worktree: dvc.prepare_worktree(git.root, worktree),
        forget_runs=dvc.forget_runs,
        digest=_digest,
        now=lambda: datetime.now(UTC),
        say=say,
    )


def _trainer(root: Path, child: Mapping[str, str], scratch: Path, say: Say) -> Callable[..., TrainResult]:
    from sluice.adapters.mlflow_metrics import CONTEXT, run_context
    from sluice.adapters.trainers.command import train

    def run(command: str, *, cwd: Path, timeout_s: float, fingerprint: str, tag: str = "") -> TrainResult:
        env = with_code_at(child, child, root, cwd)
        env |= {"SLUICE_FINGERPRINT": tag or fingerprint, "SLUICE_SEED": str(seed_of(fingerprint))}
        env[CONTEXT] = run_context(child, tag or fingerprint)
        return train(command, cwd=cwd, timeout_s=timeout_s, env=env, log=scratch / "training.log", echo=say)

    return run


def seed_of(fingerprint: str) -> int:
    """The seed that training gets in ``SLUICE_SEED``: 31 bits of the fingerprint, the same for the same inputs."""
    return int(fingerprint[:8], 16) & 0x7FFFFFFF


def _environment(git: Git, child: Mapping[str, str]) -> Callable[[str], Environment]:
    from sluice.adapters.dvc import hashes

    # Asked before anything runs: training may rewrite files of git, as `dvc repro` does its lock file.
    git_sha, dirty = git.head(), git.is_dirty()

    @functools.cache
    def found(fingerprint: str) -> Environment:
        return capture(env=child, git_sha=git_sha, dirty=dirty, dvc_hashes=hashes(git), seed=seed_of(fingerprint))

    return found


def _predictions(path: Path, evaluation: Evaluation) -> Predictions | PredictionsFile:
    from sluice.adapters.predictions import open_predictions

    return open_predictions(path, evaluation)


def _metrics(data: bytes, path: str) -> tuple[MetricValue, ...]:
    from sluice.adapters.decode.metrics_file import read_metrics

    return read_metrics(data, path=path)


def _dvc_metrics(data: bytes) -> tuple[str, ...]:
    from sluice.adapters.decode.dvc_metrics import metric_paths

    return metric_paths(data)


def _junit(data: bytes, name: str, path: str) -> SuiteResult:
    from sluice.adapters.decode.junit import read_junit

    return read_junit(data, name=name, path=path)


def _model(root: Path, path: str, modules: tuple[str, ...]) -> ModelArtifact:
    from sluice.adapters.models import inspect

    return inspect(root, path, modules)


def _model_digest(root: Path, path: str) -> str:
    from sluice.adapters.models import digest_of

    return digest_of(root, path)


def _carry(root: Path, path: str, target: Path) -> None:
    from sluice.adapters.models.carrying import carry

    carry(root, path, target)


def _caller(root: Path, child: Mapping[str, str], say: Say) -> Callable[..., tuple[Answer, ...]]:
    from sluice.adapters.calling.function import Place, call_function

    def called(call: str, asks: Iterable[Ask], *, fingerprint: str, timeout_s: float) -> tuple[Answer, ...]:
        env = {**child, "SLUICE_FINGERPRINT": fingerprint, "SLUICE_SEED": str(seed_of(fingerprint))}
        place = Place(root=root, env=env, say=say)
        return call_function(call, asks, place=place, seed=seed_of(fingerprint), timeout_s=timeout_s)

    return called


def _server(root: Path, child: Mapping[str, str], say: Say) -> Server:
    from sluice.adapters.serving.load import Site, serve
    from sluice.adapters.serving.turns import Side, serve_in_turn

    def served(
        serving: Serving, bodies: tuple[bytes, ...], *, fingerprint: str, baseline: Beside | None = None
    ) -> tuple[Served, Served | None]:
        env = {**child, "SLUICE_FINGERPRINT": fingerprint, "SLUICE_SEED": str(seed_of(fingerprint))}
        site = Site(root=root, env=env, say=say)
        if baseline is None:
            return serve(serving, bodies, site), None
        beside = replace(site, root=baseline.root, env=with_code_at(env, env, root, baseline.root))
        theirs = Side(serving=baseline.serving, site=beside)
        return serve_in_turn(Side(serving=serving, site=site), theirs, bodies)

    return served


def _asker(root: Path, child: Mapping[str, str], say: Say) -> Asker:
    from sluice.adapters.asking import Kind, answers
    from sluice.adapters.serving.load import Site

    def asked(
        kind: Kind, name: str, bodies: Iterable[bytes], *, fingerprint: str, timeout_s: float
    ) -> Generator[list[object], None, None]:
        env = {**child, "SLUICE_FINGERPRINT": fingerprint, "SLUICE_SEED": str(seed_of(fingerprint))}
        return answers(kind, name, bodies, Site(root=root, env=env, say=say), total_s=timeout_s)

    return asked


def _logged(experiment: str | None, run_id: str, fingerprint: str) -> tuple[MetricValue, ...]:
    from sluice.adapters.mlflow_metrics import logged_metrics

    address = os.environ.get("MLFLOW_TRACKING_URI", "")
    return logged_metrics(experiment=experiment, run_id=run_id, fingerprint=fingerprint, tracking_uri=address)


def _base_file(git: Git, scratch: Path) -> Callable[[str, str], Path | None]:
    from sluice.adapters import dvc

    def found(ref: str, path: str) -> Path | None:
        target = Path(tempfile.mkdtemp(dir=scratch)) / Path(path).name
        return target if dvc.base_file(git, ref, path, target) else None

    return found


def _copied(path: Path, scratch: Path) -> Path | None:
    """A copy that outlives a work tree, under the file's own name; links are followed."""
    if not path.is_file():
        return None
    return Path(shutil.copyfile(path, Path(tempfile.mkdtemp(dir=scratch)) / path.name))


def _kept(git: Git, path: str) -> bool:
    """Whether git has a file, or DVC has it with these very bytes; ``EvidenceError`` where DVC has others."""
    from sluice.adapters import dvc

    committed = any(entry.path == posixpath.normpath(path) for entry in git.tree("HEAD"))
    return committed or dvc.verify(git, path) != ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
