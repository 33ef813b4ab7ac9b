"""Facts of training, each a gate of its own: `training.clean_tree`, `training.duration_s` and `training.reproducible`.

`clean_tree`: the commit was trained and nothing else. No file of git was changed before, no new file lay among the
inputs, and training itself has changed none of them. `duration_s`: the command took at most `max` seconds.
`reproducible`: the command was run a second time on the same commit with the same seed, in a work tree of its own, and
the predictions of every row are the same, or their scores and values differ by at most `max`; where training writes no
predictions, the bytes of the model must be the same. A policy with this gate trains twice.

What is not known is inconclusive, and so is every fact of a training that did not succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sluice.core.data_gates import Asked, stated
from sluice.domain.amounts import amount
from sluice.domain.config import Loaded
from sluice.domain.decision import GateResult
from sluice.domain.gates import Fact, Gate
from sluice.domain.margin import measured
from sluice.domain.margin import stated as written
from sluice.domain.training import Repeat, TrainFacts, TrainResult
from sluice.domain.verdict import Verdict

MAX_NAMED = 3

CODES: Mapping[str, str] = {
    "dirty-tree": "something else than the commit was trained",
    "not-reproducible": "a second training gave other predictions",
}
"""What the reason code of a fact says; others are those of limits."""

_RULES: Mapping[Fact, str] = {
    "clean_tree": "What was trained must be what the commit holds, and training must leave its inputs as they are.",
    "duration_s": "Training must take at most the limit, in seconds.",
    "reproducible": "A second training must predict the same for every row, within the limit where there is one.",
}
_REMEDIES: Mapping[str, str] = {
    "dirty-tree": "Commit what training needs, ignore what it writes, and let no step before it change files.",
    "not-reproducible": "Set every seed, from SLUICE_SEED for example, and sort what comes in no order; or allow more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one fact comes to."""

    verdict: Verdict
    code: str
    said: str
    observed: float | str | None = None
    n: int | None = None


def training_gates(policy: Loaded, training: TrainResult | None, head_sha: str) -> Iterator[GateResult]:
    """The gates of the policy that demand a fact of training; ``head_sha`` is what the evidence speaks of."""
    for index, gate in enumerate(policy.value.gates):
        if gate.training is None:
            continue
        line = policy.lines.get(f"gates[{index}]", 0)
        asked = Asked(gate=f"training.{gate.training}", stage="training", line=line, rule=_RULES[gate.training])
        found = _judged(gate, gate.training, training, head_sha)
        warned = found.verdict is Verdict.FAIL and gate.severity == "warn"
        yield replace(
            stated(asked, Verdict.WARN if warned else found.verdict, found.code, found.said),
            severity=gate.severity,
            observed=found.observed,
            limit=gate.max,
            n=found.n,
            remedy=_REMEDIES.get(found.code, ""),
        )


def _judged(gate: Gate, fact: Fact, training: TrainResult | None, head_sha: str) -> _Found:
    if training is None:
        return _unknown("the evidence does not say how training ended")
    if training.status != "success":
        return _unknown(f"training ended with {training.status}")
    return _FACTS[fact](gate, training, head_sha)


def _unknown(said: str) -> _Found:
    return _Found(verdict=Verdict.INCONCLUSIVE, code="missing-evidence", said=said)


def _clean(_gate: Gate, training: TrainResult, head_sha: str) -> _Found:
    facts = training.facts
    if facts is None:
        return _unknown("the evidence does not say what was trained")
    wrong = _unclean(facts, head_sha)
    if wrong:
        return _Found(verdict=Verdict.FAIL, code="dirty-tree", said=wrong, observed="dirty")
    return _Found(verdict=Verdict.PASS, code="pass", said=f"{facts.commit[:12]} was trained as it is", observed="clean")


def _unclean(facts: TrainFacts, head_sha: str) -> str:
    if facts.commit != head_sha:
        return f"{facts.commit[:12]} was trained, and the head is {head_sha[:12]}"
    if facts.unclean:
        return f"before training, {_named(facts.unclean)} not as the commit has {_them(facts.unclean)}"
    return f"training has changed its own inputs: {_listed(facts.rewritten)}" if facts.rewritten else ""


def _named(paths: tuple[str, ...]) -> str:
    return f"{_listed(paths)} {'was' if len(paths) == 1 else 'were'}"


def _them(paths: tuple[str, ...]) -> str:
    return "it" if len(paths) == 1 else "them"


def _listed(paths: tuple[str, ...]) -> str:
    # A backtick would end the code that the name is shown as.
    shown = ", ".join(f"`{path[:80].replace('`', chr(39))}`" for path in paths[:MAX_NAMED])
    more = len(paths) - MAX_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _duration(gate: Gate, training: TrainResult, _head_sha: str) -> _Found:
    limit, took_s = gate.max or 0.0, training.duration_s
    if took_s < 0:
        return _Found(verdict=Verdict.ERROR, code="evidence", said="the evidence has training end before it began")
    within = measured(took_s) <= written(limit)
    return _Found(
        verdict=Verdict.PASS if within else Verdict.FAIL,
        code="pass" if within else "above-max",
        said=f"training took {took_s:.4g} s, at most {limit:g} s are allowed",
        observed=took_s,
    )


def _reproducible(gate: Gate, training: TrainResult, _head_sha: str) -> _Found:
    repeat = training.facts.repeat if training.facts is not None else None
    if repeat is None:
        return _unknown("nothing was trained a second time")
    if repeat.reason:
        return _unknown(repeat.reason)
    if not repeat.n:
        return _same_model(repeat)
    if not 0 <= repeat.n_different <= repeat.n or (repeat.max_difference or 0) < 0:
        return _Found(
            verdict=Verdict.ERROR, code="evidence", said="the counts of the second training contradict one another"
        )
    return _same_predictions(repeat, gate.max or 0.0)


def _same_model(repeat: Repeat) -> _Found:
    if repeat.same_model:
        return _Found(verdict=Verdict.PASS, code="pass", said="both trainings wrote the same bytes", observed="same")
    if repeat.same_model is None:
        return _unknown("neither predictions nor a model were compared")
    return _unknown("the models' bytes differ, and there are no predictions to tell by whether the models do")


def _same_predictions(repeat: Repeat, limit: float) -> _Found:
    greatest = repeat.max_difference
    exact = not repeat.n_different
    within = exact or (greatest is not None and limit > 0 and measured(greatest) <= written(limit))
    if exact:
        said = f"both trainings predict the same for {amount(repeat.n, 'row')}"
    else:
        by = f", by at most {greatest:.4g}" if greatest is not None else ", in their classes too"
        said = f"{repeat.n_different:,} of {amount(repeat.n, 'row')} are predicted otherwise by a second training{by}"
    return _Found(
        verdict=Verdict.PASS if within else Verdict.FAIL,
        code="pass" if within else "not-reproducible",
        said=f"{said}; {limit:g} is allowed" if limit and not exact else said,
        observed=0.0 if exact else greatest,
        n=repeat.n,
    )


_FACTS: Mapping[Fact, Callable[[Gate, TrainResult, str], _Found]] = {
    "clean_tree": _clean,
    "duration_s": _duration,
    "reproducible": _reproducible,
}
