"""Files of a work tree that is not to be trusted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sluice.adapters.files import read_bounded
from sluice.domain.errors import EvidenceError


def test_plain_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"12345")
    assert read_bounded(tmp_path, "deep/a", 5) == b"12345"
    assert read_bounded(tmp_path, "./deep//a", 5) == b"12345"
    assert read_bounded(tmp_path, "deep/none", 5) is None
    assert read_bounded(tmp_path, "deep/a/none", 5) is None
    with pytest.raises(EvidenceError, match="more than the 4 bytes"):
        read_bounded(tmp_path, "deep/a", 4)


@pytest.mark.parametrize("path", ["", ".", "../x", "/etc/passwd", "deep/../../x", "link", "far/passwd", "pipe", "deep"])
def test_what_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "far").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(EvidenceError) as caught:
        read_bounded(tmp_path, path, 10_000)
    assert caught.value.reason_code == "path"
