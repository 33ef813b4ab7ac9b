"""The command line: what people type; each command imports what it needs when it is called."""

from __future__ import annotations

import sys
from copy import copy
from pathlib import Path
from typing import Annotated, Literal

import typer

from sluice.domain.errors import UsageError
from sluice.entry import contract_commands, model_commands, telling
from sluice.entry.failing import ended

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Validates data, trains, evaluates, reports on pull requests, and opens or closes the merge gate.",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
app.add_typer(contract_commands.app, name="contract")
app.add_typer(model_commands.app, name="model")

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout, errors too, and nothing else there.")
]
EvidenceFolder = Annotated[Path, typer.Argument(help="Folder that `sluice run` wrote.")]
Report = Literal["markdown", "html"]
Correction = Literal["benjamini-hochberg", "bonferroni"]


def _show_version(asked: bool) -> None:
    if asked:
        from sluice import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version and end.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options that stand before the command."""


@app.command()
def init(
    root: Annotated[Path, typer.Argument(help="The repository.")] = Path(),
    data: Annotated[list[str] | None, typer.Option(help="Path of the data; may be given several times.")] = None,
    train: Annotated[str | None, typer.Option(help="Command that trains.")] = None,
    predictions: Annotated[str | None, typer.Option(help="Path of the predictions that training writes.")] = None,
    metrics: Annotated[str | None, typer.Option(help="Path of the metrics that training writes.")] = None,
    action: Annotated[str | None, typer.Option(help="Where Sluice is used from: OWNER/NAME@REF.")] = None,
    protect: Annotated[
        bool, typer.Option("--protect", help="Write nothing; require the gate on GitHub. Needs GITHUB_TOKEN.")
    ] = False,
    json: Json = False,
) -> None:
    """Look at the repository and its data; write `sluice.yaml`, contracts and the workflows."""
    from sluice.entry.beginning import Asked
    from sluice.entry.setup import init as start

    if protect:
        from sluice.entry.protecting import protect as require

        if data or train or predictions or metrics or action:
            raise UsageError("goes with no other option", where="--protect", remedy="run `sluice init` first")
        raise typer.Exit(require(root, as_json=json))
    asked = Asked(data=tuple(data or ()), train=train, predictions=predictions, metrics=metrics, action=action)
    raise typer.Exit(start(root, asked, as_json=json))


@app.command()
def run(
    base: Annotated[str, typer.Option(help="Commit to compare with; found by itself where this is left out.")] = "",
    out: Annotated[Path, typer.Option(help="Folder to write evidence into.")] = Path("evidence"),
    stage: Annotated[
        list[str] | None, typer.Option(help="Stage to run (data, training, evaluation), whatever changed.")
    ] = None,
    json: Json = False,
) -> None:
    """Plan, validate, train, evaluate; write evidence. Needs no token."""
    from sluice.entry.local import run_here

    raise typer.Exit(run_here(base=base, out=out, stages=tuple(stage or ()), as_json=json))


@app.command()
def publish(
    evidence: Annotated[Path, typer.Option(help="Folder that `sluice run` wrote.")],
    repo: Annotated[str, typer.Option(help="OWNER/NAME.", envvar="GITHUB_REPOSITORY")] = "",
    pr: Annotated[int | None, typer.Option(help="Number of the pull request; else GITHUB_EVENT_PATH tells.")] = None,
    json: Json = False,
) -> None:
    """Decide with the base's policy; write the comment and the checks. Needs GITHUB_TOKEN."""
    from sluice.entry.publishing import publish_folder

    raise typer.Exit(publish_folder(evidence, repository=repo, pr_number=pr, as_json=json))


@app.command()
def action() -> None:
    """What action.yml runs: picks by GITHUB_EVENT_NAME and the payload."""
    from sluice.entry.action import main as act

    raise typer.Exit(act())


