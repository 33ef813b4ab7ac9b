"""safetensors: a JSON header that says where each tensor lies, and then their numbers, without a gap.

Source: the format's description in the safetensors repository.
"""

from __future__ import annotations

import math
from typing import cast

from sluice.adapters.decode import strict_json
from sluice.adapters.models.refusal import BrokenError
from sluice.adapters.models.source import Source
from sluice.domain.errors import SluiceError

MAX_HEADER_BYTES = 16_000_000
MAX_TENSORS = 200_000
MAX_DIMENSIONS = 64
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip


def look(source: Source, size: int) -> None:
    """One file of ``size`` bytes. Raises ``BrokenError`` for what is not exactly of the format."""
    length = int.from_bytes(source.read(8), "little")
    if length > MAX_HEADER_BYTES or 8 + length > size:
        raise BrokenError("states a header that is longer than it may be, or than the file")
    text = source.read(length)
    if not text.startswith(b"{"):
        raise BrokenError("has a header that is no JSON object")
    try:
        header = strict_json.parse(text.rstrip(b" "), where="its header", max_bytes=MAX_HEADER_BYTES)
    except SluiceError as error:
        raise BrokenError(f"has a header that {error.what}") from None
    _check(cast("dict[str, object]", header), size - 8 - length)


def _check(header: dict[str, object], n_bytes: int) -> None:
    said = header.get("__metadata__", {})
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in cast("dict[str, object]", said).values()):
        raise BrokenError("has metadata that is not text by text")
    tensors = [(name, one) for name, one in header.items() if name != "__metadata__"]
    if len(tensors) > MAX_TENSORS:
        raise BrokenError(f"holds more than {MAX_TENSORS:,} tensors")
    end = 0
    for start, stop in sorted(_place(tensor) for _name, tensor in tensors):
        if start != end:
            raise BrokenError("has tensors that overlap, or a gap between them")
        end = stop
    if end != n_bytes:
        raise BrokenError("has tensors that do not fill the file exactly")


def _place(tensor: object) -> tuple[int, int]:
    """Where a tensor begins and ends, in bytes behind the header."""
    stated = cast("dict[str, object]", tensor) if isinstance(tensor, dict) else {}
    if set(stated) != {"dtype", "shape", "data_offsets"}:
        raise BrokenError("describes a tensor by other keys than `dtype`, `shape` and `data_offsets`")
    bits = _BITS.get(str(stated["dtype"]))
    shape, place = _numbers(stated["shape"]), _numbers(stated["data_offsets"])
    if bits is None:
        raise BrokenError("holds a tensor of a type that is not known")
    if len(place) != 2 or len(shape) > MAX_DIMENSIONS or place[1] < place[0]:
        raise BrokenError("holds a tensor in a place that cannot be")
    if (place[1] - place[0]) * 8 != math.prod(shape) * bits:
        raise BrokenError("holds a tensor whose place is not as long as its shape asks for")
    return place[0], place[1]


def _numbers(value: object) -> list[int]:
    values = cast("list[object]", value) if isinstance(value, list) else [None]
    numbers = [one for one in values if type(one) is int and one >= 0]
    if len(numbers) != len(values):
        raise BrokenError("describes a tensor by what are no whole numbers")
    return numbers
