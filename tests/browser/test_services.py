"""Start, see it run, log and stop; refusals in the daemon's words; the way back after the daemon is gone."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import PATIENCE, card, expect_status
from tests.fakes.daemon import Daemon, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

CLOCK = f"""
services:
  clock:
    name: Clock
    description: Prints a line now and then
    command: [{sys.executable!r}, "-u", "-c", "import time\\nprint('the clock is wound')\\nwhile True: time.sleep(.2); print('tick')"]
    tags: [demo]
"""  # noqa: E501


def server(port: int, service: str, name: str) -> str:
    return f"""
  {service}:
    name: {name}
    command: [{sys.executable!r}, "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
    port: {port}
"""


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    holder = socket.create_server(("127.0.0.1", 0))
    with holder:
        yield holder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_service_is_started_seen_running_and_logging_and_stopped(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    page = open_page(f"{daemon.address}/")
    page.wait_for_url("**/ui/overview")
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Services").click()
    clock = card(page, "clock")
    expect_status(clock, "stopped")
    clock.get_by_role("button", name="Start Clock", exact=True).click()
    expect_status(clock, "running")
    expect(clock.get_by_role("button", name="Stop Clock", exact=True)).to_be_enabled()

    clock.get_by_role("link", name="Clock", exact=True).click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("the clock is wound")
    expect(log).to_contain_text("tick")
    assert daemon.service("clock")["pid"] == int(page.get_by_text("Process", exact=True).locator("+ dd").inner_text())

    page.get_by_role("button", name="Stop Clock", exact=True).click()
    expect_status(page, "stopped")
    assert daemon.service("clock")["pid"] is None
    page.get_by_role("main").get_by_role("link", name="Events").click()
    expect(page.get_by_text("stopped", exact=True).last).to_be_visible()


def test_a_port_that_a_stranger_holds_is_refused_in_the_daemons_own_words(
    daemons: Callable[..., Daemon], open_page: OpenPage, taken: socket.socket
) -> None:
    port = taken.getsockname()[1]
    daemon = daemons("services:" + server(port, "web", "Web"))
    page = open_page(f"{daemon.address}/ui/services")
    card(page, "web").get_by_role("button", name="Start Web", exact=True).click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text(str(os.getpid()))
    expect(refusal).to_contain_text(daemon.post("web", "start").json()["detail"])
    refusal.get_by_role("link", name=f"See port {port}").click()
    expect(page.get_by_role("heading", name=f"Port {port} is in use")).to_be_visible()


def test_a_port_that_another_service_holds_can_be_freed_from_the_refusal(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    port = free_port()
    daemon = daemons("services:" + server(port, "one", "One") + server(port, "two", "Two"))
    assert daemon.post("one", "start", wait="healthy", timeout=20).status_code == 200
    page = open_page(f"{daemon.address}/ui/services")
    two = card(page, "two")
    two.get_by_role("button", name="Start Two", exact=True).click()
    two.get_by_role("alert").get_by_role("button", name="Stop One", exact=True).click()
    expect_status(card(page, "one"), "stopped")
    two.get_by_role("button", name="Start Two", exact=True).click()
    expect_status(two, "running")
    expect(two.get_by_role("alert")).to_have_count(0)


def test_a_crash_is_shown_with_its_reason_and_the_next_try(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(f"""
services:
  crash:
    command: [{sys.executable!r}, "-c", "raise SystemExit(3)"]
    restart: {{delay: 60s, max_delay: 60s}}
""")
    page = open_page(f"{daemon.address}/ui/services")
    crash = card(page, "crash")
    crash.get_by_role("button", name="Start crash", exact=True).click()
    expect_status(crash, "backoff")
    expect(crash).to_contain_text("exit code 3")
    expect(crash).to_contain_text(re.compile(r"in \d+s|in 1m"))


def test_after_a_killed_daemon_the_page_says_so_and_comes_back_by_itself(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    daemon.post("clock", "start", wait="running")
    page = open_page(f"{daemon.address}/ui/services/clock/logs")
    log = page.get_by_role("log")
    expect(log).to_contain_text("tick")
    pid = daemon.service("clock")["pid"]

    daemon.kill()
    expect(page.get_by_text("Connection to the daemon lost")).to_be_visible()
    stop = page.get_by_role("button", name="Stop Clock", exact=True)
    expect(stop).to_have_attribute("aria-disabled", "true")
    expect(stop).to_have_attribute("title", "No connection to the daemon")

    daemon.start()
    expect(page.get_by_text("Connection to the daemon lost")).to_be_hidden(timeout=PATIENCE)
    expect(stop).not_to_have_attribute("aria-disabled", "true")
    expect_status(page, "running")
    assert daemon.service("clock")["pid"] == pid
    before = _lines_in_memory(page)
    wait_for(lambda: _lines_in_memory(page) > before, what="the log goes on")


def test_what_is_first_opened_while_the_daemon_is_away_comes_when_it_is_back(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    page = open_page(f"{daemon.address}/ui/services/clock/logs")
    expect(page.get_by_role("log")).to_be_visible()
    daemon.kill()
    expect(page.get_by_text("Connection to the daemon lost")).to_be_visible()

    page.get_by_role("link", name="Health", exact=True).click()
    expect(page.get_by_role("button", name="Start Clock", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Not loaded yet").filter(visible=True)).to_be_visible()
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Runs").click()
    expect(page.get_by_role("button", name="Start Clock", exact=True)).to_be_hidden()
    expect(page.get_by_role("heading", name="Not loaded yet").filter(visible=True)).to_be_visible()

    daemon.start()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible(timeout=PATIENCE)
    page.go_back()
    expect(page.get_by_text("Nobody asks whether it is well")).to_be_visible()


def _lines_in_memory(page: Page) -> int:
    found = re.search(r"(\d+) lines? in memory", page.locator("main").inner_text())
    assert found
    return int(found[1])


def test_a_key_that_stops_asks_first_and_escape_keeps_it_running(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    daemon.post("clock", "start", wait="running")
    page = open_page(f"{daemon.address}/ui/services")
    expect_status(card(page, "clock"), "running")
    page.keyboard.press("j")
    chosen = card(page, "clock").locator("[data-row]")
    expect(chosen).to_be_focused()
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_contain_text("Stop Clock?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(chosen).to_be_focused()
    page.keyboard.press("s")
    expect(page.get_by_role("dialog").get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect_status(card(page, "clock"), "stopped")


def test_a_faulty_file_is_told_everywhere_with_line_and_hint_and_nothing_stops(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    daemon.post("clock", "start", wait="running")
    page = open_page(f"{daemon.address}/ui/system/charts")
    good = daemon.config.read_text(encoding="utf-8")
    daemon.config.write_text(good.replace("description:", "descripton:"), encoding="utf-8")
    line = good[: good.index("description:")].count("\n") + 1

    banner = page.get_by_role("status").filter(has_text=f"line {line}")
    expect(banner).to_be_visible()
    banner.get_by_role("link", name="Show").click()
    expect(page.get_by_role("heading", name="Not applied")).to_be_visible()
    fault = page.get_by_role("listitem").filter(has_text="descripton")
    expect(fault).to_contain_text(f"line {line}")
    expect(fault).to_contain_text("description")
    assert daemon.service("clock")["status"] == "running"

    daemon.config.write_text(good, encoding="utf-8")
    expect(page.get_by_role("heading", name="In force")).to_be_visible()
    expect(banner).to_be_hidden()


def test_a_new_service_in_the_file_appears_by_itself(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(CLOCK)
    page = open_page(f"{daemon.address}/ui/services")
    expect(card(page, "clock")).to_be_visible()
    text = daemon.config.read_text(encoding="utf-8")
    daemon.config.write_text(f"{text}  later:\n    command: [{sys.executable!r}, -V]\n", encoding="utf-8")
    expect(card(page, "later")).to_be_visible()


def test_the_log_is_downloaded_whole(daemons: Callable[..., Daemon], open_page: OpenPage, tmp_path: Path) -> None:
    daemon = daemons(f"""
services:
  talk:
    command: [{sys.executable!r}, "-c", "for i in range(3000): print('line', i)"]
    restart: never
""")
    daemon.post("talk", "start")
    daemon.is_("talk", "exited")
    page = open_page(f"{daemon.address}/ui/services/talk/logs")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the whole log").click()
    kept = tmp_path / "talk.log"
    download.value.save_as(kept)
    assert kept.read_text().splitlines() == [f"line {i}" for i in range(3000)]
