"""`sluice contract`: what is written passes, what is compared is told, what is imported is whole or listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.decode.contract import load_contract
from sluice.entry.cli import main

OLD = """apiVersion: v3.1.0
kind: DataContract
id: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - name: age
        logicalType: integer
        logicalTypeOptions: {minimum: 0, maximum: 130}
      - name: plan
        logicalType: string
        enum: [{value: free}, {value: paid}]
"""
NEW = OLD.replace("minimum: 0", "minimum: 18").replace("{value: paid}", "{value: paid}, {value: trial}") + (
    "      - name: referrer\n        logicalType: string\n"
)
CODES = [("range-narrowed", ["backward"]), ("enum-value-added", ["forward"]), ("column-added", [])]
SCHEMA: dict[str, Any] = {
    "properties": {"id": {"type": "integer"}, "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]}},
    "required": ["id"],
}
OMITTED = "`oneOf` at properties.either: no such demand in the standard"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    (tmp_path / "people.schema.json").write_text(json.dumps(SCHEMA))
    rows = "".join(f"{index},{index % 90},AB-{index:04}\n" for index in range(300))
    (tmp_path / "people.csv").write_text(f"id,age,code\n{rows}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["contract", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


# -- infer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["people.csv", "people.parquet", "people.jsonl"])
def test_what_is_inferred_passes(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    import duckdb

    options = {".parquet": "(FORMAT parquet)", ".jsonl": "(FORMAT json)"}
    if name != "people.csv":
        duckdb.sql(f"COPY (FROM 'people.csv') TO '{name}' {options[Path(name).suffix]}")
    code, out, err = said(capsys, "infer", name, "--out", "contract.yaml")
    assert (code, out) == (0, "")
    assert err == f"sluice: {name}: a contract from 300 rows, 3 columns, in contract.yaml\n"
    contract = load_contract((here / "contract.yaml").read_bytes(), path="contract.yaml", dataset="people")
    assert contract.name == "people"
    assert {one.name: one.pattern for one in contract.columns}["code"] == "^[A-Z]{2}-[0-9]{4}$"
    assert main(["validate", name, "--contract", "contract.yaml"]) == 0


def test_a_contract_is_inferred_from_a_pattern(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "folk/year=2026").mkdir(parents=True)
    (here / "people.csv").rename(here / "folk/year=2026/rows.csv")
    code, out, _ = said(capsys, "infer", "folk/**/*.csv")
    contract = load_contract(out.encode(), path="x", dataset="folk")
    assert (code, contract.name, "year" in {one.name for one in contract.columns}) == (0, "folk", True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("none/*.csv",), "*.csv: no file matches"),
        (("people.csv@HEAD",), "is not a git repository"),
        (("#people",), "#people"),
        (("postgres://127.0.0.1:1/base#people",), "the database does not answer"),
        (("#people", "--engine", "postgres://127.0.0.1:1/base"), "the database does not answer"),
        (("postgres://me:hushhush@127.0.0.1:1/base#people",), "the URL holds a password"),
        (("people.csv", "--engine", "postgres://127.0.0.1:1/base"), "the engine reads tables of its own"),
        (("people.csv", "--engine", "abacus"), "engine"),
    ],
)
def test_nothing_is_inferred_from_what_cannot_be_reached(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = said(capsys, "infer", *arguments)
    assert (code, out, err.count("\n"), sentence in err) == (2, "", 1, True), err
    assert "hushhush" not in err


def test_the_contract_goes_to_stdout_or_into_a_new_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "infer", "people.csv", "--name", "folk")
    assert code == 0 and load_contract(out.encode(), path="x", dataset="folk").name == "folk"
    code, out, _ = said(capsys, "infer", "people.csv", "--json")
    shape = json.loads(out)
    assert (shape["n_rows"], shape["n_columns"]) == (300, 3) and "kind: DataContract" in shape["contract"]
    code, _, err = said(capsys, "infer", "people.csv", "--out", "old.yaml")
    assert code == 2 and "old.yaml exists already" in err and (here / "old.yaml").read_text() == OLD
    code, _, err = said(capsys, "infer", "people.csv", "--out", "nowhere/x.yaml")
    assert code == 2 and "there is no such folder" in err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "no bytes"), (b"a,b\n", "without rows"), (b"a,b\n1\n", "1 value where"), (b"a\n\xff\n", "not UTF-8")],
)
def test_nothing_is_inferred_from_bad_data(
    here: Path, capsys: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    (here / "bad.csv").write_bytes(content)
    code, out, err = said(capsys, "infer", "bad.csv", "--out", "x.yaml")
    assert (code, out) == (2, "") and sentence in err and err.count("\n") == 1
    assert not (here / "x.yaml").exists()


# -- diff -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "code"), [("none", 0), ("backward", 1), ("forward", 1), ("full", 1)])
def test_changes_are_named(here: Path, capsys: pytest.CaptureFixture[str], mode: str, code: int) -> None:
    found, out, _ = said(capsys, "diff", "old.yaml", "new.yaml", "--compatibility", mode, "--json")
    shape = json.loads(out)
    assert found == code
    assert (shape["verdict"], shape["compatibility"]) == ("fail" if code else "pass", mode)
    assert [(one["code"], one["breaks"]) for one in shape["changes"]] == CODES
    broken = [mode in one["breaks"] or (mode == "full" and bool(one["breaks"])) for one in shape["changes"]]
    assert [one["broken"] for one in shape["changes"]] == broken
    assert [one["line"] for one in shape["changes"]] == [9, 12, 15]
    assert set(shape["changes"][0]) == {"code", "column", "sentence", "line", "breaks", "broken"}


def test_changes_are_told_to_people(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "diff", "old.yaml", "new.yaml", "--compatibility", "backward")
    assert code == 1
    assert out.splitlines() == [
        "breaks backward              range-narrowed: `age`: "
        "range >= 0 and <= 130 became >= 18 and <= 130 (new.yaml:9)",
        "breaks forward               enum-value-added: `plan`: `trial` is allowed now (new.yaml:12)",
        "breaks nothing               column-added: column `referrer` is new (new.yaml:15)",
    ]
    assert err == "sluice: new.yaml: 3 changes, 1 of them breaks `backward`\n"
    code, out, err = said(capsys, "diff", "old.yaml", "old.yaml", "--compatibility", "full")
    assert (code, out, err) == (0, "", "sluice: old.yaml: nothing changed\n")


def test_values_that_may_be_shown_from_now_on_are_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classified = OLD.replace("- name: plan\n", "- name: plan\n        classification: confidential\n")
    (here / "classified.yaml").write_text(classified)
    (here / "open.yaml").write_text(classified.replace("confidential", "public"))
    code, out, _ = said(capsys, "diff", "classified.yaml", "open.yaml", "--compatibility", "full")
    assert code == 0
    assert out == (
        "breaks nothing               classification-changed: `plan`: classification `confidential` became `public`; "
        "its values may be shown now (open.yaml:12)\n"
    )
    code, out, _ = said(capsys, "diff", "classified.yaml", "old.yaml", "--compatibility", "full")
    assert (code, "classification-removed: `plan`: " in out, "may be shown now" in out) == (0, True, True)


def test_a_file_of_several_tables_needs_the_name_of_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "two.yaml").write_text(OLD + "  - name: other\n    properties: [{name: x}]\n")
    code, _, err = said(capsys, "diff", "two.yaml", "new.yaml")
    assert code == 2 and "`people`, `other`" in err
    code, _, err = said(capsys, "diff", "two.yaml", "new.yaml", "--table", "people")
    assert code == 0 and "3 changes" in err


@pytest.mark.parametrize("arguments", [("old.yaml", "none.yaml"), ("old.yaml", "people.csv"), ("old.yaml", ".")])
def test_what_is_no_contract_cannot_be_compared(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    code, out, err = said(capsys, "diff", *arguments, "--json")
    assert code == 2 and err.count("\n") == 1
    assert json.loads(out)["error"]["exit_code"] == 2


# -- import -----------------------------------------------------------------------------------------


def test_what_is_imported_loads_and_what_is_not_is_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "import", "people.schema.json")
    assert code == 0
    assert err.splitlines() == [
        f"not carried over: {OMITTED}",
        "sluice: people.schema.json (json-schema): 2 columns; 1 thing not carried over",
    ]
    assert out.startswith(f"# Imported from people.schema.json (json-schema): read it, correct it, and commit it.\n"
                          f"# Not carried over:\n# - {OMITTED}\napiVersion: ")  # fmt: skip
    contract = load_contract(out.encode(), path="x", dataset="people")
    assert [(one.name, one.required) for one in contract.columns] == [("id", True), ("either", False)]


def test_imports_in_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "import", "people.schema.json", "--format", "json-schema", "--json")
    shape = json.loads(out)
    assert code == 0
    assert (shape["format"], shape["tables"], shape["omitted"]) == ("json-schema", ["people"], [OMITTED])
    assert "kind: DataContract" in shape["contract"]
    code, out, _ = said(capsys, "import", "people.schema.json", "--out", "c.yaml", "--json")
    shape = json.loads(out)
    assert shape["path"] == "c.yaml" and "contract" not in shape
    assert load_contract((here / "c.yaml").read_bytes(), path="c.yaml", dataset="people").columns


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("none.json",), "there is no such file"),
        (("people.csv",), "in none of the languages"),
        (("people.schema.json", "--format", "avro"), "is no Avro record"),
        (("people.schema.json", "--model", "x"), "leave `--model` out"),
        (("people.schema.json", "--format", "cobol"), "cobol"),
        ((".",), "there is no such file"),
    ],
)
def test_what_cannot_be_imported_is_told_in_one_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = said(capsys, "import", *arguments, "--json")
    assert code == 2 and sentence in err
    assert sentence in json.loads(out)["error"]["message"]


def test_an_import_too_large_for_one_contract_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    properties = {f"column_{index}": {"type": "string", "description": "d" * 200} for index in range(9_000)}
    (here / "large.json").write_text(json.dumps({"properties": properties}))
    code, _, err = said(capsys, "import", "large.json", "--out", "c.yaml")
    assert code == 2 and "cannot be written as one contract: is larger than" in err
    assert not (here / "c.yaml").exists()
