"""``sluice.yaml``: what is read, and the one sentence for what is wrong."""

from __future__ import annotations

import hashlib
import textwrap

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.config import load_config
from sluice.adapters.decode.shapes import encode
from sluice.domain.config import Baseline, Columns, DataSource, Evaluation, Loaded, Reference, Training
from sluice.domain.drift_limits import Drift
from sluice.domain.errors import EXIT_USAGE, ConfigError
from sluice.domain.gates import Gate

WHOLE = textwrap.dedent("""\
    version: 1
    data:
      train: {source: data/train.parquet, contract: contracts/train.odcs.yaml}
    training:
      run: dvc repro train
      inputs: [data, src/train/**, params.yaml]
      runs_on: [self-hosted, linux, gpu]
      timeout_minutes: 720
    evaluation:
      task: classification
      predictions: reports/predictions.parquet
      columns: {target: y_true, score: y_score}
      slices: [region]
      baseline: {ref: base}
    gates:
      - {metric: roc_auc, min: 0.80}
      - {metric: roc_auc, max_drop: 0.005}
      - {metric: recall, per_slice: region, max_gap: 0.10, severity: warn}
    """)


def error_of(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_config(text.encode())
    assert caught.value.exit_code == EXIT_USAGE
    return caught.value


def attempt(data: bytes) -> Loaded | ConfigError:
    try:
        return load_config(data)
    except ConfigError as error:
        return error


def test_the_whole_file() -> None:
    loaded = load_config(WHOLE.encode(), path="here/sluice.yaml")
    config = loaded.value
    assert config.data == {"train": DataSource(source="data/train.parquet", contract="contracts/train.odcs.yaml")}
    assert config.training == Training(
        run="dvc repro train",
        inputs=("data", "src/train/**", "params.yaml"),
        runs_on=("self-hosted", "linux", "gpu"),
        timeout_minutes=720.0,
    )
    assert config.evaluation == Evaluation(
        task="classification",
        predictions="reports/predictions.parquet",
        columns=Columns(target="y_true", score="y_score"),
        slices=("region",),
        baseline=Baseline(ref="base"),
    )
    assert config.gates == (
        Gate(metric="roc_auc", min=0.8),
        Gate(metric="roc_auc", max_drop=0.005),
        Gate(metric="recall", per_slice="region", max_gap=0.1, severity="warn"),
    )
    assert loaded.sha256 == hashlib.sha256(WHOLE.encode()).hexdigest()
    assert loaded.path == "here/sluice.yaml"
    assert loaded.lines["gates[2].max_gap"] == 18
    assert loaded.lines["training.runs_on[1]"] == 7


def test_reference_drift_compatibility_and_engine() -> None:
    stated = (
        "t.yaml, reference: {model: models:/churn@champion}, compatibility: backward, engine: spark, "
        "drift: {psi: 0.2, ks: 0.1, columns: [a, 'b*'], ignore: [c], classifier: true, severity: warn}}"
    )
    text = WHOLE.replace("train.odcs.yaml}", stated).replace("{ref: base}", "{ref: base}\n  drift: {min_rows: 500}")
    config = load_config(text.encode()).value
    assert config.data["train"] == DataSource(
        source="data/train.parquet",
        contract="contracts/t.yaml",
        reference=Reference(model="models:/churn@champion"),
        drift=Drift(psi=0.2, ks=0.1, columns=("a", "b*"), ignore=("c",), classifier=True, severity="warn"),
        compatibility="backward",
        engine="spark",
    )
    assert config.evaluation is not None
    assert config.evaluation.drift == Drift(min_rows=500)


@pytest.mark.parametrize(
    "source",
    ["s3://bucket/train/*.parquet", "postgres://reader@db/shop?table=orders", "data/train.csv@v1.2", "d/*.csv"],
)
def test_data_elsewhere(source: str) -> None:
    config = load_config(WHOLE.replace("data/train.parquet", f"'{source}'").encode()).value
    assert config.data["train"].source == source


def test_encoded_and_read_again_it_is_the_same() -> None:
    config = load_config(WHOLE.encode()).value
    assert load_config(yaml.safe_dump(encode(config)).encode()).value == config


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("min: 0.80", "minn: 0.80", "sluice.yaml:16: gates[0].minn: unknown key; did you mean `min`?"),
        ("run: dvc", "rnu: dvc", "sluice.yaml:5: training.rnu: unknown key; did you mean `run`?"),
        ("training:", "trainning:", "sluice.yaml:4: trainning: unknown key; did you mean `training`?"),
        (
            "min: 0.80",
            "min: '0.80'",
            'sluice.yaml:16: gates[0].min: must be a number, not the text "0.80"; write it as a number, without quotes',
        ),
        ("min: 0.80", "min: .nan", "sluice.yaml:16: gates[0].min: `.nan` is not a finite number"),
        ("min: 0.80", "min: true", "sluice.yaml:16: gates[0].min: must be a number, not `true`"),
        ("min: 0.80", "min: 0.8, min: 0.1", "sluice.yaml:16: gates[0].min: is stated twice"),
        ("severity: warn", "severity: wran", "sluice.yaml:18: gates[2].severity: must be `fail` or `warn`"),
        ("ref: base}\ngates", "ref: main}\ngates", "sluice.yaml:14: evaluation.baseline.ref: must be `base`"),
        ("version: 1", "version: 2", "sluice.yaml:1: version: must be `1`, not the number 2"),
        ("version: 1\n", "", "sluice.yaml:1: lacks the key `version`"),
        ("train.odcs.yaml}", "t.yaml, drift: {}}", "sluice.yaml:3: data.train.drift: needs `reference`"),
        ("train.odcs.yaml}", "t.yaml, reference: {}}", "sluice.yaml:3: data.train.reference: needs exactly one of"),
        (
            "train.odcs.yaml}",
            "t.yaml, reference: {ref: base, path: d.csv}}",
            "sluice.yaml:3: data.train.reference: needs",
        ),
        (
            "train.odcs.yaml}",
            "t.yaml, reference: {model: a/b}}",
            "sluice.yaml:3: data.train.reference.model: names no",
        ),
        ("train.odcs.yaml}", "t.yaml, reference: {path: ../d}}", "sluice.yaml:3: data.train.reference.path: must not"),
        *(
            (
                "train.odcs.yaml}",
                f"t.yaml, reference: {{ref: base}}, drift: {{{drift}}}}}",
                f"sluice.yaml:3: data.train.drift.{says}",
            )
            for drift, says in (
                ("alpha: 0", "alpha: must lie between 0 and 1"),
                ("alpha: 1", "alpha: must lie between 0 and 1"),
                ("alpha: .nan", "alpha: `.nan` is not a finite number"),
                ("min_rows: 0", "min_rows: must be at least 1"),
                ("psi: -0.1", "psi: must not be negative"),
                ("ks: 1", "ks: must be below 1"),
                ("columns: ['']", "columns: holds an empty text"),
                ("ignore: [a, ' ']", "ignore: holds an empty text"),
                ("correction: none", "correction: must be `benjamini-hochberg` or `bonferroni`"),
                ("severity: info", "severity: must be `fail` or `warn`"),
            )
        ),
        (
            "train.odcs.yaml}",
            "t.yaml, compatibility: all}",
            "sluice.yaml:3: data.train.compatibility: must be `none` or",
        ),
        ("train.odcs.yaml}", "t.yaml, engine: polars}", "sluice.yaml:3: data.train.engine: must be `duckdb`, `spark`"),
        ("train.odcs.yaml}", "t.yaml, engine: 'spark://u:p@h'}", "sluice.yaml:3: data.train.engine: holds a password"),
        (
            "slices: [region]\n  baseline: {ref: base}\n",
            "slices: [region]\n  drift: {}\n",
            "sluice.yaml:14: evaluation.drift: needs `evaluation.baseline`",
        ),
        ("  timeout", "  budget: {}\n  timeout", "sluice.yaml:8: training.budget: is reserved for cost limits"),
        *(
            ("baseline: {ref: base}", baseline, f"sluice.yaml:14: evaluation.{says}")
            for baseline, says in (
                ("baseline: {}", "baseline: needs exactly one of `ref` and `model`"),
                ("baseline: {ref: base, model: a@b}", "baseline: needs exactly one of `ref` and `model`"),
                ("baseline: {model: a/b}", "baseline.model: names no model: write `name@alias`"),
                ("baseline: {model: churn@champion}", "baseline.model: needs `evaluation.features`"),
            )
        ),
        *(
            (
                "slices: [region]\n",
                f"slices: [region]\n  report: {report}\n",
                f"sluice.yaml:14: evaluation.report{says}",
            )
            for report, says in (
                ("[brier, fbeta]", "[1]: `fbeta` is no metric that Sluice measures: it needs a number, such as"),
                ("[roc_acu]", "[0]: `roc_acu` is no metric that Sluice measures; did you mean `roc_auc` or"),
                ("[fbeta@-1]", "[0]: `fbeta@-1` needs a number from 0.01 to 100 after the `@`"),
                ("brier", ": must be a list"),
            )
        ),
        ("slices: [region]\n", "slices: []\n", "sluice.yaml:18: gates[2].per_slice: `region` is not among"),
        ("max_drop: 0.005", "max_drop: -1", "sluice.yaml:17: gates[1].max_drop: must not be negative"),
        ("max_drop: 0.005", "min: 0.9", "sluice.yaml:17: gates[1].min: `roc_auc.min` is stated twice"),
        (", min: 0.80", "", "sluice.yaml:16: gates[0]: states no limit"),
        ("inputs: [data, ", "inputs: [../data, ", "sluice.yaml:6: training.inputs[0]: must not lead out"),
        ("inputs: [data, ", "inputs: [data, '!../x', ", "sluice.yaml:6: training.inputs[1]: must not lead out"),
        ("inputs: [data, ", "inputs: [data, '!/x', ", "sluice.yaml:6: training.inputs[1]: must be a path from"),
        ("inputs: [data, ", "inputs: [data, '!', ", "sluice.yaml:6: training.inputs[1]: is empty"),
        ("src/train/**", "'src/*.{py,yaml}'", "sluice.yaml:6: training.inputs[1]: holds `{py,yaml}`, which is not"),
        ("[data, src/train/**, params.yaml]", "['!docs']", "sluice.yaml:6: training.inputs: names nothing"),
        ("source: data/train", "source: /data/train", "sluice.yaml:3: data.train.source: must be a path from"),
        ("source: data/train", "source: file:///data/train", "sluice.yaml:3: data.train.source: must be a path from"),
        ("source: data/train", "source: s3://k:s@data/train", "sluice.yaml:3: data.train.source: holds a password"),
        ("source: data/train.parquet", "source: 's3://a b'", "sluice.yaml:3: data.train.source: is not a URL"),
        ("source: data/train", "source: C:/train", "sluice.yaml:3: data.train.source: must be a path from"),
        ("contract: contracts/", "contract: c\\d", "sluice.yaml:3: data.train.contract: must be a path from"),
        ("contract: contracts/", "contract: a/../../", "sluice.yaml:3: data.train.contract: must not lead out"),
        ("source: data/train.parquet", "source: ''", "sluice.yaml:3: data.train.source: is empty"),
        (
            "train.odcs.yaml}",
            "t.yaml, reference: r}",
            "sluice.yaml:3: data.train.reference: must be a mapping",
        ),
        ("predictions: reports/", 'predictions: "a\\tb"', "sluice.yaml:11"),
    ],
)
def test_one_sentence_with_line_and_key(old: str, new: str, sentence: str) -> None:
    assert WHOLE.count(old) == 1
    error = error_of(WHOLE.replace(old, new))
    assert error.sentence.startswith(sentence)
    assert error.line == int(sentence.split(":")[1])


