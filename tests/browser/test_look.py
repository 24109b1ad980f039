"""Every place in both themes: seen by axe, on a telephone and on a wide screen."""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import LOOKS, SEEN_BY_AXE, Theme, broken_rules, turn
from tests.browser.conftest import DIST, OpenPage, opener
from tests.browser.pages import expect_no_sideways_scroll
from tests.fakes.daemon import Daemon

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

DEFINITIONS = f"""
services:
  clock:
    name: Clock
    description: Prints a line now and then
    command: [{sys.executable!r}, "-u", "-c", "import time\\nprint('\\x1b[33mWARNING\\x1b[0m wound up; \\x1b[31mERROR\\x1b[0m \\x1b[90mgrey\\x1b[0m')\\nwhile True: time.sleep(.2); print('INFO tick')"]
    tags: [demo, python]
    limits: {{memory: 900MB}}
    health: {{log_line: tick, interval: 1s}}
  crash:
    command: [{sys.executable!r}, "-c", "raise SystemExit(3)"]
    restart: {{delay: 600s, max_delay: 600s}}
  never:
    command: [no-such-program-anywhere]
  ready:
    command: [{sys.executable!r}, "-V"]
    restart: never
  idle:
    description: Nobody started it yet
    command: [{sys.executable!r}, "-V"]
    depends_on: [clock, ready]
usage:
  budgets:
    daily: {{per: day, soft: 0.001, hard: 5}}
"""  # noqa: E501

PLACES = {
    "overview": "/ui/overview",
    "services": "/ui/services",
    "service list": "/ui/services?view=list",
    "graph": "/ui/services?view=graph",
    "add": "/ui/services/add",
    "health": "/ui/services/clock/health",
    "logs": "/ui/services/clock/logs?q=tick",
    "resources": "/ui/services/clock/resources",
    "definition": "/ui/services/crash/configuration",
    "events": "/ui/services/clock/events",
    "no knowledge": "/ui/knowledge",
    "no creators": "/ui/knowledge/creators",
    "no agents": "/ui/agents",
    "usage": "/ui/usage",
    "alerts": "/ui/alerts",
    "no rules": "/ui/alerts/rules",
    "nobody is told": "/ui/alerts/notifications",
    "crashes": "/ui/services/crash/crashes",
    "journal": "/ui/events?area=supervisor&type=service.failed",
    "moment": "/ui/events/moment?hours=1",
    "charts": "/ui/system/charts",
    "hardware": "/ui/system/hardware",
    "processes": "/ui/system/processes",
    "ports": "/ui/system/ports?port=1",
    "checks": "/ui/diagnostics",
    "configuration": "/ui/diagnostics/configuration",
    "nowhere": "/ui/nowhere",
    "no such service": "/ui/services/nobody",
}

# In which themes axe looks at which width.
WIDTHS: dict[int, tuple[Theme, ...]] = {400: ("light",), 768: (), 1280: ("light", "dark"), 2560: ()}

