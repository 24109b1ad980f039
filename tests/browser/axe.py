"""What axe sees of a page: every rule of WCAG 2.2 AA and of good practice, in the themes that people choose."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from backend.config import ROOT
from tests.fakes.daemon import wait_for

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

Theme = Literal["light", "dark"]

LOOKS: tuple[tuple[Theme, int], ...] = (("light", 1280), ("dark", 400))
SEEN_BY_AXE = {"color_scheme": "light", "reduced_motion": "reduce", "bypass_csp": True}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Told in full are violations alone, which is a third of the work.
VIOLATIONS = f"axe.run({{runOnly: {RULES}, resultTypes: ['violations']}}).then(found => found.violations)"
STILL = "document.getAnimations().every(one => !(one instanceof CSSTransition && one.playState === 'running'))"


def turn(page: Page, theme: Theme) -> None:
    page.emulate_media(color_scheme=theme)
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", theme)


def broken_rules(page: Page) -> list[str]:
    """Each with the element that breaks it."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run test.sh or test.bat")
    wait_for(lambda: page.evaluate(STILL), 15, "no colour changes any more")
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    return [f"{one['id']}: {node['html']}" for one in page.evaluate(VIOLATIONS) for node in one["nodes"]]
