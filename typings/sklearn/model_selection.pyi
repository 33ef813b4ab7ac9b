from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

class StratifiedKFold:
    def __init__(self, n_splits: int = ..., *, shuffle: bool = ..., random_state: int | None = ...) -> None: ...
    def split(
        self, X: NDArray[np.float64], y: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]: ...
