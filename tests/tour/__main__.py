"""Takes the pictures of the guide, of every place in light and dark, wide and narrow.

    python -m tests.tour [--into FOLDER] [--width PIXELS]… [PLACE]…

Needs the built dashboard and a Chromium. Without `--into` they go to docs/images; with other widths than those of the
guide they are for looking at, such as 2560.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from backend.config import ROOT
from tests.browser.axe import STILL, Theme, turn
from tests.browser.conftest import CHROMIUM
from tests.fakes.daemon import wait_for
from tests.tour.household import household
from tests.tour.places import Place, places

IMAGES = ROOT / "docs" / "images"
WIDTHS = {"wide": 1280, "narrow": 400}
HEIGHT = 800
QUALITY = 25  # of WebP: letters stay sharp, and the whole guide small
THEMES: tuple[Theme, ...] = ("light", "dark")
PATIENCE = 120_000  # milliseconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tour", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("places", nargs="*", metavar="PLACE", help="all where none is named")
    parser.add_argument("--into", type=Path, default=IMAGES, metavar="FOLDER")
    parser.add_argument("--width", type=int, action="append", metavar="PIXELS")
    options = parser.parse_args()
    widths = {str(width): width for width in options.width} if options.width else WIDTHS
    options.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="house-") as folder, household(Path(folder)) as (daemon, guide):
        chosen = [one for one in places(guide) if not options.places or one.name in options.places]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for look, width in widths.items():
                _walk(browser, daemon.address, chosen, width=width, look=look, into=options.into)
            browser.close()
    return 0


def _walk(browser: Browser, address: str, chosen: Sequence[Place], *, width: int, look: str, into: Path) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        timezone_id="Europe/Prague", locale="en-GB", reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    for place in chosen:
        page.goto(f"{address}/ui/{place.address}")
        arrive(page, place)
        for theme in THEMES:
            turn(page, theme)
            wait_for(lambda: page.evaluate(STILL), what="no colour changes any more")
            (into / f"{place.name}-{look}-{theme}.webp").write_bytes(picture(page))
    context.close()


def arrive(page: Page, place: Place) -> None:
    """Until all is drawn, and what is done there is done."""
    expect(page.locator("main h1, main h2, main [role=log]").first).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    if place.act is not None:
        place.act(page)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def picture(page: Page) -> bytes:
    """As WebP, which Playwright's own pictures cannot be."""
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    session.detach()
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    sys.exit(main())
