"""Modules and runs: a sample is filled in, run and followed to what it left; the queue; failures; comparison."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.config import ROOT
from tests.browser.axe import LOOKS, SEEN_BY_AXE, broken_rules, turn
from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_no_sideways_scroll, expect_status
from tests.fakes.daemon import Daemon, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SKETCH = """
import argparse, base64, json, os, pathlib, sys
parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
parser.add_argument("--key")
parser.add_argument("--fail", action="store_true")
asked = parser.parse_args()
folder = pathlib.Path(os.environ["CONTROL_CENTER_RUN_DIR"])
(folder / "loss.csv").write_text('step,remark\\n1,"good, so far"\\n')
dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
(folder / "dot.png").write_bytes(base64.b64decode(dot))
(folder / "page.html").write_text("<script>document.title = 'taken over'</script>")
print(json.dumps({"progress": 1, "metrics": {"loss": 1 / asked.steps}}))
if asked.fail:
    sys.exit("the loss is not a number")
"""

HOLD = """
import json, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(json.dumps({"progress": 0.4, "message": "page 4 of 10"}), flush=True)
while not pathlib.Path(sys.argv[2]).exists():
    time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "sketch.py").write_text(SKETCH, encoding="utf-8")
    (folder / "hold.py").write_text(HOLD, encoding="utf-8")
    (folder / "table.csv").write_text("name;size\nAda;3\nGrace;07\n", encoding="utf-8")
    daemon = Daemon(folder, definitions(folder))
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


def definitions(folder: Path) -> str:
    return f"""
modules:
  folders: [{str(ROOT / "examples" / "modules")!r}]
  sketch:
    name: Sketch
    description: Draws a dot
    category: pictures
    tags: [demo]
    command: [{sys.executable!r}, {str(folder / "sketch.py")!r}]
    parameters:
      steps: {{type: integer, default: 4, min: 1, max: 9}}
      key: {{type: password, label: Secret key}}
      fail: {{type: checkbox, description: End with an error, warning: It fails}}
  hold:
    name: Hold
    command: [{sys.executable!r}, {str(folder / "hold.py")!r}]
    exclusive: gpu0
    stop: {{timeout: 2s}}
    parameters:
      until: {{required: true}}
  wrong:
    name: Wrong
    command: [{sys.executable!r}]
    parameters: {{a: {{type: nubmer}}}}
"""


def ask(daemon: Daemon, module: str, **parameters: object) -> str:
    answer = daemon.http.post(f"/api/modules/{module}/run", json={"parameters": parameters, "save_config": False})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


def becomes(daemon: Daemon, run: str, status: str) -> None:
    wait_for(lambda: daemon.http.get(f"/api/runs/{run}").json()["status"] == status, 30, f"{run} {status}")


def ended(daemon: Daemon, module: str, **parameters: object) -> str:
    run = ask(daemon, module, **parameters)
    wait_for(lambda: daemon.http.get(f"/api/runs/{run}").json()["completed_at"], 30, f"the end of {run}")
    return run


