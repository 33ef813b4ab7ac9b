"""``sluice`` and ``python -m sluice``: one command in a process of its own."""

import gc
import sys

from sluice.domain.errors import EXIT_CLOSED, EXIT_OPEN
from sluice.entry.cli import main

_OBJECTS_BEFORE_GARBAGE = 200_000


def script() -> int:
    """Run the command that the arguments name; its exit code."""
    # Loading libraries makes many objects that stay: looking among them for garbage takes a fifth of the start.
    gc.set_threshold(_OBJECTS_BEFORE_GARBAGE)
    code = main()
    # Nor is there any use in looking for it at the end; but an error, and what MLflow loads, hold what they were made
    # among, and DuckDB complains on stderr of what nobody lets go of.
    if code in (EXIT_OPEN, EXIT_CLOSED) and "mlflow" not in sys.modules:
        gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(script())
