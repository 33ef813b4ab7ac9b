"""Metric files as training scripts and DVC write them: JSON, YAML or TOML, nested by name.

They come from the pull request: a value that is no finite number is a metric without a value, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from sluice.adapters.decode import strict_json, strict_toml, strict_yaml
from sluice.adapters.decode.keypath import shorten
from sluice.adapters.decode.number import BadNumber
from sluice.domain.errors import ConfigError, EvidenceError
from sluice.domain.evaluation import MetricValue

MAX_BYTES = 1_000_000
MAX_METRICS = 10_000
MAX_NAME_CHARS = 256


def read_metrics(data: bytes, *, path: str) -> tuple[MetricValue, ...]:
    """The metrics of a file, in its order: ``{"train": {"acc": 0.9}}`` is ``train.acc``.

    NaN, infinite numbers, text, ``true`` and ``null`` give ``value=None`` and a reason; lists are not metrics and are
    left out. A file that does not parse or is not a mapping raises ``EvidenceError``.
    """
    value = _parse(data, path)
    if not isinstance(value, dict):
        raise EvidenceError("is not a mapping of names to numbers", reason_code="metric", where=path)
    found: dict[str, MetricValue] = {}
    for name, leaf in _leaves(cast("dict[str, Any]", value)):
        if len(name) > MAX_NAME_CHARS:
            raise EvidenceError(f"the name {shorten(name)} is too long", reason_code="metric", where=path)
        # `a.b` beside `a: {b: ...}`: neither is believed.
        found[name] = _missing(name, "stated twice") if name in found else _metric(name, leaf)
        if len(found) > MAX_METRICS:
            raise EvidenceError(f"holds more than {MAX_METRICS} metrics", reason_code="metric", where=path)
    return tuple(found.values())


def _parse(data: bytes, path: str) -> object:
    try:
        if path.lower().endswith(".toml"):
            return strict_toml.parse(data, where=path, max_bytes=MAX_BYTES)
        if path.lower().endswith((".yaml", ".yml")):
            return strict_yaml.parse(data, where=path, max_bytes=MAX_BYTES, keep_bad_numbers=True).value
        return strict_json.parse(data, where=path, max_bytes=MAX_BYTES, keep_bad_numbers=True)
    except (ConfigError, EvidenceError) as error:
        raise EvidenceError(error.what, reason_code="metric", where=error.where, remedy=error.remedy) from None


def _leaves(value: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values; both parsers bound the depth."""
    for key, child in value.items():
        name = f"{prefix}{key}"[: MAX_NAME_CHARS + 1]
        if isinstance(child, dict):
            yield from _leaves(cast("dict[str, Any]", child), f"{name}.")
        elif not isinstance(child, list):
            yield name, child


def _metric(name: str, leaf: Any) -> MetricValue:
    if leaf is None:
        return _missing(name, "null")
    if isinstance(leaf, bool):
        return _missing(name, f"`{str(leaf).lower()}`, not a number")
    if isinstance(leaf, str):
        return _missing(name, "text, not a number")
    if isinstance(leaf, BadNumber):
        return _missing(name, f"`{leaf.text}`, {leaf.why}")
    if not isinstance(leaf, int | float):
        return _missing(name, "a date or a time, not a number")
    return MetricValue(metric=name, value=float(leaf), source="file")


def _missing(name: str, reason: str) -> MetricValue:
    return MetricValue(metric=name, value=None, source="file", reason=reason, reason_code="metric")