@app.command()
def validate(
    data: Annotated[str, typer.Argument(help="The data: a path, a pattern, `path@revision` or a URL.")],
    contract: Annotated[Path, typer.Option(help="Open Data Contract Standard v3 file.")],
    table: Annotated[
        list[str] | None, typer.Option(help="`NAME=DATA`: another table that the contract refers to; repeatable.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="The data whose number of rows `sluice.rowChange` compares with, named likewise.")
    ] = None,
    engine: Annotated[str, typer.Option(help="What reads the data, as in sluice.yaml.")] = "duckdb",
    json: Json = False,
) -> None:
    """Run the data checks alone."""
    from sluice.entry.alone import validate as check

    others = tuple(table or ())
    raise typer.Exit(check(data, contract, tables=others, reference=reference, engine=engine, as_json=json))


@app.command()
def drift(
    reference: Annotated[
        str, typer.Argument(help="The data to compare with: a path, a pattern, `path@revision` or a URL.")
    ],
    current: Annotated[str, typer.Argument(help="The data to test, named likewise.")],
    contract: Annotated[
        Path | None, typer.Option(help="Contract of both: which columns are text, and whose values are not shown.")
    ] = None,
    engine: Annotated[str, typer.Option(help="What reads the data, as in sluice.yaml.")] = "duckdb",
    alpha: Annotated[float, typer.Option(help="Greatest adjusted p-value that still counts as evidence.")] = 0.01,
    min_rows: Annotated[int, typer.Option(help="Fewer rows than this on either side are inconclusive.")] = 100,
    psi: Annotated[float | None, typer.Option(help="Limit of the population stability index; 0.1 if none.")] = None,
    jensen_shannon: Annotated[float | None, typer.Option(help="Limit of the Jensen–Shannon distance.")] = None,
    wasserstein: Annotated[float | None, typer.Option(help="Limit of the Wasserstein distance, in SDs.")] = None,
    cramers_v: Annotated[float | None, typer.Option(help="Limit of Cramér's V.")] = None,
    ks: Annotated[float | None, typer.Option(help="Limit of the Kolmogorov–Smirnov statistic.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="Column to test, or a glob; else all.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Column to leave out, or a glob.")] = None,
    correction: Annotated[Correction, typer.Option(help="Adjustment for many columns.")] = "benjamini-hochberg",
    classifier: Annotated[
        bool, typer.Option("--classifier", help="Also let a classifier try to tell the two sets apart.")
    ] = False,
    json: Json = False,
) -> None:
    """Run the drift tests alone."""
    from sluice.domain.drift_limits import Drift
    from sluice.entry.drifting import drift as compare

    spec = Drift(
        alpha=alpha, min_rows=min_rows, correction=correction, classifier=classifier, psi=psi, ks=ks,
        jensen_shannon=jensen_shannon, wasserstein=wasserstein, cramers_v=cramers_v,
        columns=tuple(column or ()), ignore=tuple(ignore or ()),
    )  # fmt: skip
    raise typer.Exit(compare(reference, current, spec, contract=contract, engine=engine, as_json=json))


@app.command()
def evaluate(
    predictions: Annotated[Path, typer.Argument(help="Predictions file (Parquet, CSV or JSON lines).")],
    task: Annotated[
        Literal["classification", "regression", "forecasting", "ranking", "events"],
        typer.Option(help="What the model does."),
    ],
    baseline: Annotated[Path | None, typer.Option(help="Predictions of the baseline.")] = None,
    target: Annotated[str, typer.Option(help="Column of the true value.")] = "y_true",
    score: Annotated[
        str | None, typer.Option(help="Column of the score: of the positive class, or that rows are ranked by.")
    ] = None,
    prediction: Annotated[str | None, typer.Option(help="Column of the predicted class or value.")] = None,
    probability: Annotated[
        list[str] | None, typer.Option(help="`CLASS=COLUMN`: column of a class's probability, once for each class.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Column that names a row.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of row weights.")] = None,
    group: Annotated[
        str | None, typer.Option(help="Column whose rows of one value belong together; for events, the series.")
    ] = None,
    query: Annotated[str | None, typer.Option(help="Column of the list that a ranked row belongs to.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of the row's time, for events.")] = None,
    low: Annotated[str | None, typer.Option(help="Column of the lower end of a predicted interval.")] = None,
    high: Annotated[str | None, typer.Option(help="Column of its upper end.")] = None,
    naive: Annotated[str | None, typer.Option(help="Column of a naive forecast.")] = None,
    slice_: Annotated[list[str] | None, typer.Option("--slice", help="Column to slice by.")] = None,
    threshold: Annotated[float, typer.Option(help="Score from which a row counts as positive.")] = 0.5,
    metric: Annotated[
        list[str] | None, typer.Option(help="Metric to measure besides the usual ones, such as `fbeta@2`; repeatable.")
    ] = None,
    rows_in_memory: Annotated[
        int | None,
        typer.Option(min=1, help="Read files of more rows part by part, for metrics that add up; usually 20 million."),
    ] = None,
    json: Json = False,
) -> None:
    """Compute metrics with intervals, and compare with a baseline."""
    from sluice.domain.config import Columns, Evaluation
    from sluice.entry.alone import class_columns
    from sluice.entry.alone import evaluate as measure

    spec = Evaluation(
        task=task, predictions=str(predictions), threshold=threshold, slices=tuple(slice_ or ()),
        report=tuple(dict.fromkeys(metric or ())),
        columns=Columns(
            target=target, score=score, prediction=prediction, probabilities=class_columns(tuple(probability or ())),
            key=key, weight=weight, group=group, query=query, time=time, low=low, high=high, naive=naive,
        ),
    )  # fmt: skip
    raise typer.Exit(measure(predictions, baseline, spec, as_json=json, rows_in_memory=rows_in_memory))


@app.command()
def gate(
    evidence: Annotated[Path | None, typer.Argument(help="Folder that `sluice run` wrote.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A sluice.yaml to decide with, in place of the base's.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each gate what was measured, the rule, and what would open it.")
    ] = False,
    replay: Annotated[
        int | None,
        typer.Option(
            min=1, max=1000, help="Show what `--policy` would have made of the last N pull requests; decides nothing."
        ),
    ] = None,
    evidence_root: Annotated[
        Path | None,
        typer.Option(help="With `--replay`: folder of evidence folders; else the runs at MLFLOW_TRACKING_URI."),
    ] = None,
    json: Json = False,
) -> None:
    """Make the decision alone: what `publish` would decide."""
    from sluice.entry import deciding

    deciding.require_one_use(evidence, replay, evidence_root, explain=explain)
    if evidence is not None:
        raise typer.Exit(deciding.gate(evidence, policy, explained=explain, as_json=json))
    from sluice.entry.replaying import replay as show

    raise typer.Exit(show(replay or 1, policy, evidence_root, as_json=json))


@app.command()
def report(
    evidence: EvidenceFolder,
    policy: Annotated[Path | None, typer.Option(help="A sluice.yaml to decide with, in place of the base's.")] = None,
    format_: Annotated[Report, typer.Option("--format", help="Format of the report.")] = "markdown",
) -> None:
    """Print the report alone."""
    from sluice.entry.deciding import report as show

    raise typer.Exit(show(evidence, policy, format_))


@app.command()
def doctor(
    root: Annotated[Path, typer.Argument(help="The repository.")] = Path(),
    json: Json = False,
) -> None:
    """Check the repository's set-up, and say how to mend it."""
    from sluice.entry.setup import doctor as examine

    telling.hush_retries()
    raise typer.Exit(examine(root, as_json=json))


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code. An error is one sentence on stderr, a traceback only after ``--debug``."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = _asked(given)(given, prog_name="sluice", standalone_mode=False)
        return int(code or 0)
    except Exception as error:
        return ended(error, given)


def _asked(given: list[str]) -> typer.Typer:
    """The one command that is asked for, if it is one: making those of all takes a tenth of what a short one takes."""
    asked = next((one for one in given if not one.startswith("-")), "")
    commands = [one for one in app.registered_commands if one.callback and one.callback.__name__ == asked]
    groups = [one for one in app.registered_groups if one.name == asked]
    if not commands and not groups:
        return app
    alone = copy(app)
    alone.registered_commands, alone.registered_groups = commands, groups
    return alone
