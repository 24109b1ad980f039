"""The past of the machine and of services as charts: chosen, drawn over, and gone back to."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.fakes.daemon import Daemon, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

CLOCK = f"""
services:
  clock:
    name: Clock
    command: [{sys.executable!r}, "-u", "-c", "import time\\nwhile True: time.sleep(.2); print('tick')"]
"""


def plot(page: Page, chart: str) -> Locator:
    return page.get_by_role("region", name=f"{chart}, chart").locator(".u-over")


def recorded(daemon: Daemon, metric: str) -> int:
    answer = daemon.http.get("/api/system/history", params={"metric": metric})
    return len(answer.json()["points"])


def box_of(place: Locator) -> dict[str, float]:
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"] + box["height"] / 2, "width": box["width"]}


def test_drawing_over_a_part_shows_it_in_all_charts_and_in_the_address_until_a_double_click(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    wait_for(lambda: recorded(daemon, "cpu"), 40, "a sample was taken")
    page = open_page(f"{daemon.address}/ui/system/charts?range=24h")
    expect(plot(page, "CPU")).to_be_visible()
    box = box_of(plot(page, "CPU"))
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"], steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))
    query = parse_qs(urlsplit(page.url).query)
    assert int(query["to"][0]) - int(query["from"][0]) == pytest.approx(6 * 3600, rel=0.05)
    assert query["range"] == ["24h"]
    expect(page.get_by_text("Nothing was recorded then")).to_be_visible()

    page.get_by_role("button", name="Show all of the range again").click()
    expect(plot(page, "Memory")).to_be_visible()
    assert "from=" not in page.url


def test_all_charts_tell_of_the_moment_under_the_pointer(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(CLOCK)
    wait_for(lambda: recorded(daemon, "cpu") > 1, 40, "samples were taken")
    page = open_page(f"{daemon.address}/ui/system/charts?range=5m")
    expect(plot(page, "CPU per core")).to_be_visible()
    box = box_of(plot(page, "CPU"))
    page.mouse.move(box["x"] + box["width"] - 3, box["y"])
    said = page.get_by_role("region", name="Memory, chart").locator(".u-legend")
    expect(said).to_contain_text(re.compile(r"Time\d\d:\d\d:\d\d"))
    expect(said).to_contain_text("B")
    page.mouse.move(box["x"] + 3, box["y"])  # five minutes ago there was no daemon
    expect(said).to_contain_text(re.compile("Time–"))


def test_a_service_has_a_past_that_is_there_again_after_the_daemon_was_started_anew(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    daemon.post("clock", "start", wait="running")
    wait_for(lambda: recorded(daemon, "service:clock:memory"), 40, "a sample of the service was taken")
    daemon.stop()
    daemon.start()
    assert recorded(daemon, "service:clock:memory")
    page = open_page(f"{daemon.address}/ui/services/clock/resources?range=5m")
    expect(page.get_by_role("region", name="Memory, chart").locator(".u-legend")).to_contain_text(
        re.compile(r"Memory\d")
    )
    page.get_by_text("7 d", exact=True).click()
    page.wait_for_url("**range=7d")


def test_the_parts_of_the_machine_are_listed_by_their_names(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(CLOCK)
    wait_for(lambda: daemon.http.get("/api/system/stats").json()["disks"], 40, "the disks were read")
    stats = daemon.http.get("/api/system/stats").json()
    page = open_page(f"{daemon.address}/ui/system/hardware")
    disks, networks = page.get_by_role("table", name="Disks"), page.get_by_role("table", name="Networks")
    for disk in stats["disks"]:
        expect(disks).to_contain_text(disk["mount"])
    for network in stats["networks"]:
        expect(networks).to_contain_text(network["name"])
