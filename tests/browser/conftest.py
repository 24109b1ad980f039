"""A Chromium that looks at the built dashboard of a real daemon, and minds what the page does behind one's back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from backend.config import ROOT

DIST = ROOT / "frontend" / "dist"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """For the browser tests only: while Playwright runs in this thread, no asynchronous test can."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: install it, or name its program in CHROMIUM")
    if not (DIST / "index.html").is_file():
        pytest.skip("the dashboard is not built: run install.sh or install.bat")
    expect.set_options(timeout=15_000)  # a busy machine is slow, and not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watch:
    """What a page asked for and complained of."""

    def __init__(self) -> None:
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []

    def follow(self, page: Page) -> None:
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._said)

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).hostname != "127.0.0.1":
            self.elsewhere.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        # A daemon that was killed, and refusals that are answers, are told by the browser as errors too.
        told = ("Failed to load resource", "WebSocket connection to")
        if message.type in {"error", "warning"} and not message.text.startswith(told):
            self.complaints.append(message.text)


@contextmanager
def opener(chromium: Browser) -> Iterator[OpenPage]:
    """Opens an address in a browser of its own; in the end no page may have complained or asked any other host."""
    contexts: list[BrowserContext] = []
    watch = Watch()

    def open_(url: str, *, width: int = 1280, height: int = 860, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch.follow(page)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert watch.elsewhere == []
    assert watch.complaints == []


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    with opener(chromium) as open_:
        yield open_
