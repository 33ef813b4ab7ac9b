"""What a command may see of the job's environment, and what there is to record of where it ran."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sluice.adapters.processes import call
from sluice.domain.errors import SluiceError
from sluice.domain.training import Environment

MAX_PACKAGES = 2_000
_PROBE_S = 30.0
_GPU_PROBE_S = 5.0

# The job's own: tokens of GitHub and of the runner's services, the Action's inputs, the files that steer later steps.
_DENIED = frozenset(
    {
        *("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN", "RUNNER_TOKEN"),
        *("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE", "GIT_ASKPASS"),
        *("GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "SYSTEM_ACCESSTOKEN"),
    }
)
_DENIED_PREFIXES = ("ACTIONS_", "INPUT_", "STATE_", "SLUICE_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
_SECRET_NAMES = re.compile(r"TOKEN|SECRET|PASSWORD|PRIVATE_KEY", re.IGNORECASE)
_JOB_TOKEN = re.compile(r"\bghs_[A-Za-z0-9_.-]{20,}")

_PROBE = """
import importlib.metadata as m, json, platform
found = {}
for d in m.distributions():
    name = d.metadata["Name"]
    if name and d.version:
        found.setdefault(name.lower(), d.version)
print(json.dumps({"python": platform.python_version(), "packages": found}))
"""

_PATHS = """
import json, os, sys
found = [path for path in sys.path if path]
for finder in sys.meta_path:
    # How setuptools installs packages that do not lie in a folder of their own.
    module = sys.modules.get(getattr(finder, "__module__", ""))
    found += [os.path.dirname(path) for path in getattr(module, "MAPPING", {}).values()]
print(json.dumps(found))
"""


def child_environment(environ: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command of the pull request: the job's without the job's own secrets, then ``extra``.

    Left out: tokens of GitHub and of the runner's services, the Action's inputs and step files, Sluice's own variables,
    and every variable that holds one of those tokens under another name. Credentials of data and experiment stores
    that the workflow gave to this step stay. Output is unbuffered and Python's hashing is the same in every run, unless
    the workflow says otherwise.
    """
    denied = {name for name in environ if name.upper() in _DENIED or name.upper().startswith(_DENIED_PREFIXES)}
    secrets = {environ[name] for name in denied if _SECRET_NAMES.search(name) and len(environ[name]) >= 8}
    kept = {
        name: value
        for name, value in environ.items()
        if name not in denied and not _JOB_TOKEN.search(value) and not any(secret in value for secret in secrets)
    }
    return {"PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "0"} | kept | dict(extra)


def without_folder(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """An environment without what leads into a folder: such variables, and such entries of lists of paths."""
    kept: dict[str, str] = {}
    for name, value in environ.items():
        entries = value.split(os.pathsep)
        others = [entry for entry in entries if not _leads_into(entry, folder)]
        if len(others) == len(entries):
            kept[name] = value
        elif others:
            kept[name] = os.pathsep.join(others)
    return kept


def with_code_at(environ: Mapping[str, str], child: Mapping[str, str], folder: Path, other: Path) -> dict[str, str]:
    """An environment for another commit's work tree: modules that would come from ``folder`` come from ``other``.

    The code of one commit must not stand in for that of another that it is compared with, by PYTHONPATH or by
    ``pip install -e``. ``child`` is what the Python that is asked for its paths may see.
    """
    if folder == other:
        return dict(environ)
    entries = [_moved(entry, folder, other) for entry in environ.get("PYTHONPATH", "").split(os.pathsep)]
    installed = (_moved(entry, folder, other) for entry in _module_paths(child) if _leads_into(entry, folder))
    entries += [entry for entry in dict.fromkeys(installed) if entry not in entries and Path(entry).is_dir()]
    moved = os.pathsep.join(entries).removeprefix(os.pathsep)
    return {**environ, "PYTHONPATH": moved} if moved else dict(environ)


def _module_paths(env: Mapping[str, str]) -> tuple[str, ...]:
    """Where the Python on the PATH looks for modules; nothing where it does not say."""
    program = _program(env)
    try:
        found = json.loads(_output((program, "-c", _PATHS), env, _PROBE_S)) if program is not None else []
        return tuple(str(one) for one in found)
    except (ValueError, TypeError):
        return ()


def _moved(entry: str, folder: Path, other: Path) -> str:
    if not _leads_into(entry, folder):
        return entry
    named = Path(os.path.normpath(entry))
    return str(other / (named if named.is_relative_to(folder) else Path(os.path.realpath(entry))).relative_to(folder))


def _leads_into(entry: str, folder: Path) -> bool:
    if not Path(entry).is_absolute():
        return False
    return any(Path(path).is_relative_to(folder) for path in (os.path.normpath(entry), os.path.realpath(entry)))


def capture(
    *,
    env: Mapping[str, str],
    git_sha: str = "",
    dirty: bool = False,
    dvc_hashes: Mapping[str, str] | None = None,
    seed: int | None = None,
) -> Environment:
    """Where and with what a command of this environment runs: the Python on its PATH, its packages, the accelerators.

    What cannot be found out within seconds is left empty: it is a record, nothing is decided by it.
    """
    python, packages = _python(env)
    return Environment(
        git_sha=git_sha,
        dirty=dirty,
        python=python or platform.python_version(),
        platform=platform.platform(),
        cpu_count=_cpu_count(),
        gpus=_gpus(env),
        packages=packages,
        dvc_hashes=dict(dvc_hashes or {}),
        seed=seed,
    )


def _cpu_count() -> int:
    """The processors this process may use, which in a container are fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def _python(env: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    program = _program(env)
    if program is None:
        return "", {}
    # From the file system's root: a module of the repository must not stand in for one of the standard library.
    out = _output((program, "-c", _PROBE), env, _PROBE_S)
    try:
        found = cast("dict[str, Any]", json.loads(out))
        packages = sorted((str(name)[:200], str(version)[:100]) for name, version in found["packages"].items())
        return str(found["python"])[:50], dict(packages[:MAX_PACKAGES])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", {}


def _program(env: Mapping[str, str]) -> str | None:
    path = env.get("PATH")
    return shutil.which("python", path=path) or shutil.which("python3", path=path)


def _gpus(env: Mapping[str, str]) -> tuple[str, ...]:
    program = shutil.which("nvidia-smi", path=env.get("PATH"))
    if program is None:
        return ()
    query = ("--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")
    lines = _output((program, *query), env, _GPU_PROBE_S).decode("utf-8", "replace").splitlines()
    return tuple(line.strip()[:200] for line in lines if line.strip())[:64]


def _output(argv: tuple[str, ...], env: Mapping[str, str], timeout_s: float) -> bytes:
    try:
        done = call(argv, cwd=Path("/"), env=env, timeout_s=timeout_s)
    except SluiceError:
        return b""
    return done.out if done.code == 0 else b""
