"""Draw the simulations that docs/explanation/drift-statistics.md shows, into docs/explanation/pictures/.

Run by hand after a change of the statistics, with the names of pictures or for all; some minutes. Seeds are fixed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import vl_convert

import drift_errors as simulated
from drift_cases import all_cases, normal
from measuring import ROOT
from sluice.domain.distribution import Aspect, Categorical, Numeric
from sluice.drift.bins import category_bins, numeric_bins
from sluice.drift.psi import psi

FOLDER = ROOT / "docs" / "explanation" / "pictures"
WIDTH = 19
COLUMNS = 300
SIZES = (100, 300, 1_000, 3_000, 10_000, 100_000)
COLOURS = ["#b4473a", "#c98a1b", "#7a7a7a", "#1f6feb"]
Records = list[dict[str, Any]]

SLUICE = "effect and evidence"
RULES = ("p below 0.05 somewhere", "PSI (uncorrected) above 0.1", "adjusted p below 0.01", SLUICE)


def false_alarms() -> Iterator[dict[str, Any]]:
    """Of datasets without drift, the share that each rule reports."""
    evidence = replace(simulated.SPEC, psi=-1.0)
    for rows in SIZES:
        rng = np.random.default_rng((31, rows))
        drawn = [aspect for case in all_cases() for aspect in case.draw(rng, (rows, rows), COLUMNS)]
        drawn = [drawn[index] for index in rng.permutation(len(drawn))]
        found = [simulated.tried(aspect) for aspect in drawn]
        shares = (
            _any(np.array([one.p_value or 0.0 for one in found]) < 0.05),
            _any(np.array([_uncorrected(aspect) for aspect in drawn]) > 0.1),
            float(simulated.alarms(found, WIDTH, evidence).mean()),
            float(simulated.alarms(found, WIDTH).mean()),
        )
        for rule, share in zip(RULES, shares, strict=True):
            yield {"rows": rows, "rule": rule, "share": share}


def _uncorrected(aspect: Aspect) -> float:
    found = aspect.distribution
    counted = numeric_bins(found) if isinstance(found, Numeric) else None
    counted = category_bins(found) if isinstance(found, Categorical) else counted
    return 0.0 if counted is None else psi(counted) + counted.noise


def _any(reported: np.ndarray) -> float:
    cut = len(reported) // WIDTH * WIDTH
    return float(reported[:cut].reshape(-1, WIDTH).any(axis=1).mean())


def power() -> Iterator[dict[str, Any]]:
    """Of shifts of each size, the share that is reported, one column of nineteen shifting."""
    for rows in (100, 500, 2_000, 10_000):
        still = simulated.shifted(0.0, (rows, rows), 100, seed=32)
        for shift in np.round(np.arange(0.0, 1.01, 0.1), 1):
            moved = simulated.shifted(float(shift), (rows, rows), 150, seed=33)
            share = simulated.caught(moved, still, WIDTH)
            yield {"shift": float(shift), "rows": f"{rows:,} rows a side", "share": share}


def bias() -> Iterator[dict[str, Any]]:
    """Mean PSI of ten bins without drift: as it is computed, and as it is reported."""
    rng = np.random.default_rng(34)
    for rows in SIZES:
        counted = [
            numeric_bins(one.distribution)
            for one in normal().draw(rng, (rows, rows), 400)
            if isinstance(one.distribution, Numeric)
        ]
        corrected = [psi(one) for one in counted]
        plain = [value + one.noise for value, one in zip(corrected, counted, strict=True)]
        yield {"rows": rows, "what": "as computed", "psi": float(np.mean(plain))}
        yield {"rows": rows, "what": "9 (1/n + 1/m)", "psi": 18 / rows}
        yield {"rows": rows, "what": "as reported", "psi": float(np.mean(corrected))}


def uniform() -> Iterator[dict[str, Any]]:
    """Of columns without drift, the share of p-values below each level, over that level: above 1 is too eager."""
    for sizes in SHOWN:
        rng = np.random.default_rng((35, *sizes))
        found = np.array(
            [simulated.tried(aspect).p_value or 0.0 for case in all_cases() for aspect in case.draw(rng, sizes, 1_500)]
        )
        for below in (0.1, 0.03, 0.01, 0.003, 0.001):
            said = f"{sizes[0]:,} against {sizes[1]:,} rows"
            yield {"level": below, "sizes": said, "ratio": float((found < below).mean() / below)}


def pictures() -> Mapping[str, Callable[[], dict[str, Any]]]:
    """What draws each picture, by its file's name."""
    rows: dict[str, Any] = {"field": "rows", "type": "quantitative", "scale": {"type": "log"}, "title": "rows a side"}
    percent = {"format": "%"}
    return {
        "drift-false-alarms": lambda: _lines(
            list(false_alarms()),
            x=rows,
            y={"field": "share", "type": "quantitative", "axis": percent, "title": "datasets reported"},
            by=("rule", RULES),
            title=f"{WIDTH} columns without drift: datasets in which a rule reports some",
        ),
        "drift-power": lambda: _lines(
            list(power()),
            x={"field": "shift", "type": "quantitative", "title": "shift, in standard deviations"},
            y={"field": "share", "type": "quantitative", "axis": percent, "title": "reported"},
            by=("rows", [f"{rows:,} rows a side" for rows in (100, 500, 2_000, 10_000)]),
            title=f"One of {WIDTH} columns shifts: how often it is reported",
        ),
        "drift-bias": lambda: _lines(
            list(bias()),
            x=rows,
            y={"field": "psi", "type": "quantitative", "title": "mean PSI"},
            by=("what", ("as computed", "9 (1/n + 1/m)", "as reported")),
            title="PSI of two samples of one distribution",
        ),
        "drift-p-values": lambda: _lines(
            list(uniform()),
            x={"field": "level", "type": "quantitative", "scale": {"type": "log"}, "title": "level"},
            y={"field": "ratio", "type": "quantitative", "title": "observed share / level"},
            by=("sizes", [f"{n:,} against {m:,} rows" for n, m in SHOWN]),
            title="Columns of every kind without drift: how often p is below a level",
        ),
    }


SHOWN = ((100, 100), (100, 1_000_000), (1_000, 1_000), (100_000, 100_000))


def _lines(records: Records, *, x: Any, y: Any, by: tuple[str, Sequence[str]], title: str) -> dict[str, Any]:
    field, order = by
    colours = {"domain": list(order), "range": COLOURS[-len(order) :]}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": title, "anchor": "start", "fontSize": 13},
        "width": 420,
        "height": 240,
        "background": "white",
        "data": {"values": records},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": x,
            "y": y,
            "color": {"field": field, "type": "nominal", "scale": colours, "title": None},
            "shape": {"field": field, "type": "nominal", "scale": {"domain": list(order)}, "title": None},
        },
    }


def main() -> None:
    """Write the pictures that are named, or all, as SVG."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    named = sys.argv[1:] or list(pictures())
    for name in named:
        text = vl_convert.vegalite_to_svg(pictures()[name](), allowed_base_urls=[])
        (FOLDER / f"{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
