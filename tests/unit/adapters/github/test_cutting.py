"""Texts cut to GitHub's limits stay valid and say that they are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sluice.adapters.github import cutting
from sluice.adapters.github.annotations import MOST, fitting
from sluice.domain.report import Annotation


@given(words=st.text(max_size=600), most=st.integers(300, 500))
def test_bytes_and_characters_keep_the_limit(words: str, most: int) -> None:
    cut = cutting.to_bytes(words, most)
    assert len(cut.encode()) <= most
    assert len(cutting.to_characters(words, most)) <= most
    if len(words.encode()) <= most:
        assert cut == words


@given(words=st.text(alphabet=st.characters(categories=None), max_size=300))
def test_half_a_surrogate_pair_is_no_obstacle(words: str) -> None:
    cutting.to_characters(words, 200).encode()
    cutting.short(words, 140).encode()


@given(words=st.text(max_size=400))
def test_a_title_is_one_line(words: str) -> None:
    title = cutting.short(words, cutting.STATUS_CHARACTERS)
    assert len(title) <= 140 and len(title.splitlines()) <= 1


def test_the_cut_is_at_the_end_of_a_line() -> None:
    cut = cutting.to_characters("one line of text\n" * 100, 600)
    assert cut.startswith("one line of text\n") and "one line of text\n\n> The rest is cut" in cut


def test_one_endless_line_is_cut_within() -> None:
    assert cutting.to_characters("title\n" + "x" * 1000, 600).count("x") > 400


def note(line: int = 1, path: str = "a.csv", message: str = "m", level: str = "notice") -> Annotation:
    return Annotation(path=path, line=line, level=level, title="", message=message)  # pyright: ignore[reportArgumentType]


def test_what_github_refuses_is_left_out() -> None:
    usable = note(line=0, message="é" * 100_000)
    (only,) = fitting([note(path=""), note(path="/etc/passwd"), note(message=" \n"), usable])
    assert only["start_line"] == only["end_line"] == 1 and "title" not in only
    assert len(str(only["message"]).encode()) <= cutting.ANNOTATION_BYTES


def test_the_gravest_come_first_and_the_rest_is_bounded() -> None:
    rows = fitting([*(note(line) for line in range(1, 1000)), note(5, level="failure"), note(6, level="warning")])
    assert [row["annotation_level"] for row in rows[:3]] == ["failure", "warning", "notice"]
    assert len(rows) == MOST
