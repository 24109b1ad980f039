"""Knowledge and agents: searched as one types, opened at a line, fetched, scanned; nothing that a file says acts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import LOOKS, SEEN_BY_AXE, broken_rules, turn
from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_no_sideways_scroll
from tests.fakes.daemon import Daemon, wait_for
from tests.services.agents.test_reading import FILES as AGENTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

INSIGHT = """# Weights for equipment

**Video ID:** ADA000001
**Added:** 2025-11-07 12:15
**Confidence:** 90%

## Key Insights

1. A weight above 0.70 locks the zeppelin
2. A lower one does not

| step | tool |
|---|---|
| paint | ComfyUI |

```
denoise: 0.40
```

<script>document.title = "taken over"</script>
<img src="/favicon.ico" onerror="document.title = 'taken over'">

![chart](http://tracker.example/pixel.png) and [a link](javascript:document.title='taken')
"""
LONG = "\n".join(f"line {number} of a protocol" for number in range(1, 9001))
NOTEBOOK = {"cells": [{"cell_type": "code", "source": ["measure()\n"], "outputs": [{"text": ["a gondola\n"]}]}]}
CREATORS = {
    "creators": [
        {"id": "ada", "name": "Ada", "priority": "critical", "focus": "Airships"},
        {"id": "bob", "name": "Bob", "priority": "low"},
        {"name": "Nobody"},
    ]
}
FETCH = "print('Processing video: one'); print('Insight extracted: one')"


def definitions(root: Path) -> str:
    return f"""
knowledge: {{roots: {json.dumps(str(root))}, fetch: fetch}}
modules:
  fetch:
    command: [{sys.executable!r}, -c, {json.dumps(FETCH)}]
    parameters: {{creator: {{required: true}}}}
"""


def written(root: Path) -> None:
    files = {
        "ai-agents/art-director/style/ada-ADA000001-20251107.md": INSIGHT,
        "ai-agents/art-director/sub-agents/L2.1.1/style/ada-ADA00000002-20251001.md": "# A lower one\n",
        "knowledge-base/metadata/creator-database.json": json.dumps(CREATORS, indent=1),
        "notes/protocol.txt": LONG,
        "notes/one-line.json": '{"id":12345678901234567890,"of":["hangar"]}',
        "notes/work.ipynb": json.dumps(NOTEBOOK),
        "notes/broken.pdf": "%PDF-1.4 no more",
        **{name: text for name, _, text in AGENTS},
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "ai-agents"
    written(folder)
    return folder


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("knowledge"), definitions(root))
    try:
        daemon.start()
        wait_for(lambda: daemon.http.get("/api/knowledge/stats").json()["last_scan"], what="all is read")
        yield daemon
    finally:
        daemon.close()


def file_id(daemon: Daemon, name: str) -> str:
    files = daemon.http.get("/api/knowledge/files", params={"limit": 100}).json()["files"]
    return next(str(one["id"]) for one in files if one["name"] == name)


def test_words_are_found_as_they_are_typed_and_open_at_their_line(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge")
    expect(page.get_by_role("list", name="Files", exact=True)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("zepp")
    found = page.get_by_role("list", name="Found files")
    expect(found.get_by_role("link", name="Weights for equipment")).to_be_visible()
    expect(found.locator("mark")).to_have_text(["zeppelin"])
    expect(page).to_have_url(re.compile(r"\?q=zepp$"))
    page.keyboard.press("Enter")
    expect(found.get_by_role("link", name="Weights for equipment")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/files/[0-9a-f]{20}\?q=zepp&line=9$"))
    expect(page.locator("[data-lit]")).to_have_text("A weight above 0.70 locks the zeppelin")
    page.get_by_role("button", name="Source").click()
    expect(page.locator("[data-lit]")).to_have_attribute("data-line", "9")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/knowledge\?q=zepp$"))
    expect(found).to_be_visible()


def test_a_request_that_was_overtaken_by_typing_is_given_up(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge")
    given_up: list[str] = []
    page.on("requestfailed", lambda request: given_up.append(request.url))
    page.route(re.compile("/search.*query=prot"), lambda route: None)  # it is never answered
    field = page.get_by_role("textbox", name="Search the knowledge base")
    with page.expect_request(re.compile("/search.*query=prot")):
        field.fill("prot")
    field.fill("hangar")
    expect(page.get_by_role("list", name="Found files")).to_contain_text("one-line.json")
    wait_for(lambda: any("query=prot" in url for url in given_up), what="the first request is given up")


def test_nothing_that_a_file_says_acts(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge/files/{file_id(daemon, 'ada-ADA000001-20251107.md')}")
    text = page.get_by_role("article")
    expect(text.get_by_role("heading", name="Weights for equipment", level=2)).to_be_visible()
    expect(text.get_by_role("cell", name="ComfyUI")).to_be_visible()
    expect(text).to_contain_text("Picture: chart")
    assert text.locator("script, img, iframe").count() == 0
    assert text.get_by_role("link").count() == 0
    expect(page).to_have_title("Control Center")


def test_each_kind_of_file_is_shown_as_it_can_be_read(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge/files/{file_id(daemon, 'protocol.txt')}?line=7777")
    lit = page.locator("[data-lit]")
    expect(lit).to_have_text("line 7777 of a protocol")
    expect(lit).to_be_in_viewport()
    assert page.locator("[data-line]").count() < 3000, "of a long text only a part is drawn"
    page.get_by_role("button", name=re.compile("^Lines above")).click()
    expect(page.get_by_text("line 5801 of", exact=False)).to_be_attached()
    page.goto(f"{daemon.address}/ui/knowledge/files/{file_id(daemon, 'one-line.json')}")
    expect(page.locator("[data-line='2']")).to_have_text('  "id": 12345678901234567890,')
    page.get_by_role("button", name="Source").click()
    expect(page.locator("[data-line='1']")).to_have_text('{"id":12345678901234567890,"of":["hangar"]}')
    page.goto(f"{daemon.address}/ui/knowledge/files/{file_id(daemon, 'work.ipynb')}")
    expect(page.get_by_role("region", name="Text of work.ipynb")).to_contain_text("a gondola")
    page.goto(f"{daemon.address}/ui/knowledge?faulty=true")
    files = page.get_by_role("list", name="Files", exact=True)
    expect(files.get_by_role("listitem")).to_have_count(1)
    expect(files).to_contain_text("it is not a whole PDF")
    page.goto(f"{daemon.address}/ui/knowledge/files/{'0' * 20}")
    expect(page.get_by_role("heading", name="There is no such file")).to_be_visible()


def test_files_that_come_and_go_are_seen_without_asking_again(daemon: Daemon, root: Path, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge?q=barometer")
    expect(page.get_by_role("heading", name="No file matches")).to_be_visible()
    (root / "notes" / "new.md").write_text("# New\n\nA barometer falls.\n", encoding="utf-8")
    expect(page.get_by_role("link", name="New", exact=True)).to_be_visible()
    (root / "notes" / "new.md").unlink()
    expect(page.get_by_role("heading", name="No file matches")).to_be_visible()


def test_what_files_are_narrowed_to_is_in_the_address(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge")
    page.get_by_role("combobox", name="Creator").select_option("Ada")
    page.get_by_role("combobox", name="Confidence").select_option("80 % and more")
    expect(page).to_have_url(re.compile(r"\?creator=ada&confidence=80\.\.$"))
    files = page.get_by_role("list", name="Found files")
    expect(files.get_by_role("listitem")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("button", name="creator: Ada")).to_have_attribute("aria-pressed", "true")
    expect(files.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="confidence: 80 % and more").click()
    expect(page.get_by_role("list", name="Files", exact=True).get_by_role("listitem")).to_have_count(2)


def test_it_is_fetched_from_a_creator_and_all_is_looked_through(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge/creators")
    expect(page.get_by_role("region", name="What is wrong in the metadata")).to_contain_text("creators[2]")
    ada = page.get_by_role("row", name=re.compile("^Ada"))
    expect(ada).to_contain_text("never")
    page.get_by_role("button", name="Fetch now from Ada").click()
    expect(ada.get_by_role("link", name="See its run")).to_be_visible()
    expect(ada).not_to_contain_text("never")
    page.get_by_role("link", name="Index").click()
    jobs = page.get_by_role("table", name="Scans and fetches, the newest first")
    expect(jobs.get_by_role("row", name=re.compile("Fetch from ada"))).to_contain_text("1 processed, 1 insights")
    before = jobs.get_by_role("row", name=re.compile("^Scan of the roots completed")).count()
    page.get_by_role("button", name="Read all anew").click()
    page.get_by_role("dialog").get_by_role("button", name="Read all anew").click()
    expect(jobs.get_by_role("row", name=re.compile("^Scan of the roots completed"))).to_have_count(before + 1)


def test_agents_are_gone_through_level_by_level(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/agents")
    tree = page.get_by_role("list", name="Agents", exact=True)
    first = tree.get_by_role("link", name=re.compile("^ART DIRECTOR"))
    expect(first).to_contain_text("2 below")
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("link", name=re.compile("^Color Guardian"))).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/ui/agents/L2\.1\.1$"))
    expect(page.get_by_text("Looks closely", exact=True)).to_be_visible()
    expect(page.get_by_role("list", name=re.compile("^Files of Style Analyst"))).to_contain_text("A lower one")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/ui/agents/01_art_director$"))
    page.get_by_role("textbox", name="Search the agents").fill("shad")
    found = page.get_by_role("list", name="Found agents")
    expect(found.get_by_role("link")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=shad$"))


def places(daemon: Daemon) -> dict[str, str]:
    file = f"/ui/knowledge/files/{file_id(daemon, 'ada-ADA000001-20251107.md')}"
    return {
        "files": "/ui/knowledge",
        "found": "/ui/knowledge?q=weight&type=markdown&creator=ada",
        "nothing found": "/ui/knowledge?q=nothing-of-this-kind",
        "faults": "/ui/knowledge?faulty=true",
        "file": f"{file}?line=9",
        "source": f"{file}?line=9&view=source",
        "creators": "/ui/knowledge/creators",
        "creator": "/ui/knowledge/creators/ada",
        "index": "/ui/knowledge/index",
        "agents": "/ui/agents",
        "agent": "/ui/agents/01_art_director",
        "found agents": "/ui/agents?q=l",
    }


def test_nothing_is_wrong_or_scrolls_sideways_at_any_width_in_either_theme(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge", **SEEN_BY_AXE)
    found: dict[str, list[str]] = {}
    for place, address in places(daemon).items():
        page.goto(daemon.address + address)
        expect(page.locator("main h1, main h2, main ol").first).to_be_attached()
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        for theme, width in LOOKS:
            turn(page, theme)
            page.set_viewport_size({"width": width, "height": 860})
            expect_no_sideways_scroll(page)
            found[f"{place}, {theme}, {width}"] = broken_rules(page)
        page.set_viewport_size({"width": 2560, "height": 860})
        expect_no_sideways_scroll(page)
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}


def test_a_telephone_has_the_other_places_behind_more(daemon: Daemon, open_page: OpenPage) -> None:
    page = open_page(f"{daemon.address}/ui/knowledge", width=400)
    bar = page.get_by_role("navigation", name="Places")
    expect(bar.get_by_role("link", name="Knowledge")).to_have_attribute("aria-current", "page")
    expect(bar.get_by_role("link", name="Agents")).to_be_hidden()
    bar.get_by_role("button", name="More").click()
    bar.get_by_role("link", name="Agents").click()
    expect(page.get_by_role("heading", name="Agents", level=1)).to_be_visible()
    expect(bar.get_by_role("link", name="Agents")).to_be_hidden()
    _shows_one_thing_at_a_time(page)


def _shows_one_thing_at_a_time(page: Page) -> None:
    tree = page.get_by_role("list", name="Agents", exact=True)
    tree.get_by_role("link", name=re.compile("^ART DIRECTOR")).click()
    expect(page.get_by_role("heading", name=re.compile("ART DIRECTOR"))).to_be_visible()
    expect(tree).to_be_hidden()
