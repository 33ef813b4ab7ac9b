"""The data checks, one file each; to add one: its file, its test and its line here."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.checks import (
    allowed_values,
    class_balance,
    column_type,
    disjoint,
    freshness,
    group_nulls,
    label_leak,
    later,
    monotonic,
    required,
    row_change,
    row_count,
    unique,
    unsupported,
    value_range,
)
from sluice.domain.check import Check

# In the order in which results are reported.
CHECKS: Mapping[str, Check] = {
    check.name: check
    for check in (
        row_count.CHECK,
        column_type.CHECK,
        required.CHECK,
        unique.CHECK,
        value_range.CHECK,
        allowed_values.CHECK,
        freshness.CHECK,
        monotonic.CHECK,
        row_change.CHECK,
        group_nulls.CHECK,
        class_balance.CHECK,
        label_leak.CHECK,
        disjoint.CHECK,
        later.CHECK,
        unsupported.CHECK,
    )
}