def test_a_sample_is_found_filled_in_run_and_followed_to_its_file(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/modules")
    page.get_by_label("Filter the modules").fill("csv json")
    page.get_by_role("link", name="Table to JSON").click()
    page.get_by_label("CSV file").fill(str(daemon.folder / "table.csv"))
    page.get_by_label("delimiter").select_option(";")
    expect(page.get_by_role("region", name="Command line")).to_contain_text("--delimiter ';'")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("2 rows in table.json")
    expect_status(page, "completed")

    page.get_by_role("link", name="Results").click()
    page.get_by_role("button", name="Show table.json").click()
    expect(page.get_by_role("region", name="Beginning of table.json")).to_contain_text('"size": "07"')
    with page.expect_download() as download:
        page.get_by_role("link", name="Save table.json").click()
    assert '"Grace"' in download.value.path().read_text(encoding="utf-8")


def test_a_form_says_what_is_wrong_while_one_types_and_never_shows_a_secret(
    daemon: Daemon, open_page: OpenPage
) -> None:
    page = open_page(f"{daemon.address}/ui/modules/sketch")
    page.get_by_label("steps").fill("10")
    expect(page.get_by_text("steps must be at most 9")).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("It was not started: steps must be at most 9")
    page.get_by_label("steps").fill("2")
    page.get_by_label("Secret key").fill("hunter2")
    expect(page.get_by_role("region", name="Command line")).to_contain_text("--key '•••'")
    page.reload()
    expect(page.get_by_label("steps")).to_have_value("2")
    expect(page.get_by_label("Secret key")).to_have_value("")


def test_values_are_kept_under_a_name_begun_with_again_and_forgotten(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/modules/sketch")
    page.get_by_label("steps").fill("7")
    page.get_by_label("Secret key").fill("hunter2")
    page.get_by_role("button", name="Save as preset…").click()
    page.get_by_label("Name", exact=True).fill("Seven steps")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Begin with")).to_have_value("Seven steps")
    expect(page).to_have_url(re.compile(r"\?preset=Seven\+steps$"))
    page.get_by_label("Begin with").select_option("")
    expect(page.get_by_label("steps")).to_have_value("4")
    page.get_by_label("Begin with").select_option("Seven steps")
    expect(page.get_by_label("steps")).to_have_value("7")
    expect(page.get_by_label("Secret key")).to_have_value("")
    page.get_by_role("button", name="Delete preset").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_label("Begin with")).to_have_count(0)
    assert daemon.http.get("/api/modules/sketch/presets").json()["presets"] == []


def test_the_history_is_narrowed_by_words_and_days_and_the_address_says_to_what(
    daemon: Daemon, open_page: OpenPage
) -> None:
    ended(daemon, "sketch", steps=3)
    ended(daemon, "sketch", steps=5, fail=True)
    page = open_page(f"{daemon.address}/ui/runs")
    rows = page.get_by_role("table", name="Runs, the newest first").get_by_role("row")
    expect(rows.filter(has_text="completed").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("sketch not a number")
    expect(page).to_have_url(re.compile(r"\?q=sketch\+not\+a\+number$"))
    expect(page.get_by_role("status").filter(has_text=re.compile("^[1-9][0-9]* found$"))).to_be_visible()
    expect(rows.filter(has_text="completed")).to_have_count(0)
    expect(rows.filter(has_text="failed").first).to_be_visible()
    page.get_by_label("Search the runs").fill("")
    page.get_by_label("Time", exact=True).select_option("Days")
    page.get_by_label("First day").fill("2020-01-01")
    page.get_by_label("Last day").fill("2020-01-31")
    expect(page.get_by_role("heading", name="No run matches")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?from=2020-01-01&to=2020-01-31$"))
    page.get_by_role("link", name="Show all").click()
    expect(rows.filter(has_text="completed").first).to_be_visible()


def test_a_failed_run_says_why_shows_its_files_and_is_compared_with_another(
    daemon: Daemon, open_page: OpenPage
) -> None:
    good, bad = ended(daemon, "sketch", steps=2), ended(daemon, "sketch", steps=4, fail=True)
    page = open_page(f"{daemon.address}/ui/runs/{bad}/results")
    expect_status(page, "failed")
    expect(page.get_by_role("region", name="The last that it said")).to_contain_text("the loss is not a number")
    assert page.get_by_role("img", name="dot.png").evaluate("picture => picture.decode().then(() => picture.width)") > 0
    page.get_by_role("button", name="Show loss.csv").click()
    expect(page.get_by_role("cell", name="good, so far")).to_be_visible()
    page.get_by_role("button", name="Show page.html").click()
    expect(page.get_by_role("region", name="Beginning of page.html")).to_contain_text("taken over")
    expect(page).to_have_title(re.compile("^((?!taken over).)*$"))

    page.goto(f"{daemon.address}/ui/runs?module=sketch")
    page.get_by_label(f"Compare {good}").check()
    page.get_by_label(f"Compare {bad}").check()
    page.get_by_role("link", name="Compare the two").click()
    expect(page.get_by_role("row", name=re.compile("^loss ?, differs 0.5 0.25 ?−50 %"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^State ?, differs completed failed"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^dot.png")).get_by_role("img")).to_have_count(2)
    page.get_by_label("Only what differs").check()
    expect(page.get_by_role("row", name=re.compile("^Module"))).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("^State"))).to_be_visible()


def test_its_log_has_what_a_script_told_of_its_progress_in_words_and_the_file_as_it_was_written(
    daemon: Daemon, open_page: OpenPage
) -> None:
    run = ended(daemon, "sketch", steps=4)
    line = '{"progress": 1, "metrics": {"loss": 0.25}}'
    told = open_page(f"{daemon.address}/ui/runs/{run}/log").get_by_role("log").get_by_title(line)
    expect(told).to_have_text("100 % · loss 0.25")
    assert line in daemon.http.get(f"/api/runs/{run}/logs/download").text


def test_the_queue_says_why_one_waits_and_who_is_cancelled_shows_how_and_makes_room(
    daemon: Daemon, open_page: OpenPage
) -> None:
    first = ask(daemon, "hold", until=str(daemon.folder / "never"))
    becomes(daemon, first, "running")
    second = ask(daemon, "hold", until=str(daemon.folder / "go"))
    page = open_page(f"{daemon.address}/ui/runs")
    expect(page.get_by_role("list", name="Waiting")).to_contain_text("gpu0 is held by Hold")
    going = page.get_by_role("list", name="Running now")
    expect(going.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "40")
    wait_for(lambda: daemon.http.get(f"/api/runs/{first}/usage").json()["at"], 30, "somebody looked at what it uses")
    going.get_by_role("link", name="Hold").click()
    expect(page.get_by_role("heading", name="Hold")).to_be_visible()
    page.keyboard.press("c")
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_role("region", name="How it is being stopped")).to_contain_text("SIGTERM")
    expect_status(page, "cancelled")
    expect(page.get_by_role("region", name="How it is being stopped")).to_have_count(0)
    page.get_by_role("link", name="Resources").click()
    page.reload()
    expect(page.get_by_role("region", name="Memory, chart").locator("canvas")).to_be_visible()
    becomes(daemon, second, "running")
    page.goto(f"{daemon.address}/ui/runs/{second}")
    expect_status(page, "running")
    (daemon.folder / "go").touch()
    expect_status(page, "completed")
    expect(page.get_by_role("button", name="Run again")).to_be_enabled()


