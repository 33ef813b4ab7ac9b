"""``make demo`` as a newcomer runs it, on fewer flights: what it prints, what its pages show, how it is interrupted."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
ROWS = "20000"
PAGES = ("index.html", "pull-1.html", "pull-2.html", "pull-3.html", "pull-4.html")
_PATIENCE_S = 420

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def environment(temp: Path) -> dict[str, str]:
    """Nobody's settings: no name for git, a home without any, and a folder of its own for temporary files."""
    home = temp / "home"
    home.mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))}
    return {**kept, "HOME": str(home), "TMPDIR": str(temp)}


def command(out: Path) -> list[str]:
    return [sys.executable, "-m", "examples.demo", "--rows", ROWS, "--out", str(out)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo that has ended: its pages, and what it printed."""

    out: Path
    temp: Path
    code: int
    summary: str
    progress: str

    def page(self, name: str) -> str:
        return (self.out / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One run for all tests; the folders' names have a space in them."""
    temp = tmp_path_factory.mktemp("a temp")
    out = tmp_path_factory.mktemp("demo") / "the pages"
    done = subprocess.run(
        command(out), cwd=ROOT, env=environment(temp), capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    return Demo(out=out, temp=temp, code=done.returncode, summary=done.stdout, progress=done.stderr)


def test_every_pull_request_ends_as_it_must(demo: Demo) -> None:
    assert demo.code == 0, demo.progress
    lines = demo.summary.splitlines()
    rows = {line.split()[1]: line for line in lines if line.startswith("#")}
    assert rows.keys() == {"improve", "break_data", "docs", "simplify"}
    assert re.search(r"The gate is open +merged", rows["improve"])
    assert re.search(r"The gate is closed.* refused \(405\)", rows["break_data"])
    assert re.search(r"Not applicable: the gate is open +merged", rows["docs"])
    assert re.search(r"The gate is closed.* refused \(405\)", rows["simplify"])
    assert str(demo.out / "index.html") in lines[-1]
    assert re.search(r"^ +[\d.]+ s  #1 run \.\.\.$", demo.progress, re.MULTILINE)
    assert not list(demo.temp.glob("sluice-*")), "temporary folders are left behind"


def test_the_pages_show_what_github_answered(demo: Demo) -> None:
    merged, refused, skipped, worse = (demo.page(name) for name in PAGES[1:])
    assert "Pull Request successfully merged" in merged
    assert "roc_auc.max_drop" in merged
    assert "Merging is blocked" in refused
    assert "Required status check &#34;sluice/gate&#34; is failing." in refused
    assert re.search(r"contracts/flights\.odcs\.yaml:\d+", refused)
    assert "Not applicable" in skipped
    assert re.search(r"worse by 0\.0\d+ \(95 % interval 0\.0\d+ to 0\.0\d+ worse\)", worse)
    for number in (1, 2, 3, 4):
        assert "<html" in demo.page(f"pull-{number}-report.html")


def test_the_trainings_are_recorded_in_mlflow(demo: Demo) -> None:
    with closing(sqlite3.connect(demo.out / "mlflow.db")) as database:
        found = database.execute(
            "select e.name, r.status from runs r join experiments e using (experiment_id) order by e.name, r.status"
        ).fetchall()
    # The pull request whose data breaks its contract is recorded too, though nothing was trained.
    assert found == [("flights", "FINISHED")] * 2 + [("sluice", "FAILED")] + [("sluice", "FINISHED")] * 2


class Addresses(HTMLParser):
    """Collects every address that a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.linked.append(value or "")
            elif name in ("src", "href", "srcset", "data", "action"):
                self.loaded.append(value or "")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_nothing_and_leads_to_files_beside_it(demo: Demo, name: str) -> None:
    found = Addresses()
    found.feed(demo.page(name))
    assert "script" not in found.tags
    assert found.loaded == ["data:,"]
    assert "url(" not in demo.page(name)
    assert found.linked
    assert [address for address in found.linked if not (demo.out / address).is_file()] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed, so pages are not tried in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_telephone(demo: Demo, browser: Browser, name: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    shown, said = context.new_page(), list[str]()
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("requestfailed", lambda request: said.append(request.url))
    shown.goto((demo.out / name).as_uri())
    for summary in shown.locator("summary").all():
        if summary.is_visible():
            summary.click()
    root = "document.documentElement"
    assert shown.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    assert said == []
    brightness = shown.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(brightness) < 200) == (scheme == "dark")
    context.close()


@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_report_fits_its_window(demo: Demo, browser: Browser, number: int, width: int) -> None:
    shown = browser.new_page(viewport={"width": width, "height": 800})
    shown.goto((demo.out / f"pull-{number}-report.html").as_uri())
    root = "document.documentElement"
    assert shown.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    gates = shown.locator("table", has_text="Severity").locator("td:nth-child(2) code")
    assert gates.count() > 2
    for name in gates.all():
        box = name.bounding_box()
        assert box is not None and box["height"] < 30, "a gate's name is broken"
    shown.close()


def test_the_comments_details_open_on_a_click(demo: Demo, browser: Browser) -> None:
    shown = browser.new_page()
    shown.goto((demo.out / "pull-1.html").as_uri())
    cell = shown.get_by_role("cell", name="origin=JFK", exact=True).first
    assert not cell.is_visible()
    shown.locator(".comment summary", has_text="Metrics").click()
    assert cell.is_visible()
    shown.close()


def test_an_interrupt_ends_everything_that_was_started(tmp_path: Path) -> None:
    temp, out = tmp_path / "temp", tmp_path / "out"
    with subprocess.Popen(
        command(out), cwd=ROOT, env=environment(temp), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert any("training the first model" in line for line in process.stderr)
            started = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
            assert process.wait(60) == 130, said
        finally:
            process.kill()
    assert started
    deadline = time.monotonic() + 10
    while any(child.is_running() for child in started) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [child for child in started if child.is_running()] == []
    assert not list(temp.glob("sluice-*"))
