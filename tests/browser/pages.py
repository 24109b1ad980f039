"""What a person looks for on the pages."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

PATIENCE = 15_000.0


def card(page: Page, service: str) -> Locator:
    return page.locator(f"article[data-service={service}]")


def expect_status(place: Page | Locator, status: str) -> None:
    """The word that people read, in the place where the status stands."""
    expect(place.locator("[data-status] >> text=/^" + status + "$/").first).to_be_visible(timeout=PATIENCE)


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
