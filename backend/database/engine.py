"""All that is SQLite's own: its file, its locks, its pragmas, its copies. No other module speaks SQLite.

Two engines on one file: a writer with a single connection whose transactions take the write lock when they begin
(reading first and writing later fails under load, whatever the timeout), and readers that cannot write. Checkpoints
never ride on a commit; they are asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import Insert, dialect, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.pool import NullPool

from backend.core.errors import Unavailable

LOCK_SLICE_MS = 250  # how long the driver alone waits for the write lock before the writer task may think again
READ_PATIENCE_MS = 30_000
READERS = 4
COPIES = 3
_ENGINE: dict[str, Any] = {
    "pool_reset_on_return": None,  # each unit ends its own transaction, readers have none: spare the trip
    "hide_parameters": True,  # what is written has no place in the text of an error
}

DRIVER_ERRORS = (DBAPIError, sqlite3.Error)

# https://www.sqlite.org/rescode.html, primary codes: failures of the file and its disk, not of a statement.
_REASONS = {
    sqlite3.SQLITE_BUSY: "another program holds its lock",
    sqlite3.SQLITE_LOCKED: "another program holds its lock",
    sqlite3.SQLITE_PERM: "its file may not be opened",
    sqlite3.SQLITE_READONLY: "its file or folder is read-only",
    sqlite3.SQLITE_IOERR: "its disk reports an error",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
    sqlite3.SQLITE_NOTADB: "its file is damaged",
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "its locks do not work on this file system",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}


def upsert(table: Table) -> Insert:
    """An insert that may say what becomes of a row that is there already."""
    return insert(table)


def as_text(statement: Insert) -> str:
    """For rows that go to the driver as they are: tuples in the order of the table's columns."""
    return str(statement.compile(dialect=dialect()))


def has_within(column: ColumnElement[Any] | InstrumentedAttribute[Any], part: str) -> ColumnElement[bool]:
    """Whether `part` is in the text, ASCII letters in either case: LIKE minds no case of theirs by itself."""
    return column.contains(part, autoescape=True)


class DatabaseUnavailable(Unavailable):
    """The database does not answer now; what was asked may be asked again later."""

    code, title = "database_unavailable", "The database does not answer"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The database does not answer: {reason}.")
        self.reason = reason


class DatabaseUnusable(Unavailable):
    """The daemon cannot start on this database; the text says why and what to do."""

    code, title = "database_unusable", "The database cannot be used"


class DatabaseDamaged(DatabaseUnusable):
    """What lies at the place of the file cannot be read as a database."""


def why_unavailable(error: BaseException) -> str | None:
    """Words for a failure of the file, its lock or its disk; None where the statement itself was at fault."""
    return _REASONS.get(_code(error))


def is_locked(error: BaseException) -> bool:
    """Whether another program's lock is in the way, which time may cure."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: BaseException) -> int:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code: int | None = getattr(cause, "sqlite_errorcode", None)
    return 0 if code is None else code & 0xFF


def usual_file(data_dir: Path) -> Path:
    """Where the database lies unless `DATABASE_URL` says otherwise."""
    return (data_dir / "control-center.db").absolute()


def database_file(url: str, data_dir: Path) -> Path:
    """The file that `DATABASE_URL` names; a relative one lies in the data folder."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnusable(
            f"DATABASE_URL {url!r} is not a database address; write sqlite+aiosqlite:///path/to/control-center.db"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseUnusable(
            f"DATABASE_URL names {parsed.get_backend_name()}, and this version keeps its data in SQLite only; "
            "write sqlite+aiosqlite:///path/to/control-center.db, or leave DATABASE_URL empty"
        )
    if not parsed.database or parsed.database == ":memory:" or parsed.query:
        raise DatabaseUnusable(
            f"DATABASE_URL {url!r} names no plain file; write sqlite+aiosqlite:///path/to/control-center.db"
        )
    return (data_dir / parsed.database).absolute()


def open_writer(path: Path) -> AsyncEngine:
    engine = create_async_engine(_url(path, "sqlite+aiosqlite"), pool_size=1, max_overflow=0, **_ENGINE)
    _set_up(
        engine.sync_engine,
        f"PRAGMA busy_timeout={LOCK_SLICE_MS}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=NORMAL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA wal_autocheckpoint=0",
        "PRAGMA journal_size_limit=0",  # the log is cut when it begins anew, so that its size says what it holds
    )

    @event.listens_for(engine.sync_engine, "begin")
    def begins(connection: Connection) -> None:
        # straight to the driver: one trip to its thread where a cursor of our own would take three
        adapted = connection.connection.dbapi_connection
        assert adapted is not None
        adapted.run_async(lambda driver: driver.execute("BEGIN IMMEDIATE"))

    return engine


