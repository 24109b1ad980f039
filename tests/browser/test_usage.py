"""The Usage place of a real daemon: what is told appears, and leaves as a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.fakes.daemon import Daemon

DEFINITIONS = """
usage:
  prices: {house: {input: 1000, output: 2000}}
  budgets: {daily: {per: day, soft: 1, hard: 10}}
"""


def report(daemon: Daemon, model: str, output: int) -> None:
    call = {"provider": "lan", "model": model, "input_tokens": 1000, "output_tokens": output, "service": "n8n"}
    daemon.http.post("/api/usage", json=call).raise_for_status()


def test_what_is_spent_is_seen_and_taken_along(
    daemons: Callable[..., Daemon], open_page: OpenPage, tmp_path: Path
) -> None:
    daemon = daemons(DEFINITIONS)
    page = open_page(f"{daemon.address}/ui/usage")
    expect(page.get_by_text("No call has been counted in these days")).to_be_visible()
    report(daemon, "house", 1000)
    report(daemon, "unheard-of", 10)
    models = page.get_by_role("table", name="Usage by model, the dearest first")
    expect(models.get_by_role("row", name=re.compile("^house lan \\$3.00 1 "))).to_be_visible()
    expect(models.get_by_role("row", name=re.compile("^unheard-of lan – 1 unpriced"))).to_be_visible()
    budgets = page.get_by_role("list", name="Budgets")
    expect(budgets).to_contain_text("$3.00 of $10.00 a day")
    expect(budgets.get_by_role("meter")).to_have_attribute("aria-valuenow", "30")
    calls = page.get_by_role("table", name="Calls, the newest first")
    expect(calls.get_by_role("row", name=re.compile("unheard-of lan n8n 1 000 0 0 10 – unpriced"))).to_be_visible()
    page.get_by_role("combobox", name="Model of the calls").select_option("house")
    expect(calls.get_by_role("row")).to_have_count(2)
    calls.get_by_role("button", name="house").click()
    details = page.get_by_role("dialog", name="house")
    expect(details.get_by_label("What the provider said of its use")).to_contain_text('"input_tokens": 1000')
    details.get_by_role("button", name="Close").click()
    page.get_by_role("combobox", name="Days").select_option("7 days")
    expect(page).to_have_url(re.compile("days=7$"))
    with page.expect_download() as begun:
        page.get_by_role("link", name="Calls as CSV").click()
    file = tmp_path / "usage.csv"
    begun.value.save_as(file)
    assert [line.split(",")[2] for line in file.read_text(encoding="utf-8").splitlines()] == [
        "model",
        "unheard-of",
        "house",
    ]
