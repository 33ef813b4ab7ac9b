"""Write docs/reference/ from the code and action.yml; with --check, only say what is stale.

A page says at its head that it is made; nothing in it is written by hand.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer.main
import yaml

from sluice.adapters.decode.config import config_schema
from sluice.adapters.predictions import MAX_ROWS
from sluice.checks import CHECKS
from sluice.core import limits, training_gates
from sluice.core.limits import choices as choosing
from sluice.core.limits import families as adjusting
from sluice.core.limits.finding import CODES
from sluice.core.summing import adds_up
from sluice.domain import config, margin
from sluice.domain.drift_limits import Drift
from sluice.domain.gates import Demand, Gate
from sluice.domain.metric import LEVEL, MIN_ROWS, MIN_TRIALS
from sluice.domain.probes import Importance, Serving
from sluice.drift import METHODS
from sluice.entry.cli import app
from sluice.metrics import FAMILIES, METRICS
from sluice.metrics.serving import SERVING

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
HEAD = "<!-- Made by tools/reference.py; edit the code, then run `make reference`. -->\n\n"


# -- configuration --------------------------------------------------------------------------


def configuration() -> str:
    """Every key of sluice.yaml, section by section."""
    lines = [
        "# Configuration: sluice.yaml\n\n",
        "The file lies at the root of the repository. It is read strictly: an unknown, misspelt or duplicate key, "
        "a value of another type, NaN or infinity is an error with its line and key. "
        "[The JSON Schema](sluice.schema.json) gives completion in editors:\n\n",
        "```yaml\n# yaml-language-server: $schema=https://…/sluice.schema.json\n```\n",
    ]
    for title, kind, where in _sections():
        lines.append(f"\n## {title}\n\n{(inspect.getdoc(kind) or '').replace('``', '`')}\n\n{where}\n\n")
        lines += [_header("key", "type", "default", "what it is"), *_rows(kind)]
    lines.append("\n## Reserved keys\n\nRefused by name in this version: what they ask for is not measured yet.\n\n")
    lines += [f"- `{key}`: {what}\n" for key, what in config.RESERVED.items()]
    return "".join(lines)


def _sections() -> Iterator[tuple[str, type, str]]:
    yield "The whole file", config.Config, "At the top of the file."
    yield (
        "data.NAME",
        config.DataSource,
        "One entry for each table, under a name of your own. `source` is read from the head; everything else from the "
        "base, where the base knows the data.",
    )
    yield "data.NAME.reference", config.Reference, "Data of the repository is read as the base has it."
    yield "data.NAME.drift", Drift, "Also under `evaluation.drift`. Every test is in [Drift](drift.md)."
    yield "training", config.Training, "`run` and `inputs` are read from the head, the rest from the base."
    yield "evaluation", config.Evaluation, "Read from the head: it says where results are."
    yield "evaluation.columns", config.Columns, "The columns of the predictions file."
    yield (
        "evaluation.serving",
        Serving,
        "[Limit what serving costs](../howto/limit-what-serving-costs.md) has examples.",
    )
    yield (
        "evaluation.importance",
        Importance,
        "[See what a model relies on](../howto/see-what-a-model-relies-on.md) has examples.",
    )
    yield "evaluation.baseline", config.Baseline, "Read from the head."
    yield "evaluation.mlflow", config.MlflowMetrics, "Read from the head. [How to](../howto/gate-your-own-metrics.md)."
    yield (
        "evaluation.functions.NAME",
        config.Function,
        "One entry for each metric, under a name of your own. [How to](../howto/gate-your-own-metrics.md).",
    )
    yield (
        "evaluation.tests",
        config.Suite,
        "A list; `path` is read from the head, the rest from the base. [How to](../howto/gate-your-own-metrics.md).",
    )
    yield "gates", Gate, "A list, read from the base: a pull request cannot loosen its own gate."
    yield "gates.any_of and gates.all_of", Demand, "The entries of these lists, written as a gate is."


def _rows(kind: type) -> Iterator[str]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        missing = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        default = "required" if missing else _default(field)
        said = field.metadata.get("doc", "").replace("|", "\\|")
        yield f"| `{field.name}` | {_type(hints[field.name])} | {default} | {said} |\n"


def _default(field: dataclasses.Field[Any]) -> str:
    value = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    if value is None or value in ((), {}, ""):
        return "none"
    if dataclasses.is_dataclass(value):
        return "its defaults"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def _type(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(said for said in map(_type, arguments) if said)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"mapping of {_type(arguments[1])}"
    return "" if hint is type(None) else _PLAIN.get(hint) or f"`{hint.__name__.lower()}`"


# -- the Action -----------------------------------------------------------------------------


def action() -> str:
    """Inputs and outputs of action.yml."""
    shape = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    lines = [
        f"# The Action\n\n{shape['description']}\n\n## Inputs\n\n| input | default | what it is |\n|:--|:--|:--|\n"
    ]
    for name, entry in shape["inputs"].items():
        default = str(entry.get("default", ""))
        lines.append(f"| `{name}` | {f'`{default}`' if default else 'none'} | {_flat(entry['description'])} |\n")
    lines += ["\n## Outputs\n\n", _header("output", "what it is")]
    lines += [f"| `{name}` | {_flat(entry['description'])} |\n" for name, entry in shape["outputs"].items()]
    lines += ["\n## Exit codes\n\n", _header("code", "when")]
    lines += [f"| {code} | {when} |\n" for code, when in EXIT_CODES.items()]
    return "".join(lines)


EXIT_CODES = {
    0: "the gate is open, or there was nothing to decide",
    1: "the gate is closed",
    2: "a wrong use: an option, an input, a configuration",
    3: "something outside failed: GitHub, a registry, the network",
    70: "a bug in Sluice",
}


def _header(*columns: str) -> str:
    return "| " + " | ".join(columns) + " |\n" + "|:--" * len(columns) + "|\n"


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


# -- the command line -----------------------------------------------------------------------


def command_line() -> str:
    """Every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("sluice", [], resilient_parsing=True)
    lines = [
        "# The command line\n\n"
        "Results go to stdout: a table, a report, a list of findings. Progress and sentences go to stderr. "
        "An error is one sentence there: what, where, what to do; `sluice --debug COMMAND` shows its traceback.\n\n"
        "With `--json`, stdout holds exactly one JSON document in place of the table. "
        "An error, a wrong use among them, is such a document too, beside its sentence on stderr:\n\n"
        "```json\n"
        '{"error": {"message": "nowhere: there is no evidence.json; name the folder ...", "exit_code": 2}}\n'
        "```\n\n",
        _header("exit code", "when"),
    ]
    lines += [f"| {code} | {when} |\n" for code, when in EXIT_CODES.items()]
    lines += _commands(group, context, "sluice")
    return "".join(lines)


