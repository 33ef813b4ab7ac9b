"""Any file in any language: found out, bounded, and either a contract that loads or one sentence."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.contract import load_contract
from sluice.adapters.decode.foreign.reading import LANGUAGES, MAX_BYTES, Language, read
from sluice.core.drafting import document
from sluice.domain.draft import Draft
from sluice.domain.errors import ConfigError

FOUND: list[tuple[bytes, Language]] = [
    (b'{"properties": {"a": {}}}', "json-schema"),
    (b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}', "avro"),
    (b'[{"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}]', "avro"),
    (b"schema_type: dataframe\ncolumns:\n  a: {dtype: int64}\n", "pandera"),
    (b"columns:\n  a: {dtype: int64}\n", "pandera"),
    (
        b'\xef\xbb\xbf{"expectations": [{"type": "expect_column_to_exist", "kwargs": {"column": "a"}}]}',
        "great-expectations",
    ),
    (b"version: 2\nmodels: [{name: m, columns: [{name: a}]}]\n", "dbt"),
    (b"properties:\n  a: {type: integer}\n", "json-schema"),
]


@pytest.mark.parametrize(("text", "language"), FOUND, ids=[f"{language} {text[:12]!r}" for text, language in FOUND])
def test_the_language_is_found_out(text: bytes, language: Language) -> None:
    found, draft = read(text, where="x", name="t")
    assert found == language
    assert [column.column.name for column in draft.tables[0].columns] == ["a"]
    assert read(text, where="x", name="t", language=language) == (found, draft)


REFUSED: list[tuple[bytes, str]] = [
    (b"", "in none of the languages"),
    (b"[]", "in none of the languages"),
    (b"hello", "in none of the languages"),
    (b'{"a": 1}', "in none of the languages"),
    (b'{"a": 1, "a": 2}', "twice"),
    (b'{"a": ', "not valid JSON"),
    (b"a: [", "not valid YAML"),
    (b"\xff", "not UTF-8"),
    (b"[" * 5000, "nested deeper"),
    (b"- " * 5000, "nested deeper"),
    (b"{" + b" " * MAX_BYTES, "larger than"),
    (b"a: !!python/object/apply:os.system [ls]", "tag"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=[repr(text[:20]) for text, _ in REFUSED])
def test_what_cannot_be_read_is_refused_in_one_sentence(text: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text, where="x", name="t")
    assert said in refused.value.sentence and "\n" not in refused.value.sentence


def test_only_a_dbt_file_has_models() -> None:
    with pytest.raises(ConfigError, match="leave `--model` out"):
        read(FOUND[0][0], where="x", name="t", model="m")


def test_what_is_left_out_is_counted_where_it_is_too_much() -> None:
    properties = {f"c{index}": {"not": {}} for index in range(700)}
    _, draft = read(json.dumps({"properties": properties}).encode(), where="x", name="t")
    assert len(draft.omitted) == 501 and draft.omitted[-1] == "and 200 more"


LARGE: dict[str, object] = {
    "columns": {"properties": {f"c{index}": {"type": "integer", "minimum": index} for index in range(10_000)}},
    "fields": {
        "type": "record",
        "name": "r",
        "fields": [{"name": f"c{index}", "type": ["null", "int"]} for index in range(9_000)],
    },
    "parts": {
        "properties": {
            "c": {"allOf": [{"properties": {f"p{index}": {"$ref": "#/$defs/x"}}} for index in range(5_000)]}
        },
        "$defs": {"x": {"type": "integer"}},
    },
    "sets": {
        "expectations": [
            {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "c", "value_set": list(range(1_000))}}
        ]
        * 200
    },
    "roots": {"type": "array", "items": {"allOf": [{"properties": {"a": {}}}] * 20_000}},
}


@pytest.mark.parametrize("value", LARGE.values(), ids=LARGE)
def test_large_files_end_soon(value: object) -> None:
    text = json.dumps(value).encode()
    begun = time.process_time()
    with contextlib.suppress(ConfigError):
        read(text, where="x", name="t")
    assert time.process_time() - begun < 10


# -- anything at all --------------------------------------------------------------------------------

WORDS = {
    "json-schema": "properties type required items allOf anyOf oneOf $ref $defs enum const minimum maximum "
    "exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems maxItems uniqueItems "
    "minProperties maxProperties nullable description additionalProperties not",
    "avro": "type name fields symbols items values logicalType precision scale size namespace aliases default doc",
    "pandera": "schema_type columns dtype nullable unique required regex coerce checks greater_than less_than in_range "
    "isin str_matches str_length str_startswith str_endswith equal_to min_value max_value value options check_name "
    "raise_warning description index strict",
    "great-expectations": "expectations type expectation_type kwargs column column_list mostly min_value max_value "
    "value_set regex regex_list type_ type_list value severity strict_min row_condition name",
    "dbt": "models sources seeds tables name columns tests data_tests constraints data_type type to to_columns field "
    "values accepted_values not_null unique relationships dbt_utils.accepted_range dbt_utils.recency severity config "
    "error_if where min_value max_value freshness loaded_at_field error_after count period dbt_utils.not_empty_string "
    "dbt_utils.unique_combination_of_columns combination_of_columns description interval datepart arguments",
}
VALUES = (
    "string integer number boolean array object null record enum fixed int long bytes decimal date date-time uuid "
    "timestamp-micros email #/$defs/a #/properties/a # a b warn day >3 [A-Z]+ (?=x) ^(a+)+$ int64 datetime64[ns] "
    "ref('a') 2024-01-01 expect_column_values_to_be_between expect_column_values_to_be_in_set greater_than "
    "expect_column_values_to_match_regex expect_column_values_to_not_be_null expect_table_row_count_to_be_between "
    "expect_compound_columns_to_be_unique expect_column_value_lengths_to_be_between not_null unique foreign_key"
).split()
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 100),
    st.sampled_from([0.5, -1.5, 1e300, 10**25, -(2**63)]),
    st.sampled_from(VALUES),
    st.text(max_size=6),
)


def documents(language: str) -> st.SearchStrategy[Any]:
    keys = (
        st.sampled_from(WORDS[language].split()) | st.sampled_from(["a", "b", "\x00", "é ", ""]) | st.text(max_size=3)
    )
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=30,
    )


def likely(language: str) -> st.SearchStrategy[Any]:
    """A document that has at least the outer form of its language."""
    inner = documents(language)
    name = st.sampled_from(["a", "b", "c d", "é"])
    column = st.dictionaries(st.sampled_from(WORDS[language].split()), inner, max_size=6)
    match language:
        case "json-schema":
            return st.fixed_dictionaries(
                {"properties": st.dictionaries(name, column | inner, min_size=1, max_size=3)},
                optional={
                    "$defs": st.dictionaries(name, column),
                    "required": st.lists(name),
                    "allOf": st.lists(column),
                },
            )
        case "avro":
            field = st.fixed_dictionaries({"name": name, "type": inner | column}, optional={"default": inner})
            return st.fixed_dictionaries(
                {"type": st.just("record"), "name": name, "fields": st.lists(field, max_size=4)}
            )
        case "pandera":
            return st.fixed_dictionaries(
                {"columns": st.dictionaries(name, column, min_size=1, max_size=3)},
                optional={"unique": st.lists(name), "checks": inner, "index": inner},
            )
        case "great-expectations":
            kwargs = st.dictionaries(st.sampled_from(WORDS[language].split()), inner, max_size=5)
            kind = st.sampled_from([one for one in VALUES if one.startswith("expect")])
            one = st.fixed_dictionaries({"type": kind, "kwargs": kwargs | kwargs.map(lambda a: {**a, "column": "a"})})
            return st.fixed_dictionaries({"expectations": st.lists(one, max_size=5)})
        case _:
            test = inner | st.sampled_from(["not_null", "unique"]) | column
            said = {"tests": st.lists(test), "constraints": st.lists(column)}
            columns = st.fixed_dictionaries({"name": name}, optional={**said, "data_type": inner})
            table = st.fixed_dictionaries(
                {"name": name, "columns": st.lists(columns, max_size=3)}, optional={**said, "freshness": inner}
            )
            return st.fixed_dictionaries({"models": st.lists(table, max_size=3)})


def _imported(text: bytes, language: Language) -> Draft | None:
    found: list[Draft] = []
    sentence = ""
    try:
        found.append(read(text, where="x", name="t", language=language)[1])
    except ConfigError as refused:
        sentence = refused.sentence
    assert "\n" not in sentence and len(sentence) < 2_000
    return found[0] if found else None


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=80, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_document_is_a_contract_that_loads_or_one_sentence(language: Language, data: st.DataObject) -> None:
    value = data.draw(likely(language) | documents(language))
    draft = _imported(json.dumps(value).encode(), language)
    if draft is None:
        return
    text = document(draft)
    for table in draft.tables:
        contract = load_contract(text.encode(), path="written", dataset=table.name)
        outer = [column.name for column in contract.columns if not column.path]
        assert outer == [column.column.name for column in table.columns]


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=25, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_yaml_and_json_come_to_the_same(language: Language, data: st.DataObject) -> None:
    value = json.loads(json.dumps(data.draw(likely(language))))
    as_yaml = _imported(_yaml(value), language)
    # YAML has no NUL character, nor keys of any length.
    assert as_yaml is None or as_yaml == _imported(json.dumps(value).encode(), language)


def _yaml(value: Any) -> bytes:
    """The value in YAML, which JSON is as well; a comment before it keeps it from being read as JSON."""
    return b"# YAML\n" + json.dumps(value).encode()


@settings(max_examples=100, deadline=2_000)
@given(text=st.binary(max_size=200))
@pytest.mark.parametrize("language", LANGUAGES)
def test_bytes_are_refused_in_one_sentence(language: Language, text: bytes) -> None:
    assert _imported(text, language) is None
