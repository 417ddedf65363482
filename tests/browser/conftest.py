"""A headless Chromium (``VERISEARCH_CHROMIUM``, or one on the path), driven by playwright."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "report"))

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The running browser; tests are skipped, with the reason, where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("VERISEARCH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None or shutil.which(path) is None:
        pytest.skip(f"no Chromium found ({path or ', '.join(NAMES)}); set VERISEARCH_CHROMIUM")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=sandbox)
        yield running
        running.close()


class Opened:
    """A page opened from a file, and what it complained about or asked the network for."""

    def __init__(self, page: Any, file: Path) -> None:
        self.page, self.file = page, file
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def goto(self, fragment: str = "") -> None:
        self.page.goto(f"{self.file.as_uri()}{fragment}")


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """``show(html, fragment, **context settings)`` opens a page; at the end it must have been quiet."""
    opened: list[Opened] = []
    contexts = []

    def start(html: str, fragment: str = "", **settings: Any) -> Opened:
        file = tmp_path / f"page-{len(opened)}.html"
        file.write_text(html, encoding="utf-8")
        settings.setdefault("viewport", {"width": 1400, "height": 900})
        contexts.append(browser.new_context(**settings))
        shown = Opened(contexts[-1].new_page(), file)
        shown.page.set_default_timeout(10_000)
        opened.append(shown)
        shown.goto(fragment)
        return shown

    yield start
    for shown in opened:
        assert shown.complaints == []
        assert {url.split("#")[0] for url in shown.requests} - {shown.file.as_uri(), "data:,"} == set()
    for context in contexts:
        context.close()
