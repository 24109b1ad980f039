"""The file of the index: its tables, and how it is opened. What it holds can be made again from the roots.

`knowledge_files` has a row for each file, `knowledge_texts` its text, and `knowledge_search` finds words in these: an
FTS5 table with that text as external content, changed in the same transaction. One process writes; any may read.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

VERSION = 1  # raised when tables change, or when what is read from files does: then everything is read anew
BUSY_MS = 5000
_HASH_BYTES = 32 * 1024 * 1024  # gathered in memory before it becomes a segment: fewer merges when much is new
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

TABLES = """
CREATE TABLE roots (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE knowledge_files (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    root_id INTEGER NOT NULL REFERENCES roots(id),
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    hash BLOB NOT NULL,
    title TEXT NOT NULL,
    agent TEXT COLLATE NOCASE,
    sub_agent TEXT COLLATE NOCASE,
    category TEXT COLLATE NOCASE,
    creator TEXT COLLATE NOCASE,
    date TEXT,
    confidence REAL CHECK (confidence >= 0 AND confidence <= 1),
    fault TEXT,
    UNIQUE (root_id, path)
);
CREATE INDEX knowledge_files_modified ON knowledge_files (modified_ns);
CREATE INDEX knowledge_files_agent ON knowledge_files (agent);
CREATE TABLE knowledge_texts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL);
CREATE VIRTUAL TABLE knowledge_search USING fts5(
    title, path, body, content='knowledge_texts', content_rowid='id', tokenize="unicode61 remove_diacritics 2"
);
INSERT INTO knowledge_search(knowledge_search, rank) VALUES ('rank', 'bm25(8.0, 3.0, 1.0)');
CREATE TABLE scans (id INTEGER PRIMARY KEY CHECK (id = 1), at_ns INTEGER NOT NULL);
"""


class NotMade(Exception):
    """There is no index, or one of another version."""


def open_to_write(path: Path) -> sqlite3.Connection:
    """Makes the file where there is none, or one of another version. Raises `sqlite3.Error`."""
    connection = _connect(path)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] not in (0, VERSION):
            connection.close()
            remove(path)
            connection = _connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA journal_size_limit=67108864")
        connection.execute("PRAGMA cache_size=-32000")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            connection.executescript(f"BEGIN IMMEDIATE;{TABLES}PRAGMA user_version={VERSION};COMMIT;")
        connection.execute(
            "INSERT INTO knowledge_search(knowledge_search, rank) VALUES ('hashsize', ?)", (_HASH_BYTES,)
        )
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Raises `NotMade` where there is no index of this version yet, and `sqlite3.Error`."""
    if not path.exists():
        raise NotMade
    connection = sqlite3.connect(  # a log can only be read where its index may be written: it is the query that may not
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_MS / 1000, isolation_level=None,
        check_same_thread=False,
    )  # fmt: skip
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA mmap_size=0")  # an error of the disk in a mapped file ends the process that reads
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise NotMade
    except BaseException:
        connection.close()
        raise
    return connection


def empty() -> sqlite3.Connection:
    """An index of nothing."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(TABLES)
    return connection


def remove(path: Path) -> None:
    """Raises `OSError` where somebody holds the file, as Windows has it."""
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).unlink()


def is_damaged(error: sqlite3.Error) -> bool:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGE


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    return sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
