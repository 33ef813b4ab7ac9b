"""YAML 1.2 core, bounded; whatever the bytes, a value or a ConfigError."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.number import BadNumber
from sluice.adapters.decode.strict_yaml import MAX_BYTES, MAX_NODES, Parsed, parse
from sluice.domain.errors import ConfigError

PLAIN_TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF, exclude_characters="\x7f", exclude_categories=["Cc", "Cs"]),
    max_size=40,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PLAIN_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(PLAIN_TEXT, inner, max_size=5),
    max_leaves=30,
)


# Without digits: there YAML 1.1, which the writer quotes by, and 1.2 differ.
LETTERS = st.text(alphabet="abc :#-\n'\"{}é", max_size=12)
BLOCKS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | LETTERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LETTERS, inner, max_size=4),
    max_leaves=20,
)


def refusal(text: bytes, max_bytes: int = MAX_BYTES) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(text, where="f.yaml", max_bytes=max_bytes)
    assert "\n" not in caught.value.sentence
    assert len(caught.value.sentence) < 400
    return caught.value


def attempt(data: bytes) -> Parsed | ConfigError:
    try:
        return parse(data, where="f")
    except ConfigError as error:
        return error


@given(VALUES)
@settings(deadline=None)
def test_json_is_read_as_the_value_it_writes(value: object) -> None:
    assert parse(json.dumps(value, ensure_ascii=False).encode(), where="f").value == value


@given(BLOCKS)
@settings(deadline=None)
def test_what_a_yaml_writer_writes_is_read_back(value: object) -> None:
    assert parse(yaml.safe_dump(value, allow_unicode=True).encode(), where="f").value == value


@given(st.binary(max_size=300) | st.text(alphabet="ab:-[]{},&*!|>'\"%@#? \n0.~<", max_size=200).map(str.encode))
@example(b"- &a [*a]")
@example(b"&a a: *a")
@example(b"*a : 1")
@example(b"? [a]\n: 1")
@example(b"... \n---")
@settings(deadline=None, max_examples=500)
def test_any_bytes_are_a_value_or_a_config_error(data: bytes) -> None:
    found = attempt(data)
    if isinstance(found, ConfigError):
        assert found.where.startswith("f")
    else:
        assert all(line <= data.count(b"\n") + data.count(b"\r") + 1 for line in found.lines.values())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("010", 10),
        ("0o10", 8),
        ("0xff", 255),
        ("+3", 3),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("~", None),
        ("NULL", None),
        ("nUll", "nUll"),
        ("True", True),
        ("tRue", "tRue"),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1e-400", 0.0),
        ("-", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("'<<'", "<<"),
        ("'~'", "~"),
        (".", "."),
        ("-9223372036854775808", -(2**63)),
        ("|\n a\n b", "a\nb\n"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    document = f"- {text}\n" if text == "-" else f"k: {text}\n"
    found = parse(document.encode(), where="f").value
    wanted = [[None]] if text == "-" else {"k": value}
    assert found == wanted
    assert repr(found) == repr(wanted)


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n", "---\n", "---\n...\n", "\ufeff"])
def test_an_empty_document_is_none(text: str) -> None:
    assert parse(text.encode(), where="f").value is None


def test_lines_are_those_of_the_keys() -> None:
    parsed = parse(b"a: 1\n\nb:\n  - x\n  - {c: 1,\n     'd e': 2}\n", where="f.yaml")
    assert parsed.lines == {"a": 1, "b": 3, "b[0]": 4, "b[1]": 5, "b[1].c": 5, 'b[1]["d e"]': 6}
    assert parsed.line("b[1].c.deeper[3]") == 5
    assert parsed.line("unknown") == 1
    assert parsed.at("b[1].c") == "f.yaml:5: b[1].c"


def test_aliases_are_written_out() -> None:
    parsed = parse(b"a: &x {k: [1, 2]}\nb: *x\nc: &y 3\nd: *y\n", where="f")
    assert parsed.value == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}, "c": 3, "d": 3}
    assert parsed.line("b.k[0]") == 2


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        (b"a: 1\nb: 2\na: 3\n", "f.yaml:3: a", "twice"),
        (b"a:\n  b: 1\n  'b': 2\n", "f.yaml:3: a.b", "twice"),
        (b"a: .nan", "f.yaml:1: a", "finite"),
        (b"a: -.inf", "f.yaml:1: a", "finite"),
        (b"a: 1e999", "f.yaml:1: a", "finite"),
        (b"a: 9223372036854775808", "f.yaml:1: a", "64 bits"),
        (b"a: " + b"9" * 5000, "f.yaml:1: a", "64 bits"),
        (b"\na: \xe9", "f.yaml:2", "UTF-8"),
        ("a: 1".encode("utf-16"), "f.yaml:1", "UTF-8"),
        (b"a: b\nc: \x07", "f.yaml:2", "control"),
        (b"a: 1\nc: \x00", "f.yaml:2", "control"),
        (b'a: "\\0"', "f.yaml:1: a", "NUL"),
        (b"1: a", "f.yaml:1", "quotes"),
        (b"a:\n  true: b", "f.yaml:2: a", "quotes"),
        (b"~: b", "f.yaml:1", "quotes"),
        (b"? [a]\n: 1", "f.yaml:1", "not text"),
        (b"&k a: 1\n*k : 2", "f.yaml:2", "not text"),
        (b"k" * 257 + b": 1", "f.yaml:1", "256"),
        (b"a: !!python/object/apply:os.system [x]", "f.yaml:1: a", "tag"),
        (b"a: !!str 1", "f.yaml:1: a", "tag"),
        (b"! a: b", "f.yaml:1", "tag"),
        (b"%YAML 1.1\n---\na: no", "f.yaml:1", "directive"),
        (b"%TAG ! x:\n---\na: no", "f.yaml:1", "directive"),
        (b"a: 1\n---\nb: 2", "f.yaml:2", "second document"),
        (b"<<: {a: 1}", "f.yaml:1", "merge"),
        (b"a: [*b]", "f.yaml:1: a[0]", "*b"),
        (b"a: &a [*a]", "f.yaml:1: a[0]", "*a"),
        (b"a: [1", "f.yaml:1", "valid YAML"),
        (b"a: 1\nb: 'x\n\n\n", "f.yaml:2", "valid YAML"),
        (b"a:\n\t- 1", "f.yaml:2", "valid YAML"),
        (b"a: b: c", "f.yaml:1", "valid YAML"),
    ],
)
def test_refused_with_line_and_key(text: bytes, where: str, says: str) -> None:
    error = refusal(text)
    assert error.where == where
    assert says in error.sentence
    assert error.line == int(where.split(":")[1])


def test_bad_numbers_can_be_kept() -> None:
    value = parse(b"[.nan, -.INF, 1e999, 9223372036854775808, 1]", where="f", keep_bad_numbers=True).value
    assert isinstance(value, list)
    assert [item.why if isinstance(item, BadNumber) else item for item in value] == [
        "not a finite number",
        "not a finite number",
        "not a finite number",
        "beyond 64 bits",
        1,
    ]


def test_bounds_hold_at_their_very_values() -> None:
    parse(b"[" * 64 + b"]" * 64, where="f")
    assert "64 levels" in refusal(b"[" * 66 + b"]" * 66).sentence
    parse(b"[" + b"1," * (MAX_NODES - 1) + b"]", where="f")
    assert "values" in refusal(b"[" + b"1," * MAX_NODES + b"]").sentence
    parse(b"a: 1", where="f", max_bytes=4)
    assert "3 bytes" in refusal(b"a: 1", max_bytes=3).sentence


def test_aliases_count_in_full() -> None:
    wide = b"a: &a [" + b"x," * 1000 + b"]\n"
    assert "alias" in refusal(wide + b"b: [" + b"*a," * 101 + b"]\n").sentence
    long = b"a: &a " + b"x" * 10_000 + b"\n"
    assert "alias" in refusal(long + b"b: [" + b"*a," * 100 + b"]\n").sentence
    deep = b"a: &a " + b"[" * 40 + b"]" * 40 + b"\n"
    parse(deep + b"b: [*a]\n", where="f")
    assert "64 levels" in refusal(deep + b"b: " + b"[" * 30 + b"*a" + b"]" * 30).sentence


def test_the_same_without_the_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")
    parsed = parse(b"a: &x {k: [1, 2.5, no]}\nb: *x\n", where="f")
    assert parsed.value == {"a": {"k": [1, 2.5, "no"]}, "b": {"k": [1, 2.5, "no"]}}
    assert parsed.lines["b"] == 2
    for text in (b"a: \x07", b'a: "\\ud800"', b"a: [1", b"a: 1\na: 2", b"[" * 3000):
        refusal(text)
