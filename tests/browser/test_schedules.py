"""Schedules: one is made with its times seen before, paused and deleted; the calendar has what ran and what comes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import AXE
from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_no_sideways_scroll
from tests.fakes.daemon import Daemon, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

DEFINITIONS = f"""
modules:
  beat:
    name: Heartbeat
    command: [{sys.executable!r}, -c, pass]
    schedule: {{every: 1s}}
  minutely:
    name: Each minute
    command: [{sys.executable!r}, -c, pass]
    schedule: {{cron: "* * * * *", zone: UTC}}
  wrong:
    name: Switched off
    enabled: false
    command: [{sys.executable!r}, -c, pass]
    schedule: {{every: 2s}}
  daily:
    name: Every morning
    command: [{sys.executable!r}, -c, pass]
    schedule: {{cron: "0 6 * * *"}}
  backup:
    name: Backup
    command: [{sys.executable!r}, -c, pass]
    parameters:
      target: {{required: true}}
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("schedules"), DEFINITIONS)
    try:
        daemon.start()
        wait_for(lambda: daemon.http.get("/api/schedules").json()["total"] == 4)
        yield daemon
    finally:
        daemon.close()


def test_a_schedule_is_made_with_its_times_seen_before_paused_and_deleted(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/schedules", timezone_id="Europe/Prague")
    page.get_by_role("link", name="New schedule").click()
    page.get_by_label("Module").select_option("Backup")
    form, times = page.get_by_role("form", name="New schedule"), page.get_by_role("region", name="When it would run")
    page.get_by_label("Cron expression").fill("0 66 * * *")
    expect(form.get_by_text("the hour of `0 66 * * *` is wrong")).to_be_visible()
    expect(form.get_by_text("target is required")).to_be_visible()
    page.get_by_label("Cron expression").fill("30 8 * * 1")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    expect(times.get_by_role("row")).to_have_count(6)
    expect(times.get_by_role("row").nth(1)).to_contain_text("08:30 +09:00")
    expect(times.get_by_role("row").nth(5)).to_contain_text(":30")
    page.get_by_label("target").fill("/mnt/backup")
    page.reload()
    expect(page.get_by_label("target")).to_have_value("/mnt/backup")
    page.get_by_role("button", name="Make the schedule").click()

    expect(page.get_by_role("heading", name="Backup")).to_be_visible()
    expect(page.get_by_text("08:30 on Mondays")).to_be_visible()
    expect(page.get_by_role("region", name="Its next times").get_by_role("row")).to_have_count(6)
    made = daemon.http.get("/api/schedules").json()["schedules"][-1]
    assert (made["cron"], made["zone"], made["parameters"]) == ("30 8 * * 1", "Asia/Tokyo", {"target": "/mnt/backup"})
    page.keyboard.press("s")
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Paused")
    page.get_by_role("link", name="Change").click()
    page.get_by_role("button", name="Every so often").click()
    page.get_by_role("textbox", name="Every").fill("1h 30m")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("every 1h 30m")).to_be_visible()
    assert daemon.http.get(f"/api/schedules/{made['id']}").json()["every"] == 5400
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("table", name="Schedules").get_by_role("row")).to_have_count(5)


def test_the_list_follows_what_happens_and_runs_one_now(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/schedules")
    beat = page.get_by_role("row", name="Heartbeat")
    expect(beat).to_contain_text("completed")
    expect(page.get_by_role("row", name="Switched off")).to_contain_text("its definition says `enabled: false`")
    page.get_by_role("button", name="Pause: Heartbeat").click()
    expect(beat).to_contain_text("paused")
    page.get_by_role("button", name="Resume: Heartbeat").click()
    expect(page.get_by_role("button", name="Pause: Heartbeat")).to_be_visible()
    page.get_by_role("button", name="Run now: Every morning").click()
    expect(page.get_by_role("heading", name="Every morning")).to_be_visible()


def test_the_calendar_has_what_ran_and_counts_what_is_dense(daemon: Daemon, open_page: OpenPage) -> None:
    wait_for(lambda: daemon.http.get("/api/runs?module_id=beat").json()["total"] > 7, 30)
    page = open_page(f"{daemon.address}/ui/schedules/calendar?span=week", timezone_id="UTC")  # a month shows some
    today = page.locator("[aria-current=date]")
    expect(today.get_by_role("link", name="Heartbeat").first).to_be_visible()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    page.goto(f"{daemon.address}/ui/schedules/calendar?span=week&day={tomorrow:%Y-%m-%d}")
    day = page.get_by_role("listitem", name=re.compile(rf"\b{tomorrow.day} {tomorrow:%B %Y}$"))
    expect(day.get_by_role("link", name="Each minute")).to_contain_text("1 440×")
    expect(day.get_by_role("link", name="Heartbeat")).to_contain_text("86 400×")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(day).to_have_count(0)
    expect(page.get_by_role("link", name="Each minute")).to_have_count(7)
    page.keyboard.press("t")
    page.keyboard.press("m")
    expect(today).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator("main li a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/ui/(runs|schedules/[0-9])"))


def test_axe_finds_nothing_wrong_and_no_place_of_schedules_scrolls_sideways(
    daemon: Daemon, open_page: OpenPage
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run test.sh or test.bat")
    places = ("schedules", "schedules/1", "schedules/new?module=backup", "schedules/1/edit", "schedules/77",
              "schedules/calendar", "schedules/calendar?span=week")  # fmt: skip
    page = open_page(f"{daemon.address}/ui/", reduced_motion="reduce", bypass_csp=True)
    found = {place: wrong for place in places if (wrong := _wrong_at(page, f"{daemon.address}/ui/{place}"))}
    assert found == {}


def _wrong_at(page: Page, address: str) -> list[str]:
    page.goto(address)
    expect(page.locator("main h1").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.add_script_tag(path=AXE)
    wrong: list[str] = page.evaluate("axe.run().then(found => found.violations.map(one => one.id))")
    page.set_viewport_size({"width": 400, "height": 860})
    expect_no_sideways_scroll(page)
    page.set_viewport_size({"width": 1280, "height": 860})
    return wrong
