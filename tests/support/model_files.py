"""Models as bytes, written by hand from the formats' descriptions; and pickles that would leave a mark if loaded."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Payload = Callable[[str], bytes]


def short(text: str) -> bytes:
    """A short text and its entry in the memo."""
    data = text.encode()
    return b"\x8c" + bytes([len(data)]) + data + b"\x94"


def by_global(command: str) -> bytes:
    return b"cos\nsystem\n(S'" + command.encode() + b"'\ntR."


def by_stack_global(command: str) -> bytes:
    return b"\x80\x04" + short("posix") + short("system") + b"\x93" + short(command) + b"\x85R."


def by_memo(command: str) -> bytes:
    """The name's parts are pushed first, dropped, and taken from the memo behind other text."""
    parts = short("os") + b"0" + short("system") + b"0" + short("numpy") + b"0" + short("float64") + b"0"
    return b"\x80\x04" + parts + b"h\x00h\x01\x93" + short(command) + b"\x85R."


def by_inst(command: str) -> bytes:
    return b"(S'" + command.encode() + b"'\nios\nsystem\n."


def by_obj(command: str) -> bytes:
    return b"(cos\nsystem\nS'" + command.encode() + b"'\no."


def by_overwritten_memo(command: str) -> bytes:
    """A harmless name is put under a number, another over it."""
    harmless = b"X\x0b\x00\x00\x00collectionsq\x000X\x0b\x00\x00\x00OrderedDictq\x010"
    evil = b"X\x02\x00\x00\x00osq\x000X\x06\x00\x00\x00systemq\x010"
    return b"\x80\x02" + harmless + evil + b"h\x00h\x01\x93" + short(command) + b"\x85R."


def by_duplicate(command: str) -> bytes:
    return b"\x80\x04" + short("os") + b"20" + short("system") + b"20" + b"\x93" + short(command) + b"\x85R."


def by_lie(command: str) -> bytes:
    """States protocol 0, uses opcodes of protocol 4."""
    return b"\x80\x00" + by_stack_global(command)[2:]


def by_second_pickle(command: str) -> bytes:
    return pickle.dumps({"weights": [1.0, 2.0]}) + by_stack_global(command)


def by_old_name(command: str) -> bytes:
    """A module of Python 2, which is renamed where the protocol is early."""
    return b"\x80\x02ccommands\ngetstatusoutput\n(S'" + command.encode() + b"'\ntR."


def by_eval(command: str) -> bytes:
    code = f"__import__('os').system({command!r})"
    return b"\x80\x04" + short("builtins") + short("eval") + b"\x93" + short(code) + b"\x85R."


def by_attribute(command: str) -> bytes:
    """Through a module that an allowed package imports for itself."""
    return b"\x80\x04" + short("joblib") + short("os.system") + b"\x93" + short(command) + b"\x85R."


def by_frames(command: str) -> bytes:
    body = by_stack_global(command)[2:]
    return b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body


HOSTILE: Mapping[str, Payload] = {
    made.__name__.removeprefix("by_"): made
    for made in (
        by_global, by_stack_global, by_memo, by_inst, by_obj, by_overwritten_memo, by_duplicate, by_lie, by_eval,
        by_attribute, by_frames, by_second_pickle, by_old_name,
    )
}  # fmt: skip
"""Pickles that would run a command."""


def safetensors(header: object, data: bytes = b"", *, pad: bool = True) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8 if pad else 0)
    return struct.pack("<Q", len(text)) + text + data


def field(number: int, value: bytes | int | str) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def onnx(*nodes: tuple[str, str], tensors: tuple[bytes, ...] = (), extra: bytes = b"") -> bytes:
    """A model with nodes (operator, domain)."""
    made = b"".join(
        field(1, field(1, "x") + field(2, "y") + field(4, operator) + (field(7, domain) if domain else b""))
        for operator, domain in nodes
    )
    graph = made + field(2, "graph") + b"".join(field(5, tensor) for tensor in tensors)
    return field(1, 8) + field(2, "test") + field(7, graph) + field(8, field(1, "") + field(2, 17)) + extra


def external(location: str) -> bytes:
    """A tensor whose numbers lie in another file."""
    return (
        field(1, 2) + field(2, 1) + field(8, "w") + field(13, field(1, "location") + field(2, location)) + field(14, 1)
    )


def zipped(entries: Mapping[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


TORCH_TENSOR = (
    b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01X\x06\x00\x00\x00weightq\x02ctorch._utils\n_rebuild_tensor_v2\nq\x03"
    b"((X\x07\x00\x00\x00storageq\x04ctorch\nFloatStorage\nq\x05X\x01\x00\x00\x000q\x06X\x03\x00\x00\x00cpuq\x07K\x02tq\x08Q"
    b"K\x00K\x02\x85q\tK\x01\x85q\n\x89h\x00)Rq\x0btq\x0cRq\rs."
)
"""``data.pkl`` of a state with one tensor of two numbers, as torch writes it."""


def torch(pickled: bytes = TORCH_TENSOR, **others: bytes) -> bytes:
    entries = {
        "model/data.pkl": pickled,
        "model/byteorder": b"little",
        "model/data/0": bytes(8),
        "model/version": b"3\n",
    }
    return zipped({**entries, **others})


def skops(schema: object, **others: bytes) -> bytes:
    return zipped({**others, "schema.json": json.dumps(schema).encode()})


def node(module: str, made: str, loader: str = "ObjectNode", **more: object) -> dict[str, object]:
    return {"__class__": made, "__module__": module, "__loader__": loader, **more}


def npy(described: str, data: bytes = b"", *, shape: str = "(1,)", version: int = 1) -> bytes:
    header = f"{{'descr': {described}, 'fortran_order': False, 'shape': {shape}, }}".encode() + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + data


def write(path: Path, data: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path.name
