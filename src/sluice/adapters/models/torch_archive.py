"""torch's archives: one pickle, and the numbers of the tensors beside it.

Source: ``torch/serialization.py`` and the notes on serialization of PyTorch.
"""

from __future__ import annotations

import re

from sluice.adapters.models.naming import Named
from sluice.adapters.models.pickles.streams import look_at_one
from sluice.adapters.models.refusal import RefusedError
from sluice.adapters.models.zipped import Archive

PICKLE = "data.pkl"
# What torch writes beside the pickle: numbers, and marks of the format that are text.
_BESIDE = re.compile(
    r"(?:data/[0-9]{1,9}|version|byteorder|\.format_version|\.storage_alignment|\.data/serialization_id)"
)
_SCRIPT = re.compile(r"code/.*|constants(?:\.pkl|/.*)|bytecode\.pkl|model\.json|extra/.*")


def is_torch(archive: Archive) -> bool:
    """Whether there is one folder, with torch's pickle in it."""
    return any(name.count("/") == 1 and name.endswith(f"/{PICKLE}") for name in archive.names)


def look(archive: Archive, named: Named) -> None:
    """One archive. Raises ``RefusedError`` or ``BrokenError``."""
    folders = {name.partition("/")[0] for name in archive.names}
    if len(folders) != 1:
        raise RefusedError("holds more than the one folder of torch's archives")
    for name in archive.names:
        inside = name.partition("/")[2]
        if _SCRIPT.fullmatch(inside):
            raise RefusedError("is a TorchScript program; save the weights (`state_dict`) as safetensors")
        if inside == PICKLE:
            look_at_one(archive.source(name), named, storages=True)
        elif _BESIDE.fullmatch(inside):
            archive.source(name).drain()
        else:
            raise RefusedError("holds an entry that torch does not write")
