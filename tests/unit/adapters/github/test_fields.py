"""Answers that are not what GitHub describes are refused, never half understood."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sluice.adapters.github import contents, fields
from sluice.adapters.github.fields import NoAnswer
from sluice.domain.errors import ConfigError

PULL: dict[str, Any] = {
    "number": 7,
    "state": "open",
    "draft": False,
    "labels": [{"name": "model"}],
    "head": {"sha": "a" * 40, "ref": "feat", "repo": {"full_name": "mallory/churn"}},
    "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": "acme/churn"}},
}


def altered(*path: Any, value: Any) -> dict[str, Any]:
    pull = copy.deepcopy(PULL)
    inner = pull
    for key in path[:-1]:
        inner = inner[key]
    if value is KeyError:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return pull


def test_a_pull_request() -> None:
    found = fields.pull(PULL)
    assert (found.number, found.labels, found.head_repository) == (7, ("model",), "mallory/churn")


def test_the_head_of_a_deleted_fork_is_a_forks_head() -> None:
    found = fields.pull(altered("head", "repo", value=None))
    assert found.head_repository == fields.DELETED_REPOSITORY != ""


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "text",
        {"data": "<html>"},
        altered("number", value="7"),
        altered("number", value=True),
        altered("draft", value="false"),
        altered("labels", value=None),
        altered("labels", 0, value="model"),
        altered("head", "sha", value="a" * 39),
        altered("head", "sha", value="A" * 40),
        altered("head", "sha", value=KeyError),
        altered("head", "repo", value={"name": "churn"}),
        altered("base", "sha", value="b" * 40 + "\n"),
        altered("base", value=None),
    ],
)
def test_what_is_missing_or_of_another_type_is_no_answer(answer: object) -> None:
    with pytest.raises(NoAnswer):
        fields.pull(answer)


@pytest.mark.parametrize("kind", ["symlink", "submodule", "dir"])
def test_only_files_are_read(kind: str) -> None:
    with pytest.raises(ConfigError, match=f"sluice.yaml: is not a file but a {kind}"):
        contents._file_entry({"type": kind}, "sluice.yaml")


@pytest.mark.parametrize("content", ["not base64!", "YWJj", "YW Jj"])
def test_content_that_is_not_what_is_stated(content: str) -> None:
    with pytest.raises(NoAnswer):
        contents._decoded({"content": content, "size": 2})
