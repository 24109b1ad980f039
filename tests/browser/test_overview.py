"""Is all well? The first place says so in one sentence, names what needs a person, and has the button for it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import LOOKS, SEEN_BY_AXE, broken_rules, turn
from tests.browser.conftest import OpenPage
from tests.browser.pages import card, expect_no_sideways_scroll
from tests.fakes.daemon import Daemon

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

STEADY = f"""
services:
  clock:
    name: Clock
    command: [{sys.executable!r}, "-u", "-c", "import time\\nwhile True: time.sleep(.2); print('tick')"]
  gate:
    name: Gate
    command:
      - {sys.executable!r}
      - "-c"
      - "import os, sys, time\\nif not os.path.exists('open'): sys.exit('the gate is shut')\\ntime.sleep(1000)"
    restart: {{max_restarts: 1, delay: 0.1s}}
modules:
  wait:
    name: Wait a while
    command: [{sys.executable!r}, "-c", "import time; time.sleep(1000)"]
"""


def needs(page: Page) -> Locator:
    return page.get_by_role("region", name="What needs you").get_by_role("listitem")


def verdict(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_what_fails_is_told_at_once_and_put_right_from_there(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(STEADY)
    daemon.post("clock", "start", wait="running")
    page = open_page(f"{daemon.address}/")
    page.wait_for_url("**/ui/overview")
    expect(verdict(page)).to_have_text("All is well")
    expect(needs(page)).to_have_count(0)
    expect(card(page, "clock")).to_have_attribute("data-status", "running")

    daemon.post("gate", "start")
    expect(verdict(page)).to_have_text("1 thing is wrong")
    expect(card(page, "gate")).to_have_attribute("data-status", "failed")
    expect(needs(page)).to_contain_text("Gate failed")
    (daemon.folder / "open").touch()
    needs(page).get_by_role("button", name="Start Gate", exact=True).click()
    expect(verdict(page)).to_have_text("All is well")
    assert daemon.is_("gate", "running")


def test_faults_of_the_configuration_are_told_here_and_lead_to_it(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(STEADY)
    page = open_page(f"{daemon.address}/ui/overview")
    expect(verdict(page)).to_have_text("All is well")
    daemon.config.write_text(STEADY + "\nservces: {}\n", encoding="utf-8")
    expect(verdict(page)).to_have_text(re.compile("wrong|look at"))
    expect(needs(page)).to_have_count(1)
    needs(page).get_by_role("link", name=re.compile("^control-center.yaml")).click()
    page.wait_for_url("**/ui/diagnostics/configuration")


def test_an_alert_that_fires_is_wrong_until_it_is_over(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    rules = "alerts: {rules: {busy: {metric: memory, above: 0.001%, for: 0s, severity: critical}}}\n"
    daemon = daemons(STEADY + rules)
    page = open_page(f"{daemon.address}/ui/overview")
    expect(verdict(page)).to_have_text("1 thing is wrong")
    expect(needs(page)).to_contain_text("Alert busy")
    daemon.config.write_text(STEADY, encoding="utf-8")
    expect(verdict(page)).to_have_text("All is well")


def test_a_measurement_that_fires_is_told_as_it_is_now(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    grow = "while len(held) < 300: held.append(bytes(range(250)) * 4000); time.sleep(0.2)"
    script = f"import time\nheld = []\n{grow}\ntime.sleep(900)"
    daemon = daemons(f"""
services:
  grows:
    name: It grows
    command: [{sys.executable!r}, "-c", {json.dumps(script)}]
alerts: {{rules: {{large: {{metric: memory, service: grows, above: 1MB}}}}}}
""")
    daemon.post("grows", "start")
    page = open_page(f"{daemon.address}/ui/overview")
    one = needs(page).filter(has_text="Alert large")
    expect(one).to_contain_text(re.compile(r", now \d+\.\d MB"))
    told = one.inner_text()
    expect(one).not_to_have_text(told, use_inner_text=True, timeout=15_000)
    assert one.inner_text().partition("\n")[0] == told.partition("\n")[0], "what was told when it fired stays"


def test_what_runs_now_and_the_machine_are_seen_and_lead_to_their_places(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(STEADY)
    run = daemon.http.post("/api/modules/wait/run", json={}).json()["run"]["run_id"]
    page = open_page(f"{daemon.address}/ui/overview")
    machine = page.get_by_role("region", name="Machine")
    expect(machine.get_by_role("meter", name="Memory in use")).to_be_visible()
    page.get_by_role("list", name="Running now").get_by_role("link", name="Wait a while").click()
    page.wait_for_url(f"**/ui/runs/{run}/log")


def test_it_does_not_say_that_all_is_well_once_nobody_answers(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(STEADY)
    page = open_page(f"{daemon.address}/ui/overview")
    expect(verdict(page)).to_have_text("All is well")
    daemon.kill()
    expect(verdict(page)).to_have_text("Not known: no connection")
    daemon.start()
    expect(verdict(page)).to_have_text("All is well")


def test_it_passes_axe_and_fits_from_a_telephone_to_a_wide_screen(
    daemons: Callable[..., Daemon], open_page: OpenPage
) -> None:
    daemon = daemons(STEADY)
    daemon.post("clock", "start", wait="running")
    daemon.post("gate", "start")
    page = open_page(f"{daemon.address}/ui/overview", **SEEN_BY_AXE)
    expect(needs(page)).to_have_count(1)
    found: dict[str, list[str]] = {}
    for theme, width in (*LOOKS, ("light", 2560)):
        turn(page, theme)
        page.set_viewport_size({"width": width, "height": 1000})
        expect_no_sideways_scroll(page)
        found[f"{theme}, {width}"] = broken_rules(page)
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}
