"""``sluice.yaml`` into ``domain.config.Loaded``, or one sentence that names the line and the key."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sluice.adapters.decode import keypath, shapes, strict_yaml
from sluice.adapters.decode.schema import schema
from sluice.domain.config import RESERVED, Config, Loaded
from sluice.domain.errors import ConfigError
from sluice.domain.function_rules import function_problems
from sluice.domain.protection import protection_problems
from sluice.domain.result_rules import named_paths, result_problems
from sluice.domain.rules import problems, source_problems
from sluice.domain.serving_rules import serving_problems

_RESERVED = {tuple(pattern.split(".")): meaning for pattern, meaning in RESERVED.items()}
MAX_BYTES = 256_000

_MAX_PATH_CHARS = 1024
_HERE = re.compile(r"(?:.*::)?(?:file|local|memory)://", re.IGNORECASE)
_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")
_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")


def load_config(text: bytes, *, path: str = "sluice.yaml") -> Loaded:
    """The policy that ``text`` states; raises ``ConfigError`` for the first wrong line, with the number of others."""
    parsed = strict_yaml.parse(text, where=path, max_bytes=MAX_BYTES)
    if parsed.value is None:
        raise ConfigError("is empty", where=f"{path}:1", remedy="begin with `version: 1`", line=1)
    try:
        config = shapes.decode(Config, parsed.value)
    except shapes.ShapeError as error:
        raise _first(parsed, [_in_words(mismatch) for mismatch in error.mismatches]) from None
    crossing = (*problems(config), *result_problems(config), *function_problems(config), *serving_problems(config))
    crossing += (*protection_problems(config), *_source_problems(config), *_path_problems(config))
    found = [(key, what, "") for key, what in crossing]
    if found:
        raise _first(parsed, found)
    return Loaded(value=config, sha256=hashlib.sha256(text).hexdigest(), path=path, lines=parsed.lines)


def config_schema() -> dict[str, Any]:
    """The JSON Schema of ``sluice.yaml``; the rules that cross fields are not in it."""
    return schema(Config, title="sluice.yaml")


def _first(parsed: strict_yaml.Parsed, found: list[tuple[str, str, str]]) -> ConfigError:
    key, what, remedy = min(found, key=lambda problem: parsed.line(problem[0]))
    others = len(found) - 1
    if others:
        what += f" (and {others} more problem{'s' if others > 1 else ''} in this file)"
    return ConfigError(what, where=parsed.at(key), remedy=remedy, line=parsed.line(key))


def _in_words(mismatch: shapes.Mismatch) -> tuple[str, str, str]:
    key = keypath.text(mismatch.at)
    for pattern, meaning in _RESERVED.items():
        if _matches(mismatch.at, pattern):
            what = f"is reserved for {meaning}, which this version does not have"
            return key, what, "remove it: what is not measured must not look demanded"
    return key, mismatch.what, mismatch.remedy


def _matches(at: shapes.At, pattern: tuple[str, ...]) -> bool:
    return len(at) == len(pattern) and all(want in ("*", part) for part, want in zip(at, pattern, strict=True))


def _source_problems(config: Config) -> list[tuple[str, str]]:
    return [
        (keypath.text(("data", name, *key.split("."))), what)
        for name, source in config.data.items()
        for key, what in source_problems(source)
    ]


def _path_problems(config: Config) -> list[tuple[str, str]]:
    """Paths that lead, or may lead, out of the repository, and patterns that would name nothing."""
    paths: list[tuple[str, str | None]] = []
    found: list[tuple[str, str]] = []
    for name, source in config.data.items():
        at = keypath.text(("data", name))
        paths.append((f"{at}.contract", source.contract))
        other = source.reference.path if source.reference is not None else None
        for key, data in ((f"{at}.source", source.source), (f"{at}.reference.path", other)):
            if data is not None and (what := _wrong_with_data(data)):
                found.append((key, what))
    if config.evaluation is not None:
        paths += named_paths(config.evaluation)
    found += [(key, what) for key, path in paths if path is not None and (what := _wrong_with(path))]
    inputs = config.training.inputs if config.training is not None else ()
    for index, pattern in enumerate(inputs):
        if what := _wrong_with(pattern.removeprefix("!")) or _unread_in(pattern):
            found.append((f"training.inputs[{index}]", what))
    return found


def _unread_in(pattern: str) -> str:
    # Shells read `{py,yaml}` as two patterns. Read as it is written, it names nothing, and nothing would be measured.
    found = _BRACES.search(pattern)
    return f"holds `{found[0]}`, which is not read: give one pattern for each alternative" if found else ""


def _wrong_with_data(source: str) -> str:
    """What is wrong with the name of data: a path from the root, or a URL that leads to another machine."""
    if "://" not in source:
        return _wrong_with(source)
    if len(source) > _MAX_PATH_CHARS or not source.isprintable() or " " in source:
        return "is not a URL: it is too long or holds a space or a control character"
    if _HERE.match(source):
        return "must be a path from the repository's root, not a URL of this machine"
    if _PASSWORD.search(source):
        return "holds a password: leave it out, and give it to the job by its environment"
    return ""


def _wrong_with(path: str) -> str:
    if not path.strip():
        return "is empty: give a path from the repository's root"
    if len(path) > _MAX_PATH_CHARS or not path.isprintable():
        return "is not a path: it is too long or holds a control character"
    if "\\" in path or "://" in path or path.startswith(("/", "~")) or path[1:2] == ":":
        return "must be a path from the repository's root, with `/` between its parts"
    return "must not lead out of the repository (`..`)" if ".." in path.split("/") else ""
