from typing import Any

import numpy as np
from numpy.typing import NDArray

class HistGradientBoostingClassifier:
    def __init__(
        self,
        *,
        max_iter: int = ...,
        max_leaf_nodes: int | None = ...,
        early_stopping: bool | str = ...,
        class_weight: str | None = ...,
        categorical_features: NDArray[np.bool_] | None = ...,
        random_state: int | None = ...,
    ) -> None: ...
    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> HistGradientBoostingClassifier: ...
    def decision_function(self, X: NDArray[np.float64]) -> NDArray[Any]: ...