# Something that is there once the place is drawn.
DRAWN = "main h1, main h2, main table, main [role=log]"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Services in many states, and a file with a warning; these tests only look."""
    daemon = Daemon(tmp_path_factory.mktemp("busy"), DEFINITIONS)
    try:
        daemon.start()
        daemon.post("clock", "start", wait="running")
        for service in ("crash", "never", "ready"):
            daemon.post(service, "start")
        for model in ("gpt-4o", "a-model-that-nobody-has-a-price-for-and-that-has-a-long-name"):
            call = {"provider": "openai", "model": model, "input_tokens": 900, "output_tokens": 120, "service": "clock"}
            daemon.http.post("/api/usage", json=call).raise_for_status()
        daemon.is_("crash", "backoff")
        daemon.is_("ready", "exited")
        yield daemon
    finally:
        daemon.close()


def go(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)


def drawn(page: Page) -> None:
    expect(page.locator(DRAWN).first).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.fixture(scope="module")
def visitor(busy: Daemon, chromium: Browser) -> Iterator[Page]:
    """Goes from place to place in one page: a new one costs more than all that is looked for in it."""
    with opener(chromium) as open_:
        yield open_(f"{busy.address}/ui/", **SEEN_BY_AXE)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_wrong_or_scrolls_sideways_at_any_width_in_either_theme(
    busy: Daemon, visitor: Page, place: str
) -> None:
    page = visitor
    page.set_viewport_size({"width": 400, "height": 860})
    page.emulate_media(color_scheme="light")
    go(page, busy.address + PLACES[place])
    found: dict[str, list[str]] = {}
    for width, themes in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 860})
        expect_no_sideways_scroll(page)
        for theme in themes:
            turn(page, theme)
            found[f"{theme}, {width}"] = broken_rules(page)
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}


def test_dialogs_and_menus_pass_axe_too(busy: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{busy.address}/ui/services", **SEEN_BY_AXE)
    drawn(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Restart the service")
    assert broken_rules(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Theme")).click()
    expect(page.get_by_role("dialog", name=re.compile("^Theme"))).to_be_visible()
    assert broken_rules(page) == []


def test_faults_plans_questions_and_refusals_pass_axe_too(busy: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{busy.address}/ui/services/add", **SEEN_BY_AXE)
    found: dict[str, list[str]] = {}

    def look(what: str) -> None:
        for theme, width in LOOKS:
            turn(page, theme)
            page.set_viewport_size({"width": width, "height": 860})
            expect_no_sideways_scroll(page)
            found[f"{what}, {theme}, {width}"] = broken_rules(page)

    page.get_by_label("Services to add").fill("tool:\n  comand: [x]\n")
    expect(page.get_by_role("button", name=re.compile("^line 2"))).to_be_visible()
    look("faults")
    page.get_by_label("Services to add").fill("tool:\n  command: [python, -V]\n")
    expect(page.get_by_role("region", name="What saving does")).to_be_visible()
    look("plan")
    page.goto(f"{busy.address}/ui/services/clock/configuration")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("idle")
    look("delete")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="Text of clock")).to_be_visible()
    look("edit")
    page.goto(f"{busy.address}/ui/services/never/events")
    page.get_by_role("button", name="Start never", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("refusal")
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}


def test_numbers_that_grow_old_can_still_be_read(busy: Daemon, open_page: OpenPage) -> None:
    assert busy.process is not None
    daemon = psutil.Process(busy.process.pid)
    page = open_page(f"{busy.address}/ui/services", **SEEN_BY_AXE)
    found: dict[str, list[str]] = {}
    for place in ("overview", "services", "service list", "health", "charts"):
        go(page, busy.address + PLACES[place])
        expect(page.locator("header").get_by_text("CPU", exact=True)).to_be_visible()
        daemon.suspend()
        try:
            expect(page.locator("header .stale")).to_be_visible()
            expect(page.locator("main .stale").first).to_be_visible()
            for theme, width in LOOKS:
                turn(page, theme)
                page.set_viewport_size({"width": width, "height": 860})
                found[f"{place}, {theme}, {width}"] = broken_rules(page)
        finally:
            daemon.resume()
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}


WATCHED = f"""
services:
  tool:
    command: [{sys.executable!r}, "-c", "raise SystemExit(3)"]
    restart: {{delay: 600s, max_delay: 600s}}
alerts:
  rules:
    down: {{service: tool, state: [failed, backoff], severity: critical}}
notifications:
  targets:
    desk: {{url: "http://127.0.0.1:9/told", on: [run_finished]}}
