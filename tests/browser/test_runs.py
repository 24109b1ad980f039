"""Modules and runs: a sample is filled in, run and followed to what it left; the queue; failures; comparison."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.config import ROOT
from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_no_sideways_scroll, expect_status
from tests.browser.test_look import AXE
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
print(json.dumps({"progress": 1, "metrics": {"loss": 1 / asked.steps}}))
if asked.fail:
    sys.exit("the loss is not a number")
"""

HOLD = """
import json, pathlib, sys, time
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

    page.goto(f"{daemon.address}/ui/runs?module=sketch")
    page.get_by_label(f"Compare {good}").check()
    page.get_by_label(f"Compare {bad}").check()
    page.get_by_role("link", name="Compare the two").click()
    expect(page.get_by_role("row", name=re.compile("^loss ?, differs 0.5 0.25"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^State ?, differs completed failed"))).to_be_visible()


def test_the_queue_says_why_one_waits_and_a_cancelled_run_makes_room(daemon: Daemon, open_page: OpenPage) -> None:
    first = ask(daemon, "hold", until=str(daemon.folder / "never"))
    becomes(daemon, first, "running")
    second = ask(daemon, "hold", until=str(daemon.folder / "go"))
    page = open_page(f"{daemon.address}/ui/runs")
    expect(page.get_by_role("list", name="Waiting")).to_contain_text("gpu0 is held by Hold")
    going = page.get_by_role("list", name="Running now")
    expect(going.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "40")
    going.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    becomes(daemon, first, "cancelled")
    becomes(daemon, second, "running")
    expect(page.get_by_role("list", name="Waiting")).to_have_count(0)
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
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run test.sh or test.bat")
    good, bad = ended(daemon, "sketch", steps=2), ended(daemon, "sketch", steps=4, fail=True)
    places = (
        "modules", "modules/sketch", "modules/nobody", f"modules/sketch?like={bad}", f"runs?pick={good}&pick={bad}",
        f"runs/{bad}/log", f"runs/{good}/results", f"runs/{good}/resources", f"runs/{bad}/details", "runs/nobody/log",
        f"runs/compare?left={good}&right={bad}",
    )  # fmt: skip
    page = open_page(f"{daemon.address}/ui/", reduced_motion="reduce", bypass_csp=True)
    found = {}
    for place in places:
        go(page, f"{daemon.address}/ui/{place}")
        page.add_script_tag(path=AXE)
        wrong = page.evaluate("axe.run().then(found => found.violations.map(one => one.id))")
        page.set_viewport_size({"width": 400, "height": 860})
        expect_no_sideways_scroll(page)
        page.set_viewport_size({"width": 1280, "height": 860})
        if wrong:
            found[place] = wrong
    assert found == {}
    go(page, f"{daemon.address}/ui/modules")
    expect(page.get_by_text("`nubmer` is not a type of parameter").last).to_be_visible()
