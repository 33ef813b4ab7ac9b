"""Foreign text in the report stays text: rendered by a Markdown reader, it shows what it says and does nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sluice.core.report.escape import block, code, plain, prose, said, segments

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False})
HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("`*_[]()<>#|~$&@!-+=.\\\n\r\t :/'\"1a"), st.characters()), max_size=80
)


def _tokens(markdown: str) -> list[str]:
    found: list[str] = []
    for token in GFM.parse(markdown):
        found.append(token.type)
        found += [child.type for child in token.children or ()]
    return found


@given(HOSTILE)
@example("\r-")
@example("12. x")
@example(" = x")
def test_prose_is_one_paragraph_of_plain_text(text: str) -> None:
    allowed = {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}
    assert set(_tokens(prose(text))) <= allowed


@given(HOSTILE)
def test_prose_says_what_the_text_says(text: str) -> None:
    shown = "".join(child.content for token in GFM.parse(prose(text)) for child in token.children or ())
    assert shown.replace("\u2060", "").strip() == plain(text).strip()


@given(HOSTILE)
def test_a_sentence_is_one_paragraph_of_text_and_code(text: str) -> None:
    allowed = {"paragraph_open", "inline", "paragraph_close", "text", "text_special", "code_inline"}
    assert set(_tokens(said(text))) <= allowed


@given(HOSTILE)
def test_a_sentence_says_what_the_text_says_with_code_between_backticks(text: str) -> None:
    shown = [child for token in GFM.parse(said(text)) for child in token.children or ()]
    wanted = [part for is_code, part in segments(plain(text)) if is_code]
    assert [_bare(child.content) for child in shown if child.type == "code_inline"] == [_bare(part) for part in wanted]
    whole = "".join(part for _, part in segments(plain(text)))
    assert _bare("".join(child.content for child in shown)) == _bare(whole)


def _bare(text: str) -> str:
    return text.replace("\u2060", "").replace(" ", "").replace("|", "¦")


@given(HOSTILE)
def test_a_sentence_keeps_a_table_row_whole(text: str) -> None:
    row = f"| a | b |\n|---|---|\n| x {said(text)} | end |\n"
    cells = [token.content for token in GFM.parse(row) if token.type == "inline"]
    assert len(cells) == 4 and cells[3] == "end"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("required of `age`: *", "required of `age`: \\*"),
        ("a lone ` stays", "a lone \\` stays"),
        ("`a` and ` b", "`a` and \\` b"),
        ("`a``b`", "`a`\u2060`b`"),
        ("``", "\\`\\`"),
        ("`@acme` @acme", "`@acme` @\u2060acme"),
    ],
)
def test_only_what_stands_between_two_backticks_is_code(text: str, made: str) -> None:
    assert said(text) == made


@given(HOSTILE)
def test_code_is_one_code_span_also_inside_a_table(text: str) -> None:
    row = f"| a | b |\n|---|---|\n| {code(text)} | end |\n"
    cells = [token for token in GFM.parse(row) if token.type == "inline"]
    assert len(cells) == 4
    assert [child.type for child in cells[2].children or ()] == ["code_inline"]


@given(HOSTILE)
def test_prose_keeps_a_table_row_whole(text: str) -> None:
    row = f"| a | b |\n|---|---|\n| x {prose(text)} | end |\n"
    cells = [token.content for token in GFM.parse(row) if token.type == "inline"]
    assert len(cells) == 4 and cells[3] == "end"


@given(st.text(max_size=300))
def test_block_is_one_fence(text: str) -> None:
    tokens = GFM.parse(f"before\n\n{block(text)}\n\nafter")
    assert [token.type for token in tokens if token.type in ("fence", "html_block", "heading_open")] == ["fence"]
    assert tokens[-2].content == "after"


def test_mentions_issues_and_addresses_are_broken() -> None:
    made = prose("@acme/admins fix #12 GH-7 see https://evil.example www.evil.example")
    assert not re.search(r"@\w|#\d|://\w|www\.|GH-\d", made)


def test_control_and_direction_characters_are_dropped() -> None:
    assert plain("a\x1b[31mb\u202ec\u200bd\x00e") == "a[31mbcde"


def test_lines_are_kept_in_a_block_and_the_end_wins() -> None:
    assert "    indented" in block("first\n\tindented")
    assert block("x" * 50 + "\n" + "end", limit=10).splitlines()[1] == "… (cut)"
    assert "end" in block("x" * 50 + "\n" + "end", limit=10)
