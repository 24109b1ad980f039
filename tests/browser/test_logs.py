"""The log viewer before real logs: following, older pages, search, levels, colours, progress bars, copying."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.fakes.daemon import Daemon

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

TALK = """
import sys, time
for i in range(6000):
    print(f"INFO line {i}")
print("\\x1b[31mERROR\\x1b[0m it broke\\n  at the second step")
sys.stdout.write("  0%"); sys.stdout.flush()
for i in range(1, 11):
    time.sleep(.05); sys.stdout.write(f"\\r{i * 10:3d}%"); sys.stdout.flush()
print("\\nINFO ready", flush=True)
while True:
    time.sleep(.2); print("INFO tick", flush=True)
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    program = TALK.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    definitions = f'services:\n  talk:\n    command: [{sys.executable!r}, "-c", "{program}"]\n'
    daemon = Daemon(tmp_path_factory.mktemp("talk"), definitions)
    try:
        daemon.start()
        daemon.post("talk", "start", wait="running")
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def talking(daemon: Daemon, open_page: OpenPage) -> Page:
    page = open_page(f"{daemon.address}/ui/services/talk/logs", permissions=["clipboard-read", "clipboard-write"])
    expect(page.get_by_role("log")).to_contain_text("tick")
    return page


def first_line(page: Page) -> str:
    """The uppermost line on the screen."""
    return str(
        page.get_by_role("log").evaluate("""list => {
            const top = list.getBoundingClientRect().top + 2;
            return [...list.querySelectorAll('[data-line]')]
              .map(row => [row.getBoundingClientRect(), row.innerText])
              .filter(([box]) => box.bottom > top)
              .sort(([a], [b]) => a.top - b.top)[0][1];
        }""")
    )


def test_it_follows_until_one_scrolls_up_and_counts_what_waits(talking: Page) -> None:
    log = talking.get_by_role("log")
    expect(talking.get_by_text("Following", exact=True)).to_be_visible()
    log.hover()
    talking.mouse.wheel(0, -400)
    expect(talking.get_by_text("Not following")).to_be_visible()
    seen = first_line(talking)
    waiting = talking.get_by_role("button", name=re.compile(r"\d+ new lines"))
    expect(waiting).to_be_visible()
    assert first_line(talking) == seen
    waiting.click()
    expect(talking.get_by_text("Following", exact=True)).to_be_visible()


def test_older_lines_come_in_on_the_way_up_to_the_very_first_and_nothing_jumps(talking: Page) -> None:
    log = talking.get_by_role("log")
    log.hover()
    talking.mouse.wheel(0, -400)
    expect(talking.get_by_text("Not following")).to_be_visible()
    for _ in range(100):
        log.evaluate("list => list.scrollBy(0, -6000)")
        if "The log begins here" in log.inner_text():
            break
        talking.wait_for_timeout(50)
    expect(log).to_contain_text("The log begins here")
    log.evaluate("list => list.scrollTo(0, 0)")
    expect(log).to_contain_text("INFO line 0")
    numbers = [int(found) for found in re.findall(r"INFO line (\d+)", log.inner_text())]
    assert numbers == list(range(len(numbers)))


def test_a_search_finds_and_goes_from_match_to_match(talking: Page) -> None:
    talking.keyboard.press("/")
    talking.keyboard.type("line 59.5$")
    expect(talking.get_by_text("no match")).to_be_visible()
    talking.get_by_role("button", name="Regular expression").click()
    expect(talking.get_by_text("10 found")).to_be_visible()
    talking.get_by_role("log").focus()
    talking.keyboard.press("N")
    expect(talking.get_by_text("10 of 10")).to_be_visible()
    expect(talking.locator("[data-current]")).to_contain_text("line 5995")
    talking.keyboard.press("N")
    expect(talking.locator("[data-current]")).to_contain_text("line 5985")
    talking.keyboard.press("n")
    expect(talking.locator("[data-current]")).to_contain_text("line 5995")
    assert "q=line" in talking.url
    assert "regex=yes" in talking.url


def test_the_level_filter_keeps_a_trace_with_its_error_and_is_in_the_address(talking: Page) -> None:
    talking.get_by_label("Lowest level shown").select_option("error")
    log = talking.get_by_role("log")
    expect(log).not_to_contain_text("tick")
    expect(log).to_contain_text("ERROR it broke")
    expect(log).to_contain_text("at the second step")
    assert talking.url.endswith("level=error")
    talking.reload()
    expect(log).to_contain_text("ERROR it broke")
    expect(log).not_to_contain_text("tick")


def test_colours_are_shown_and_progress_overwrites_its_line(talking: Page) -> None:
    talking.get_by_label("Lowest level shown").select_option("error")
    error = talking.get_by_role("log").get_by_text("ERROR", exact=True)
    plain = talking.get_by_role("log").get_by_text("at the second step")
    assert error.evaluate("e => getComputedStyle(e).color") != plain.evaluate("e => getComputedStyle(e).color")
    talking.get_by_label("Lowest level shown").select_option("")
    talking.get_by_label("Search the log").fill("100%")
    expect(talking.get_by_text("1 found")).to_be_visible()
    talking.get_by_label("Search the log").fill("50%")
    expect(talking.get_by_text("no match")).to_be_visible()


def test_what_is_copied_is_text_without_colours_or_times(talking: Page) -> None:
    talking.get_by_label("Lowest level shown").select_option("error")
    expect(talking.get_by_role("log")).not_to_contain_text("tick")
    talking.get_by_role("button", name="Copy the lines in memory").click()
    expect(talking.get_by_role("button", name="Copied")).to_be_visible()
    copied = str(talking.evaluate("navigator.clipboard.readText()"))
    assert copied.splitlines()[:2] == ["ERROR it broke", "  at the second step"]
    assert "\x1b" not in copied


def test_each_line_has_the_time_at_which_it_arrived(talking: Page) -> None:
    expect(talking.get_by_role("log").get_by_text("INFO tick").nth(9)).to_be_attached()
    talking.reload()
    expect(talking.get_by_role("log")).to_contain_text("tick")
    times = talking.get_by_role("log").locator("[data-time]").evaluate_all("all => all.map(e => e.dataset.time)")
    assert len(set(times)) >= 2, times
    assert times == sorted(times)
