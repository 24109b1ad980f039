"""A file of the knowledge base as it is shown, and from which row of the index that comes."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

from backend.services.knowledge.indexing.writing import key_of
from backend.services.knowledge.snippets import Snippet

COLUMNS = (
    "f.key, r.path AS root, f.path, f.name, f.kind, f.size, f.modified_ns, f.created_ns, f.title, f.agent, "
    "f.sub_agent, f.category, f.creator, f.date, f.confidence, f.fault, f.hash"
)
FROM = "FROM knowledge_files f JOIN roots r ON r.id = f.root_id"
_SHARE = re.compile(r"(\d{1,3})(?:\.\d+)?\s*%")
_LINK = re.compile(r"\]\([^)\s]+|https?://\S")
_CODE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_SECTION = re.compile(r"^## ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class File:
    """`id` is the same as long as the file lies where it does. `path` is whole, `place` from its root with slashes.
    `confidence` runs from 0 to 1; `fault` says why it could not be read, or what is wrong with it. Of two with one
    `hash` the bytes are the same."""

    id: str
    path: str
    root: str
    place: str
    name: str
    kind: str
    size: int
    modified: datetime
    created: datetime
    title: str
    agent: str | None
    sub_agent: str | None
    category: str | None
    creator: str | None
    date: str | None
    confidence: float | None
    fault: str | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class Insights:
    """What a text has in it. `confidence` is in percent, the last that is told."""

    title: str
    sections: int
    word_count: int
    confidence: int | None
    has_code: bool
    has_links: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` grows with how well it fits; `match_count` is how often the words stand in the text, or of long texts
    how many were counted before a second was over."""

    file: File
    score: float
    match_count: int
    snippets: tuple[Snippet, ...]


def file_of(row: sqlite3.Row) -> File:
    return File(
        id=row["key"],
        path=str(Path(row["root"]) / row["path"]),
        root=row["root"],
        place=row["path"],
        name=row["name"],
        kind=row["kind"],
        size=row["size"],
        modified=_time(row["modified_ns"]),
        created=_time(row["created_ns"]),
        title=row["title"],
        agent=row["agent"],
        sub_agent=row["sub_agent"],
        category=row["category"],
        creator=row["creator"],
        date=row["date"],
        confidence=row["confidence"],
        fault=row["fault"],
        hash=row["hash"],
    )


def key_of_path(told: str, roots: Iterable[str]) -> str | None:
    """The id of the file whose whole path is told in base64, of either alphabet; None where that is no path in a root.
    No file is looked at, and only what is in the index can be found by it."""
    try:
        text = base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_" if set(told) & set("-_") else None)
        path = PurePath(text.decode())
        return next(
            (key_of(root, path.relative_to(root).as_posix()) for root in roots if path.is_relative_to(root)), None
        )
    except ValueError:
        return None


def insights_of(file: File, text: str) -> Insights:
    percent = None if file.confidence is None else round(file.confidence * 100)
    if percent is None and "onfidence" in text:
        told = [found for line in text.splitlines() if "onfidence" in line for found in _SHARE.findall(line)]
        percent = int(told[-1]) if told and int(told[-1]) <= 100 else None
    return Insights(
        title=file.title,
        sections=len(_SECTION.findall(text)),
        word_count=len(text.split()),
        confidence=percent,
        has_code=file.kind in ("code", "notebook") or bool(_CODE.search(text)),
        has_links=bool(_LINK.search(text)),
    )


def _time(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
