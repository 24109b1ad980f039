"""What the diagnosis says of the knowledge base: real files, a real index."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.config import Settings
from backend.core.errors import Unavailable
from backend.services.diagnostics.declared import Declared, read_declared
from backend.services.diagnostics.knowledge import SHOWN, check_fetch, check_index, trouble_of_file
from backend.services.knowledge.indexer import Indexer
from backend.services.knowledge.indexing.scan import Order

MODULES = """
modules:
  folders: [more]
  bare: {command: [python, -V]}
  good: {command: [python, -V], parameters: {creator: {}}}
"""
ELSEWHERE = "command: [python, -V]\nparameters: {creator: {}}\n"


def declared(folder: Path, text: str) -> Declared:
    (folder / "control-center.yaml").write_text(text)
    return read_declared(Settings(data_dir=folder, config_dir=folder, port=0))


@pytest.mark.parametrize(
    ("fetch", "status", "words"),
    [
        ("good", "ok", "by the module good"),
        ("far", "ok", "by the module far"),
        ("bare", "warning", "The module `bare` has no parameter `creator`"),
        ("gone", "warning", "There is no module `gone`"),
    ],
)
def test_who_fetches_is_looked_for_among_all_modules(tmp_path: Path, fetch: str, status: str, words: str) -> None:
    (tmp_path / "more" / "far").mkdir(parents=True)
    (tmp_path / "more" / "far" / "module.yaml").write_text(ELSEWHERE)
    (finding,) = check_fetch(declared(tmp_path, f"knowledge: {{roots: ., fetch: {fetch}}}\n{MODULES}"))
    assert (finding.id, finding.status) == ("knowledge.fetch", status)
    assert words in finding.what


async def test_without_roots_and_without_a_module_there_is_nothing_to_say(tmp_path: Path) -> None:
    async def trouble() -> tuple[str, ...]:
        return ("never asked for",)

    said = declared(tmp_path, MODULES)
    assert [*await check_index(said, trouble), *check_fetch(said)] == []


async def test_trouble_of_the_index_is_told_and_much_of_it_in_short(tmp_path: Path) -> None:
    said = declared(tmp_path, "knowledge: {roots: .}\n")
    told: list[str] = []

    async def trouble() -> list[str]:
        return told

    async def away() -> list[str]:
        raise Unavailable("The index cannot be read now.")

    (fine,) = await check_index(said, trouble)
    assert (fine.status, str(tmp_path) in fine.what) == ("ok", True)
    told += [f"folder {number}: Permission denied" for number in range(SHOWN + 3)]
    found = await check_index(said, trouble)
    assert [one.what for one in found] == [*told[:SHOWN], "and 3 more like these"]
    assert {one.status for one in found} == {"warning"}
    assert len({one.id for one in found}) == len(found)
    (unsaid,) = await check_index(said, away)
    assert (unsaid.status, unsaid.what) == ("warning", "The index cannot be read now.")


async def test_an_index_that_a_daemon_has_left_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "knowledge.db"
    assert trouble_of_file(file) == [], "it is made at the first start"
    indexer = Indexer(file)
    await indexer.scan(Order((str(tmp_path),)), lambda done, total: None)
    await indexer.close()
    assert trouble_of_file(file) == []
    file.write_bytes(os.urandom(8192))
    (said,) = trouble_of_file(file)
    assert "damaged" in said
