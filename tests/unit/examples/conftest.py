"""Lets the tests of this folder import the demo, which is a package at the root of the working copy."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