def _commands(group: Any, context: Any, path: str) -> Iterator[str]:
    """Each command of a group, and those of the groups within it."""
    for name in group.list_commands(context):
        command, own = group.get_command(context, name), f"{path} {name}"
        inner = command.make_context(name, [], parent=context, resilient_parsing=True)
        usage = command.get_usage(inner).removeprefix("Usage: ")
        if hasattr(command, "list_commands"):
            yield from _commands(command, inner, own)
            continue
        yield f"\n## {own}\n\n{_flat(command.help or '')}\n\n```text\n{_flat(usage)}\n```\n\n"
        rows = [row for row in map(_option, command.get_params(inner)) if row]
        if rows:
            yield _header("option", "default", "what it is")
            yield from rows


def _option(parameter: Any) -> str:
    if parameter.name == "help":
        return ""
    named = ", ".join(parameter.opts) if parameter.param_type_name == "option" else str(parameter.name).upper()
    default = parameter.default
    shown = "required" if parameter.required else "none" if default in (None, "", (), False) else f"`{default}`"
    values = ", ".join(f"`{value}`" for value in getattr(parameter.type, "choices", ()))
    said = f"{getattr(parameter, 'help', None) or ''} {f'One of {values}.' if values else ''}"
    return f"| `{named}` | {shown} | {_flat(said)} |\n"


# -- checks and metrics ---------------------------------------------------------------------


def checks() -> str:
    """The data checks, in the order in which results are reported."""
    lines = [
        "# Data checks\n\n"
        "What of a contract (ODCS v3) is measured, in the order in which it is reported. "
        "[Write a contract](../howto/write-a-contract.md) shows how each is written. "
        "No rows at all say nothing: every check but the number of rows is inconclusive then.\n"
    ]
    for name in CHECKS:
        # A check's functions may be made elsewhere; its words stand in the file of its name.
        module = importlib.import_module(f"sluice.checks.{name}")
        lines.append(f"\n## {name}\n\n{(inspect.getdoc(module) or '').replace('``', '`')}\n")
    return "".join(lines)


def metrics() -> str:
    """The metrics that a gate may name, beside any number of a metric file."""
    lines = [
        "# Metrics\n\nComputed from a predictions file, each with an interval at 95 %. "
        "Any number of a metric file may be gated by its own name as well.\n\n",
        _header("metric", "task", "better", "range", "definition", "assumptions", "source"),
    ]
    families = (
        (f"{family.name}@{family.parameter.upper()}", family.make(family.usual)) for family in FAMILIES.values()
    )
    for name, metric in (*METRICS.items(), *families):
        low, high = (f"{end:g}".replace("inf", "∞") for end in (metric.low, metric.high))
        cells = (
            ", ".join(metric.tasks),
            metric.direction,
            f"{low} to {high}",
            metric.definition,
            metric.assumptions,
            metric.source,
        )
        lines.append(f"| `{name}` | " + " | ".join(_flat(cell) for cell in cells) + " |\n")
    if FAMILIES:
        lines.append(_numbers())
    lines.append(_large())
    lines.append(
        "\n## What serving costs\n\nMeasured where the policy has `evaluation.serving`, on the candidate alone.\n\n"
    )
    lines.append(_header("metric", "better", "unit", "definition", "assumptions", "source"))
    for name, metric in SERVING.items():
        cells = (metric.direction, metric.unit, metric.definition, metric.assumptions, metric.source)
        lines.append(f"| `{name}` | " + " | ".join(_flat(cell) for cell in cells) + " |\n")
    return "".join(lines)


