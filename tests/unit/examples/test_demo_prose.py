"""Markdown as the demo's pages show it: what GitHub lets through, and nothing that acts."""

from __future__ import annotations

import re

import pytest
from examples.demo.prose import as_github
from hypothesis import given
from hypothesis import strategies as st


def test_a_report_keeps_its_shape() -> None:
    text = (
        "<!-- sluice:report -->\n## Head\n\n| a | b |\n|:-:|--:|\n| `x` | 1 |\n\n"
        "<details open><summary>More</summary>\n\n~~old~~ text\n\n</details>\n\n<sub>foot</sub>"
    )
    made = as_github(text)
    assert "sluice:report" not in made
    assert '<th class="to-center">a</th>' in made
    assert '<td class="to-right">1</td>' in made
    assert '<details open=""><summary>More</summary>' in made
    assert "<s>old</s>" in made
    assert "<sub>foot</sub>" in made
    assert made.count("<table>") == made.count("</table></div>") == 1


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        '<details ontoggle="alert(1)" open>x</details>',
        "<svg><script>alert(1)</script></svg>",
        "<iframe src=https://example.com></iframe>",
        "<style>body{display:none}</style>",
        '<p style="background:url(https://example.com)">x</p>',
        "<form action=x><input name=y></form>",
        "![x](https://example.com/x.png)",
    ],
)
def test_nothing_that_acts_or_loads_gets_through(text: str) -> None:
    made = as_github(text)
    assert not re.search(r'<(script|img|svg|iframe|style|form|input)|="javascript:|\bon\w+=|style=|src=', made, re.I)


def test_an_address_that_was_given_leads_elsewhere() -> None:
    made = as_github("[run](http://127.0.0.1:1/run) [other](other.html)", {"http://127.0.0.1:1/run": "report.html"})
    assert 'href="report.html"' in made
    assert "<a>other</a>" in made


@given(st.text(alphabet="<>/=\"' abdetils\n|-`&;", max_size=120))
def test_every_tag_that_is_opened_is_closed(text: str) -> None:
    made = as_github(text)
    opened = [tag for tag in re.findall(r"<([a-z0-9]+)", made) if tag not in ("br", "hr")]
    assert sorted(opened) == sorted(re.findall(r"</([a-z0-9]+)>", made))


def test_text_stays_text() -> None:
    assert as_github('a < b & "c" \\<script>') == "<p>a &lt; b &amp; &quot;c&quot; &lt;script&gt;</p>\n"
