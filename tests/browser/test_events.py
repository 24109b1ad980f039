"""The Events place of a real daemon: live at the top, still for who reads below, chosen by what the address says."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.fakes.daemon import Daemon, wait_for

DEFINITIONS = f"""
services:
  idle:
    name: Idle tool
    command: [{sys.executable!r}, "-c", "import time\\ntime.sleep(600)"]
  broken:
    name: Broken tool
    command: [no-such-program-anywhere]
"""

PAST = 3_000
MANY = f"""
WITH RECURSIVE place(seq) AS (SELECT (SELECT max(seq) FROM events) + 1 UNION ALL
  SELECT seq + 1 FROM place LIMIT {PAST})
INSERT INTO events (seq, id, at, area, type, version, subject, actor, host, payload)
SELECT seq, printf('%032x', seq), '2026-11-20 08:00:00.000000', 'supervisor', 'service.started', 1, 'idle', 'daemon',
  'desk', '{{"pid": 7}}' FROM place
"""


def with_a_past(daemons: Callable[..., Daemon]) -> Daemon:
    """A daemon whose journal was filled while it was down."""
    daemon = daemons(DEFINITIONS)
    daemon.stop()
    with closing(sqlite3.connect(daemon.data_dir / "control-center.db")) as database, database:
        database.execute(MANY)
    daemon.start()
    return daemon


def feed(page: Page) -> str:
    """The text of the row that is first on the screen, with how far below the edge it stands."""
    return str(
        page.evaluate(
            """() => {
              const list = document.querySelector('[role=feed]'), edge = list.getBoundingClientRect().top
              const row = [...list.querySelectorAll('article')].find(
                (one) => one.getBoundingClientRect().bottom > edge + 1)
              return `${row.ariaPosInset} ${row.innerText} ${Math.round(row.getBoundingClientRect().top - edge)}`
            }"""
        )
    )


def test_what_happens_is_told_in_words_and_chosen_by_the_address(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/events")
    events = page.get_by_role("feed", name="Events")
    expect(events).to_contain_text("The control center started")
    daemon.post("broken", "start")
    failed = events.get_by_role("article", name="service.failed broken")
    expect(failed).to_contain_text("Broken tool failed")
    expect(failed).to_contain_text("by someone here")

    page.get_by_role("button", name="Services", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?area=supervisor$"))
    expect(events).not_to_contain_text("The control center started")
    page.reload()
    expect(failed).to_be_visible()
    expect(events).not_to_contain_text("The control center started")

    failed.get_by_role("button", name="All about service.failed").click()
    expect(failed.get_by_label("What was told")).to_contain_text('"reason"')
    failed.get_by_role("button", name="service.failed", exact=True).click()
    expect(page).to_have_url(re.compile(r"type=service.failed"))
    expect(events.get_by_role("article")).to_have_count(1)
    events.get_by_role("link", name="Broken tool").click()
    expect(page).to_have_url(re.compile(r"/services/broken/events$"))


def test_what_is_new_waits_for_who_reads_the_past(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = with_a_past(daemons)
    page = open_page(f"{daemon.address}/ui/events")
    events = page.get_by_role("feed", name="Events")
    expect(events).to_contain_text("The control center started")
    page.evaluate("document.querySelector('[role=feed]').scrollTop = 3000")
    expect(page.get_by_text("Reading the past")).to_be_visible()
    wait_for(lambda: page.evaluate("document.querySelector('[role=feed]').scrollHeight") > 7_000, 15, "older ones come")
    before = feed(page)
    daemon.post("broken", "start")
    newest = page.get_by_role("button", name=re.compile("new event"))
    expect(newest).to_be_visible()
    assert feed(page) == before
    assert page.locator("article").count() < 100
    newest.click()
    expect(events.get_by_role("article", name="service.failed broken")).to_be_visible()
    expect(page.get_by_text("Following", exact=True)).to_be_visible()


def test_an_event_of_the_past_is_shown_among_what_happened_round_it(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = with_a_past(daemons)
    page = open_page(f"{daemon.address}/ui/events?seq=1000")
    sought = page.locator("article[data-sought]")
    expect(sought).to_be_in_viewport()
    sought.get_by_role("button", name="All about service.started").click()
    expect(sought.get_by_label("What was told")).to_contain_text('"seq": 1000,')
    page.get_by_role("button", name="To the newest").click()
    expect(page).to_have_url(re.compile(r"/ui/events$"))
    expect(page.get_by_role("feed", name="Events")).to_contain_text("The control center started")
