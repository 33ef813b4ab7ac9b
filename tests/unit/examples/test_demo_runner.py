"""The demo's runner reads a step's outputs as GitHub's does."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.demo.runner import read_outputs
from hypothesis import given
from hypothesis import strategies as st

from sluice.adapters.actions import set_output


def test_both_forms_are_read() -> None:
    assert read_outputs("a=1\nb<<END\nx=2\n<<y\nEND\nc=\n") == {"a": "1", "b": "x=2\n<<y", "c": ""}


@given(value=st.text(alphabet=st.characters(codec="utf-8")))
def test_what_the_action_sets_comes_out_as_it_was(value: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    target: Path = tmp_path_factory.mktemp("runner") / "output"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_OUTPUT", str(target))
        target.touch()
        set_output("before", "1")
        set_output("value", value)
        set_output("after", "2")
    assert read_outputs(target.read_bytes().decode()) == {"before": "1", "value": value, "after": "2"}
