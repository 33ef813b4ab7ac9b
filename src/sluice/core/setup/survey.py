"""What a repository holds, and which of it is data, training, results and code; decided by names alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

DATA_SUFFIXES = (".parquet", ".pq", ".csv", ".tsv", ".jsonl", ".ndjson", ".arrow", ".feather")
METRIC_SUFFIXES = (".json", ".yaml", ".yml")
MAX_DATA_FILES = 8
"""More tables than this are not taken without being asked for: each becomes a contract that somebody must read."""

# Folders whose tables are results, samples of tests, or pages; never the data that a model is trained on.
_NOT_DATA = frozenset(
    "test tests testing fixtures testdata docs doc site examples reports report results result outputs output "
    "artifacts predictions preds metrics plots figures evidence mlruns notebooks node_modules venv env build "
    "dist".split()
)
_RESULT_STEM = re.compile(
    r"(y_|test_|eval_|val_)?(pred(s|ictions?|icted)?|scores?|submissions?|metrics?|results?|plots?)([_.-].*)?", re.I
)
_PREDICTIONS_STEM = re.compile(r"(test_|eval_|val_)?(predictions|preds)", re.I)
_METRICS_STEM = re.compile(r"(test_|eval_|val_)?(metrics|scores)", re.I)
_NOT_CODE = frozenset("test tests testing docs doc site examples notebooks".split())
_PLAIN_FOLDER = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_SETTINGS_FOLDERS = ("conf", "config", "configs")
_SETTINGS = re.compile(r"(params|config)\.(ya?ml|json|toml)")
_REMOTE_EXTRAS = {
    "s3": "s3",
    "gs": "gs",
    "azure": "azure",
    "ssh": "ssh",
    "gdrive": "gdrive",
    "oss": "oss",
    "hdfs": "hdfs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found, by paths from the root.

    ``files``: tracked by git, or new and not ignored; ``tracked_by_dvc``: outputs of ``*.dvc`` files; ``outputs`` and
    ``metrics``: of the stages in ``dvc.yaml``; ``results``: files with a result's name that git may well ignore;
    ``remotes``: the kinds of DVC's remotes (``s3``, ``file``).
    """

    files: tuple[str, ...]
    tracked_by_dvc: tuple[str, ...] = ()
    has_pipeline: bool = False
    outputs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    make_targets: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()
    default_branch: str = "main"


def data_files(survey: Survey) -> tuple[str, ...]:
    """Tables that the model may depend on, the likeliest first; the pipeline's own where there are no others."""
    given = sorted({path for path in (*survey.files, *survey.tracked_by_dvc) if _is_data(path)}, key=_likelihood)
    made = sorted({path for path in survey.outputs if _is_data(path)}, key=_likelihood)
    return tuple(path for path in given if path not in survey.outputs) or tuple(made)


def _is_data(path: str) -> bool:
    one = PurePosixPath(path)
    if one.suffix.lower() not in DATA_SUFFIXES or not path.isprintable():
        return False
    folders = {part.lower() for part in one.parts[:-1]}
    hidden = any(part.startswith((".", "_")) for part in one.parts)
    return not hidden and not folders & _NOT_DATA and _RESULT_STEM.fullmatch(one.stem) is None


def _likelihood(path: str) -> tuple[bool, int, str]:
    return not path.startswith("data/"), path.count("/"), path


def names(sources: Iterable[str]) -> dict[str, str]:
    """A name for each source: its stem, with the folder's before it where two files share one."""
    found: dict[str, str] = {}
    for source in dict.fromkeys(sources):
        one = PurePosixPath(source)
        options = [
            _word(one.stem),
            _word(f"{one.parent.name}_{one.stem}"),
            *(_word(f"{one.stem}_{n}") for n in range(2, 100)),
        ]
        found[next(name for name in options if name not in found)] = source
    return found


def _word(text: str) -> str:
    word = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
    return word if word and word[0].isalpha() else f"data_{word}".rstrip("_")


def training_command(survey: Survey) -> str | None:
    """The command that trains, as the repository's own files suggest it."""
    files = frozenset(survey.files)
    if survey.has_pipeline:
        return "dvc repro --pull" if survey.remotes else "dvc repro"
    if "train" in survey.make_targets:
        return "make train"
    if "train.py" in files:
        return "python train.py"
    if "src/train.py" in files:
        return "python -m src.train" if "src/__init__.py" in files else "python src/train.py"
    return None


