import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.database.engine import (
    DatabaseUnavailable,
    DatabaseUnusable,
    checkpoint,
    copies_of,
    copy_aside,
    database_file,
    is_locked,
    wal_size,
    why_unavailable,
)
from tests.database.conftest import locked


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("not an address", "is not a database address"),
        ("postgresql+asyncpg://me@here/center", "names postgresql, and this version keeps its data in SQLite only"),
        ("sqlite+aiosqlite://", "names no plain file"),
        ("sqlite+aiosqlite:///:memory:", "names no plain file"),
        ("sqlite+aiosqlite:///file:x.db?mode=ro&uri=true", "names no plain file"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_one_to_write(url: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=told) as refusal:
        database_file(url, tmp_path)
    assert "sqlite+aiosqlite:///" in refusal.value.detail


def test_a_relative_file_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert database_file("sqlite+aiosqlite:///mine.db", tmp_path) == tmp_path / "mine.db"
    assert database_file("sqlite:///sub/mine.db", tmp_path) == tmp_path / "sub" / "mine.db"


def test_an_absolute_file_lies_where_it_says(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "mine.db"
    assert database_file(f"sqlite+aiosqlite:///{file.as_posix()}", tmp_path / "data") == file


@pytest.mark.parametrize("folder", ["with space & ampersand", "Größe 数据", "100% #1"])
async def test_a_folder_may_have_any_name(folder: str, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{(tmp_path / folder / 'control-center.db').as_posix()}"
    async with open_database(url, tmp_path, SystemClock()) as database:
        assert await database.state() == "connected"
    assert (tmp_path / folder / "control-center.db").is_file()


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        async with database.read() as session:
            await session.execute(text("DELETE FROM events"))


async def test_the_writer_keeps_references_whole(database: Database) -> None:
    async def orphan(session: AsyncSession) -> None:
        await session.execute(
            text(
                "INSERT INTO job_history (job_type, parent_id, host, status, queued_at) "
                "VALUES ('run', 7, 'here', 'queued', '2026-01-01')"
            )
        )

    with pytest.raises(Exception, match="FOREIGN KEY constraint failed"):
        await database.write(orphan)


async def test_the_pragmas_of_the_writer_hold(database: Database) -> None:
    async def pragmas(session: AsyncSession) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint", "query_only")
        return {name: await session.scalar(text(f"PRAGMA {name}")) for name in names}

    assert await database.write(pragmas) == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "wal_autocheckpoint": 0,
        "query_only": 0,
    }


def test_a_failure_of_the_file_is_told_from_a_mistake_in_a_statement(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        connection.execute("CREATE TABLE a (b)")
        with pytest.raises(sqlite3.OperationalError) as mistake:
            connection.execute("SELECT * FROM nowhere")
        assert why_unavailable(mistake.value) is None
        with locked(file), pytest.raises(sqlite3.OperationalError) as refusal:
            connection.execute("INSERT INTO a VALUES (1)")
        assert is_locked(refusal.value)
        assert why_unavailable(refusal.value) == "another program holds its lock"


async def test_a_checkpoint_moves_the_log_into_the_file(database: Database, file: Path) -> None:
    async def fill(session: AsyncSession) -> None:
        await session.execute(text("CREATE TABLE filler (text TEXT)"))
        await session.execute(text("INSERT INTO filler VALUES (hex(zeroblob(200000)))"))

    before = file.stat().st_size
    await database.write(fill)
    assert wal_size(file) > 400_000
    assert file.stat().st_size == before
    checkpoint(file)
    assert file.stat().st_size > before + 300_000  # pages that were free are filled first


def test_a_copy_is_whole_while_others_write_and_only_the_newest_three_stay(tmp_path: Path) -> None:
    file = tmp_path / "control-center.db"
    other = tmp_path / "other.before-1.bak"
    other.touch()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE a (b)")
        for number in range(5):
            connection.execute("INSERT INTO a VALUES (?)", (number,))
            copy = copy_aside(file, f"before-{number}")
            with closing(sqlite3.connect(copy)) as copied:
                assert copied.execute("SELECT count(*) FROM a").fetchone() == (number + 1,)
    assert sorted(copy.name for copy in copies_of(file)) == [f"control-center.before-{n}.bak" for n in (2, 3, 4)]
    assert other.exists()
