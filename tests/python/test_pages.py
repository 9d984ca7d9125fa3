"""The pages of HTML in a real browser, where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from shared.command import run
from tidemarc import statistics

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"]
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")


def browse(page: Path, *options: str) -> tuple[str, list[str]]:
    """Opens a page. Returns the output, and the messages of the browser about the page."""
    assert BROWSER is not None
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        f"--user-data-dir={page.parent / 'profile'}",
        *options,
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture(scope="module", params=["statistics", "faults"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    source = FIXTURES / "books-damaged.mrc"
    if request.param == "statistics":
        statistics(source).to_html(path)
    else:
        assert run("check", source, "--html", path).returncode == 1
    return path


def test_the_page_is_shown_without_errors_and_without_a_request(page):
    dom, messages = browse(page, "--dump-dom")
    # The policy of the page refuses each request, and the browser says so.
    assert messages == []
    # The browser has closed no element early: the text of a record contains no markup.
    body = page.read_text(encoding="utf-8").partition("<main")[2]
    for element in ["details", "table", "rect", "code", "div", "section", "pre"]:
        assert dom.count(f"<{element}") == body.count(f"<{element}"), element
    assert body.count("<details") > 0 and body.count("<rect") > 0


def test_a_request_would_be_noticed(page, tmp_path):
    html = page.read_text(encoding="utf-8")
    bad = tmp_path / "bad.html"
    bad.write_text(html.replace("</main>", '<img src="http://example.org/a.png"></main>'), "utf-8")
    _, messages = browse(bad, "--dump-dom")
    assert any("Content Security Policy" in message for message in messages)


def test_it_follows_the_dark_scheme_and_can_be_printed(page):
    images = []
    for scheme in ["light", "dark"]:
        image = page.with_name(f"{scheme}.png")
        number = {"dark": 0, "light": 1}[scheme]
        browse(page, f"--screenshot={image}", f"--blink-settings=preferredColorScheme={number}")
        images.append(image.read_bytes())
    assert images[0] != images[1] and min(map(len, images)) > 10_000
    printed = page.with_name("page.pdf")
    browse(page, f"--print-to-pdf={printed}")
    assert printed.read_bytes().startswith(b"%PDF")
