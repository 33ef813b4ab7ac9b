"""The parts of git's wire protocol a push needs looked at: the commands it asks for, and the report it gets back."""

from __future__ import annotations

from dataclasses import dataclass

_FLUSH = b"0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One reference a push wants moved."""

    old: str
    new: str
    ref: str


def _packets(data: bytes) -> list[bytes | None]:
    """The pkt-lines of a stream (None: a flush); whatever follows the last whole one is left out."""
    out: list[bytes | None] = []
    at = 0
    while at + 4 <= len(data):
        size = int(data[at : at + 4], 16)
        if size < 4:
            out.append(None)
            at += 4
            continue
        out.append(data[at + 4 : at + size])
        at += size
    return out


def commands(body: bytes) -> list[Command]:
    """The commands at the head of a receive-pack request."""
    out, at = [], 0
    while at + 4 <= len(body):
        size = int(body[at : at + 4], 16)
        if size < 4:
            break
        words = body[at + 4 : at + size].split(b"\0")[0].decode(errors="replace").strip().split(" ", 2)
        if len(words) == 3:
            out.append(Command(old=words[0], new=words[1], ref=words[2]))
        at += size
    return out


def _packet(data: bytes) -> bytes:
    return b"%04x" % (len(data) + 4) + data


def reworded(answer: bytes, reasons: dict[str, str]) -> bytes:
    """A receive-pack answer in which refused references carry GitHub's reasons instead of "hook declined"."""
    try:
        packets = _packets(answer)
    except ValueError:
        return answer
    if not any(packet and packet[:1] == b"\x01" for packet in packets):
        return answer
    others = b"".join(_packet(p) for p in packets if p and p[:1] != b"\x01")
    report = b"".join(p[1:] for p in packets if p and p[:1] == b"\x01")
    lines = []
    for line in _packets(report):
        words = line.decode(errors="replace").split(" ", 2) if line else []
        if words[:1] == ["ng"] and words[1] in reasons and "hook declined" in words[2]:
            lines.append(_packet(f"ng {words[1]} {reasons[words[1]]}\n".encode()))
        else:
            lines.append(_FLUSH if line is None else _packet(line))
    return others + _packet(b"\x01" + b"".join(lines)) + _FLUSH
