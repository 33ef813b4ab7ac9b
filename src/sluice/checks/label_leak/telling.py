"""What one column tells of the label: expressions over a table, each row told by the other rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sluice.domain.check import Expr, Table
from sluice.domain.expressions import expressions
from sluice.domain.kinds import is_float, is_number, kind_name

# Beyond as many columns, several of a kind share one query.
MAX_QUERIES = 32
NEIGHBOURS = 4
_TIMES = ("date", "time", "timestamp", "timestamp with time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The label column of a table; ``kind`` is the column's."""

    table: Table
    label: str
    kind: str

    @property
    def numeric(self) -> bool:
        """Whether the label is told as a number too."""
        return is_number(self.kind) or self.kind == "boolean"

    def rows(self, **columns: Expr) -> Table:
        """The rows that have a label, a finite one, as ``label``, and these columns; the rest of a table costs time.

        True and false are numbers here, which every engine orders.
        """
        label = self.table[self.label]
        rows = self.table.select(label=label.cast("int32") if self.kind == "boolean" else label, **columns)
        present = rows["label"].notnull()
        if is_float(self.kind):
            present = present & ~(rows["label"].isnan() | rows["label"].isinf())
        return rows.filter(present)

    def counts(self) -> Table:
        """Every different label with its number of rows."""
        rows = self.rows()
        return self.centred(rows.group_by("label").aggregate(n=rows.count()))

    def centred(self, cells: Table) -> Table:
        """``cells`` with ``d``, the label's distance from the mean of all; 0 where it is no number."""
        ibis = expressions()

        if not self.numeric:
            return cells.mutate(d=ibis.literal(0.0))
        rows = self.rows()
        mean = rows.aggregate(mean=rows["label"].cast("float64").mean())["mean"].as_scalar()
        return cells.mutate(d=cells["label"].cast("float64") - mean)

    def mode(self) -> Expr:
        """The most frequent label, of equally frequent ones the first."""
        ibis = expressions()

        return self.counts().order_by([ibis.desc("n"), "label"]).limit(1)["label"].as_scalar()

    def base(self) -> Table:
        """One row: labels, those of the most frequent value, and sums of squares and fourth powers of ``d``."""
        counts = self.counts()
        n, square = counts["n"].cast("float64"), counts["d"] * counts["d"]
        return counts.aggregate(
            rows=counts["n"].sum(),
            most=counts["n"].max(),
            squares=(n * square).sum(),
            fourths=(n * square * square).sum(),
        )


def groups(table: Table, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The columns in groups that share a query, each with the kind that its columns are compared as."""
    size = max(1, math.ceil(len(names) / MAX_QUERIES))
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(_compared_as(table[name]), []).append(name)
    for kind, members in alike.items():
        yield from ((kind, members[first : first + size]) for first in range(0, len(members), size))


def _compared_as(column: Expr) -> str:
    """The column's kind; ``text`` for everything that is no plain value, which is compared as its text."""
    kind = kind_name(column.type())
    return kind if is_number(kind) or kind in (*_TIMES, "boolean", "string") else "text"


def told(labels: Labels, kind: str, names: list[str]) -> Table:
    """One row for each column: its name, how many labels it tells right, and the sum of squared errors."""
    ibis = expressions()

    cells = _long(labels, kind, names)
    cells = labels.centred(cells.group_by("feature", "value", "label").aggregate(n=cells.count()))
    n, d = cells["n"].cast("float64"), cells["d"]
    values = cells.group_by("feature", "value").aggregate(
        n=n.sum(), most=n.max(), label=cells["label"].min(), d=(n * d).sum(), squares=(n * d * d).sum()
    )
    size = values["n"]
    values = values.mutate(d=values["d"] / size, within=values["squares"] - values["d"] * values["d"] / size)
    alone = values["n"] == 1
    right, error = _told_alone(values, labels, ordered=is_number(kind))
    shared_right, shared_error = _told_together(values)
    found = values.mutate(right=ibis.ifelse(alone, right, shared_right), error=ibis.ifelse(alone, error, shared_error))
    sums = found.group_by("feature").aggregate(right=found["right"].sum(), error=found["error"].sum())
    named = sums["feature"].cases(*enumerate(names)) if len(names) > 1 else ibis.literal(names[0])
    return sums.select(name=named, right=sums["right"], error=sums["error"])


def _long(labels: Labels, kind: str, names: list[str]) -> Table:
    """One row for every label and column: the column's number, its value, and the label."""
    ibis = expressions()

    own = [labels.table[name].cast("string") if kind == "text" else labels.table[name] for name in names]
    rows = labels.rows(**{f"x{index}": column for index, column in enumerate(own)})
    values = [rows[f"x{index}"] for index in range(len(names))]
    if len(values) == 1:
        return rows.select(feature=ibis.literal(0, "int64"), value=values[0], label=rows["label"])
    wide = rows.select(label=rows["label"], value=ibis.array(values))
    return wide.unnest("value", offset="feature")


def _told_together(values: Table) -> tuple[Expr, Expr]:
    """For values of several rows: the labels told right by more than half of the others, and the squared errors.

    Only the most frequent label can be told by more than half of the others; and the mean of the others is off by
    n / (n - 1) times what the mean of all is off by.
    """
    ibis = expressions()

    size, most = values["n"], values["most"]
    off = size / (size - 1).nullif(0)
    return ibis.ifelse(2 * most - 1 > size, most, 0.0), off * off * values["within"]


def _told_alone(values: Table, labels: Labels, *, ordered: bool) -> tuple[Expr, Expr]:
    """For values that one row has: whether the label is told right (1 or 0), and the squared error."""
    ibis = expressions()

    if not ordered:
        rows = labels.rows().count().as_scalar().cast("float64")
        off = values["d"] * rows / (rows - 1).nullif(0)
        return ibis.ifelse(values["label"] == labels.mode(), 1.0, 0.0), off * off
    window = ibis.window(group_by="feature", order_by="value")
    label, d = values["label"], values["d"]
    steps = range(1, NEIGHBOURS + 1)
    near = [shifted.over(window) for step in steps for shifted in (label.lag(step), label.lead(step))]
    agree = sum(ibis.ifelse(one == label, 1, 0).fill_null(0) for one in near)
    known = sum(ibis.ifelse(one.notnull(), 1, 0) for one in near)
    before, after = d.lag(1).over(window), d.lead(1).over(window)
    off = d - (ibis.coalesce(before, after, 0.0) + ibis.coalesce(after, before, 0.0)) / 2
    return ibis.ifelse((known > 0) & (2 * agree >= known), 1.0, 0.0), off * off
