"""Searches of 400 real documents, beside what grep finds in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.services.knowledge.index import Index
from backend.services.knowledge.indexer import Indexer
from backend.services.knowledge.indexing.kinds import kind_of
from backend.services.knowledge.indexing.scan import Order
from backend.services.knowledge.query import parse

pytestmark = pytest.mark.skipif(shutil.which("grep") is None, reason="there is no grep")

DOCUMENTS, PHRASES = 400, 20
PLACES = (Path("/usr/share/doc"), Path(sysconfig.get_path("stdlib")))
KINDS = ("markdown", "text", "yaml", "json", "code")  # whose text is what is in the file
NO_WORD = "[^[:alnum:]]"


def documents() -> Iterator[Path]:
    """Of both places in turns, so that there are texts and code wherever one of them is small."""
    each = [filter(is_plain, sorted(place.rglob("*"))) for place in PLACES if place.is_dir()]
    for together in zip(*each, strict=False):
        yield from together
    for rest in each:
        yield from rest


def is_plain(file: Path) -> bool:
    if kind_of(file.name) not in KINDS or file.is_symlink() or not file.is_file() or file.stat().st_size > 100_000:
        return False
    return file.read_bytes().isascii()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for number, file in zip(range(DOCUMENTS), documents(), strict=False):
        shutil.copyfile(file, folder / f"{number}-{kind_of(file.name)}{file.suffix or '.txt'}")
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def index(root: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Index]:
    file = tmp_path_factory.mktemp("index") / "knowledge.db"
    indexer, opened = Indexer(file), Index(file)
    counts = await indexer.scan(Order((str(root),)), lambda done, total: None)
    assert (counts.added, counts.faulty) == (DOCUMENTS, 0)
    yield opened
    opened.close()
    await indexer.close()


def grep(root: Path, expression: str) -> set[str]:
    command = ["grep", "-rlaziE", "--", expression, "."]
    found = subprocess.run(
        command, cwd=root, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False
    )
    assert found.returncode in (0, 1), found.stderr
    return {Path(line).name for line in found.stdout.splitlines()}


def ours(index: Index, text: str) -> set[str]:
    found = index.search(parse(text), DOCUMENTS)
    assert found.total == len(found.hits)
    return {hit.file.name for hit in found.hits}


def words(root: Path) -> list[str]:
    """From all over the documents, rare and common ones; none is in the name of a file."""
    every = {word.lower() for file in sorted(root.iterdir()) for word in re.findall("[A-Za-z]{4,}", file.read_text())}
    told = {word for file in root.iterdir() for word in re.findall("[a-z]+", file.name)}
    return sorted(every - told)


@pytest.mark.asyncio(loop_scope="module")
async def test_words_are_found_where_grep_finds_them(root: Path, index: Index) -> None:
    every = words(root)
    for word in every[:: len(every) // PHRASES]:
        expected = grep(root, f"(^|{NO_WORD}){word}($|{NO_WORD})")
        assert expected, word
        assert ours(index, word) == expected, word
        assert ours(index, f"{word[:-1]}*") == grep(root, f"(^|{NO_WORD}){word[:-1]}"), word


@pytest.mark.asyncio(loop_scope="module")
async def test_phrases_and_what_is_left_out_are_found_where_grep_finds_them(root: Path, index: Index) -> None:
    files = sorted(root.iterdir())
    for file in files[:: len(files) // PHRASES]:
        pairs = re.findall(r"\b([A-Za-z]{3,})\W+([A-Za-z]{3,})\b", file.read_text())
        first, second = pairs[len(pairs) // 2]
        expected = grep(root, f"(^|{NO_WORD}){first}{NO_WORD}+{second}($|{NO_WORD})")
        assert file.name in expected
        assert ours(index, f'"{first} {second}"') == expected, (first, second)
        with_first = grep(root, f"(^|{NO_WORD}){first}($|{NO_WORD})")
        with_second = grep(root, f"(^|{NO_WORD}){second}($|{NO_WORD})")
        assert ours(index, f"{first} {second}") == with_first & with_second
        assert ours(index, f"{first} -{second}") == with_first - with_second
