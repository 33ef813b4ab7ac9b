"""The text of the first files: ``sluice.yaml`` and the two workflows, each explained by comments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from sluice.core.setup.results import Limit, Shape
from sluice.domain.config import Task
from sluice.domain.errors import UsageError

WORKFLOW_PATH = ".github/workflows/sluice.yml"
FORK_WORKFLOW_PATH = ".github/workflows/sluice-fork.yml"
WORKFLOW_NAME = "Sluice"
OWN_REPOSITORY = "sluice-ml/sluice"

# Read by YAML 1.1 tools (editors among them) as something else than text.
_WORDS = frozenset("y n yes no on off true false null none".split())
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./*=-]*( [A-Za-z0-9_./*=-]+)*")
_ACTION = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)@([A-Za-z0-9][A-Za-z0-9._/+-]*)")
_SHA = re.compile(r"[0-9a-f]{40}")
_UNPINNED = " # zizmor: ignore[unpinned-uses] a release; only a commit's full name cannot be moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One table, and where its contract will be."""

    path: str
    contract: str
    by_dvc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """The training section."""

    command: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPlan:
    """The evaluation section; ``baseline`` is whether the base's results are kept, made again, or cannot be had."""

    task: Task
    predictions: str | None = None
    shape: Shape | None = None
    metrics: str | None = None
    baseline: Literal["kept", "rerun", "none"] = "none"

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The roles that are filled, and their columns."""
        if self.shape is None:
            return ()
        roles = ("target", "score", "prediction", "key")
        stated = ((role, getattr(self.shape.columns, role)) for role in roles)
        return tuple((role, column) for role, column in stated if column)

    @property
    def has_key(self) -> bool:
        """Whether rows have names."""
        return self.shape is not None and self.shape.columns.key is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Where Sluice is used from: OWNER/NAME and a tag, branch or commit."""

    repository: str
    ref: str

    @property
    def pinned(self) -> bool:
        """Whether the reference cannot be moved."""
        return _SHA.fullmatch(self.ref) is not None


def action(reference: str) -> Action:
    """``OWNER/NAME@REF``, taken apart; raises ``UsageError``."""
    found = _ACTION.fullmatch(reference)
    if found is None:
        raise UsageError(
            f"{reference[:80]!r} is not OWNER/NAME@REF", where="--action", remedy="for example acme/sluice@v1"
        )
    return Action(repository=found[1], ref=found[2])


def configuration(
    data: Mapping[str, Source],
    training: TrainingPlan | None,
    evaluation: EvaluationPlan | None,
    gates: tuple[Limit, ...],
    *,
    no_evaluation: str = "",
) -> str:
    """``sluice.yaml``; ``no_evaluation`` says why that section is only an example."""
    return _TEMPLATES.get_template("sluice.yaml.j2").render(
        data=data,
        training=training,
        evaluation=evaluation,
        gates=gates,
        no_evaluation=_wrapped(no_evaluation),
    )


def workflow(source: Action, *, branch: str, setup: str) -> str:
    """The workflow that calls the gate; ``setup`` is empty or a command that prepares the runner."""
    return _TEMPLATES.get_template("workflow.yml.j2").render(
        action=source, pin=_pin(source), branch=_branch_pattern(branch), setup=setup, name=WORKFLOW_NAME
    )


def fork_workflow(source: Action) -> str:
    """The workflow that publishes for forks."""
    return _TEMPLATES.get_template("workflow-fork.yml.j2").render(
        action=source, pin=_pin(source), name=WORKFLOW_NAME, follows=WORKFLOW_NAME, path=WORKFLOW_PATH
    )


def _pin(source: Action) -> str:
    return "" if source.pinned else _UNPINNED


def _branch_pattern(branch: str) -> str:
    """A branch's name as a filter that matches it alone."""
    return re.sub(r"([*?+!\[\]\\])", r"\\\1", branch)


def _wrapped(text: str, width: int = 116) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def scalar(text: str) -> str:
    """A text as YAML, plain where it cannot be taken for anything else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # A JSON text is YAML too; what is not printable was refused where paths come in.
    return json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    return f"{value:.10g}"


def _environment() -> Environment:
    # The documents are YAML, where HTML's escapes would be wrong; every foreign text goes through `scalar`.
    made = Environment(
        loader=PackageLoader("sluice.core.setup"),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    # Jinja does not say of what type its filters are.
    made.filters.update(scalar=scalar, number=_number)  # pyright: ignore[reportUnknownMemberType]
    return made


_TEMPLATES = _environment()
