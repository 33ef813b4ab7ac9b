"""The sections `serving` and `importance` of `evaluation`: what is asked of the model itself, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.drift_limits import doc


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served to measure its cost: exactly one of `model`, `call`, `command` and `url`; then the load.

    What is served, and the rows, are read from the head; how many requests there are, how long they may take and what
    the machine costs, from the base, where it has this section. One client sends one request after the other.
    """

    model: str | None = doc("An MLflow pyfunc model's folder: `evaluation.model`, or in it.", default=None)
    call: str | None = doc(
        "`package.module:function`, found from the repository's root: it takes a list of rows (dicts) and returns one "
        "prediction for each.",
        default=None,
    )
    command: str | None = doc(
        "A program, run by `bash` at the root: it reads a JSON list of rows from each line of its input, and writes "
        "one line of JSON for each: a list with one prediction a row, or an object that has it as `predictions`.",
        default=None,
    )
    url: str | None = doc(
        'An HTTP endpoint of this machine: it gets `{"dataframe_records": [row, …]}` by POST, as MLflow\'s own server '
        "takes it, and answers as `command` does.",
        default=None,
    )
    start: str | None = doc(
        "The command that serves `url`; it and all that it started are ended afterwards. Without it, the endpoint's "
        "memory is not known.",
        default=None,
    )
    inputs: str = doc("Path of a table whose rows are sent, in turn: at most its first 10,000.")
    batch_rows: int = doc("Rows in each request.", default=1)
    warmup: int = doc("Requests that are sent first and not measured.", default=20)
    requests: int = doc("Requests that are measured, every one of them.", default=500)
    timeout_s: float = doc("A request that takes longer has failed, in seconds.", default=10.0)
    start_timeout_s: float = doc("How long the first request may take, or be tried, while all loads.", default=120.0)
    total_timeout_s: float = doc(
        "How long everything may take together, in seconds; of candidate and baseline each.", default=900.0
    )
    price_per_hour: float | None = doc(
        "What an hour of the machine costs that serves. It makes `price_per_million_rows` of the throughput.",
        default=None,
    )
    currency: str = doc("The currency of `price_per_hour`, such as `EUR`.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """How much each feature matters: what a metric loses where its values are shuffled over the rows of a sample.

    Exactly one of `model` and `call` says what is asked, and is read from the head; how much it is asked, from the
    base, where it has this section. Needs `evaluation.features` and `columns.key`. No gate is judged by it.
    """

    model: str | None = doc("An MLflow pyfunc model's folder: `evaluation.model`, or in it.", default=None)
    call: str | None = doc(
        "`package.module:function`, found from the repository's root: it takes a list of rows (dicts) and returns one "
        "prediction for each. The baseline's importance is not measured then.",
        default=None,
    )
    metric: str | None = doc(
        "The metric that is lost. Without it, `roc_auc` of a score, `log_loss_multiclass` of probabilities, `accuracy` "
        "of classes, `rmse` of values.",
        default=None,
    )
    columns: tuple[str, ...] = doc(
        "Features to shuffle, as names or globs; all where this is left out, 100 at most.", default=()
    )
    rows: int = doc("Rows of the sample, drawn by the fingerprint.", default=1000)
    repeats: int = doc("How often each feature is shuffled.", default=5)
    shap: bool = doc(
        "Also tell mean absolute SHAP values, where training's Python has `shap` and the model is a tree's or linear.",
        default=False,
    )
    timeout_s: float = doc("How long everything may take for one model, in seconds.", default=600.0)
