"""A file in another contract language, its language told or found out, as a draft."""

from __future__ import annotations

from typing import Any, Literal, get_args

from sluice.adapters.decode import strict_json, strict_yaml
from sluice.adapters.decode.foreign import avro, dbt, great_expectations, json_schema, pandera
from sluice.adapters.decode.foreign.values import Omissions
from sluice.domain.draft import Draft
from sluice.domain.errors import ConfigError

Language = Literal["json-schema", "avro", "pandera", "great-expectations", "dbt"]

MAX_BYTES = 4_000_000
LANGUAGES: tuple[Language, ...] = get_args(Language)


def read(
    text: bytes, *, where: str, name: str, language: Language | None = None, model: str | None = None
) -> tuple[Language, Draft]:
    """The language and the draft; ``name`` is for a table that the file has no name for.

    ``model`` names the one table of a dbt file that is wanted. Raises ``ConfigError`` for a file that cannot be read,
    is in no known language, or says nothing that a contract can.
    """
    value = _parsed(text, where)
    language = language or _found_out(value, where)
    if model is not None and language != "dbt":
        raise ConfigError(f"is {language}, which has one table", where=where, remedy="leave `--model` out")
    omitted = Omissions()
    match language:
        case "json-schema":
            tables = json_schema.read(value, where=where, name=name, omitted=omitted)
        case "avro":
            tables = avro.read(value, where=where, name=name, omitted=omitted)
        case "pandera":
            tables = pandera.read(value, where=where, name=name, omitted=omitted)
        case "great-expectations":
            tables = great_expectations.read(value, where=where, name=name, omitted=omitted)
        case "dbt":
            tables = dbt.read(value, where=where, name=name, omitted=omitted, model=model)
    return language, Draft(tables=tables, omitted=omitted.lines)


def _parsed(text: bytes, where: str) -> object:
    """The document's value; numbers that must not be used stay in it as such, and are listed where they matter."""
    begin = text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if begin in (b"{", b"["):
        return strict_json.parse(text, where=where, max_bytes=MAX_BYTES, error=ConfigError, keep_bad_numbers=True)
    return strict_yaml.parse(text, where=where, keep_bad_numbers=True).value


def _found_out(value: object, where: str) -> Language:
    """The language, by the words that only it has."""
    first = next(iter(value), None) if isinstance(value, list) else value
    found: dict[str, Any] = value if isinstance(value, dict) else {}
    if isinstance(found.get("expectations"), list):
        return "great-expectations"
    if "schema_type" in found or (isinstance(found.get("columns"), dict) and "properties" not in found):
        return "pandera"
    if any(isinstance(found.get(section), list) for section in dbt.SECTIONS):
        return "dbt"
    if isinstance(first, dict) and isinstance(first.get("fields"), list):
        return "avro"
    if {"$schema", "properties", "$ref", "allOf", "items"} & set(found):
        return "json-schema"
    known = ", ".join(LANGUAGES)
    raise ConfigError(f"is in none of the languages that are read ({known})", where=where, remedy="name it: `--format`")
