"""What a person looks for on the pages."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.fakes.daemon import wait_for

PATIENCE = 15_000.0


def card(page: Page, service: str) -> Locator:
    return page.locator(f"article[data-service={service}]")


def expect_status(place: Page | Locator, status: str) -> None:
    """The word that people read, in the place where the status stands."""
    expect(place.locator("[data-status] >> text=/^" + status + "$/").first).to_be_visible(timeout=PATIENCE)


def expect_no_sideways_scroll(page: Page) -> None:
    """At the width that it has, once it is drawn for it."""
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    wait_for(lambda: page.evaluate(fits), PATIENCE / 1000, "nothing is wider than the window")
