"""The oldest value of a time column is not older than the contract lets data be kept.

A time without a zone is in UTC, and a date counts from its midnight.
"""

from __future__ import annotations

from sluice.domain.age_check import age_check
from sluice.domain.contract import Retention

NAME = "retention"

CHECK = age_check(NAME, Retention, "kept for at most {}", "oldest")
