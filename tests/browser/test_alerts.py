"""Alerts, rules and messages of a real daemon: they come and go by themselves, are silenced and sent again."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import LOOKS, SEEN_BY_AXE, broken_rules, turn
from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_no_sideways_scroll
from tests.fakes.daemon import Daemon
from tests.fakes.receivers import Answer, Hook, hooked

CRASHES = [sys.executable, "-c", "raise SystemExit(3)"]

DEFINITIONS = f"""
services:
  tool:
    name: The tool
    command: {CRASHES!r}
    restart: {{delay: 600s, max_delay: 600s}}
alerts:
  rules:
    down: {{service: tool, state: [failed, backoff], severity: critical}}
    busy: {{metric: cpu, above: 99.9%, for: 1h}}
"""


def targets(hook: Hook) -> str:
    return f"""
notifications:
  group: 0s
  targets:
    desk: http://127.0.0.1:{hook.port}/told
"""


def expect_well_drawn(page: Page) -> None:
    for theme, width in LOOKS:
        page.set_viewport_size({"width": width, "height": 860})
        turn(page, theme)
        expect_no_sideways_scroll(page)
        assert broken_rules(page) == []
    page.set_viewport_size({"width": 1280, "height": 860})


def test_an_alert_comes_is_silenced_and_ends(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/alerts", **SEEN_BY_AXE)
    firing = page.get_by_role("region", name="Firing")
    bell = page.get_by_role("banner").get_by_role("link", name=re.compile("alert"))
    expect(firing).to_contain_text("Nothing is wrong that a rule looks for")
    expect(bell).to_have_accessible_name("No alert")

    daemon.post("tool", "start")
    alert = firing.locator("[data-alert=down]")
    expect(alert).to_contain_text("critical")
    expect(bell).to_have_accessible_name("1 alert")
    expect_well_drawn(page)

    alert.get_by_role("button", name="Silence down").click()
    page.get_by_role("menuitem", name="For 1 hour").click()
    expect(alert).to_contain_text("Silenced by")
    expect(bell).to_have_accessible_name("0 alerts, and 1 silenced")
    alert.get_by_role("button", name="End silence of down").click()
    expect(bell).to_have_accessible_name("1 alert")

    daemon.post("tool", "stop")
    expect(firing).to_contain_text("Nothing is wrong that a rule looks for")
    expect(page.get_by_role("region", name="Past").locator("[data-alert=down]")).to_contain_text("lasted")
    expect(bell).to_have_accessible_name("No alert")


def test_rules_say_what_they_see(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/alerts/rules", **SEEN_BY_AXE)
    busy = page.locator("[data-rule=busy]")
    expect(busy).to_contain_text("cpu above 99.9 %")
    expect(busy).to_contain_text("fires after 1h 00m")
    expect(busy).to_contain_text(re.compile(r"\d %"))
    busy.get_by_role("button", name="Silence busy").click()
    page.get_by_role("menuitem", name="For 15 minutes").click()
    expect(busy).to_contain_text("Silenced by")
    expect_well_drawn(page)


def test_a_message_that_did_not_arrive_is_sent_again(daemons: Callable[..., Daemon], open_page: OpenPage) -> None:
    with hooked() as hook:
        daemon = daemons(DEFINITIONS + targets(hook))
        page = open_page(f"{daemon.address}/ui/alerts/notifications", **SEEN_BY_AXE)
        desk = page.locator("[data-target=desk]")
        desk.get_by_role("button", name="Test desk").click()
        expect(desk).to_contain_text("The test was delivered")

        hook.answer = Answer(410)
        desk.get_by_role("button", name="Test desk").click()
        expect(desk).to_contain_text("The test was not delivered")
        messages = page.get_by_role("region", name="Messages")
        given_up = messages.get_by_role("listitem").filter(has_text="given up")
        expect(given_up).to_have_count(1)
        expect_well_drawn(page)

        hook.answer = Answer()
        given_up.get_by_role("button", name=re.compile("^Send now")).click()
        expect(messages.get_by_role("listitem").filter(has_text="delivered")).to_have_count(2)
        page.get_by_role("combobox", name="State").select_option("given up")
        expect(page).to_have_url(re.compile(r"\?state=failed$"))
        expect(messages).to_contain_text("No message is given up")
