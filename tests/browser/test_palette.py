"""Ctrl+K: found by a few letters, done by Enter, and said what came of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import LOOKS, SEEN_BY_AXE, broken_rules, turn
from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_no_sideways_scroll
from tests.fakes.daemon import Daemon, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

DEFINITIONS = f"""
services:
  clock:
    name: Clock
    command: [{sys.executable!r}, "-u", "-c", "import time\\nwhile True: time.sleep(.2); print('tick')"]
  never:
    name: Never
    command: [no-such-program-anywhere]
modules:
  greet:
    name: Greet somebody
    command: [{sys.executable!r}, "-c", "print('hello')"]
"""


def palette(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Commands")


def call(page: Page) -> None:
    """It is there, and what is typed goes into it."""
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command")).to_be_focused()


def choose(page: Page, typed: str, first: str) -> None:
    """With nothing but the keyboard."""
    call(page)
    page.keyboard.type(typed)
    expect(palette(page).get_by_role("option").first).to_contain_text(first)
    page.keyboard.press("Enter")
    expect(palette(page)).to_have_count(0)


def test_services_are_started_and_stopped_from_anywhere_and_it_is_said_what_came_of_it(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/diagnostics")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    choose(page, "start clock", "Start Clock")
    daemon.is_("clock", "running")
    expect(page.get_by_role("status").get_by_text(re.compile("clock", re.IGNORECASE)).first).to_be_visible()
    choose(page, "stcl", "Stop Clock")
    daemon.is_("clock", "stopped")
    choose(page, "start never", "Start Never")
    expect(page.get_by_role("status").filter(has_text="no-such-program-anywhere").first).to_be_visible()


def test_it_leads_to_places_runs_and_logs_and_offers_what_was_used_last_first(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/overview")
    choose(page, "log clock", "Log of Clock")
    page.wait_for_url("**/ui/services/clock/logs")
    choose(page, "run greet", "Run Greet somebody")
    page.wait_for_url("**/ui/modules/greet")
    choose(page, "theme dark", "Theme: dark")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    choose(page, "compact", "Density: compact")
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    call(page)
    options = palette(page).get_by_role("option")
    expect(options.nth(0)).to_contain_text("Run Greet somebody")
    expect(options.nth(1)).to_contain_text("Log of Clock")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/services/clock/logs")


def test_escape_gives_the_focus_back_and_keys_typed_in_it_do_nothing_to_the_page(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/services")
    clock = page.get_by_role("link", name="Clock", exact=True)
    clock.focus()
    call(page)
    page.keyboard.type("gd?s")
    page.keyboard.press("Escape")
    expect(palette(page)).to_have_count(0)
    expect(clock).to_be_focused()
    assert page.url.endswith("/ui/services")


def test_the_control_center_is_shut_down_only_after_a_question_that_names_what_ends(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(DEFINITIONS)
    daemon.post("clock", "start", wait="running")
    page = open_page(f"{daemon.address}/ui/overview")
    call(page)
    page.keyboard.type("shutdown")
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Shut the control center down?")
    expect(question).to_contain_text("It stops Clock.")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    call(page)
    page.keyboard.type("shutdown")
    page.keyboard.press("Enter")
    expect(question.get_by_role("button", name="Shut down")).to_be_focused()
    page.keyboard.press("Enter")
    assert daemon.process is not None
    wait_for(lambda: daemon.process and daemon.process.poll() is not None, 40, "the daemon has ended")
    expect(page.get_by_text("Connection to the daemon lost")).to_be_visible()


def test_it_passes_axe_in_both_themes_and_fits_a_telephone(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/overview", **SEEN_BY_AXE)
    call(page)
    expect(palette(page).get_by_role("option").first).to_be_visible()
    found: dict[str, list[str]] = {}
    for theme, width in LOOKS:
        turn(page, theme)
        page.set_viewport_size({"width": width, "height": 860})
        expect_no_sideways_scroll(page)
        found[f"{theme}, {width}"] = broken_rules(page)
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}
