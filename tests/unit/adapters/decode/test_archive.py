"""Archives: honest ones come out whole, hostile ones not at all."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.archive import unpack
from sluice.domain.errors import EvidenceError

LIMITS = {"max_bytes": 1_000_000, "max_files": 20}
Entry = tuple[str | zipfile.ZipInfo, bytes]


def packed(*entries: Entry, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def info(name: str, *, mode: int = 0, system: int = 3) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = entry.orig_filename = name
    entry.create_system = system
    entry.external_attr = mode << 16
    return entry


def refusal(tmp_path: Path, data: bytes, **limits: int) -> str:
    (tmp_path / "a.zip").write_bytes(data)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(EvidenceError) as caught:
        unpack(tmp_path / "a.zip", tmp_path / "out", **{**LIMITS, **limits})
    assert sorted(tmp_path.iterdir()) == before
    assert caught.value.sentence.isprintable()
    return caught.value.what


def test_files_and_folders_come_out(tmp_path: Path) -> None:
    entries: tuple[Entry, ...] = (
        ("evidence.json", b"{}"),
        ("figures/", b""),
        ("figures/a.png", os.urandom(5000)),
        ("x/y/é.txt", b""),
        (info("mode.txt", mode=stat.S_IFREG | 0o4777), b"m"),
    )
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        (tmp_path / "a.zip").write_bytes(packed(*entries, method=method))
        out = tmp_path / f"out-{method}"
        files = unpack(tmp_path / "a.zip", out, **LIMITS)
        assert files == tuple(map(Path, ("evidence.json", "figures/a.png", "mode.txt", "x/y/é.txt")))
        assert (out / "figures/a.png").read_bytes() == entries[2][1]
        assert all(stat.S_IMODE((out / file).stat().st_mode) & 0o7111 == 0 for file in files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out-0", "out-8"]


def test_an_empty_archive_is_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed())
    assert unpack(tmp_path / "a.zip", tmp_path / "deep" / "out", **LIMITS) == ()
    assert list((tmp_path / "deep" / "out").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/../../x",
        "a/..",
        "..",
        ".",
        "/etc/x",
        "//host/x",
        "a//b",
        "./a",
        "C:/x",
        "c:x",
        "..\\x",
        "a\\b",
        "a\nb",
        "a\x1bb",
        "\u202ea",
        "x" * 201,
        "/".join("abcdefghi"),
        "",
        "/",
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    assert "is not a plain relative path" in refusal(tmp_path, packed((info(name), b"x")))


def test_a_name_cut_by_nul(tmp_path: Path) -> None:
    data = packed(("evidence.json#png", b"x")).replace(b"evidence.json#png", b"evidence.json\0png")
    assert "is not a plain relative path" in refusal(tmp_path, data)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK, stat.S_IFDIR])
def test_links_and_devices(tmp_path: Path, kind: int) -> None:
    for system in (0, 3):
        data = packed((info("figures", mode=kind | 0o777, system=system), b"/etc"))
        assert "is a link or a device" in refusal(tmp_path, data)


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "A"), ("\u00e9", "e\u0301"), ("stra\u00dfe", "STRASSE"), ("a/", "a")], ids=repr
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_meet(tmp_path: Path, names: tuple[str, str]) -> None:
    assert "twice" in refusal(tmp_path, packed(*((name, b"") for name in names)))


def test_a_file_that_is_a_folder_too(tmp_path: Path) -> None:
    assert "where a folder" in refusal(tmp_path, packed(("a", b""), ("a/b/c", b"")))
    assert "where a folder" in refusal(tmp_path, packed(("A/b", b""), ("a", b"")))
    assert "folder with contents" in refusal(tmp_path, packed(("a/", b"x")))


def central(data: bytes, offset: int, layout: str, value: int) -> bytes:
    """The archive with one number of its (first) directory entry replaced."""
    at = data.rindex(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(layout, value) + data[at + struct.calcsize(layout) :]


def test_bombs(tmp_path: Path) -> None:
    assert "more than 1000000 bytes" in refusal(tmp_path, packed(("a", b"\0" * 1_000_001)))
    assert "more than 1000000 bytes" in refusal(tmp_path, packed(*((f"{n}", b"\0" * 100_000) for n in range(11))))
    assert "larger than 1000000 bytes" in refusal(tmp_path, packed(("a", os.urandom(1_000_001))))
    assert "more than 20 entries" in refusal(tmp_path, packed(*((f"{n}", b"") for n in range(21))))
    bomb = packed(("a", b"\0" * 900_000))
    assert "more than 1000000 bytes" in refusal(tmp_path, central(bomb, 24, "<I", 0xFFFFFFF0))
    assert "not a whole ZIP" in refusal(tmp_path, central(bomb, 24, "<I", 10))
    assert "not a whole ZIP" in refusal(tmp_path, central(bomb, 24, "<I", 990_000))


def test_entries_that_overlap(tmp_path: Path) -> None:
    data = packed(("a", b"\0" * 1000), ("b", b"\0" * 1000))
    # The second entry of the directory is made to point into the first one's data.
    assert "overlap" in refusal(tmp_path, central(data, 42, "<I", 20))
    assert refusal(tmp_path, central(data, 42, "<I", 0)) in ("has entries that overlap", "is not a whole ZIP archive")


def test_encryption_and_other_methods(tmp_path: Path) -> None:
    assert "encrypted" in refusal(tmp_path, central(packed(("a", b"x")), 8, "<H", 1))
    assert "deflate" in refusal(tmp_path, packed(("a", b"x"), method=zipfile.ZIP_LZMA))
    assert "deflate" in refusal(tmp_path, packed(("a", b"x"), method=zipfile.ZIP_BZIP2))
    assert "deflate" in refusal(tmp_path, central(packed(("a", b"x")), 10, "<H", 99))


WHOLE = packed(("evidence.json", b'{"a": 1}' * 50), ("figures/a.png", bytes(range(256))))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"not an archive",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data[:40] + b"\xff" + data[41:],
        lambda data: b"PK\x05\x06" + b"\xff" * 18,
    ],
)
def test_what_is_no_whole_archive(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    assert refusal(tmp_path, spoil(WHOLE)) == "is not a whole ZIP archive"


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(WHOLE)
    (tmp_path / "out").mkdir()
    unpack(tmp_path / "a.zip", tmp_path / "out", **LIMITS)
    with pytest.raises(EvidenceError, match="is not empty"):
        unpack(tmp_path / "a.zip", tmp_path / "out", **LIMITS)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_missing_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        unpack(tmp_path / "none.zip", tmp_path / "out", **LIMITS)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=500)
def test_any_damage_gives_files_inside_or_an_evidence_error(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    data = bytearray(WHOLE)
    for at, byte in changes:
        data[at] = byte
    (folder / "a.zip").write_bytes(data)
    files = attempt(folder)
    assert all((folder / "out" / file).is_file() for file in files)
    assert {path.name for path in folder.iterdir()} <= {"a.zip", "out"}


def attempt(folder: Path) -> tuple[Path, ...]:
    try:
        return unpack(folder / "a.zip", folder / "out", **LIMITS)
    except EvidenceError:
        return ()