def test_the_first_by_line_is_told_and_the_others_counted() -> None:
    text = (
        WHOLE.replace("severity: warn", "severity: x").replace("run: dvc", "rnu: dvc").replace("min: 0.8", "mim: 0.8")
    )
    assert error_of(text).sentence == (
        "sluice.yaml:5: training.rnu: unknown key (and 2 more problems in this file); did you mean `run`?"
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_no_policy(text: str) -> None:
    assert error_of(text).sentence == "sluice.yaml:1: is empty; begin with `version: 1`"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- 1\n", "must be a mapping, not a list"),
        ("version\n", "must be a mapping"),
        ("canary: {}\n", "is reserved for"),
    ],
)
def test_other_documents(text: str, says: str) -> None:
    assert says in error_of(text).sentence


def test_the_smallest_policy() -> None:
    config = load_config(b"version: 1\n").value
    assert (config.data, config.training, config.evaluation, config.gates) == ({}, None, None, ())


@given(
    st.integers(0, len(WHOLE) - 1),
    st.text(alphabet="{}[]:,&*!|>'\"-#? \n0.~az\0\ufeff\U0001f600", max_size=4),
    st.integers(0, 9),
)
@settings(deadline=None, max_examples=400)
def test_a_damaged_file_is_read_or_refused_with_its_line(at: int, inserted: str, dropped: int) -> None:
    text = WHOLE[:at] + inserted + WHOLE[at + dropped :]
    found = attempt(text.encode())
    if isinstance(found, ConfigError):
        assert found.where.startswith("sluice.yaml:")
        assert 1 <= found.line <= text.count("\n") + 1
        assert "\n" not in found.sentence
    else:
        assert found.value.version == 1
