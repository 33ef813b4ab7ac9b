"""Data against its reference: what the reference is, where it comes from, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sluice.core.abridging import abridged
from sluice.core.drift.verdict import chosen
from sluice.domain.config import DataSource, Evaluation
from sluice.domain.drift import DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.errors import DataError, SluiceError
from sluice.domain.ports import TableEngine
from sluice.domain.verdict import Verdict
from sluice.pipeline.order import DataAt, Order, Workshop

PREDICTIONS = "predictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceData:
    """The data that a source is compared with; ``problem`` says why there is none. ``sha256``: what it must be."""

    label: str
    data: DataAt | None = None
    sha256: str = ""
    problem: str = ""


def reference_of(order: Order, shop: Workshop, name: str, asked: DataSource) -> ReferenceData | None:
    """What ``asked``, the policy's data source, is to be compared with; ``None`` where it states nothing.

    Whatever keeps it from being found is told in ``problem``: a comparison that the policy demands is never left out.
    """
    stated = asked.reference
    if stated is None:
        return None
    label = stated.path or (f"the data of model {stated.model}" if stated.model else "the base")
    try:
        if stated.model is not None:
            return _trained_on(order, shop, stated.model, name)
        if stated.path is not None and order.policy is None:
            # Nothing is enforced yet, and what will be is what lies here.
            shop.pull((stated.path,), order.subject.base_sha)
            return ReferenceData(label=stated.path, data=DataAt(root=shop.root, source=stated.path))
        if stated.path is None and _elsewhere(asked.source) and asked.source == order.head.value.data[name].source:
            said = "the base names the very same data, which has no version of its own"
            raise DataError(said, reason_code="missing", where=asked.source, remedy="name other data by `path`")
        return _at_base(order, shop, stated.path or asked.source)
    except SluiceError as error:
        return ReferenceData(label=label, problem=error.sentence)


def _at_base(order: Order, shop: Workshop, source: str) -> ReferenceData:
    """A source as the base has it: a pull request that changes its own reference is not compared with that."""
    base_sha = order.subject.base_sha
    if _elsewhere(source):
        shop.pull((source,), base_sha)
        return ReferenceData(label=source, data=DataAt(root=shop.root, source=source))
    if not base_sha:
        raise DataError("there is no base commit to compare with", reason_code="missing", where=source)
    if (found := shop.data_at(base_sha, source)) is not None:
        return ReferenceData(label=f"{source} at base {base_sha[:12]}", data=found)
    # Taken apart here: a file of that very name in the work tree must not stand for the revision.
    path, at, revision = source.rpartition("@")
    if at and path and (found := shop.data_at(revision, path)) is not None:
        return ReferenceData(label=source, data=found)
    raise DataError(f"base {base_sha[:12]} does not have this data", reason_code="missing", where=source)


def _elsewhere(source: str) -> bool:
    """Whether the data lies on another machine, where no commit holds it."""
    return "://" in source or source.startswith("#")


def _trained_on(order: Order, shop: Workshop, model: str, name: str) -> ReferenceData:
    recorded = shop.trained_on(model, name)
    if _elsewhere(recorded.source):
        shop.pull((recorded.source,), order.subject.base_sha)
        found: DataAt | None = DataAt(root=shop.root, source=recorded.source)
    else:
        found = shop.data_at(recorded.revision, recorded.source)
    if found is None:
        said = f"{recorded.label} is {recorded.source} of {recorded.revision[:12]}, which has no such data"
        raise DataError(said, reason_code="missing")
    return ReferenceData(label=recorded.label, data=found, sha256=recorded.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison to be made: the dataset's name, the policy's limits, and the columns that show no values."""

    dataset: str
    spec: Drift
    sensitive: frozenset[str] = frozenset()


def compared(
    wanted: Comparison, reference: ReferenceData, current: TableEngine, opened: Callable[[], TableEngine]
) -> DriftResult:
    """The comparison, or why it could not be made: inconclusive then, whatever went wrong."""
    from sluice.core.drift.comparing import compare

    if reference.problem:
        return nothing_to_compare(wanted.dataset, reference)
    try:
        other = opened()
        if reference.sha256 and other.sha256 != reference.sha256:
            said = "the data found is not what was recorded: its digest is another"
            return nothing_to_compare(wanted.dataset, replace(reference, problem=said))
        found = compare(
            other,
            current,
            wanted.spec,
            dataset=wanted.dataset,
            reference_label=reference.label,
            sensitive=wanted.sensitive,
        )
    except DataError as error:
        return nothing_to_compare(wanted.dataset, replace(reference, problem=error.sentence))
    return abridged(found)


def nothing_to_compare(dataset: str, reference: ReferenceData) -> DriftResult:
    """The result of a comparison that could not be made."""
    return DriftResult(
        dataset=dataset,
        reference=reference.label,
        verdict=Verdict.INCONCLUSIVE,
        n_reference=0,
        n_current=0,
        message=reference.problem,
    )


def row_count(table: TableEngine) -> int:
    """How many rows a table has."""
    return int(table.aggregate({"n": table.table.count()})["n"])


def predictions_drift(shop: Workshop, evaluation: Evaluation, baseline: Path | None, label: str) -> DriftResult | None:
    """The candidate's scores, predictions and truth against the baseline's; ``None`` where nobody asks for that."""
    spec = evaluation.drift
    if spec is None or evaluation.predictions is None:
        return None
    reference = ReferenceData(label=label or "no baseline", problem=label or "there is no baseline to compare with")
    if baseline is None:
        return nothing_to_compare(PREDICTIONS, reference)
    columns = evaluation.columns
    named = (name for name in (columns.target, columns.score, columns.prediction) if name is not None)
    spec = replace(spec, columns=tuple(name for name in named if chosen(spec, name)), ignore=())
    candidate = DataAt(root=shop.root, source=evaluation.predictions)
    reference = replace(reference, problem="", data=DataAt(root=baseline.parent, source=baseline.name))
    try:
        return shop.apart(lambda: _predictions(shop, candidate, reference, spec), DriftResult, candidate)
    except DataError as error:
        return nothing_to_compare(PREDICTIONS, replace(reference, problem=error.sentence))


def _predictions(shop: Workshop, candidate: DataAt, reference: ReferenceData, spec: Drift) -> DriftResult:
    with ExitStack() as tables:
        current, other = (tables.enter_context(shop.open_table(data)) for data in (candidate, reference.data) if data)
        return compared(Comparison(dataset=PREDICTIONS, spec=spec), reference, current, lambda: other)
