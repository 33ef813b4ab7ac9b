"""What a registered model says of rows, as the columns of a predictions file; what could be taken amiss is refused.

A model may answer a row with one number or class, or with names: the columns that ``columns`` names, or its classes and
their probabilities. A list of numbers without names is refused: which of them is which class would be a guess, and a
baseline that is read wrongly is one that is easily beaten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import EvidenceError

Value = float | str
CODE = "champion"
POSITIVE = "1"
"""The class whose probability is the score."""

_RENAME = "let the model return a table whose columns are called as in `evaluation.columns`"
_AS_PROBABILITIES = f"let it predict probabilities (scikit-learn: `pyfunc_predict_fn='predict_proba'`), or {_RENAME}"


def predicted(columns: Columns) -> Mapping[str, str]:
    """The columns that a model fills, by what they are; a class's probability is ``probability of CLASS``."""
    single = {role: getattr(columns, role) for role in ("score", "prediction", "low", "high")}
    found = {role: name for role, name in single.items() if name is not None}
    return found | {f"probability of {name}": column for name, column in columns.probabilities.items()}


@dataclass(slots=True)
class Outputs:
    """The answers so far, column by column; raises ``EvidenceError`` (``champion``) for the first that does not fit.

    ``_names`` is, for each column, its name in an answer, or nothing where the answer is the value itself.
    """

    evaluation: Evaluation
    where: str
    columns: dict[str, list[Value]] = field(default_factory=dict[str, list[Value]])
    n: int = 0
    _names: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def add(self, answers: list[object]) -> None:
        """Take the answers to further rows, in their order; all are read as the first is."""
        for answer in answers:
            self.n += 1
            if not self._names:
                self._names = self._reading(answer)
                self.columns = {column: [] for column in self._names}
            for column, name in self._names.items():
                self.columns[column].append(self._value(column, self._part(answer, name)))

    def finish(self) -> dict[str, list[Value]]:
        """All columns. Raises ``EvidenceError`` for scores that are classes: a model's labels rank nothing."""
        for name, values in self.columns.items():
            if len({type(value) for value in values}) > 1:
                raise self._wrong(f"what it says for `{name}` is text in some rows and a number in others")
        score = self.evaluation.columns.score
        if score is not None and self._names.get(score, score) is None and set(self.columns[score]) <= {0.0, 1.0}:
            raise self._wrong("it says 0 or 1 and no probabilities, which `columns.score` needs", _AS_PROBABILITIES)
        return self.columns

    def _reading(self, answer: object) -> dict[str, str | None]:
        named = predicted(self.evaluation.columns)
        if isinstance(answer, dict):
            keys = {str(key) for key in cast("dict[object, object]", answer)}
            return {column: column for column in named.values()} if keys >= set(named.values()) else self._classes(keys)
        if isinstance(answer, list):
            raise self._wrong("it answers a row with a list of numbers that have no names", _AS_PROBABILITIES)
        if len(named) != 1:
            raise self._wrong(f"it answers a row with one value, and {len(named)} columns are predicted")
        return dict.fromkeys(named.values())

    def _classes(self, keys: set[str]) -> dict[str, str | None]:
        """Which class each column is the probability of, where the answer is called by classes."""
        columns = self.evaluation.columns
        named = predicted(columns)
        if columns.probabilities and len(named) == len(columns.probabilities) and keys == set(columns.probabilities):
            return {column: name for name, column in columns.probabilities.items()}
        if tuple(named) == ("score",) and len(keys) == 2 and POSITIVE in keys:
            return {named["score"]: POSITIVE}
        shown = ", ".join(f"`{key[:40]}`" for key in sorted(keys)[:5])
        needed = ", ".join(f"`{name}`" for name in named.values())
        raise self._wrong(f"it answers a row with {shown}, where {needed} is needed")

    def _part(self, answer: object, name: str | None) -> object:
        if name is None:
            return answer
        told = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
        if name not in told:
            raise self._wrong(f"it answers row {self.n} in another form than the first")
        return told[name]

    def _value(self, name: str, value: object) -> Value:
        if name == self.evaluation.columns.prediction and isinstance(value, str):
            return value
        if isinstance(value, bool):
            value = float(value)
        if isinstance(value, int) and abs(value) < 2**53:
            value = float(value)
        if not isinstance(value, float) or not math.isfinite(value):
            raise self._wrong(f"what it says of row {self.n} is no finite number")
        return value

    def _wrong(self, what: str, remedy: str = _RENAME) -> EvidenceError:
        return EvidenceError(what, reason_code=CODE, where=self.where, remedy=remedy)
