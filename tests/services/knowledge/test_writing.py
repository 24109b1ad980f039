"""What is written into the index is whole, or not there; and why it is not there is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.services.knowledge.indexing import store
from backend.services.knowledge.indexing.writing import Writing


def fill(connection: sqlite3.Connection, writing: Writing) -> None:
    with writing.together():
        writing.scanned()
        for number in range(1000):
            connection.execute("INSERT INTO roots (path) VALUES (?)", (f"/{number}" * 100,))


def test_a_disk_that_is_full_is_told_as_that_and_nothing_is_half(tmp_path: Path) -> None:
    with closing(store.open_to_write(tmp_path / "knowledge.db")) as connection:
        writing = Writing(connection)
        [home] = writing.homes(["/before"])
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")  # as a disk that has room for no more
        with pytest.raises(sqlite3.OperationalError, match="full"):
            fill(connection, writing)
        assert not connection.in_transaction
        assert connection.execute("SELECT count(*) FROM scans").fetchone() == (0,)
        assert writing.homes(["/before"]) == [home]
