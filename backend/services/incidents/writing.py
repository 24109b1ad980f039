"""Writes a bundle, or only counts what it would be: each part goes through the redaction, and the whole is bounded."""

from __future__ import annotations

import errno
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from backend.core.errors import CenterError
from backend.core.secrets import Secrets
from backend.services.incidents.material import LeftOut, Material, Part, Text
from backend.services.incidents.redaction import Redaction

MOST = 100_000_000  # bytes of all files together, before they are compressed
README = "README.txt"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NoRoom(CenterError):
    status, code, title = 507, "no_room_for_bundle", "There is no room for the bundle"


@dataclass(frozen=True, slots=True)
class Replaced:
    """How often a rule struck something out of one file."""

    rule: str
    count: int
    where: str


@dataclass
class Contents:
    """What a bundle holds: names and bytes of its files."""

    start: datetime
    end: datetime
    files: list[tuple[str, int]] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.files)


class _Counting:
    """A bundle that is written nowhere."""

    def add(self, name: str, pieces: Iterator[bytes]) -> int:
        return sum(len(piece) for piece in pieces)


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, at: datetime) -> None:
        self._archive = archive
        self._at = at

    def add(self, name: str, pieces: Iterator[bytes]) -> int:
        entry = zipfile.ZipInfo(name, self._at.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        size = 0
        with self._archive.open(entry, "w") as file:
            for piece in pieces:
                size += file.write(piece)
        return size


def preview(material: Material, secrets: Secrets) -> Contents:
    """What `write` would make. Blocking."""
    return _fill(_Counting(), material, secrets)


def write(material: Material, secrets: Secrets, folder: Path) -> tuple[IO[bytes], int]:
    """The bundle as a file without a name, which is gone when it is closed or the daemon dies, and its size; at its
    beginning. Blocking. Raises `NoRoom`."""
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # whoever sends it closes it
    try:
        with zipfile.ZipFile(file, "w") as archive:
            _fill(_Zip(archive, material.end), material, secrets)
        size = file.tell()
        file.seek(0)
    except BaseException as error:
        with suppress(OSError):  # what is not on the drive yet is tried once more
            file.close()
        if isinstance(error, OSError) and error.errno in _FULL:
            raise NoRoom(
                "The drive of the data folder is full. Make room, or ask for fewer hours or services."
            ) from error
        raise
    return file, size


def _fill(sink: _Counting | _Zip, material: Material, secrets: Secrets) -> Contents:
    redaction = Redaction(secrets)
    for part in material.parts:
        if isinstance(part, Text) and part.wrote:
            redaction.learn(part.text)
    contents = Contents(material.start, material.end, left_out=list(material.left_out))
    for part in material.parts:
        if contents.bytes >= MOST:
            contents.left_out.append(LeftOut(part.name, "the bundle is full"))
            continue
        if (pieces := _begun(part, redaction, contents)) is not None:
            contents.files.append((part.name, sink.add(part.name, _bounded(pieces, MOST - contents.bytes))))
    contents.replaced = [Replaced(rule, count, where) for (rule, where), count in sorted(redaction.replaced.items())]
    contents.files.append((README, sink.add(README, iter((_readme(contents).encode(),)))))
    return contents


def _begun(part: Part, redaction: Redaction, contents: Contents) -> Iterator[bytes] | None:
    """The clean pieces of a part; None where there are none, and said why where it cannot be read."""
    pieces = (piece.encode("utf-8", "replace") for piece in redaction.pieces(part.texts(), part.name))
    try:
        first = next(pieces, None)
    except OSError as error:
        contents.left_out.append(LeftOut(part.name, f"it cannot be read: {error.strerror}"))
        return None
    return None if first is None else _after(first, pieces)


def _after(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _bounded(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return


def _readme(contents: Contents) -> str:
    lines = [
        f"What Control Center knows of the time from {contents.start:%Y-%m-%d %H:%M:%S} to"
        f" {contents.end:%Y-%m-%d %H:%M:%S} UTC.",
        "",
        "Secrets that are known were struck out by their value, others by their shape. What has neither may",
        "still be there: read through these files before you give them to anybody.",
        "",
        "Struck out:",
        *(f"  {one.count:6} x {one.rule}, in {one.where}" for one in contents.replaced),
    ]
    if not contents.replaced:
        lines.append("  nothing")
    if contents.left_out:
        lines += ["", "Left out:", *(f"  {one.name}: {one.why}" for one in contents.left_out)]
    return "\n".join([*lines, ""])