def open_readers(path: Path) -> AsyncEngine:
    """Each statement sees the newest commit: nothing holds an old view of the file open between two of them, so that
    there is nothing to roll back either, which would be one more trip to the driver's thread."""
    engine = create_async_engine(
        _url(path, "sqlite+aiosqlite"), pool_size=READERS, max_overflow=0, pool_use_lifo=True,
        skip_autocommit_rollback=True, **_ENGINE,
    )  # fmt: skip
    _set_up(engine.sync_engine, f"PRAGMA busy_timeout={READ_PATIENCE_MS}", "PRAGMA query_only=ON")
    return engine


def open_for_migration(path: Path) -> Engine:
    """A blocking engine without foreign keys: rebuilding a table would otherwise take its children's rows along."""
    engine = create_engine(_url(path, "sqlite"), poolclass=NullPool)
    _set_up(engine, f"PRAGMA busy_timeout={READ_PATIENCE_MS}", "PRAGMA foreign_keys=OFF", "PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begins(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def check_references(connection: Connection) -> None:
    """Raises `DatabaseUnusable` when a row refers to one that is not there."""
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        tables = ", ".join(sorted({str(row[0]) for row in orphans}))
        raise DatabaseUnusable(f"{len(orphans)} rows of {tables} would refer to rows that are not there")


def read_revision(path: Path) -> str | None:
    """The revision that the file says it has; None for a new or empty one. Blocking.

    Raises `DatabaseDamaged` for a file that cannot be read, `DatabaseUnusable` for one that is someone else's.
    """
    if not path.exists():
        with _refusing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        return None
    with _refusing(path), _plain(path) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" in tables:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return None if row is None else str(row[0])
    if tables:
        raise DatabaseUnusable(
            f"{path} is a database of another program (it holds {', '.join(sorted(tables)[:5])}). "
            "Nothing was changed; set DATABASE_URL to a file of its own"
        )
    return None


def check_readable(path: Path, tables: Iterable[str]) -> None:
    """Reads a little of each table, as a start does. Blocking; raises `DatabaseDamaged` where that is not possible."""
    with _refusing(path), _plain(path) as connection:
        for table in tables:
            connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid DESC LIMIT 100').fetchall()  # noqa: S608 - ours


def set_aside(path: Path, label: str) -> Path:
    """Moves the file away under another name, with what belongs to it; the newest few stay. Blocking."""
    kept = path.with_name(f"{path.stem}.{label}{path.suffix}")
    with _refusing(path):
        path.rename(kept)
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).rename(kept.with_name(kept.name + ending))
    for old in sorted(path.parent.glob(f"{path.stem}.{label.partition('-')[0]}-*{path.suffix}"))[:-COPIES]:
        for ending in ("", "-wal", "-shm"):
            old.with_name(old.name + ending).unlink(missing_ok=True)
    return kept


def copy_aside(path: Path, label: str) -> Path:
    """A whole and consistent copy beside the database, made while others may use it; the newest few stay. Blocking."""
    copy = path.with_name(f"{path.stem}.{label}.bak")
    partial = copy.with_suffix(".partial")
    try:
        with _refusing(path), _plain(path) as source, closing(sqlite3.connect(partial)) as target:
            damage = source.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise sqlite3.DatabaseError(damage)
            source.backup(target)
        partial.replace(copy)
    finally:
        partial.unlink(missing_ok=True)
    for old in sorted(copies_of(path), key=lambda kept: kept.stat().st_mtime_ns)[:-COPIES]:
        old.unlink(missing_ok=True)
    return copy


def copies_of(path: Path) -> list[Path]:
    return [
        found for found in path.parent.iterdir() if found.name.startswith(f"{path.stem}.") and found.suffix == ".bak"
    ]


def wal_size(path: Path) -> int:
    """Bytes of the write-ahead log."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except OSError:
        return 0


def checkpoint(path: Path) -> None:
    """Move what is committed from the write-ahead log into the file, as far as readers allow. Blocking; never in the
    way of a writer or a reader."""
    with suppress(sqlite3.Error), _plain(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


@contextmanager
def _plain(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=READ_PATIENCE_MS / 1000, isolation_level=None)) as connection:
        yield connection


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turns failures to open or read into words about `path`."""
    try:
        yield
    except sqlite3.Error as error:
        reason = why_unavailable(error) or str(error)
        if isinstance(error, sqlite3.OperationalError):
            raise DatabaseUnusable(f"{path}: {reason} ({error}). Put that right and start again") from error
        copies = ", ".join(copy.name for copy in copies_of(path))
        raise DatabaseDamaged(
            f"{path} is damaged or no database ({error}). Nothing was changed. Put a copy in its place"
            f"{f' (beside it: {copies})' if copies else ''}, or move it away to begin with an empty one"
        ) from error
    except OSError as error:
        raise DatabaseUnusable(f"{path}: {error.strerror or error}. Choose another DATA_DIR or DATABASE_URL") from error


def _url(path: Path, driver: str) -> Any:
    return make_url(f"{driver}://").set(database=str(path))


def _set_up(engine: Engine, *pragmas: str) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
            cursor.fetchall()
        cursor.close()
