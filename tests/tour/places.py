"""The places that the tour goes to: where each is, and what is done there before its picture is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Place:
    name: str
    address: str  # below /ui/
    act: Act | None = None


@dataclass(frozen=True)
class Guide:
    """What the addresses need that only the daemon knows."""

    going: str  # runs
    runs: tuple[str, str]
    file: str
    agent: str
    crashed_at: str


def _search(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").last.fill("res comf")
    expect(page.get_by_role("option").first).to_be_visible()


def _bundle(page: Page) -> None:
    page.get_by_role("button", name="Bundle for a report").click()
    expect(page.get_by_role("dialog").get_by_role("region").first).to_be_visible()


def _paste(page: Page) -> None:
    page.get_by_label("Services to add").fill(
        "vaultwarden:\n  name: Vaultwarden\n  command: [vaultwarden]\n  port: 8222\n  depends_on: [postgres]\n"
    )
    expect(page.get_by_role("region", name="What saving does")).to_be_visible()


def _form(page: Page) -> None:
    page.get_by_role("textbox", name="Epochs", exact=True).fill("40")
    expect(page.get_by_role("region", name="Command line")).to_contain_text("40")


def _nameless(page: Page) -> None:
    """On which machine the pictures were taken is nobody's business."""
    page.get_by_role("heading", level=1).locator("xpath=following-sibling::*[1]").evaluate(
        "one => { one.style.visibility = 'hidden' }"
    )


def places(guide: Guide) -> tuple[Place, ...]:
    one, other = guide.runs
    return (
        Place("overview", "overview"),
        Place("palette", "overview", _search),
        Place("services", "services"),
        Place("graph", "services?view=graph"),
        Place("editing", "services/add", _paste),
        Place("logs", "services/open-webui/logs"),
        Place("health", "services/open-webui/health"),
        Place("resources", "services/ollama/resources?range=24h"),
        Place("crashes", "services/comfyui/crashes"),
        Place("module", "modules/train", _form),
        Place("runs", "runs"),
        Place("run", f"runs/{guide.going}/log"),
        Place("used", f"runs/{guide.going}/resources"),
        Place("compare", f"runs/compare?{urlencode({'left': one, 'right': other})}"),
        Place("calendar", "schedules/calendar"),
        Place("knowledge", "knowledge?q=light"),
        Place("file", f"knowledge/files/{guide.file}"),
        Place("agents", f"agents/{guide.agent}"),
        Place("usage", "usage"),
        Place("charts", "system/charts?range=24h", _nameless),
        Place("hardware", "system/hardware", _nameless),
        Place("processes", "system/processes?q=tool.py", _nameless),
        Place("alerts", "alerts"),
        Place("rules", "alerts/rules"),
        Place("notifications", "alerts/notifications"),
        Place("events", "events"),
        Place("moment", f"events/moment?{urlencode({'at': guide.crashed_at})}"),
        Place("bundle", f"events/moment?{urlencode({'at': guide.crashed_at})}", _bundle),
        Place("configuration", "diagnostics/configuration"),
    )
