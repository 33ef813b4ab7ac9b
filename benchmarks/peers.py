"""Other tools on the same data, each whole process in an environment of its own, with its documented interface.

Environments are made by uv from PyPI at pinned versions, in a folder outside of the repository that is kept from run to
run: ``SLUICE_PEERS``, else ``sluice-peers`` below the folder for temporary files. None of their figures is a limit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("SLUICE_PEERS") or Path(tempfile.gettempdir(), "sluice-peers"))
SCRIPTS = Path(__file__).resolve().parent / "peer_scripts"
PYTHON = "3.11"
# Some tools report every use to their makers; that is not measured, and not wanted.
SILENT = {
    "DO_NOT_TRACK": "1",
    "NML_DISABLE_USAGE_LOGGING": "1",
    "WHYLOGS_NO_ANALYTICS": "True",
    "GX_ANALYTICS_ENABLED": "False",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One tool: what is installed, and the script (below ``peer_scripts``) that does the work."""

    name: str
    packages: tuple[str, ...]
    script: str
    arguments: tuple[str, ...] = ()


DRIFT = (
    Peer(name="evidently", packages=("evidently==0.7.23", "pandas==2.3.3", "pyarrow"), script="drift_evidently.py"),
    Peer(
        name="nannyml",
        packages=("nannyml==0.13.1", "statsmodels", "pandas==2.3.3", "pyarrow"),
        script="drift_nannyml.py",
    ),
    Peer(name="frouros", packages=("frouros==0.9.0", "pandas", "pyarrow"), script="drift_frouros.py"),
    Peer(
        name="whylogs",
        packages=("whylogs[viz]==1.6.4", "numpy<2", "pandas<2.3", "pyarrow<20"),
        script="drift_whylogs.py",
    ),
)
VALIDATION = (
    Peer(name="great expectations", packages=("great-expectations==1.24.1", "pyarrow"), script="validate_gx.py"),
    Peer(name="pandera pandas", packages=("pandera[pandas]==0.35.0", "pyarrow"), script="validate_pandera.py"),
    Peer(name="pandera polars", packages=("pandera[polars]==0.35.0",), script="validate_pandera_polars.py"),
    Peer(name="pointblank", packages=("pointblank[pl]==1.1.1", "pyarrow"), script="validate_pointblank.py"),
)  # fmt: skip


def command(peer: Peer, *arguments: str) -> list[str] | None:
    """How the peer is started; ``None``, with a line on stderr, where it cannot be installed."""
    environment = FOLDER / "-".join(peer.packages[0].replace("[", "-").replace("]", "").split("=="))
    python = environment / "bin" / "python"
    if not (environment / "made").is_file():
        shutil.rmtree(environment, ignore_errors=True)
        made = _run("venv", "-q", "--python", PYTHON, str(environment))
        made = made and _run("pip", "install", "-q", "--python", str(python), *peer.packages)
        if not made:
            print(f"bench: {peer.name} cannot be installed here", file=sys.stderr)
            return None
        (environment / "made").touch()
    return [str(python), str(SCRIPTS / peer.script), *peer.arguments, *arguments]


def environment() -> dict[str, str]:
    """The variables that every peer runs with."""
    return {**os.environ, **SILENT}


def versions(peers: tuple[Peer, ...]) -> str:
    """What is compared with, in one line."""
    return ", ".join(peer.packages[0].replace("==", " ") for peer in peers)


def _run(*arguments: str) -> bool:
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run([str(uv if uv.is_file() else "uv"), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip()[-2_000:], file=sys.stderr)
    return done.returncode == 0
