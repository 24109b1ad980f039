from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.database.journal import Journal, open_journal


@pytest.fixture(params=["sqlite+aiosqlite:///{}/control-center.db"], ids=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the database lies; tests that use it know nothing else of the engine behind it."""
    address: str = request.param
    return address.format(tmp_path.as_posix())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of `url`."""
    return tmp_path / "control-center.db"


@pytest.fixture
async def database(url: str, tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(url, tmp_path, SystemClock()) as opened:
        yield opened


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    async with open_journal(database, SystemClock()) as opened:
        yield opened


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
