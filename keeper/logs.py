"""Writes the output of one tree: exact size caps, rotation without a lost byte, an index that gives lines their times.

Offsets are absolute and only grow. The live file keeps the name that the person gave; a sealed segment beside it is
named by the absolute offset of its first byte, so the folder alone tells where the live file begins:

    comfyui.log                         live
    comfyui.00000000000010000000.log    sealed, holds the bytes from 10,000,000 on
    comfyui.index                       pairs (absolute offset, epoch ms), at most one a second, 16 bytes each

The keeper is the only writer. Reading passes through nobody (`backend/services/processes/logs.py`).
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import sys
import time
from pathlib import Path

INDEX_ENTRY = struct.Struct("<QQ")
_INDEX_LIMIT = 65_536 * INDEX_ENTRY.size


def sealed_segments(live: Path) -> list[tuple[int, Path]]:
    """Absolute start and path of each sealed segment of a log, oldest first."""
    pattern = re.compile(re.escape(live.stem) + r"\.(\d{20})\.log")
    found = []
    try:
        names = os.listdir(live.parent)
    except OSError:
        return []
    for name in names:
        if match := pattern.fullmatch(name):
            found.append((int(match[1]), live.parent / name))
    return sorted(found)


def index_path(live: Path) -> Path:
    return live.with_name(f"{live.stem}.index")


def _part_path(live: Path) -> Path:
    """A copy of a full live file that has not got its name yet."""
    return live.with_name(f"{live.stem}.part")


def _give_name(part: Path, sealed: Path) -> None:
    """A scanner may hold a file that was just written for a moment."""
    for _ in range(50):
        try:
            os.rename(part, sealed)
            return
        except OSError:
            time.sleep(0.02)
    shutil.copyfile(part, sealed)


class LogWriter:
    """Owned by the one thread that moves the tree's output. `fd` may be written to directly (splice) as long as
    `room()` is respected and `advanced()` is told."""

    def __init__(self, live: Path, max_size: int, keep: int) -> None:
        self.live = live
        self.lost = 0  # bytes that the disk did not take
        self._max_size = max(1, max_size)
        self._keep = max(1, keep)
        self._noted = 0.0
        self._open()

    @property
    def end(self) -> int:
        """The absolute offset behind the last byte."""
        return self._base + self._size

    def room(self) -> int:
        """How many bytes the live segment still takes; seals it first when it is full."""
        if self._size >= self._cap:
            self._seal()
        return self._cap - self._size

    def write(self, data: bytes | memoryview) -> None:
        """Writes all of it, across segments where needed; what the disk refuses is counted in `lost`."""
        view = memoryview(data)
        while view:
            try:
                room = self.room()  # first: it may begin a new file
                written = os.write(self.fd, view[:room])
            except OSError:
                self.lost += len(view)
                return
            self.advanced(written)
            view = view[written:]

    def advanced(self, count: int) -> None:
        """`count` bytes were appended to `fd`."""
        self._size += count
        now = time.time()
        if now - self._noted >= 1.0 or now < self._noted:
            self._note(self.end - count, now)
            self._look_after_folder()

    def close(self) -> None:
        os.close(self.fd)

    def _open(self) -> None:
        self.live.parent.mkdir(parents=True, exist_ok=True)
        self.fd = _open_for_writing(self.live)
        self._size = os.fstat(self.fd).st_size
        self._cap = self._max_size
        os.lseek(self.fd, 0, os.SEEK_END)
        sealed = self._whole_segments()
        self._base = sealed[-1][0] + sealed[-1][1].stat().st_size if sealed else 0
        if self.end == 0:
            index_path(self.live).unlink(missing_ok=True)  # of a log that was deleted: offsets begin anew

    def _seal(self) -> None:
        """Ends the live segment and begins the next. Refused, the segment grows on rather than lose a byte."""
        sealed = self.live.with_name(f"{self.live.stem}.{self._base:020d}.log")
        full = self.fd
        try:
            os.rename(self.live, sealed)
        except FileNotFoundError:
            pass  # the folder was emptied under us
        except OSError:  # Windows, while somebody has it open
            self._seal_by_copy(sealed)
            return
        self._open()
        os.close(full)
        self._prune()

    def _seal_by_copy(self, sealed: Path) -> None:
        """Nobody else writes, so a copy is whole. It gets its name after the live file was emptied: a reader then sees
        for a moment an end that lies further back, and never the same bytes twice."""
        part = _part_path(self.live)
        try:
            shutil.copyfile(self.live, part)
            os.ftruncate(self.fd, 0)
            os.lseek(self.fd, 0, os.SEEK_SET)
            _give_name(part, sealed)
        except OSError:
            self._size = os.fstat(self.fd).st_size
            self._cap = self._size + max(1, self._max_size // 16)  # then it is tried again
            return
        self._base += self._size
        self._size = 0
        self._cap = self._max_size
        self._prune()

    def _whole_segments(self) -> list[tuple[int, Path]]:
        """The sealed ones, after what an interrupted sealing by copy left was put right: an emptied live file says
        that the copy was whole."""
        sealed = sealed_segments(self.live)
        part = _part_path(self.live)
        if part.exists():
            if self._size:
                part.unlink()
            else:
                start = sealed[-1][0] + sealed[-1][1].stat().st_size if sealed else 0
                os.rename(part, self.live.with_name(f"{self.live.stem}.{start:020d}.log"))
                sealed = sealed_segments(self.live)
        return sealed

    def _prune(self) -> None:
        sealed = sealed_segments(self.live)
        for _, path in sealed[: -self._keep]:
            try:
                path.unlink()
            except OSError:
                continue  # someone reads it on Windows; the next rotation tries again
        index = index_path(self.live)
        try:
            if index.stat().st_size > _INDEX_LIMIT:
                self._shorten(index, sealed[-self._keep :][0][0])
        except (OSError, IndexError):
            return

    @staticmethod
    def _shorten(index: Path, oldest: int) -> None:
        """Drops what points before the oldest byte kept, and the older half when that is not enough."""
        data = index.read_bytes()
        kept = b"".join(
            data[at : at + INDEX_ENTRY.size]
            for at in range(0, len(data) - INDEX_ENTRY.size + 1, INDEX_ENTRY.size)
            if INDEX_ENTRY.unpack_from(data, at)[0] >= oldest
        )
        fresh = index.with_suffix(".index.new")
        fresh.write_bytes(kept[-_INDEX_LIMIT // 2 :])
        os.replace(fresh, index)

    def _note(self, offset: int, now: float) -> None:
        self._noted = now
        try:
            with open(index_path(self.live), "ab") as index:
                index.write(INDEX_ENTRY.pack(offset, int(now * 1000)))
        except OSError:
            return  # times are a comfort; the bytes matter

    def _look_after_folder(self) -> None:
        """The log was deleted while in use: begin a new one rather than fill a file that nobody can see."""
        try:
            seen = os.stat(self.live)
            if (seen.st_ino, seen.st_dev) == (os.fstat(self.fd).st_ino, os.fstat(self.fd).st_dev):
                return
        except FileNotFoundError:
            pass
        except OSError:
            return
        try:
            fresh = self.fd
            self._open()
            os.close(fresh)
        except OSError:
            return


def _open_for_writing(path: Path) -> int:
    """Not in append mode: splice refuses such files. The caller moves to the end."""
    if sys.platform == "win32":
        from keeper.windows_files import open_shared

        return open_shared(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
