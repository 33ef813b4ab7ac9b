"""Which columns an MLflow model takes, by the signature in its folder."""

from __future__ import annotations

import json

import pytest

from sluice.adapters.models.mlflow_folder import inputs_of
from sluice.adapters.models.refusal import BrokenError


def described(inputs: object) -> bytes:
    return json.dumps({"flavors": {}, "signature": {"inputs": inputs}}).encode()


def test_the_columns_of_a_signature() -> None:
    columns = [{"name": "a", "type": "double", "required": True}, {"name": "b", "type": "string", "required": False}]
    assert inputs_of(described(json.dumps(columns))) == (("a", True), ("b", False))
    assert inputs_of(described('[{"name": "a", "type": "long"}]')) == (("a", True),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"flavors: {}\n", "has no signature"),
        (b"[]", "has no signature"),
        (b"signature: x", "has no signature"),
        (described(None), "has no signature"),
        (described([1]), "has no signature"),
        (described("[]"), "names no columns"),
        (described("{}"), "names no columns"),
        (described('"name"'), "names no columns"),
        (described('[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]'), "names no columns"),
        (described('[{"name": "a"}, {"type": "double"}]'), "names no columns"),
        (described('[{"name": 1}]'), "names no columns"),
        (described('[{"name": ""}]'), "names no columns"),
        (described('[{"name": "a"}, 7]'), "names no columns"),
        (described("[" * 100_000), "is no JSON"),
        (described("not json"), "is no JSON"),
        (b"\xff", "is no YAML"),
    ],
)
def test_a_model_that_does_not_say_what_it_takes(text: bytes, says: str) -> None:
    with pytest.raises(BrokenError, match=says):
        inputs_of(text)
