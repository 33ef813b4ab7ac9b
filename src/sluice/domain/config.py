"""``sluice.yaml`` as frozen records; ``domain.rules`` has what crosses their fields.

The shapes here are the file's own: ``adapters/decode`` reads YAML into them, the JSON Schema
for editors and the configuration reference are generated from them. Every field's ``doc``
is the sentence that people read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sluice.domain.drift_limits import Drift, Severity, doc
from sluice.domain.gates import Gate
from sluice.domain.probes import Importance, Serving

Task = Literal["classification", "regression", "forecasting", "ranking", "events"]
Takes = Literal["score", "prediction", "probabilities", "low", "high", "naive", "query", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What data is compared with: exactly one of these."""

    ref: Literal["base"] | None = doc("`base`: the same source at the base commit.", default=None)
    path: str | None = doc("Other data, named as a `source` is.", default=None)
    model: str | None = doc(
        "A model of MLflow's registry, named as in `evaluation.baseline`: the data it was trained on.", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """One table of data that the model depends on."""

    source: str = doc(
        "The data: a path from the root (Parquet, CSV, JSON lines or Arrow; a file, a folder or a glob; in git or "
        "tracked by DVC, where `path@revision` names another revision), an object store's URL, or a database's URL."
    )
    contract: str = doc("Path of the Open Data Contract Standard v3 file that the data must keep.")
    reference: Reference | None = doc("What the data is compared with.", default=None)
    drift: Drift | None = doc("Tests of every column against the reference. Needs `reference`.", default=None)
    compatibility: Literal["none", "backward", "forward", "full"] = doc(
        "Which changes of the contract close the gate, in the terms of schema registries: `backward`, where consumers "
        "of the new contract may be unable to read data of the old one; `forward`, where consumers of the old one may "
        "be unable to read data of the new one; `full`, where either may.",
        default="none",
    )
    engine: str = doc("What reads the data: `duckdb`, `spark`, or the URL of an ibis backend.", default="duckdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How the model is made, and what it is made of."""

    run: str = doc("The command that trains; run by `bash` at the repository's root, without any token.")
    inputs: tuple[str, ...] = doc(
        "What the model depends on: paths, folders or globs. Nothing of these changed: nothing is trained."
    )
    runs_on: tuple[str, ...] = doc("Labels of the runner that trains. Read from the base.", default=("ubuntu-latest",))
    timeout_minutes: float = doc("Wall time after which the command and all its children are ended.", default=360.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a predictions file."""

    target: str = doc("Column of the true value.", default="y_true")
    score: str | None = doc("Column of the score or probability of the positive class.", default=None)
    prediction: str | None = doc("Column of the predicted class or value.", default=None)
    key: str | None = doc("Column that names a row: joins candidate and baseline on the same rows.", default=None)
    weight: str | None = doc("Column of row weights.", default=None)
    group: str | None = doc(
        "Column whose rows of one value are not independent (a patient, a user): intervals take them together. "
        "For events: the series that a row belongs to.",
        default=None,
    )
    probabilities: Mapping[str, str] = doc(
        "Where there are more than two classes: the column of each class's probability, by the class.",
        default_factory=dict[str, str],
    )
    query: str | None = doc("For ranking: column that says which list a row belongs to.", default=None)
    time: str | None = doc("For events: column of the row's time, times or numbers of seconds.", default=None)
    low: str | None = doc("Column of the lower end of a forecast's interval.", default=None)
    high: str | None = doc("Column of the upper end of a forecast's interval.", default=None)
    naive: str | None = doc(
        "Column of a naive forecast, such as the season before: MASE compares with it.", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the candidate is compared with: exactly one of `ref` and `model`. Read from the base."""

    ref: Literal["base"] | None = doc("`base`: the metrics and predictions of the base commit.", default=None)
    model: str | None = doc(
        "A model of MLflow's registry, as `name@alias`, `name/version`, or the alias alone where one model has it: its "
        "recorded predictions for the rows of `evaluation.features`, or what it says of each of them when "
        "it is loaded and asked.",
        default=None,
    )
    rerun: bool = doc(
        "Train the base again beside the candidate, in a work tree of its own, in place of reading its stored results.",
        default=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A report of the model's own tests, as JUnit XML; written as its path alone where nothing else is said."""

    path: str = doc("Path of the report that the training command writes. Read from the head.")
    name: str = doc("The gate is `tests.NAME`; without it, the file's name without its ending.", default="")
    max_skipped: int = doc("More skipped tests than this are inconclusive.", default=0)
    severity: Severity = doc("`fail` closes the gate; `warn` only says so.", default="fail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A metric that a Python function of the repository computes. Read from the base; its code is the head's."""

    call: str = doc(
        "`package.module:function`, found from the repository's root. It gets the true values, what `needs` names, and "
        "`sample_weight=` where `columns.weight` is named, as NumPy arrays, and returns one number."
    )
    direction: Literal["higher", "lower"] = doc("Whether `higher` or `lower` is better.")
    low: float | None = doc("The least value that it can have.", default=None)
    high: float | None = doc("The greatest value that it can have.", default=None)
    unit: str = doc("The unit of its value.", default="")
    needs: tuple[Takes, ...] = doc(
        "Columns that it takes, by their names in `columns`; several come as one array with a column for each. "
        "Without it, the score where one is named, else the prediction.",
        default=(),
    )
    timeout_s: float = doc("Wall time for all its calls together, in seconds.", default=120.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowMetrics:
    """Metrics that training logged to MLflow: those of the run that has this training's fingerprint.

    Exactly one of `experiment` and `run_file`.
    """

    experiment: str | None = doc(
        "Name of the experiment that training logs to: its newest run with the tag `sluice.fingerprint`, which MLflow "
        "gives by itself to runs that training starts.",
        default=None,
    )
    run_file: str | None = doc("Path of a file into which training writes the id of its run.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Where the model's results are, and what they are compared with."""

    task: Task = doc("What the model does: `classification`, `regression`, `forecasting`, `ranking` or `events`.")
    predictions: str | None = doc("Path of the predictions that the training command writes.", default=None)
    metrics: str | tuple[str, ...] | None = doc(
        "Path of a metric file (JSON, YAML or TOML, as DVC has them), a list of several, or `dvc`: those that the "
        "root's `dvc.yaml` names.",
        default=None,
    )
    mlflow: MlflowMetrics | None = doc(
        "Metrics of the run that training logged to MLflow, at the server that MLFLOW_TRACKING_URI names.", default=None
    )
    columns: Columns = doc("Columns of the predictions file.", default_factory=Columns)
    features: str | None = doc(
        "Path of a table with what the model takes: a row for each of the predictions, joined by `columns.key`, or in "
        "their order where there is none. It is what `importance` shuffles, by the key. For `baseline.model` one file "
        "(Parquet, CSV or JSON lines) that holds the target and the other columns of `columns` that no model predicts, "
        "too.",
        default=None,
    )
    threshold: float = doc("Score from which a row counts as positive.", default=0.5)
    report: tuple[str, ...] = doc(
        "Metrics to measure besides the usual ones and those that gates name, such as `fbeta@2`.", default=()
    )
    slices: tuple[str, ...] = doc("Columns whose every value is evaluated by itself.", default=())
    model: str | None = doc(
        "Path of the model that training writes, a file or a folder: looked at before anything loads it, and never "
        "loaded for that. It is the gate `model`, and its size the metric `model_size_bytes`.",
        default=None,
    )
    model_modules: tuple[str, ...] = doc(
        "What a pickle of the model may name besides scikit-learn, NumPy and torch's tensors: `package.module`, "
        "`package.*`, or one global as `package.module:Name`. Read from the base alone.",
        default=(),
    )
    functions: Mapping[str, Function] = doc(
        "Metrics of your own, by name: functions of the repository, called on the predictions. Read from the base.",
        default_factory=dict[str, Function],
    )
    directions: Mapping[str, Literal["higher", "lower"]] = doc(
        "Metrics of metric files and of MLflow, by name, of which `higher` or `lower` is better, where Sluice does not "
        "know it: they can be compared with the baseline's then. Read from the base.",
        default_factory=dict[str, Literal["higher", "lower"]],
    )
    tests: tuple[str | Suite, ...] = doc(
        "Reports of the model's own tests, as JUnit XML: a path each, or what is below. Each is a gate.", default=()
    )
    serving: Serving | None = doc("What is served to measure latency, throughput and memory.", default=None)
    importance: Importance | None = doc("How much each feature matters to the model.", default=None)
    code: Literal["head", "base"] = doc(
        "Whose code evaluates. `head`: the pull request's own, so that it measures itself. `base`: `run`, with the "
        "base's code and test data, on the head's `model`; all of this section is the base's then. Read from the base.",
        default="head",
    )
    run: str | None = doc(
        "The command that evaluates, where training does not: run by `bash` at the root, after training, with the path "
        "of `model` in `SLUICE_MODEL` and within `training.timeout_minutes`; it writes the results that this section "
        "names. With `code: base`, the root is that of a clean checkout of the base, where the model lies at its path.",
        default=None,
    )
    baseline: Baseline | None = doc("What the candidate is compared with.", default=None)
    drift: Drift | None = doc(
        "Tests of the score, the prediction and the true value against the baseline's. Needs `baseline`.", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole of ``sluice.yaml``."""

    version: Literal[1] = doc("Version of this file's shape: 1.")
    data: Mapping[str, DataSource] = doc("The data to validate, by name.", default_factory=dict)
    training: Training | None = doc("How the model is trained.", default=None)
    evaluation: Evaluation | None = doc("How the model is evaluated.", default=None)
    gates: tuple[Gate, ...] = doc("What must hold before a pull request may be merged.", default=())


# Keys of later versions: refused by name, since a demand that is silently not measured would be an open gate.
RESERVED: Mapping[str, str] = {
    "canary": "progressive delivery",
    "commands": "slash commands",
    "training.budget": "cost limits",
    "training.checkpoints": "checkpoint hand-over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A decoded file: its value, its digest, and the line (from 1) of every key path (``gates[0].min``)."""

    value: Config
    sha256: str
    path: str = "sluice.yaml"
    lines: Mapping[str, int] = field(default_factory=dict[str, int])
