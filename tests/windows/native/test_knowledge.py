"""The index of knowledge on Windows: folders with names of any letters, junctions, and the form of long paths."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.services.knowledge.index import Index, Wanted
from backend.services.knowledge.indexer import Indexer
from backend.services.knowledge.indexing.patterns import Patterns
from backend.services.knowledge.indexing.scan import Order
from backend.services.knowledge.query import parse
from backend.services.knowledge.watching import watched
from tests.windows.native.conftest import until

assert sys.platform == "win32"


class Base:
    """A root, what lies outside of it, and the index of the root."""

    def __init__(self, folder: Path) -> None:
        self.root, self.outside = folder / "Käse & Müll ❄", folder / "private"
        self.root.mkdir()
        self.outside.mkdir()
        self.indexer, self.index = Indexer(folder / "knowledge.db"), Index(folder / "knowledge.db")

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    async def scan(self, root: str | None = None) -> None:
        await self.indexer.scan(Order((root or str(self.root),)), lambda done, total: None)

    def found(self, text: str) -> list[str]:
        return [hit.file.path for hit in self.index.search(parse(text), 10).hits]


@pytest_asyncio.fixture
async def base(tmp_path: Path) -> AsyncIterator[Base]:
    made = Base(tmp_path.resolve())
    yield made
    made.index.close()
    await made.indexer.close()


async def test_names_of_any_letters_are_found_as_they_are(base: Base) -> None:
    file = base.write("Straße\\Öl und Wasser 名前.md", "# Über Öl\n\nzeppelin\n")
    page = base.write("Straße\\Seite.html", "<title>Größe</title><p>zeppeline</p>")
    await base.scan()
    assert base.found("große zeppeline") == [str(page)]
    assert base.found("zeppelin") == [str(file)]
    assert base.found("uber ol") == [str(file)]
    [listed] = base.index.page(Wanted(kind="markdown"), 10).files
    assert (listed.place, listed.name) == ("Straße/Öl und Wasser 名前.md", "Öl und Wasser 名前.md")


async def test_a_junction_leads_nowhere(base: Base) -> None:
    (base.outside / "secret.md").write_text("platypus\n")
    base.write("seen.md", "echidna\n")
    junction = base.root / "junction"
    made = subprocess.run(
        ["cmd", "/c", "mklink", "/J", str(junction), str(base.outside)], capture_output=True, check=False
    )
    if made.returncode or not (junction / "secret.md").exists():
        pytest.skip("junctions cannot be made here")
    await base.scan()
    order = Order((str(base.root),))
    await base.indexer.look(order, [str(junction), str(junction / "secret.md")])
    assert base.found("echidna")
    assert base.found("platypus") == []


async def test_changes_are_heard_of_and_gone_files_go(base: Base) -> None:
    await base.scan()
    heard: set[str] = set()
    lost: list[str] = []
    order = Order((str(base.root),))

    async def look() -> None:
        paths = set(heard)
        heard.clear()
        await base.indexer.look(order, paths)

    async with watched([base.root], Patterns(), heard.update, lost.append):
        file = base.write("später\\neu.md", "quokka\n")
        await until(lambda: any(path.endswith(("später", "neu.md")) for path in heard))
        await look()
        while base.found("quokka") != [str(file)]:
            await until(lambda: heard)
            await look()
        file.unlink()
        await until(lambda: str(file) in heard)
        await look()
        assert base.found("quokka") == []
    assert lost == []


async def test_a_root_in_the_form_of_long_paths_is_one_like_others(base: Base) -> None:
    file = base.write("eins\\zwei\\drei\\tief.md", "wombat\n")
    root = f"\\\\?\\{base.root}"
    await base.scan(root)
    assert base.found("wombat") == [f"\\\\?\\{file}"]
    file.unlink()
    await base.indexer.look(Order((root,)), [f"\\\\?\\{file}"])
    assert base.found("wombat") == []
