"""What is masked, and what is left readable."""

from __future__ import annotations

import pytest

from sluice.adapters.redaction import Redactor


def test_values_of_secret_variables() -> None:
    clean = Redactor.of({"DB_PASSWORD": "correct-horse", "NAME": "visible-name", "PIN_TOKEN": "short"}).clean
    assert clean("correct-horse visible-name short") == "*** visible-name short"


def test_a_secret_inside_another() -> None:
    clean = Redactor.of({"A_TOKEN": "abcdefgh", "B_TOKEN": "abcdefgh-long"}).clean
    assert clean("abcdefgh-long abcdefgh") == "*** ***"


def test_every_line_of_a_key() -> None:
    clean = Redactor.of({"DEPLOY_KEY": "-----BEGIN-----\nMIIEvQIBADAN\n"}).clean
    assert clean("x MIIEvQIBADAN") == "x ***"


def test_the_shell_s_folders_are_no_secrets() -> None:
    clean = Redactor.of({"PWD": "/home/me/churn", "OLDPWD": "/home/me/other", "DB_PWD": "correct-horse"}).clean
    assert clean("/home/me/churn/train.py /home/me/other correct-horse") == "/home/me/churn/train.py /home/me/other ***"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("token ghs_" + "a" * 36, "token ***"),
        ("github_pat_" + "A1_" * 10, "***"),
        ("postgres://user:secret@host/db", "postgres://***@host/db"),
        ("https://only-a-token@host/x", "https://***@host/x"),
        ("https://user:p@ss:w@host/x", "https://***@host/x"),
        ("ssh://git@host/o/r.git", "ssh://git@host/o/r.git"),
        ("https://host/mail?to=a@b", "https://host/mail?to=a@b"),
        ('{"url": "https://host","mail":"a@b"}', '{"url": "https://host","mail":"a@b"}'),
        ("https://host/path?x=1", "https://host/path?x=1"),
        ("loss_epoch: 0.3", "loss_epoch: 0.3"),
    ],
)
def test_shapes(text: str, left: str) -> None:
    assert Redactor().clean(text) == left


def test_repr_tells_nothing() -> None:
    assert "correct-horse" not in repr(Redactor.of({"DB_PASSWORD": "correct-horse"}))
