"""Calls one function of the user's on rows that lie in files, and again on rows that are drawn anew.

This file runs by itself, under the user's Python, which needs NumPy and not Sluice. Its one argument is a folder with
``work.json``; it writes answers as lines of JSON into the pipe whose number is there. What the function prints goes
elsewhere. Nothing here is believed by whoever reads the answers.
"""

import sys

if __name__ == "__main__":
    # The folder of this file comes first on the path of a script: nothing there is the user's.
    sys.path.pop(0)

import importlib
import json
import math
import os
import time
import traceback
from pathlib import Path

MAX_SAID = 200


def main(folder):
    """Answer every ask: first the values of all, then what drawing rows again gives, while there is time."""
    work = json.loads((folder / "work.json").read_text(encoding="utf-8"))
    until = time.monotonic() + work["time_s"]
    sys.path.insert(0, work["root"])
    with os.fdopen(work["pipe"], "w", encoding="utf-8") as pipe:

        def answer(**said):
            pipe.write(json.dumps(said, allow_nan=False) + "\n")
            pipe.flush()

        try:
            import numpy
        except ImportError:
            answer(refused="cannot be called: the Python of the training has no NumPy")
            return
        try:
            function = find(work["call"])
        except BaseException as error:
            traceback.print_exc()
            answer(refused="cannot be imported: " + named(error))
            return
        answer_all(numpy, function, (work, folder, until), answer)


def find(call):
    """The function that ``package.module:name`` names."""
    module, _, name = call.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError("it is not a function")
    return found


def answer_all(np, function, given, answer):
    """The values of every ask, then its draws."""
    work, folder, until = given
    waiting = []
    for ask in range(work["asks"]):
        sides = loaded(np, folder, ask)
        started = time.monotonic()
        values = [attempt(np, function, side, None) for side in sides]
        took_s = time.monotonic() - started
        answer(ask=ask, values=values)
        if work["resampled"][ask] and all("value" in one for one in values):
            waiting.append((ask, took_s))
    for ask, took_s in waiting:
        answer(ask=ask, **resampled(np, function, (folder, ask), work, (took_s, until)))


def loaded(np, folder, ask):
    """The sides of an ask: true values, what was predicted, weights; and the clusters of the rows."""
    sides = []
    for side in ("first", "second"):
        path = folder / f"{ask}-{side}.npz"
        if path.exists():
            with np.load(path, allow_pickle=False) as arrays:
                sides.append({name: arrays[name] for name in arrays.files})
    return sides


def attempt(np, function, side, rows):
    """The function on some rows of a side, with arrays of its own: ``{"value": x}`` or ``{"wrong": why}``."""
    arrays = {name: side[name].copy() if rows is None else side[name][rows] for name in ("y", "p", "w") if name in side}
    given = {"sample_weight": arrays["w"]} if "w" in arrays else {}
    try:
        returned = function(arrays["y"], arrays["p"], **given)
    except BaseException as error:
        if rows is None:
            traceback.print_exc()
        return {"wrong": "raised " + named(error)}
    return told(np, returned)


def told(np, returned):
    """A returned value as a finite number, or what it is instead."""
    if isinstance(returned, (bool, np.bool_)) or not isinstance(returned, (int, float, np.integer, np.floating)):
        shape = f" of shape {returned.shape}" if isinstance(returned, np.ndarray) else ""
        return {"wrong": f"returned {type(returned).__name__[:60]}{shape}, not a number"}
    try:
        value = float(returned)
    except OverflowError:
        value = math.inf
    return {"value": value} if math.isfinite(value) else {"wrong": f"returned {value}, not a finite number"}


def resampled(np, function, where, work, times):
    """Values of the first side under each draw of its rows, and first minus second where there are two."""
    (folder, ask), (took_s, until), replicates = where, times, work["replicates"]
    if time.monotonic() + took_s * replicates > until:
        return {"none": f"{replicates} more calls of {took_s:.3g} s each would not fit into its time"}
    sides = loaded(np, folder, ask)
    draw = drawing(np, sides[0], np.random.default_rng([work["seed"], ask]))
    draws, differences, failed = [], [], 0
    for _ in range(replicates):
        if time.monotonic() > until:
            return {"none": f"its time was used up before rows were drawn {replicates} times"}
        rows = draw()
        found = [attempt(np, function, side, rows) for side in sides]
        if not all("value" in one for one in found):
            failed += 1
            continue
        draws.append(found[0]["value"])
        if len(found) > 1:
            # Numbers near the end of what a number can hold may differ by more than that.
            difference = float(found[0]["value"]) - float(found[1]["value"])
            differences.append(min(max(difference, -sys.float_info.max), sys.float_info.max))
    return {"draws": draws, "differences": differences, "failed": failed}


def drawing(np, side, rng):
    """Draws positions of rows with replacement; rows of one cluster together."""
    n = len(side["y"])
    if "c" not in side:
        return lambda: rng.integers(0, n, n)
    order = np.argsort(side["c"], kind="stable")
    members = np.split(order, np.cumsum(np.bincount(side["c"]))[:-1])
    return lambda: np.concatenate([members[one] for one in rng.integers(0, len(members), len(members))])


def named(error):
    """An exception by its class and its first words."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:MAX_SAID].rstrip(": ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
