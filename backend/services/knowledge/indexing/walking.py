"""Which files there are under a root now. Links are not followed, so nothing outside of the root is ever reached.

What may not be read is passed over and told; it does not keep the rest from being found.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from backend.services.knowledge.indexing.kinds import Kind
from backend.services.knowledge.indexing.patterns import Patterns

_NAME_SURROGATE = 0x20000000  # the bit of a reparse tag that says: this is another name for something elsewhere


@dataclass(frozen=True, slots=True)
class Seen:
    """A file, by its path from the root with slashes. Times are nanoseconds since 1970."""

    path: str
    kind: Kind
    size: int
    modified_ns: int
    created_ns: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A folder that cannot be looked into, or a file that cannot be named, and why."""

    path: str
    reason: str


def walk(root: str, patterns: Patterns, below: str = "") -> Iterator[Seen | Unread]:
    """All files that are taken under `root`, or under its folder `below`."""
    waiting = [below]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(whole(root, folder)) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    found = _look(entry, path, patterns)
                    if found and not _is_text(entry.name):
                        yield Unread(ascii(path)[1:-1], "its name is not text")
                    elif isinstance(found, Seen):
                        yield found
                    elif found:
                        waiting.append(path)
        except OSError as error:
            if not folder or not isinstance(error, (FileNotFoundError, NotADirectoryError)):
                yield Unread(folder, error.strerror or str(error))  # else it is gone since it was seen


def look_at(root: str, path: str, patterns: Patterns) -> Seen | None:
    """One file, where it is there, taken, and reached without a link."""
    kind = patterns.kind(path)
    if kind is None or patterns.leaves_out.above(path) or not is_inside(root, path):
        return None
    try:
        return _seen(path, kind, os.lstat(whole(root, path)))
    except OSError:
        return None


def whole(root: str, path: str) -> str:
    """As the system has it: below a root that begins with `\\\\?\\` Windows takes no slashes."""
    return os.path.join(root, path.replace("/", os.sep))


def is_inside(root: str, path: str) -> bool:
    """Whether the path, with every link on its way followed, stays in the root."""
    try:
        real = os.path.realpath(whole(root, path), strict=True)
    except OSError:
        return False
    home = os.path.realpath(root)
    return os.path.normcase(real).startswith(os.path.normcase(os.path.join(home, "")))


def _look(entry: os.DirEntry[str], path: str, patterns: Patterns) -> Seen | bool:
    """A file, or whether this is a folder to look into."""
    try:
        if entry.is_dir(follow_symlinks=False):
            return not patterns.leaves_out(path) and not is_elsewhere(entry.stat(follow_symlinks=False))
        kind = patterns.kind(path)
        return False if kind is None else _seen(path, kind, entry.stat(follow_symlinks=False)) or False
    except OSError:
        return False  # gone between the two looks


def _is_text(name: str) -> bool:
    """Linux takes any bytes for a name."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def is_elsewhere(found: os.stat_result) -> bool:
    """A symbolic link, or on Windows also a junction; a file that a cloud keeps until it is read is neither."""
    return stat.S_ISLNK(found.st_mode) or bool(getattr(found, "st_reparse_tag", 0) & _NAME_SURROGATE)


def _seen(path: str, kind: Kind, found: os.stat_result) -> Seen | None:
    if not stat.S_ISREG(found.st_mode) or is_elsewhere(found):
        return None
    born = getattr(found, "st_birthtime_ns", 0) or min(found.st_ctime_ns, found.st_mtime_ns)
    return Seen(path, kind, found.st_size, found.st_mtime_ns, born)
