"""The data checks, one file each; to add one: its file, its test and its line here."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.checks import (
    allowed_values,
    class_balance,
    column_type,
    disjoint,
    duplicate_values,
    freshness,
    group_nulls,
    invalid_values,
    key,
    label_leak,
    later,
    list_items,
    missing_values,
    monotonic,
    multiple_of,
    null_values,
    object_properties,
    pattern,
    physical_type,
    query,
    relation,
    required,
    retention,
    row_change,
    row_count,
    text_length,
    unique,
    unsupported,
    value_format,
    value_range,
)
from sluice.domain.check import Check

# In the order in which results are reported.
CHECKS: Mapping[str, Check] = {
    check.name: check
    for check in (
        row_count.CHECK,
        column_type.CHECK,
        physical_type.CHECK,
        required.CHECK,
        unique.CHECK,
        key.CHECK,
        null_values.CHECK,
        missing_values.CHECK,
        duplicate_values.CHECK,
        value_range.CHECK,
        multiple_of.CHECK,
        allowed_values.CHECK,
        text_length.CHECK,
        pattern.CHECK,
        value_format.CHECK,
        list_items.CHECK,
        object_properties.CHECK,
        invalid_values.CHECK,
        relation.CHECK,
        query.CHECK,
        freshness.CHECK,
        retention.CHECK,
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
