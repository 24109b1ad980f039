"""The index as it is read: searched, listed, counted. Everything here may take its time and belongs into a thread.

The file is written by another process. Until it has been made there is nothing in it, which is no failure; a damaged
one is told to whoever can have it made anew.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from backend.services.knowledge.errors import IndexUnavailable, SearchTooLong, UnknownFile
from backend.services.knowledge.files import COLUMNS, FROM, File, Hit, file_of
from backend.services.knowledge.indexing import store
from backend.services.knowledge.query import Condition, Query
from backend.services.knowledge.snippets import beginning, matches

PATIENCE = 1.0  # seconds that a search may take
_NOT_KEPT = -1
_ENDS = ("-", ".", "/")  # what may follow the id of a creator in a path
STEPS = 10_000  # of SQLite's machine between two looks at the clock


@dataclass(frozen=True, slots=True)
class Page:
    files: tuple[File, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Hits:
    total: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files of a list: each part that is given must be equal, without regard to case."""

    agent: str | None = None
    category: str | None = None
    creator: str | None = None
    kind: str | None = None
    faulty: bool = False

    def conditions(self) -> tuple[Condition, ...]:
        given: list[Condition] = [
            (f"f.{column} = ?", (value,))
            for column, value in (("category", self.category), ("creator", self.creator), ("kind", self.kind))
            if value is not None
        ]
        if self.agent is not None:
            given.append(("(f.agent = ? OR f.sub_agent = ?)", (self.agent, self.agent)))
        if self.faulty:
            given.append(("f.fault IS NOT NULL", ()))
        return tuple(given)


@dataclass(frozen=True, slots=True)
class Figures:
    """`scanned_at` is when all roots were last looked through."""

    files: int = 0
    size: int = 0
    recent: int = 0
    faulty: int = 0
    by_agent: Mapping[str, int] = field(default_factory=dict)
    by_kind: Mapping[str, int] = field(default_factory=dict)
    by_category: Mapping[str, int] = field(default_factory=dict)
    scanned_at: datetime | None = None


class Index:
    """`damaged` is called when the file cannot be read any more."""

    def __init__(self, path: Path, damaged: Callable[[], None] = lambda: None) -> None:
        self._path, self._damaged = path, damaged
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._life = 0

    def search(self, query: Query, limit: int, offset: int = 0) -> Hits:
        """The best first; where only filters are given the newest. Raises `SearchTooLong` and `IndexUnavailable`."""
        if query.nothing:
            return Hits(0, ())
        until = time.monotonic() + PATIENCE
        with self._reading(bounded=True) as connection:
            total, rows = _ranked(connection, query, limit, offset)
            return Hits(total, tuple(_hit(row, query, lambda: time.monotonic() > until) for row in rows))

    def page(self, wanted: Wanted, limit: int, offset: int = 0) -> Page:
        """The newest first."""
        where, values = _where(wanted.conditions())
        with self._reading() as connection:
            total = connection.execute(f"SELECT count(*) {FROM} WHERE {where}", values).fetchone()[0]
            rows = connection.execute(
                f"SELECT {COLUMNS} {FROM} WHERE {where} ORDER BY f.modified_ns DESC, f.id DESC LIMIT ? OFFSET ?",
                (*values, limit, offset),
            )
            return Page(tuple(map(file_of, rows)), total)

    def file(self, key: str) -> tuple[File, str]:
        """A file and its text. Raises `UnknownFile`."""
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT {COLUMNS}, t.body {FROM} JOIN knowledge_texts t ON t.id = f.id WHERE f.key = ?", (key,)
            ).fetchone()
            if row is not None:
                return file_of(row), row["body"]
        raise UnknownFile("There is no such file now. GET /api/knowledge/files lists those that there are.")

    def named(self, patterns: Sequence[str]) -> tuple[File, ...]:
        """Files whose name is like one of these (`%` is anything), by their paths."""
        forms = " OR ".join("f.name LIKE ? ESCAPE '\\'" for _ in patterns)
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {COLUMNS} {FROM} WHERE {forms} ORDER BY r.path, f.path", patterns)
            return tuple(map(file_of, rows))

    def of_creator(self, creator: str, limit: int) -> Page:
        """Files that are a creator's: by what is in them, or because a name or folder of their path begins with it."""
        named = " OR ".join("instr('/' || lower(f.path), '/' || lower(?) || ?) > 0" for _ in _ENDS)
        where = f"f.creator = ? OR {named}"
        values = (creator, *(value for end in _ENDS for value in (creator, end)))
        with self._reading() as connection:
            total = connection.execute(f"SELECT count(*) {FROM} WHERE {where}", values).fetchone()[0]
            rows = connection.execute(
                f"SELECT {COLUMNS} {FROM} WHERE {where} ORDER BY f.modified_ns DESC, f.id DESC LIMIT ?",
                (*values, limit),
            )
            return Page(tuple(map(file_of, rows)), total)

    def figures(self, recent_since: datetime) -> Figures:
        with self._reading() as connection:
            files, size, recent, faulty = connection.execute(
                "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(modified_ns >= ?), 0), count(fault) "
                "FROM knowledge_files",
                (int(recent_since.timestamp() * 1e9),),
            ).fetchone()
            scanned = connection.execute("SELECT at_ns FROM scans").fetchone()
            return Figures(
                files, size, recent, faulty,
                by_agent=_counted(connection, "agent"),
                by_kind=_counted(connection, "kind"),
                by_category=_counted(connection, "category"),
                scanned_at=None if scanned is None else datetime.fromtimestamp(scanned[0] / 1e9, UTC),
            )  # fmt: skip

    def counts_by_owner(self) -> dict[str, int]:
        """Files by the folder of an agent, and by the id of a lower one, in small letters."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT lower(owner), count(*) FROM (SELECT agent AS owner FROM knowledge_files "
                "UNION ALL SELECT sub_agent FROM knowledge_files) WHERE owner IS NOT NULL GROUP BY 1"
            )
            return dict(rows.fetchall())

    def close(self) -> None:
        """Lets go of the file, which may be replaced then; it is opened again where somebody asks."""
        with self._lock:
            self._life += 1
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _reading(self, *, bounded: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection for one view of the index. Raises `IndexUnavailable`, and `SearchTooLong` where bounded."""
        connection, life = self._taken()
        end = time.monotonic() + PATIENCE
        try:
            if bounded:
                connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
            connection.execute("BEGIN")
            yield connection
        except sqlite3.Error as error:
            connection.close()
            if bounded and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                raise SearchTooLong("Nothing was found within a second; longer words are found sooner.") from None
            raise self._unavailable(error) from error
        except BaseException:
            connection.close()
            raise
        connection.execute("COMMIT")
        connection.set_progress_handler(None, 0)
        with self._lock:
            if life == self._life:
                self._idle.append(connection)
                return
        connection.close()

    def _taken(self) -> tuple[sqlite3.Connection, int]:
        with self._lock:
            if self._idle:
                return self._idle.pop(), self._life
            life = self._life
        try:
            connection = store.open_to_read(self._path)
        except store.NotMade:
            connection, life = store.empty(), _NOT_KEPT
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        connection.row_factory = sqlite3.Row
        return connection, life

    def _unavailable(self, error: sqlite3.Error) -> IndexUnavailable:
        if store.is_damaged(error):
            self._damaged()
            return IndexUnavailable("The index is damaged and is made anew; ask again in a while.")
        return IndexUnavailable(f"The index cannot be read now: {error}.")


