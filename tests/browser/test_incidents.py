"""Crashes of a service, as cards that say how it ended, what it said last and what had changed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import expect

from tests.browser.axe import LOOKS, SEEN_BY_AXE, broken_rules, turn
from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_no_sideways_scroll
from tests.fakes.daemon import Daemon

CRASHES = [sys.executable, "-c", "print('loading the model')\nraise MemoryError('no room left')"]

DEFINITIONS = f"""
services:
  tool:
    name: The tool
    command: {CRASHES!r}
    restart: {{delay: 600s, max_delay: 600s}}
"""


def test_a_crash_leaves_a_card(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/services/tool/crashes", **SEEN_BY_AXE)
    expect(page.get_by_text("It has not crashed")).to_be_visible()
    daemon.post("tool", "start")
    cards = page.get_by_role("list", name="Crashes").locator("[data-crash]")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Exit code 1")
    expect(cards.get_by_role("region", name=re.compile("^Last lines"))).to_contain_text("MemoryError: no room left")
    expect(cards.get_by_text("Changed in the hour before")).to_be_visible()
    for theme, width in LOOKS:
        page.set_viewport_size({"width": width, "height": 860})
        turn(page, theme)
        expect_no_sideways_scroll(page)
        assert broken_rules(page) == []
    page.set_viewport_size({"width": 1280, "height": 860})

    daemon.post("tool", "restart")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("2 times")
    cards.first.get_by_role("link", name=re.compile("started$")).first.click()
    expect(page).to_have_url(re.compile(r"/ui/events\?seq=\d+$"))
    expect(page.locator("article[data-sought]")).to_be_in_viewport()


def test_a_moment_of_the_past_is_looked_at_and_saved_for_a_report(
    daemons: Callable[..., Daemon], open_page: OpenPage, tmp_path: Path
) -> None:
    daemon = daemons(DEFINITIONS)
    daemon.post("tool", "start")
    daemon.is_("tool", "backoff")
    crash = daemon.events("service.exited", "tool")[0]
    page = open_page(f"{daemon.address}/ui/events/moment?at={crash['at']}", **SEEN_BY_AXE)
    expect(page.get_by_role("region", name="Services")).to_contain_text("The tool")
    expect(page.get_by_role("region", name="Lines of tool")).to_contain_text("MemoryError: no room left")
    expect(page.get_by_role("feed", name="Events round it")).to_contain_text("The tool ended")
    expect(page.get_by_role("slider", name="Moment")).to_be_visible()
    assert broken_rules(page) == []

    page.get_by_role("button", name="Bundle for a report").click()
    dialog = page.get_by_role("dialog", name="Bundle for a report")
    expect(dialog.get_by_role("region", name=re.compile("files"))).to_contain_text("journal.jsonl")
    assert broken_rules(page) == []
    with page.expect_download() as begun:
        dialog.get_by_role("button", name="Save").click()
    file = tmp_path / begun.value.suggested_filename
    begun.value.save_as(file)
    assert file.name.startswith("incident-")
    with ZipFile(file) as bundle:
        assert bundle.testzip() is None
        assert "journal.jsonl" in bundle.namelist()
