"""What the dashboard shows of supervision: the ways out of a contested port, a stop step by step, dependencies, limits
and health over time."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import PATIENCE, expect_no_sideways_scroll, expect_status
from tests.browser.test_services import free_port
from tests.fakes.daemon import Daemon, alive, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# As the system names it, so that a process started outside is seen to be the same program.
PYTHON = str(psutil.Process().exe())
PORT, OTHER = free_port(), free_port()
IGNORES = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(1000)"
)


def serving(port: int) -> list[str]:
    return [PYTHON, "-m", "http.server", str(port), "--bind", "127.0.0.1"]


DEFINITIONS = f"""
services:
  web:
    command: {serving(PORT)!r}
    port: {PORT}
  db:
    command: {serving(OTHER)!r}
    port: {OTHER}
    health: {{http: "http://127.0.0.1:{OTHER}/", interval: 1s}}
    limits: {{memory: 900MB, priority: low}}
  slow:
    command: [{PYTHON!r}, "-c", "import time; time.sleep(1000)"]
    health: {{command: [{PYTHON!r}, "-c", "raise SystemExit(1)"], interval: 60s}}
  api:
    command: [{PYTHON!r}, "-c", "import time; time.sleep(1000)"]
    depends_on: {{db: {{condition: healthy}}, slow: {{condition: healthy}}}}
  lone:
    command: [{PYTHON!r}, "-V"]
  stubborn:
    command: [{PYTHON!r}, "-c", {IGNORES!r}]
    stop: {{timeout: 5s}}
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("supervision"), DEFINITIONS)
    try:
        daemon.start()
        daemon.post("stubborn", "start")
        daemon.post("api", "start")
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def stranger(daemon: Daemon) -> Iterator[subprocess.Popen[bytes]]:
    """A server on the port of `web`, started as `web` would be, but not by us."""
    process = subprocess.Popen(serving(PORT), cwd=daemon.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: daemon.http.get("/api/services/web/port").json()["state"] == "used", what="it listens")
    yield process
    process.kill()
    process.wait()


def test_a_stranger_on_the_port_is_stopped_after_one_question(
    daemon: Daemon, open_page: OpenPage, stranger: subprocess.Popen[bytes]
) -> None:
    page = open_page(f"{daemon.address}/ui/services/web/events")
    held = page.get_by_role("region", name="Its port")
    expect(held).to_contain_text(f"({stranger.pid})")
    held.get_by_role("button", name=re.compile("^Stop python")).click()
    expect(page.get_by_role("dialog")).to_contain_text("It is none of your services.")
    page.get_by_role("dialog").get_by_role("button", name="Stop it").click()
    assert stranger.wait(PATIENCE / 1000) is not None
    expect(held).to_be_hidden()


def test_the_same_tool_on_the_port_is_adopted_from_the_refusal(
    daemon: Daemon, open_page: OpenPage, stranger: subprocess.Popen[bytes]
) -> None:
    page = open_page(f"{daemon.address}/ui/services/web/events")
    page.get_by_role("button", name="Start web", exact=True).click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("The port is in use")
    refusal.get_by_text("It is the same tool.").click()
    for what in ("program", "arguments", "folder", "user"):
        expect(refusal.get_by_role("row", name=re.compile(f"^{what} yes"))).to_be_visible()
    refusal.get_by_role("button", name="Adopt it").click()
    expect_status(page, "running")
    expect(refusal).to_have_count(0)
    assert daemon.service("web")["pid"] == stranger.pid
    daemon.post("web", "stop")
    assert stranger.wait(PATIENCE / 1000) is not None


def test_a_stop_is_shown_step_by_step_and_then_what_did_it(daemon: Daemon, open_page: OpenPage) -> None:
    wait_for(lambda: "up" in daemon.log("stubborn"), what="it ignores the signal by now")
    pid = daemon.service("stubborn")["pid"]
    page = open_page(f"{daemon.address}/ui/services/stubborn/logs")
    page.get_by_role("button", name="Stop stubborn", exact=True).click()
    ladder = page.get_by_role("region", name="How it is being stopped")
    expect(ladder.locator("[aria-current=step]")).to_contain_text("SIGTERM, now")
    expect(ladder).to_contain_text("force, still to come")
    expect(ladder).to_contain_text(re.compile(r"By force in [1-5]s"))
    expect(ladder).to_contain_text(f"({pid})")
    expect(page.get_by_text(re.compile("Stopped by force in 5"))).to_be_visible()
    expect(ladder).to_be_hidden()
    assert not alive(pid)


def left(page: Page, service: str) -> float:
    box = page.locator(f"li[data-service={service}]").bounding_box()
    assert box is not None
    return box["x"]


def test_the_graph_shows_what_needs_what_and_why_one_waits(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/services")
    page.get_by_text("Graph", exact=True).click()
    page.wait_for_url("**?view=graph")
    api = page.locator("li[data-service=api]")
    expect(api).to_contain_text("waiting for slow to be healthy", timeout=PATIENCE)
    assert left(page, "api") > left(page, "db") == left(page, "slow")
    expect(page.locator("[data-met=true]")).to_contain_text("healthy")
    expect(page.locator("[data-met=false]")).to_contain_text("healthy")
    expect(page.get_by_role("region", name="On their own").get_by_role("link", name="lone")).to_be_visible()
    api.get_by_role("link").focus()
    expect(page.locator("[data-own]")).to_have_count(2)
    page.set_viewport_size({"width": 400, "height": 800})
    expect(api.get_by_text("Needs db to be healthy, slow to be healthy")).to_be_in_viewport()
    expect_no_sideways_scroll(page)


def test_limits_say_what_holds_them_and_how_much_is_used(daemon: Daemon, open_page: OpenPage) -> None:
    daemon.is_("db", "running")
    page = open_page(f"{daemon.address}/ui/services/db/resources")
    limits = page.get_by_role("region", name="Limits")
    for one in daemon.http.get("/api/services/db").json()["limits_in_force"]:
        expect(limits).to_contain_text(one["value"])
        expect(limits).to_contain_text(f"enforced: {one['by']}" if one["enforced"] else "only watched")
    expect(limits.get_by_role("meter", name="Memory used of its limit")).to_be_visible()


def test_the_health_tab_reads_out_each_probe_and_lists_the_changes(daemon: Daemon, open_page: OpenPage) -> None:
    def seen() -> bool:
        return len(daemon.http.get("/api/services/db/health").json()["probes"]) >= 3

    wait_for(seen, what="it was probed")
    page = open_page(f"{daemon.address}/ui/services/db/health")
    probes = page.get_by_role("slider", name="Probe")
    expect(probes).to_have_attribute("aria-valuetext", re.compile(r"^\d\d:\d\d:\d\d: well, "))
    probes.focus()
    page.keyboard.press("Home")
    expect(probes).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("ArrowRight")
    expect(probes).to_have_attribute("aria-valuenow", "2")
    expect(page.get_by_role("region", name="Changes of health")).to_contain_text("healthy")
    expect(page.get_by_text(re.compile(r"^Every 1 s it asks http://127.0.0.1"))).to_be_visible()