def _ranked(connection: sqlite3.Connection, query: Query, limit: int, offset: int) -> tuple[int, Sequence[sqlite3.Row]]:
    """How many files there are, and the rows of a page of them, each with its score."""
    where, values = _where(query.conditions)
    expression = query.expression()
    if expression is None:
        source, order, score = "knowledge_files f", "f.modified_ns DESC, f.id DESC", "0.0"
    else:
        join = " JOIN knowledge_files f ON f.id = knowledge_search.rowid" if query.conditions else ""
        source, order, score = f"knowledge_search{join}", "rank", "-rank"
        where, values = f"knowledge_search MATCH ? AND {where}", (expression, *values)
    matching = f"FROM {source} WHERE {where}"
    total = connection.execute(f"SELECT count(*) {matching}", values).fetchone()[0]
    id_ = "f.id" if expression is None else "knowledge_search.rowid"
    best = f"SELECT {id_} AS id, {score} AS score {matching} ORDER BY {order} LIMIT ? OFFSET ?"
    shown = (  # the clauses are ours, what was typed is in the values
        f"SELECT {COLUMNS}, best.score, t.body FROM ({best}) best JOIN knowledge_files f ON f.id = best.id "
        "JOIN roots r ON r.id = f.root_id JOIN knowledge_texts t ON t.id = f.id "
        "ORDER BY best.score DESC, f.modified_ns DESC, f.id DESC"
    )
    return total, connection.execute(shown, (*values, limit, offset)).fetchall()


def _hit(row: sqlite3.Row, query: Query, is_late: Callable[[], bool]) -> Hit:
    found = matches(row["body"], query.terms, is_late)
    return Hit(file_of(row), row["score"], found.count, found.snippets or (beginning(row["body"]),))


def _where(conditions: Sequence[Condition]) -> tuple[str, tuple[str | float, ...]]:
    """A clause and its values."""
    clause = " AND ".join(form for form, _ in conditions) or "1"
    return clause, tuple(value for _, given in conditions for value in given)


def _counted(connection: sqlite3.Connection, column: str) -> dict[str, int]:
    found = f"SELECT {column}, count(*) FROM knowledge_files WHERE {column} IS NOT NULL"
    return dict(connection.execute(f"{found} GROUP BY {column} ORDER BY 2 DESC, 1").fetchall())
