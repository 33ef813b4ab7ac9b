"""What is known of a model's artifact before anything loads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluice.domain.verdict import Verdict

ModelFormat = Literal[
    "safetensors", "onnx", "skops", "pickle", "joblib", "npy", "npz", "torch", "json", "text", "mlflow", "folder", ""
]
SIZE_METRIC = "model_size_bytes"
UNSAFE = "model-unsafe"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelArtifact:
    """A model's file or folder, looked at: what it is, its digest, and every global that loading it would name.

    ``sha256`` is the file's; for a folder, that of the text with one line ``DIGEST  SIZE  PATH`` a file, in the order
    of the paths' bytes. ``globals_named`` are ``module:name``. ``verdict`` is pass, or error with a ``message``.
    """

    path: str
    format: ModelFormat = ""
    sha256: str = ""
    n_bytes: int = 0
    n_files: int = 0
    globals_named: tuple[str, ...] = ()
    verdict: Verdict
    message: str = ""
