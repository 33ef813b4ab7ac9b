"""``python -m sluice``."""

import sys

from sluice.entry.cli import main

sys.exit(main())
