"""What becomes of files in the index: taken in, changed, gone. Each change is whole, text and search table together."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from backend.services.knowledge.indexing.facts import Facts
from backend.services.knowledge.indexing.walking import Seen

_FILE_COLUMNS = (
    *("key", "root_id", "path", "name", "kind", "size", "modified_ns", "created_ns", "hash"),
    *("title", "agent", "sub_agent", "category", "creator", "date", "confidence", "fault"),
)
_ADD = f"INSERT INTO knowledge_files ({', '.join(_FILE_COLUMNS)}) VALUES ({', '.join('?' * len(_FILE_COLUMNS))})"
_CHANGE = f"UPDATE knowledge_files SET {', '.join(f'{name}=?' for name in _FILE_COLUMNS)} WHERE id=?"


@dataclass(frozen=True, slots=True)
class Known:
    """A file as the index has it."""

    id: int
    size: int
    modified_ns: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Home:
    """A root, and its number in the index."""

    root: str
    id: int


@dataclass(frozen=True, slots=True)
class Read:
    """What was in a file; `digest` is empty for one that could not be read."""

    digest: bytes
    facts: Facts
    text: str


def key_of(root: str, path: str) -> str:
    """The same for the same file as long as it lies there, and tells nobody where that is."""
    return hashlib.blake2b(f"{root}\x00{path}".encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()


class Writing:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction; what is raised in it undoes it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk or a damaged file has ended it by itself
                self._connection.execute("ROLLBACK")
            raise

    def homes(self, wanted: Iterable[str]) -> list[Home]:
        """The roots; those that are not wanted any more go, with their files."""
        paths = list(wanted)
        with self.together():
            known = {path: id_ for id_, path in self._connection.execute("SELECT id, path FROM roots")}
            for path in known.keys() - set(paths):
                self.remove(
                    [row[0] for row in self._connection.execute(
                        "SELECT id FROM knowledge_files WHERE root_id=?", (known[path],)
                    )]
                )  # fmt: skip
                self._connection.execute("DELETE FROM roots WHERE id=?", (known[path],))
            for path in paths:
                if path not in known:
                    known[path] = int(
                        self._connection.execute(
                            "INSERT INTO roots (path) VALUES (?) RETURNING id", (path,)
                        ).fetchone()[0]
                    )
        return [Home(path, known[path]) for path in paths]

    def known(self, home: Home, below: str = "") -> dict[str, Known]:
        """All files of a root, or those at or under a path of it."""
        query = "SELECT path, id, size, modified_ns, hash FROM knowledge_files WHERE root_id=?"
        under = (home.id, below, f"{below}/", f"{below}0")  # "0" is what comes after "/"
        rows = (
            self._connection.execute(f"{query} AND (path=? OR (path>=? AND path<?))", under)
            if below
            else self._connection.execute(query, (home.id,))
        )
        return {path: Known(*rest) for path, *rest in rows}

    def put(self, home: Home, seen: Seen, known: Known | None, read: Read) -> None:
        """A file that is new, or other than it was."""
        name = seen.path.rpartition("/")[2]
        facts, title = read.facts, read.facts.title or name
        row = (
            key_of(home.root, seen.path), home.id, seen.path, name, seen.kind, seen.size, seen.modified_ns,
            seen.created_ns, read.digest, title, facts.agent, facts.sub_agent, facts.category, facts.creator,
            facts.date, facts.confidence, facts.fault,
        )  # fmt: skip
        if known is None:
            id_ = int(self._connection.execute(_ADD, row).lastrowid or 0)
        else:
            id_ = known.id
            self._forget_text(id_)
            self._connection.execute(_CHANGE, (*row, id_))
        words = (id_, title, seen.path, read.text)
        self._connection.execute("INSERT INTO knowledge_texts (id, title, path, body) VALUES (?, ?, ?, ?)", words)
        into = "INSERT INTO knowledge_search (rowid, title, path, body)"
        self._connection.execute(f"{into} VALUES (?, ?, ?, ?)", words)

    def touch(self, known: Known, seen: Seen) -> None:
        """Written anew with what was in it before."""
        self._connection.execute(
            "UPDATE knowledge_files SET modified_ns=?, size=? WHERE id=?", (seen.modified_ns, seen.size, known.id)
        )

    def remove(self, ids: Iterable[int]) -> None:
        for id_ in ids:
            self._forget_text(id_)
            self._connection.execute("DELETE FROM knowledge_files WHERE id=?", (id_,))

    def scanned(self) -> None:
        """All roots have been looked through."""
        self._connection.execute(
            "INSERT INTO scans (id, at_ns) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at_ns=excluded.at_ns",
            (time.time_ns(),),
        )

    def _forget_text(self, id_: int) -> None:
        """An external-content table must be told the very text that goes."""
        self._connection.execute(
            "INSERT INTO knowledge_search (knowledge_search, rowid, title, path, body) "
            "SELECT 'delete', id, title, path, body FROM knowledge_texts WHERE id=?",
            (id_,),
        )
        self._connection.execute("DELETE FROM knowledge_texts WHERE id=?", (id_,))
