"""Bringing the index to what is on disk: what is new or other is read, what is gone goes, the rest costs a look.

A file whose size and time are those of the index is not read; one with another time and the same bytes is not indexed
again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from backend.services.knowledge.indexing.facts import Facts, facts_of
from backend.services.knowledge.indexing.patterns import Patterns
from backend.services.knowledge.indexing.reading import RISKY, Unreadable, text_of
from backend.services.knowledge.indexing.walking import Seen, Unread, is_inside, look_at, walk, whole
from backend.services.knowledge.indexing.writing import Home, Known, Read, Writing

COMMIT_SECONDS = 0.5
TELL_SECONDS = 0.2
TOLD_UNREAD = 100

Tell = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be indexed, as the configuration says. `skip` names files, by their whole paths, that have ended this
    process before, and why."""

    roots: tuple[str, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_size: int = 20_000_000
    skip: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """What a scan has found. `unread` are folders and files that could not be looked at, with their reasons."""

    files: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    faulty: int = 0
    unread: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as the index has it; `known` is None where it has none."""

    home: Home
    seen: Seen
    known: Known | None


class Scan:
    """One scan. `tell` gets a message before each file that foreign code reads, and now and then how far it is."""

    def __init__(self, writing: Writing, order: Order, tell: Tell) -> None:
        self._writing, self._order, self._tell = writing, order, tell
        self._patterns = Patterns(order.include, order.exclude)
        self._counts = Counts()
        self._inside: dict[tuple[str, str], bool] = {}
        self._told_at = 0.0

    def everything(self) -> Counts:
        """All roots."""
        work: list[Difference] = []
        for home in self._homes():
            work += self._differences(home, "")
        self._take_in(work)
        with self._writing.together():
            self._writing.scanned()
        return self._counts

    def paths(self, changed: Iterable[str]) -> Counts:
        """What of these whole paths is under a root; a folder with all in it."""
        work: dict[tuple[int, str], Difference] = {}
        homes = self._homes()
        for one in sorted(set(changed)):
            for home in homes:
                with suppress(ValueError):
                    below = Path(one).relative_to(home.root).as_posix()
                    for found in self._differences(home, "" if below == "." else below):
                        work[home.id, found.seen.path] = found  # a file may be told with its folder
        self._take_in(list(work.values()))
        return self._counts

    def _homes(self) -> list[Home]:
        return self._writing.homes(self._order.roots)

    def _differences(self, home: Home, below: str) -> Iterator[Difference]:
        """What is to be read under a path. What is gone is removed at the end; what was known in a folder that cannot
        be looked into may be there still."""
        known = self._writing.known(home, below)
        hidden: list[str] = []
        for found in self._found(home.root, below):
            if isinstance(found, Unread):
                hidden.append(found.path)
                self._unread(home.root, found)
                continue
            self._counts.files += 1
            before = known.pop(found.path, None)
            told = found.path == below  # of which somebody says that it has changed, whatever its time
            if told or before is None or (before.size, before.modified_ns) != (found.size, found.modified_ns):
                yield Difference(home, found, before)
        gone = [one.id for path, one in known.items() if not any(_is_in(path, folder) for folder in hidden)]
        if gone:
            self._counts.removed += len(gone)
            with self._writing.together():
                self._writing.remove(gone)

    def _found(self, root: str, below: str) -> Iterable[Seen | Unread]:
        if not below:
            return walk(root, self._patterns)
        if self._patterns.leaves_out.above(below):
            return ()
        if os.path.isdir(whole(root, below)):
            return walk(root, self._patterns, below) if is_inside(root, below) else ()
        one = look_at(root, below, self._patterns)
        return () if one is None else (one,)

    def _unread(self, root: str, found: Unread) -> None:
        if len(self._counts.unread) < TOLD_UNREAD:
            self._counts.unread.append(f"{whole(root, found.path) if found.path else root}: {found.reason}")

    def _take_in(self, work: list[Difference]) -> None:
        done = 0
        while done < len(work):
            end = time.monotonic() + COMMIT_SECONDS
            with self._writing.together():
                while done < len(work) and time.monotonic() < end:
                    self._take(work[done])
                    done += 1
                    self._tell_progress(done, len(work))

    def _take(self, work: Difference) -> None:
        seen, known = work.seen, work.known
        try:
            data = self._bytes(work.home.root, seen)
            digest = hashlib.blake2b(data, digest_size=16).digest()
            if known is not None and known.hash == digest:
                self._writing.touch(known, seen)
                return
            read = self._read(work, data, digest)
        except FileNotFoundError:
            return  # gone since it was seen; whoever watches says so
        except (Unreadable, OSError) as error:
            reason = str(error) if isinstance(error, Unreadable) else error.strerror or str(error)
            read = Read(b"", Facts(fault=reason), "")
        self._writing.put(work.home, seen, known, read)
        self._counts.added += known is None
        self._counts.changed += known is not None
        self._counts.faulty += read.facts.fault is not None

    def _read(self, work: Difference, data: bytes, digest: bytes) -> Read:
        """Raises `Unreadable`."""
        seen = work.seen
        if seen.kind in RISKY:
            self._tell({"reading": whole(work.home.root, seen.path)})
        text = text_of(data, seen.kind)
        return Read(digest, facts_of(seen.path, seen.kind, text), text)

    def _bytes(self, root: str, seen: Seen) -> bytes:
        """Raises `Unreadable` and `OSError`."""
        place = whole(root, seen.path)
        if reason := self._order.skip.get(place):
            raise Unreadable(reason)
        if seen.size > self._order.max_size:
            raise Unreadable(
                f"it is larger than {self._order.max_size / 1e6:g} MB; `max_size` says how large they may be"
            )
        folder = seen.path.rpartition("/")[0]
        if (root, folder) not in self._inside:
            self._inside[root, folder] = not folder or is_inside(root, folder)
        if not self._inside[root, folder]:
            raise FileNotFoundError(errno.ENOENT, "it is elsewhere")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(place, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise FileNotFoundError(errno.ENOENT, "it is no file any more")
            return file.read(min(found.st_size, self._order.max_size) + 1)

    def _tell_progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told_at >= TELL_SECONDS or done == total:
            self._told_at = now
            self._tell({"done": done, "total": total})


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")
