"""The pages: one for each pull request, in the spirit of GitHub's conversation tab, and one that lists them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .conversation import Conversation
from .prose import as_github
from .world import REPOSITORY

# A circle and what is drawn in it; no letter of a font, so that it looks the same everywhere.
_DRAWN = {
    "success": ("good", "M4.8 8.3l2.2 2.2 4.3-4.7"),
    "failure": ("bad", "M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"),
    "action_required": ("doubt", "M6 6.3a2 2 0 1 1 2.6 1.9c-.5.2-.6.5-.6 1.1M8 11.7v.1"),
    "neutral": ("quiet", "M5 8h6"),
    "skipped": ("quiet", "M5 8h6"),
    "error": ("bad", "M4.6 11.4l6.8-6.8"),
    "warning": ("doubt", "M8 4.4v4.4M8 11.4v.2"),
}
_UNKNOWN = ("doubt", "M8 4.4v4.4M8 11.4v.2")
# The icons of Sluice's report: where no font draws them, they would be empty boxes.
_EMOJI = {
    "✅": "success",
    "⚠️": "warning",
    "❔": "action_required",
    "🚫": "error",
    "❌": "failure",
    "➖": "neutral",
    "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16}": "neutral",
}


def write(conversations: Sequence[Conversation], out: Path) -> Path:
    """Write all pages, the reports beside them; the path of the one that lists them."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(repository=REPOSITORY, file=file_name)
    environment.filters.update(icon=icon)
    for one in conversations:
        shutil.copyfile(one.played.report, out / report_name(one))
        prose = partial(_prose, links={one.run_url: report_name(one)})
        page = environment.get_template("pull.html.j2").render(pull=one, prose=prose, report=report_name(one))
        (out / file_name(one)).write_text(page, encoding="utf-8")
    index = out / "index.html"
    index.write_text(environment.get_template("index.html.j2").render(pulls=conversations), encoding="utf-8")
    return index


def file_name(one: Conversation) -> str:
    """The file of a pull request's page."""
    return f"pull-{one.number}.html"


def report_name(one: Conversation) -> str:
    """The file of a pull request's whole report, as Sluice wrote it."""
    return f"pull-{one.number}-report.html"


def icon(conclusion: str) -> Markup:
    """A check's conclusion as a small drawing that says its name to who cannot see it."""
    kind, path = _DRAWN.get(conclusion, _UNKNOWN)
    return Markup(
        '<svg class="icon {}" viewBox="0 0 16 16" width="16" height="16" role="img" aria-label="{}">'
        '<circle cx="8" cy="8" r="7"/><path d="{}"/></svg>'
    ).format(kind, conclusion.replace("_", " "), path)


def _prose(text: str, *, links: dict[str, str]) -> str:
    made = as_github(text, links)
    for letter, conclusion in _EMOJI.items():
        made = made.replace(letter, str(icon(conclusion)))
    return made
