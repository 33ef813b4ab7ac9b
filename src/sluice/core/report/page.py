"""The report as one self-contained page: no script, nothing fetched, every foreign text escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from markupsafe import Markup, escape

from sluice.core import drift_words, explaining
from sluice.core.explaining import Explanation
from sluice.core.report import curves, drift, view
from sluice.core.report.environment import environment
from sluice.core.report.escape import cleaned, plain, segments
from sluice.core.report.svg import distributions
from sluice.core.report.view import View
from sluice.domain.planning import Stage
from sluice.domain.verdict import Verdict


def page(shown: View, figures: Mapping[str, bytes]) -> str:
    """The whole report as HTML; ``figures`` are PNG bytes by their path in the evidence folder."""
    pictures = {path: base64.b64encode(data).decode("ascii") for path, data in figures.items()}
    return _ENVIRONMENT.get_template("page.html.j2").render(view=shown, pictures=pictures)


def _finalize(value: object) -> object:
    # Markup is already escaped; what else is text loses control and direction characters, then is escaped.
    return plain(value, limit=2_000) if isinstance(value, str) and not isinstance(value, Markup) else value


def _lines(text: str) -> Markup:
    return escape(cleaned(text, limit=65_536))


def _pill(verdict: Verdict | None) -> Markup:
    word, whole = (view.SHORT[verdict], view.WORDS[verdict]) if verdict else ("skipped", "not applicable")
    return Markup('<span class="pill {}" title="{}">{}</span>').format(verdict or "skipped", whole, word)


def _said(text: str) -> Markup:
    """A sentence; what stands between backticks is code."""
    parts = segments(plain(text, limit=2_000))
    return Markup().join(Markup("<code>{}</code>").format(part) if is_code else part for is_code, part in parts)


def _explained(shown: Explanation) -> Markup:
    return _lines("\n".join(explaining.lines(shown)))


def _stage(stage: Stage) -> str:
    return view.STAGE_NAMES[stage]


_ENVIRONMENT = environment(
    escapes_html=True,
    finalize=_finalize,
    tools={
        # The text of a base64 encoding needs no escape and is longer than any text may be.
        "base64": Markup,
        "chance": drift_words.chance,
        "change_lines": drift.change_lines,
        "curve_title": curves.title,
        "curve_picture": curves.picture,
        "distributions": distributions,
        "drift_part": drift.drift_part,
        "effect": drift.effect,
        "ends": view.ends,
        "explained": _explained,
        "measure": drift_words.measure,
        "rows_of": drift.rows,
        "duration": view.duration,
        "interval": view.interval,
        "lines": _lines,
        "number": view.number,
        "observed": view.observed,
        "pill": _pill,
        "said": _said,
        "stage": _stage,
        "word": view.WORDS.__getitem__,
        "worst_first": view.worst_first,
    },
)
