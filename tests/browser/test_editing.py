"""Services pasted, changed and deleted in the dashboard: checked while one types, nothing typed is lost, nothing of
the file either."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.fakes.daemon import Daemon, alive, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SLEEP = f'command: [{sys.executable!r}, "-c", "import time; time.sleep(1000)"]'

DEFINITIONS = f"""# mine, and dear to me
services:
  store:
    {SLEEP}  # sleeps well
  worker:
    {SLEEP}
    depends_on: [store]
  lone:
    {SLEEP}
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("editing"), DEFINITIONS)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def adding(daemon: Daemon, open_page: OpenPage) -> Page:
    page = open_page(f"{daemon.address}/ui/services")
    page.get_by_role("link", name="Add service").click()
    expect(box(page)).to_be_visible()
    return page


def box(page: Page) -> Locator:
    return page.get_by_label("Services to add")


def text_of(page: Page, service: str) -> Locator:
    return page.get_by_role("textbox", name=f"Text of {service}")


def save(page: Page) -> Locator:
    return page.get_by_role("button", name="Save", exact=True)


def text(daemon: Daemon) -> str:
    return daemon.config.read_text(encoding="utf-8")


def test_what_is_pasted_is_checked_planned_and_saved_and_outlives_a_reload(daemon: Daemon, adding: Page) -> None:
    box(adding).fill(f"fresh:\n  tags: [demo]\n  comand: [x]\n  {SLEEP}\n")
    fault = adding.get_by_role("listitem").filter(has_text="comand")
    expect(fault).to_contain_text("command")
    expect(save(adding)).to_have_attribute("title", "It has faults")
    fault.get_by_role("button", name=re.compile("line 3, column 3")).click()
    expect(box(adding)).to_be_focused()
    typed = box(adding).input_value()
    assert box(adding).evaluate("field => field.selectionStart") == typed.index("comand")

    box(adding).fill(typed.replace("  comand: [x]\n", ""))
    plan = adding.get_by_role("region", name="What saving does")
    expect(plan).to_contain_text("fresh is added")
    expect(plan).to_contain_text("3 other services stay as they are")
    expect(adding.get_by_role("region", name=re.compile("What changes in"))).to_contain_text("added:   fresh:")
    adding.reload()
    expect(box(adding)).to_have_value(re.compile("fresh:"))
    expect(save(adding)).not_to_have_attribute("aria-disabled", "true")
    save(adding).click()
    adding.wait_for_url("**/ui/services/fresh/logs")
    expect(adding.get_by_role("button", name="Start fresh", exact=True)).to_be_visible()
    assert text(daemon).startswith(DEFINITIONS)
    assert "fresh" in text(daemon)
    adding.goto(f"{daemon.address}/ui/services/add")
    expect(box(adding)).to_have_value("")


FORMS = {
    "json": '{"services": {"from-json": {"command": ["python", "-V"], "port": 8188}}}',
    "python": '    "from-python": {\n        "command": ["python", "main.py"],\n        "cwd": r"C:\\Tools",\n'
    '        "port": None,\n    },',
}


def test_json_and_the_old_python_form_are_understood(adding: Page) -> None:
    for name, pasted in FORMS.items():
        box(adding).fill(pasted)
        expect(adding.get_by_role("region", name="What saving does")).to_contain_text(f"from-{name} is added")


def test_adding_never_overwrites_what_is_there(daemon: Daemon, adding: Page) -> None:
    box(adding).fill("lone:\n  command: [python, -V]\n")
    expect(adding.get_by_role("alert")).to_contain_text("there already")
    expect(save(adding)).to_have_attribute("aria-disabled", "true")
    adding.get_by_role("alert").get_by_role("link", name="lone").click()
    expect(adding.get_by_role("button", name="Edit")).to_be_visible()
    assert "-V" not in text(daemon)


def test_a_service_is_changed_in_its_own_text_and_comments_stay(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/services/store/configuration")
    page.get_by_role("button", name="Edit").click()
    field = text_of(page, "store")
    field.fill(field.input_value() + "  description: Keeps things\n")
    expect(page.get_by_role("region", name="What saving does")).to_contain_text("store changes: description")
    save(page).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert "# mine, and dear to me" in text(daemon)
    assert "# sleeps well" in text(daemon)
    assert "    description: Keeps things\n" in text(daemon)
    assert daemon.service("store")["description"] == "Keeps things"


def test_a_change_that_someone_else_made_meanwhile_is_shown_beside_mine(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/services/lone/configuration")
    page.get_by_role("button", name="Edit").click()
    field = text_of(page, "lone")
    field.fill(field.input_value() + "  description: mine\n")
    theirs = text(daemon).replace("  lone:\n", "  lone:\n    description: theirs\n")
    daemon.config.write_text(theirs, encoding="utf-8")
    conflict = page.get_by_role("alert", name="Changed meanwhile")
    expect(conflict).to_contain_text("description: theirs")
    expect(field).to_have_value(re.compile("description: mine"))
    expect(save(page)).to_have_attribute("aria-disabled", "true")
    conflict.get_by_role("button", name="Go on with my text").click()
    expect(conflict).to_be_hidden()
    expect(page.get_by_role("region", name="What saving does")).to_contain_text("lone changes: description")
    save(page).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert "description: mine" in text(daemon)
    assert "theirs" not in text(daemon)


def test_deleting_names_what_goes_and_stops_what_runs(daemon: Daemon, open_page: OpenPage) -> None:
    pid = daemon.post("lone", "start").json()["pid"]
    page = open_page(f"{daemon.address}/ui/services/lone/configuration")
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete lone?")
    expect(dialog).to_contain_text("It runs, and is stopped first.")
    dialog.get_by_role("button", name="Stop and delete").click()
    page.wait_for_url("**/ui/services")
    expect(page.locator("article[data-service=lone]")).to_have_count(0)
    wait_for(lambda: not alive(pid), what="it has ended")
    assert "lone" not in text(daemon)


def test_what_another_service_needs_is_not_deleted(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/services/store/configuration")
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("worker")
    expect(dialog.get_by_role("button", name="Delete", exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert "store" in text(daemon)
