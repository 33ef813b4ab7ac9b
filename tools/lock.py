"""Resolve pyproject.toml's dependencies into the hash locks under requirements/.

`dev.txt` is solved first, and the others are held to it: what is tested is what is installed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11"
EXTRAS = ("--extra", "dvc", "--extra", "mlflow", "--extra", "postgres")
# Half a gigabyte that few need: a runner that wants Spark installs it for itself.
TESTED_EXTRAS = ("--extra", "spark")
BUILD = ("--group", "build")
LOCKS: dict[str, tuple[str, ...]] = {
    "dev.txt": ("pyproject.toml", *EXTRAS, *TESTED_EXTRAS, *BUILD, "--group", "dev"),
    "runtime.txt": ("pyproject.toml", *EXTRAS, *BUILD, "--constraints", "requirements/dev.txt"),
    "publish.txt": ("--group", "publish", "--constraints", "requirements/dev.txt"),
    "bootstrap.txt": ("--group", "bootstrap", "--constraints", "requirements/dev.txt"),
    "go.txt": ("--group", "go"),
}


def main() -> int:
    """Write every lock; ends with uv's code where one cannot be solved."""
    uv = Path(sys.executable).parent / "uv"
    form = ("--generate-hashes", "--no-emit-index-url", "--no-header", "--universal")
    options = ("--quiet", *form, "--python-version", OLDEST_PYTHON, *sys.argv[1:])
    for name, sources in LOCKS.items():
        target = f"requirements/{name}"
        done = subprocess.run(
            [uv, "pip", "compile", *options, *sources, "--output-file", target], cwd=ROOT, check=False
        )
        if done.returncode != 0:
            print(f"lock: {target} was not written; change pyproject.toml as uv says above.", file=sys.stderr)
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
