"""Scripts and unknown words of texts."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.core.drift.texts import script, unknown_shares


@pytest.mark.parametrize(
    ("text", "name"),
    [("a river", "latin"), ("größer", "latin"), ("река течёт, ok", "cyrillic"), ("河流", "cjk"), ("ποτάμι", "greek"),
     ("نهر", "arabic"), ("12, 3!", "none"), ("", "none"), ("€ — 7", "none")],
)  # fmt: skip
def test_the_script_of_most_letters(text: str, name: str) -> None:
    assert script(text) == name


WORDS = np.array([f"w{index}" for index in range(3_000)])


def some(chance: np.random.Generator, n: int) -> list[str]:
    return [" ".join(chance.choice(WORDS, 10)) for _ in range(n)]


def test_texts_of_one_origin_know_equally_much() -> None:
    chance = np.random.default_rng(2)
    ours, theirs = unknown_shares(some(chance, 1_200), some(chance, 1_200))
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.02)
    assert 0.1 < ours.mean() < 0.9


def test_a_text_of_both_sides_counts_alike_wherever_it_stands() -> None:
    chance = np.random.default_rng(3)
    texts = some(chance, 400)
    ours, theirs = unknown_shares(texts, [text.upper() + "!" for text in texts[:0:-1]])
    assert theirs.tolist() == ours[:0:-1].tolist()
    assert 0.1 < ours.mean() < 0.999


def test_texts_that_repeat_make_their_words_no_better_known() -> None:
    texts = some(np.random.default_rng(4), 401)
    once, again = (unknown_shares(texts * times, texts)[1] for times in (1, 3))
    assert once.tolist() == again.tolist()


def test_words_that_the_reference_lacks_are_unknown() -> None:
    reference = [f"the mill {number}" for number in range(100)]
    ours, theirs = unknown_shares(reference, ["The MILL.", "a new word", "..."])

    assert ours.tolist() == pytest.approx([1 / 3] * 100)
    assert theirs[:2].tolist() == [0.0, 1.0]
    assert np.isnan(theirs[2])