def _large() -> str:
    families = {f"{family.name}@{family.parameter.upper()}": family.make(family.usual) for family in FAMILIES.values()}
    names = ", ".join(f"`{name}`" for name, metric in {**METRICS, **families}.items() if adds_up(metric))
    return (
        f"\n## Files that do not fit in memory\n\nOf files with more than {MAX_ROWS:,} rows, these are measured, since "
        f"they are made of counts and means: {names}. [How to](../howto/evaluate-large-files.md).\n"
    )


def _numbers() -> str:
    lines = [
        "\n## Metrics with a number\n\nOf these there is one for each number, which stands after the `@`. "
        "Above, each is described for the number in the last column.\n\n",
        _header("metric", "number from", "to", "measured unasked", "described for"),
    ]
    for family in FAMILIES.values():
        usual, name = f"`{family.make(family.usual).name}`", f"{family.name}@{family.parameter.upper()}"
        numbers = family.numbers
        ends = f"{numbers.low:g} | {numbers.high:.12g}{', whole' if numbers.whole else ''}"
        lines.append(f"| `{name}` | {ends} | {usual if family.unasked else 'no'} | {usual} |\n")
    return "".join(lines)


def gates() -> str:
    """The language of gates: every limit, how it is judged, and what its reason codes say."""
    lines = [
        f"# Gates\n\n{_words(limits)}\n\nEvery key stands in [the configuration](configuration.md#gates), every metric "
        "among [the metrics](metrics.md); [Write gates](../howto/write-gates.md) has an example of each.\n",
    ]
    modules = {key: sys.modules[judge.__module__] for key, judge in limits.RULES.items()}
    for module in dict.fromkeys(modules.values()):
        keys = [key for key in modules if modules[key] is module]
        lines.append(f"\n## {', '.join(keys)}\n\n{_words(module)}\n")
    lines.append(f"\n## any_of, all_of\n\n{_words(choosing)}\n\n## family\n\n{_words(adjusting)}\n")
    lines.append(f"\n## training\n\n{_words(training_gates)}\n")
    lines.append(f"\n## At the limit\n\n{_words(margin)}\n\n## Reason codes\n\n{_header('code', 'what it says')}")
    lines += [f"| `{code}` | {said} |\n" for code, said in {**CODES, **training_gates.CODES}.items()]
    return "".join(lines)


_NUMBERS = {
    "MIN_ROWS": str(MIN_ROWS),
    "MIN_TRIALS": str(MIN_TRIALS),
    "LEVEL": f"{LEVEL * 100:g} %",
    "DIGITS": str(margin.DIGITS),
}


def _words(module: types.ModuleType) -> str:
    """A module's own words, with numbers in place of the constants' names."""
    said = inspect.getdoc(module) or ""
    for name, number in _NUMBERS.items():
        said = said.replace(f"``{name}``", number)
    return said.replace("``", "`")


def drift() -> str:
    """The tests and effect sizes of drift."""
    lines = [
        "# Drift tests and effect sizes\n\nA column drifts where an effect is above its limit and its adjusted p-value "
        "is below `alpha`. [The statistics of drift](../explanation/drift-statistics.md) says why, and shows how often "
        "that errs.\n",
    ]
    for kind, title in (("test", "Tests: evidence"), ("effect", "Effect sizes")):
        lines += [f"\n## {title}\n\n", _header("name", "of", "range", "definition", "correction", "source")]
        for name, method in METHODS.items():
            ends = " to ".join(f"{end:g}".replace("inf", "∞") for end in (method.low, method.high))
            cells = (", ".join(method.of), ends, method.definition, method.correction, method.source)
            if method.kind == kind:
                lines.append(f"| `{name}` | " + " | ".join(_flat(cell) for cell in cells) + " |\n")
    return "".join(lines)


PAGES: Mapping[str, Callable[[], str]] = {
    "configuration.md": configuration,
    "action.md": action,
    "command-line.md": command_line,
    "checks.md": checks,
    "gates.md": gates,
    "metrics.md": metrics,
    "drift.md": drift,
}


def pages() -> dict[str, str]:
    """The whole reference: text by file name."""
    made = {name: HEAD + page() for name, page in PAGES.items()}
    return made | {"sluice.schema.json": json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"}


def main() -> int:
    """Write the pages, or with ``--check`` name the stale ones; 1 where there are any."""
    stale = [name for name, text in pages().items() if not _is(FOLDER / name, text)]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/reference/{name} is stale: run `make reference`")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
