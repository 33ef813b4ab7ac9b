"""The newest value of a time column is not older than the contract allows.

A time without a zone is in UTC, and a date counts from its midnight.
"""

from __future__ import annotations

from sluice.domain.age_check import age_check
from sluice.domain.contract import Freshness

NAME = "freshness"

# Zones reach 14 hours beyond UTC; what lies further ahead is no clock's difference, and would stay fresh for long.
MAX_AHEAD_S = 86_400.0

CHECK = age_check(NAME, Freshness, "at most {} old", "newest", max_ahead_s=MAX_AHEAD_S)