"""


def test_what_was_known_last_stays_once_nobody_answers(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(WATCHED)
    daemon.post("tool", "start")
    page = open_page(f"{daemon.address}/ui/services/tool/crashes", **SEEN_BY_AXE)
    crash = page.locator("[data-crash]")
    moment = page.get_by_role("feed", name="Events round it")
    alert = page.locator("[data-alert=down]")
    rule = page.locator("[data-rule=down]")
    target = page.locator("[data-target=desk]")
    verdict = page.get_by_role("heading", level=1)
    event = page.get_by_role("feed", name="Events").get_by_text("crashed")
    rail = page.get_by_role("navigation", name="Places")
    for way, seen in (
        (None, crash),
        (page.get_by_role("link", name="Everything at that moment"), moment),
        (rail.get_by_role("link", name="Alerts"), alert),
        (page.get_by_role("link", name="Rules", exact=True), rule),
        (page.get_by_role("link", name="Notifications", exact=True), target),
        (rail.get_by_role("link", name="Overview"), verdict),
        (rail.get_by_role("link", name="Events"), event.first),
    ):
        if way is not None:
            way.click()
        expect(seen).to_be_visible()
    daemon.kill()
    found: dict[str, list[str]] = {}
    actions = {
        "rules": "Silence down",
        "notifications": "Test desk",
        "moment": "1 min",
        "crashes": "Bundle for a report",
    }
    for place, seen in (
        ("events", event.first), ("overview", verdict), ("notifications", target), ("rules", rule), ("alerts", alert),
        ("moment", moment), ("crashes", crash),
    ):  # fmt: skip
        if place != "events":
            page.go_back()
        expect(seen).to_be_visible()
        expect(page.locator("main .stale").first).to_be_visible()
        if place in actions:
            action = page.get_by_role("button", name=actions[place]).first
            expect(action).to_be_disabled()
            expect(action).to_have_attribute("title", "No connection to the daemon")
        for theme, width in LOOKS:
            turn(page, theme)
            page.set_viewport_size({"width": width, "height": 860})
            expect_no_sideways_scroll(page)
            found[f"{place}, {theme}, {width}"] = broken_rules(page)
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}


def test_on_a_telephone_the_places_are_at_the_bottom_with_their_words(busy: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{busy.address}/ui/services", width=400, height=800)
    go(page, f"{busy.address}/ui/services")
    bar = page.get_by_role("navigation", name="Places")
    box = bar.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == pytest.approx(800, abs=1)
    expect(bar.get_by_role("link", name="Services")).to_be_in_viewport()
    bar.get_by_role("button", name="More").click()
    expect(bar.get_by_role("link", name="System")).to_be_in_viewport()


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_theme_is_the_systems_until_one_is_chosen_and_then_stays(busy: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{busy.address}/ui/services", color_scheme="light")
    go(page, f"{busy.address}/ui/services")
    light = background(page)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).not_to_have_css("background-color", light)
    dark = background(page)
    page.get_by_role("button", name="Theme: As the system").click()
    page.get_by_text("Light", exact=True).click()
    expect(page.locator("body")).to_have_css("background-color", light)
    page.reload(wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert background(page) == light
    assert dark != light


def test_the_whole_dashboard_is_reached_by_keyboard(busy: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{busy.address}/ui/services")
    go(page, f"{busy.address}/ui/services")
    page.keyboard.press("g")
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="System", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="Diagnostics", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Services", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("l")
    expect(page.get_by_role("log")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Search the log")).to_be_focused()


def test_the_machine_is_drawn_and_its_processes_and_ports_are_listed(busy: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{busy.address}/ui/system/charts?range=5m")
    for chart in ("CPU", "CPU per core", "Memory"):
        expect(page.get_by_role("region", name=f"{chart}, chart").locator("canvas")).to_be_visible()
    page.get_by_role("link", name="Processes", exact=True).click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="clock", exact=True))
    page.get_by_label("Filter the processes").fill("clock")
    expect(row.first).to_contain_text("python")
    port = int(busy.address.rpartition(":")[2])
    page.goto(f"{busy.address}/ui/system/ports?start={port}&end={port}")
    expect(page.get_by_role("row").filter(has_text=str(port))).to_contain_text("python")


def test_the_checks_are_those_that_the_daemon_makes(busy: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{busy.address}/ui/diagnostics")
    checks = busy.http.get("/api/diagnostics").json()["checks"]
    for check in checks:
        expect(page.get_by_role("heading", name=check["title"], exact=True).first).to_be_visible()


def test_the_first_page_is_small() -> None:
    index = DIST / "index.html"
    if not index.is_file():
        pytest.skip("the dashboard is not built: run install.sh or install.bat")
    text = index.read_text(encoding="utf-8")
    files = {DIST / name.removeprefix("/ui/") for name in re.findall(r'(?:src|href)="(/ui/[^"]+)"', text)}
    assert any(file.suffix == ".js" for file in files)
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 350_000
