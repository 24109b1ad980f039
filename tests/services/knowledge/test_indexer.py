"""The process that reads files, and what becomes of an order when a file takes it down. Real processes, real files."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from pathlib import Path

import psutil
import pytest

from backend.services.knowledge.index import Index, Wanted
from backend.services.knowledge.indexer import IndexDamaged, Indexer, IndexingFailed
from backend.services.knowledge.indexing.scan import Order
from backend.services.knowledge.query import parse


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "page.html").write_text(
        "<html><head><title>Page</title><style>.x{}</style></head><body><p>shown <b>words</b></p>"
        "<script>hidden()</script></body></html>"
    )
    cells = [{"cell_type": "code", "source": ["import walrus\n"], "outputs": [{"text": ["printed out"]}]}]
    (folder / "book.ipynb").write_text(json.dumps({"cells": cells}))
    (folder / "latin.txt").write_bytes("blåbær".encode("cp1252"))
    (folder / "wide.txt").write_text("wide words", encoding="utf-16")
    (folder / "binary.txt").write_bytes(b"\x00\x01\x02")
    (folder / "broken.ipynb").write_text("{")
    return folder


@pytest.fixture
def index_file(tmp_path: Path) -> Path:
    return tmp_path / "knowledge.db"


def ignore(done: int, total: int) -> None:
    """Nobody looks at how far it is."""


def found(index: Index, text: str) -> list[str]:
    return sorted(hit.file.name for hit in index.search(parse(text), 20).hits)


async def test_every_kind_is_read_in_its_way(root: Path, index_file: Path) -> None:
    indexer, index = Indexer(index_file), Index(index_file)
    done: list[tuple[int, int]] = []
    counts = await indexer.scan(Order((str(root),)), lambda one, all_: done.append((one, all_)))
    assert (counts.files, counts.added, counts.faulty, done[-1]) == (6, 6, 2, (6, 6))
    assert found(index, "shown words") == ["page.html"]
    assert found(index, "hidden") == []
    assert found(index, '"printed out" walrus') == ["book.ipynb"]
    assert found(index, "blabær") == ["latin.txt"]
    assert found(index, "wide") == ["wide.txt"]
    faulty = index.page(Wanted(faulty=True), 10).files
    assert {one.name: one.fault for one in faulty} == {
        "binary.txt": "it is not text",
        "broken.ipynb": "it is not a notebook: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
    }
    again = await indexer.scan(Order((str(root),)), ignore)
    assert (again.files, again.something) == (6, False)
    index.close()
    await indexer.close()


async def test_a_file_that_says_the_same_is_not_indexed_again_and_a_growing_one_is(
    root: Path, index_file: Path
) -> None:
    indexer, index, order = Indexer(index_file), Index(index_file), Order((str(root),))
    await indexer.scan(order, ignore)
    os.utime(root / "wide.txt", (1, 1))
    (root / "latin.txt").write_text("other words")
    (root / "page.html").unlink()
    counts = await indexer.scan(order, ignore)
    assert (counts.added, counts.changed, counts.removed) == (0, 1, 1)
    assert (found(index, "blabær"), found(index, "other"), found(index, "shown")) == ([], ["latin.txt"], [])
    index.close()
    await indexer.close()


async def test_a_folder_and_a_file_in_it_may_be_told_together(root: Path, index_file: Path) -> None:
    indexer, order = Indexer(index_file), Order((str(root),))
    (root / "deep").mkdir()
    (root / "deep" / "a.md").write_text("a")
    paths = [str(root / "deep"), str(root / "deep" / "a.md"), "/somewhere/else", str(root / "gone.md")]
    counts = await indexer.look(order, paths)
    assert (counts.added, counts.removed) == (1, 0)
    await indexer.close()


async def test_what_is_told_to_have_changed_is_read_though_size_and_time_are_the_same(
    root: Path, index_file: Path
) -> None:
    indexer, index, order = Indexer(index_file), Index(index_file), Order((str(root),))
    file = root / "same.md"
    file.write_text("emus")
    await indexer.scan(order, ignore)
    before = file.stat()
    [listed] = index.named(["same.md"])
    file.write_text("gnus")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (await indexer.look(order, [str(file)])).changed == 1
    assert (found(index, "emus"), found(index, "gnus")) == ([], ["same.md"])
    assert index.named(["same.md"]) != (listed,), "who has read it before sees that it is another"
    index.close()
    await indexer.close()


async def test_what_cannot_be_looked_into_is_kept_and_what_is_gone_elsewhere_goes(root: Path, index_file: Path) -> None:
    """A drive that is unplugged has not lost its files."""
    indexer, index, order = Indexer(index_file), Index(index_file), Order((str(root),))
    await indexer.scan(order, ignore)
    away = root.with_name("unplugged")
    root.rename(away)
    counts = await indexer.scan(order, ignore)
    assert (counts.removed, counts.unread) == (0, (f"{root}: No such file or directory",))
    assert found(index, "wide") == ["wide.txt"]
    away.rename(root)
    (root / "wide.txt").unlink()
    assert (await indexer.scan(order, ignore)).removed == 1
    index.close()
    await indexer.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who may do everything may look everywhere")
async def test_a_folder_that_may_not_be_read_hides_nothing_but_itself(root: Path, index_file: Path) -> None:
    indexer, order = Indexer(index_file), Order((str(root),))
    (root / "closed").mkdir()
    (root / "closed" / "a.md").write_text("a")
    await indexer.scan(order, ignore)
    (root / "closed").chmod(0)
    (root / "wide.txt").unlink()
    counts = await indexer.scan(order, ignore)
    (root / "closed").chmod(0o700)
    assert (counts.removed, len(counts.unread)) == (1, 1)
    await indexer.close()


async def test_what_is_too_large_is_told_and_listed(root: Path, index_file: Path) -> None:
    indexer, index = Indexer(index_file), Index(index_file)
    (root / "large.md").write_bytes(b"word " * 1000)
    counts = await indexer.scan(Order((str(root),), max_size=4000), ignore)
    assert counts.files == 7
    [large] = [one for one in index.page(Wanted(faulty=True), 10).files if one.name == "large.md"]
    assert large.fault == "it is larger than 0.004 MB; `max_size` says how large they may be"
    index.close()
    await indexer.close()


ENDLESS = "<div>a" * 100_000  # nested so deep that reading it takes minutes


async def test_a_file_that_is_never_read_to_its_end_is_left_out_and_told(root: Path, index_file: Path) -> None:
    indexer, index = Indexer(index_file, still=5.0), Index(index_file)
    (root / "endless.html").write_text(ENDLESS)
    counts = await indexer.scan(Order((str(root),)), ignore)
    assert (counts.files, counts.faulty) == (7, 3)
    faults = {one.name: one.fault for one in index.page(Wanted(faulty=True), 10).files}
    assert faults["endless.html"] == "reading it did not come to an end"
    assert found(index, "shown words") == ["page.html"], "everything else is there"
    assert not (await indexer.scan(Order((str(root),)), ignore)).something, "nor is it tried again"
    (root / "endless.html").write_text("<p>mended</p>")
    assert (await indexer.scan(Order((str(root),)), ignore)).changed == 1
    assert found(index, "mended") == ["endless.html"]
    index.close()
    await indexer.close()


async def test_a_file_on_which_the_process_dies_is_left_out_and_told(root: Path, index_file: Path) -> None:
    """The process is ended from outside while it reads, as it would be by a fault in foreign code."""
    indexer, index = Indexer(index_file), Index(index_file)
    (root / "endless.html").write_text(ENDLESS)
    asked = asyncio.create_task(indexer.scan(Order((str(root),)), ignore))
    while indexer.pid is None or psutil.Process(indexer.pid).cpu_times().user < 1:
        await asyncio.sleep(0.02)
    psutil.Process(indexer.pid).kill()
    assert (await asked).files == 7
    faults = {one.name: one.fault for one in index.page(Wanted(faulty=True), 10).files}
    assert str(faults["endless.html"]).startswith("reading it ended the process that reads")
    assert found(index, "shown words") == ["page.html"]
    index.close()
    await indexer.close()


async def test_the_process_goes_when_nobody_speaks_to_it(root: Path, index_file: Path) -> None:
    indexer = Indexer(index_file)
    await indexer.scan(Order((str(root),)), ignore)
    assert indexer.pid is not None
    process = psutil.Process(indexer.pid)
    await indexer.close()
    assert not process.is_running()


async def test_a_damaged_index_is_told_as_that(root: Path, index_file: Path) -> None:
    index_file.write_bytes(b"this is no database" * 1000)
    indexer = Indexer(index_file)
    with pytest.raises(IndexDamaged):
        await indexer.scan(Order((str(root),)), ignore)
    await indexer.close()


async def test_an_index_of_another_version_is_made_anew(root: Path, index_file: Path) -> None:
    with sqlite3.connect(index_file) as other:
        other.execute("PRAGMA user_version=999")
        other.execute("CREATE TABLE knowledge_files (x)")
    index = Index(index_file)
    assert index.page(Wanted(), 10).total == 0, "what another version wrote is not read"
    indexer = Indexer(index_file)
    assert (await indexer.scan(Order((str(root),)), ignore)).added == 6
    assert index.page(Wanted(), 10).total == 6
    index.close()
    await indexer.close()


async def test_a_folder_for_the_index_that_cannot_be_is_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    indexer = Indexer(tmp_path / "file" / "knowledge.db")
    with pytest.raises(IndexingFailed):
        await indexer.scan(Order((str(root),)), ignore)
    await indexer.close()
