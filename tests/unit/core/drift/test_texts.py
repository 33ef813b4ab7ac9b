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


def test_texts_of_one_origin_know_equally_much() -> None:
    chance = np.random.default_rng(2)
    words = np.array([f"w{index}" for index in range(3_000)])

    def some(n: int) -> list[str]:
        return [" ".join(chance.choice(words, 10)) for _ in range(n)]

    ours, theirs = unknown_shares(some(600), some(600))
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.02)
    assert 0.1 < ours.mean() < 0.9


def test_words_that_the_reference_lacks_are_unknown() -> None:
    ours, theirs = unknown_shares(["The mill.", "the MILL"], ["the mill", "a new word", "..."])

    assert ours.tolist() == [0.0, 0.0]
    assert theirs[:2].tolist() == [0.0, 1.0]
    assert np.isnan(theirs[2])