def training_inputs(survey: Survey, command: str) -> tuple[str, ...]:
    """Patterns of what the model depends on, wide on purpose: better trained once too often than once too seldom."""
    files = survey.files
    code = [path for path in files if path.endswith(".py") and PurePosixPath(path).parts[0].lower() not in _NOT_CODE]
    folders = {PurePosixPath(path).parts[0] for path in code if "/" in path}
    if not code or any(_PLAIN_FOLDER.fullmatch(folder) is None for folder in folders):
        # No code that could be named by a pattern: everything counts, so that no change is passed by.
        return ("**",)
    folders |= {name for name in _SETTINGS_FOLDERS if any(path.startswith(f"{name}/") for path in files)}
    in_root = [path for path in files if "/" not in path]
    named = [path for path in in_root if _SETTINGS.fullmatch(path)]
    named += [path for path in in_root if path in ("dvc.yaml", "requirements.txt", "pyproject.toml")]
    named += ["Makefile"] if command.startswith("make ") and "Makefile" in in_root else []
    found = [*(f"{folder}/**" for folder in sorted(folders)), *sorted(named)]
    if any("/" not in path for path in code):
        found.append("*.py")
        found += [f"!{name}/**" for name in ("tests", "docs") if any(path.startswith(f"{name}/") for path in files)]
    return tuple(found)


def setup_command(survey: Survey, command: str) -> str:
    """What a fresh runner must install before training; empty where nothing says."""
    in_root = {path for path in survey.files if "/" not in path}
    wanted = "-r requirements.txt" if "requirements.txt" in in_root else "." if "pyproject.toml" in in_root else ""
    if command.startswith("dvc "):
        extras = ",".join(sorted({_REMOTE_EXTRAS[kind] for kind in survey.remotes if kind in _REMOTE_EXTRAS}))
        wanted = f"{wanted} 'dvc[{extras}]'" if extras else f"{wanted} dvc"
    return f"python3 -m pip install {wanted.strip()}" if wanted else ""


def prediction_files(survey: Survey) -> tuple[str, ...]:
    """Files that may hold predictions, those that DVC's pipeline makes first."""
    listed = (*survey.outputs, *survey.results, *survey.files)
    return _named(listed, _PREDICTIONS_STEM, DATA_SUFFIXES)


def metric_files(survey: Survey) -> tuple[str, ...]:
    """Files that may hold metrics, those that DVC's pipeline names first."""
    stated = [path for path in survey.metrics if PurePosixPath(path).suffix.lower() in METRIC_SUFFIXES]
    return tuple(dict.fromkeys((*stated, *_named((*survey.results, *survey.files), _METRICS_STEM, METRIC_SUFFIXES))))


def _named(paths: Iterable[str], stem: re.Pattern[str], suffixes: tuple[str, ...]) -> tuple[str, ...]:
    fitting = [path for path in paths if PurePosixPath(path).suffix.lower() in suffixes and path.isprintable()]
    named = [path for path in fitting if stem.fullmatch(PurePosixPath(path).stem) and not _in_tests(path)]
    return tuple(dict.fromkeys(named))


def _in_tests(path: str) -> bool:
    return bool({part.lower() for part in PurePosixPath(path).parts[:-1]} & {"test", "tests", "fixtures", "testdata"})


def is_looked_for(path: str) -> bool:
    """Whether a path has the name of predictions or metrics: what a search of the work tree is for."""
    one = PurePosixPath(path)
    suffix = one.suffix.lower()
    is_table = suffix in DATA_SUFFIXES and _PREDICTIONS_STEM.fullmatch(one.stem) is not None
    return is_table or (suffix in METRIC_SUFFIXES and _METRICS_STEM.fullmatch(one.stem) is not None)


def is_tracked(survey: Survey, path: str) -> bool:
    """Whether git or DVC has this file, or something below this folder."""
    known = (*survey.files, *survey.tracked_by_dvc, *survey.outputs)
    above = {path, *(str(parent) for parent in PurePosixPath(path).parents)}
    return any(one in above or one.startswith(f"{path}/") for one in known)


def is_kept(survey: Survey, path: str) -> bool:
    """Whether every commit has this file: in git, or by DVC from a remote that other machines reach."""
    if not survey.remotes:
        return path in survey.files
    return path in survey.files or is_tracked(replace(survey, files=()), path)