def go(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("main h1").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_axe_finds_nothing_wrong_and_no_place_scrolls_sideways(daemon: Daemon, open_page: OpenPage) -> None:
    good, bad = ended(daemon, "sketch", steps=2), ended(daemon, "sketch", steps=4, fail=True)
    kept = daemon.http.put("/api/modules/sketch/presets/Two steps", json={"parameters": {"steps": 2}})
    assert kept.status_code == 200, kept.text
    places = (
        "modules", "modules/sketch?preset=Two steps", "modules/nobody", f"modules/sketch?like={bad}",
        f"runs?pick={good}&pick={bad}", "runs?q=number&from=2026-01-01", f"runs/{bad}/log", f"runs/{good}/results",
        f"runs/{good}/resources", f"runs/{bad}/details", "runs/nobody/log", f"runs/compare?left={good}&right={bad}",
    )  # fmt: skip
    page = open_page(f"{daemon.address}/ui/", **SEEN_BY_AXE)
    found = {}
    for place in places:
        go(page, f"{daemon.address}/ui/{place}")
        for theme, width in LOOKS:
            turn(page, theme)
            page.set_viewport_size({"width": width, "height": 860})
            expect_no_sideways_scroll(page)
            if wrong := broken_rules(page):
                found[f"{place}, {theme}, {width}"] = wrong
    assert found == {}


def test_a_fault_of_a_module_is_told_once_on_the_page_of_modules_and_elsewhere_in_a_bar(
    daemon: Daemon, open_page: OpenPage
) -> None:
    page = open_page(f"{daemon.address}/ui/modules")
    told = page.get_by_text("`nubmer` is not a type of parameter")
    expect(told).to_have_count(1)
    expect(told).to_be_visible()
    page.get_by_role("link", name="All runs").click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    expect(told).to_have_count(1)
    page.get_by_role("link", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="Diagnostics")).to_be_visible()
    expect(told).to_have_count(1)
