"""Indexing, looking again, hearing of a change, and searching, beside FTS5 alone and ripgrep over the same files.

    python -m benchmarks.knowledge [--documents 20000] [--rounds 15]

The documents are copies of files of /usr/share/doc and of Python's own library, in a temporary folder. FTS5 alone
puts the same texts, which it has in memory, into one table with content, in a process that steps back as ours does;
the index is timed with the process that makes it, from its start to its answer. A change is timed from the write in a
watched root to the first search that finds it. Searches are those of `Knowledge`, with 20 results and their snippets,
in turns with `rg --files-with-matches --ignore-case`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from backend.app import open_center
from backend.config import Settings
from backend.services.knowledge.index import Wanted
from backend.services.knowledge.indexer import Indexer
from backend.services.knowledge.indexing.kinds import kind_of
from backend.services.knowledge.indexing.scan import Order

SOURCES = (Path("/usr/share/doc"), Path(sysconfig.get_path("stdlib")))
QUERIES = {
    "rare word": "zipapp",
    "common word": "install",
    "two words": "import json",
    "phrase": '"event loop"',
    "prefix": "asynch*",
    "none": "qqxqzzy",
}


def documents(folder: Path, most: int) -> int:
    """Copies up to `most` files that are read into `folder`; how many bytes these are."""
    size = 0
    for number, file in zip(range(most), _sources(), strict=False):
        place = folder / f"{number % 100:02}"
        place.mkdir(exist_ok=True)
        shutil.copyfile(file, place / f"{number}-{file.name}")
        size += file.stat().st_size
    return size


def _sources() -> Iterator[Path]:
    for source in SOURCES:
        for file in sorted(source.rglob("*")):
            if kind_of(file.name) and file.is_file() and not file.is_symlink():
                yield file


def alone(index: Path, folder: Path) -> float:
    """Seconds that FTS5 takes for the texts of the index."""
    with sqlite3.connect(f"{index.as_uri()}?mode=ro", uri=True) as source:
        texts = source.execute("SELECT id, title, path, body FROM knowledge_texts").fetchall()
    table = sqlite3.connect(folder / "alone.db")
    table.execute("PRAGMA journal_mode=WAL")
    table.execute("PRAGMA synchronous=NORMAL")
    table.execute("CREATE VIRTUAL TABLE texts USING fts5(title, path, body)")
    begun = time.perf_counter()
    table.executemany("INSERT INTO texts (rowid, title, path, body) VALUES (?, ?, ?, ?)", texts)
    table.commit()
    return time.perf_counter() - begun


def alone_apart(index: Path, folder: Path) -> float:
    """The same in a process that steps back as the one that makes the index does."""
    program = (
        "import sys; from pathlib import Path\nfrom backend.services.knowledge.indexing.process import step_back\n"
        "from benchmarks.knowledge import alone\nstep_back(); print(alone(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    said = subprocess.run([sys.executable, "-c", program, index, folder], stdout=subprocess.PIPE, check=True)
    for ending in ("", "-wal", "-shm"):
        (folder / f"alone.db{ending}").unlink(missing_ok=True)
    return float(said.stdout)


async def indexed(folder: Path, root: Path) -> None:
    """Both in turns, twice."""
    order, ratios = Order((str(root),)), []
    for number in range(2):
        index = folder / f"index{number}.db"
        indexer = Indexer(index)
        begun = time.perf_counter()
        found = await indexer.scan(order, lambda done, total: None)
        full = time.perf_counter() - begun
        begun = time.perf_counter()
        again = await indexer.scan(order, lambda done, total: None)
        rescan = time.perf_counter() - begun
        await indexer.close()
        other = alone_apart(index, folder)
        ratios.append(full / other)
        print(f"index of {found.files} files: {full:.1f} s, FTS5 alone {other:.1f} s, {full / other:.2f} times that")
        print(f"looked through again without a change: {rescan:.2f} s ({again.added + again.changed} read)")
    print(f"full index: {min(ratios):.2f} times FTS5 alone")


async def searched(folder: Path, root: Path, rounds: int) -> None:
    (folder / "control-center.yaml").write_text(json.dumps({"knowledge": {"roots": [str(root)]}}))
    (folder / "data").mkdir()
    async with open_center(Settings(data_dir=folder / "data", config_dir=folder)) as center:
        while (state := await center.knowledge.state()).figures.scanned_at is None or state.scan is not None:
            await asyncio.sleep(0.2)
        await changes(center.knowledge.search, root)
        ours: list[float] = []
        theirs: list[float] = []
        for name, query in QUERIES.items():
            one: list[float] = []
            other: list[float] = []
            for _ in range(rounds):
                begun = time.perf_counter()
                found = await center.knowledge.search(query, wanted=Wanted(), limit=20)
                one.append(time.perf_counter() - begun)
                begun = time.perf_counter()
                await asyncio.to_thread(_ripgrep, query, root)
                other.append(time.perf_counter() - begun)
            ours += one
            theirs += other
            mine, rg = statistics.median(one), statistics.median(other)
            print(f"{name:12} {found.total:6} found  {mine * 1e3:7.2f} ms, ripgrep {rg * 1e3:7.1f} ms, {mine / rg:.3f}")
        share = statistics.median(ours) / statistics.median(theirs)
        print(f"search: p50 {statistics.median(ours) * 1e3:.2f} ms, {share:.3f} of ripgrep's")


def _ripgrep(query: str, root: Path) -> None:
    words = query.strip('"*').split() if not query.startswith('"') else [query.strip('"')]
    command = ["rg", "--files-with-matches", "--ignore-case", "--fixed-strings", words[0], str(root)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


async def changes(search: object, root: Path) -> None:
    assert callable(search)
    taken: list[float] = []
    for number in range(10):
        begun = time.perf_counter()
        (root / "00" / "changing.md").write_text(f"# Changing\n\nmarsupial{number}x\n")
        while not (await search(f"marsupial{number}x", wanted=Wanted(), limit=1)).total:
            await asyncio.sleep(0.01)
        taken.append(time.perf_counter() - begun)
    print(f"a changed file is found {statistics.median(taken):.2f} s after the write, at most {max(taken):.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    if shutil.which("rg") is None:
        sys.exit("ripgrep is not installed: apt install ripgrep")
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), Path(name) / "documents"
        root.mkdir()
        print(f"{documents(root, given.documents) / 1e6:.0f} MB")
        asyncio.run(indexed(folder, root))
        asyncio.run(searched(folder, root, given.rounds))


if __name__ == "__main__":
    main()
