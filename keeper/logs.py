"""Writes the output of one tree: exact size caps, rotation without a lost byte, and no harm from people's hands.

Offsets are absolute and only grow. The live file keeps the name that the person gave; `log_files.py` tells how the
sealed segments beside it are named, so that the folder alone says where the live file begins. The files together never
take more than `max_size` times `keep` + 1, compression included.

The keeper is the only writer. Reading passes through nobody (`backend/services/processes/logs.py`). What a person does
to the files meanwhile (deletes, moves, empties, appends) is noticed before the next bytes are written.
"""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from keeper.compressing import Compressor
from keeper.log_age import Age
from keeper.log_ends import LogEnds
from keeper.log_files import Index, coming_path, copied_path, give_name, open_for_writing, sealed_path
from keeper.log_place import Place
from keeper.log_sealed import SealedPart

Tell = Callable[[str, dict[str, Any]], object]


class LogWriter:
    """Owned by the one thread that moves the tree's output; only `tend` may be called by another, beside `write`.

    `fd` may be written to directly (splice) as long as `look()` went before, `room()` is respected and `advanced()` is
    told. `tell` hears `lost` (the files were taken away; what follows is not what came before), `refused` (the disk
    takes nothing) and `accepted` (it does again).
    """

    def __init__(
        self,
        live: Path,
        max_size: int,
        keep: int,
        max_age: float | None = None,
        *,
        compressor: Compressor | None = None,
        ends: LogEnds | None = None,
        tell: Tell = lambda what, details: None,
    ) -> None:
        self.live = live
        self.lost = 0  # bytes that the disk did not take
        self._max_size = max(1, max_size)
        self._age = Age(max_age)
        self._place = Place(live)
        self._ends = ends
        self._tell = tell
        self._index = Index(live)
        self._sealed = SealedPart(
            live, self._index, max_size=self._max_size, keep=max(1, keep), max_age=max_age, compressor=compressor
        )
        self._refused_since: int | None = None  # `lost` when the disk began to refuse
        self._homeless = False  # the file was taken away, and another cannot be made
        self._lock = threading.Lock()
        self._settled = False
        self._open()

    @property
    def end(self) -> int:
        """The absolute offset behind the last byte."""
        self._settle()
        return self._base + self._size

    def look(self) -> None:
        """Before bytes are moved: takes in what people did to the files, and seals what has grown too old."""
        try:
            self._settle()
            seen = os.fstat(self.fd)
            if seen.st_size != self._size and stat.S_ISREG(seen.st_mode):
                self._changed_in_place(seen.st_size)
            if self._place.due(time.monotonic()):
                self._look_at_folder()
                if self._age.expired(now := time.time()):
                    self._look_at_age(now)
        except OSError as error:
            if not self._homeless:
                self._homeless = True
                self._tell_refusal(error)

    def room(self) -> int:
        """How many bytes the live segment still takes; seals it first when it is full."""
        if self._size >= self._cap:
            self._at_cap()
        return self._cap - self._size

    def write(self, data: bytes | memoryview) -> None:
        """Writes all of it, across segments where needed; what the disk refuses is counted in `lost`."""
        with self._lock:
            self.look()
            view = memoryview(data)
            while view:
                try:
                    room = self.room()  # first: it may begin a new file
                    written = os.write(self.fd, view[:room])
                except OSError as error:
                    self._refused(error)
                    self.lost += len(view)
                    return
                self.advanced(written)
                view = view[written:]

    def advanced(self, count: int) -> None:
        """`count` bytes were appended to `fd`."""
        now = time.time()
        if not self._size:
            self._age.begin(now)
        self._index.note(self.end, now)
        self._size += count
        if self._refused_since is not None:
            lost, self._refused_since = self.lost - self._refused_since, None
            self._tell("accepted", {"path": str(self.live), "lost": lost, "at": self.end - count})

    def tend(self) -> None:
        """Now and then, however quiet the tool is: age, and the compression of what there was no room for."""
        with self._lock:
            self.look()
            self._lend()

    def close(self) -> None:
        self.look()
        self._take_back()
        self._lend()  # the job may go on by itself now
        if self._ends is not None:
            self._ends.note(self.live, self.end)
        os.close(self.fd)

    # Opening and sealing

    def _open(self) -> None:
        try:
            self.fd = open_for_writing(self.live)
        except FileNotFoundError:
            self.live.parent.mkdir(parents=True, exist_ok=True)
            self.fd = open_for_writing(self.live)
        self._size = os.lseek(self.fd, 0, os.SEEK_END)
        self._base, self._cap = 0, self._max_size

    def settle(self) -> None:
        """Finds out where the log goes on, once, before anything is written: a tool is started in the meantime. A disk
        that takes nothing is told and fails no start."""
        with self._lock:
            try:
                self._settle()
            except OSError as error:
                self._tell_refusal(error)

    def _settle(self) -> None:
        if self._settled:
            return
        self._settled = True
        self._age.begin(time.time())
        names = self._sealed.put_right(self._size)
        self._base = self._base_at_opening(names)
        if self.end == 0:
            self._index.begin_anew()  # of a log that was deleted
        self._place.remember()
        if self._age.limited and self._size:
            self._age.begin(self._index.time_of(self._base) or self.live.stat().st_mtime)
        self._begin_segment()

    def _base_at_opening(self, names: list[str]) -> int:
        """Behind the sealed segments; further on where the live file was deleted or emptied while nobody wrote."""
        base = self._sealed.end(names)
        known = self._ends.of(self.live) if self._ends is not None and not self._size else 0
        if known <= base:
            return base
        with suppress(OSError):  # a full disk; the next look at the folder tries again
            self._sealed.mark(known)
        return known

    def _begin_segment(self) -> None:
        if self._ends is not None:
            self._ends.note(self.live, self._base + max(self._size, self._max_size))
        self._lend()

    def _lend(self) -> None:
        """Lets a compression have the room that the live segment does not need yet."""
        if self._cap == self._max_size:
            self._cap = self._sealed.lend(self._size)

    def _take_back(self) -> None:
        self._sealed.take_back()
        self._cap = max(self._cap, self._max_size)

    def _at_cap(self) -> None:
        """The live segment meets its cap, or the room that was lent to a compression; that gives way first."""
        if self._sealed.lent:
            self._take_back()
        if self._size >= self._cap:
            self._seal()

    def _seal(self) -> None:
        """Ends the live segment and begins the next. Refused, the segment grows on rather than lose a byte."""
        coming = coming_path(self.live)
        try:
            fresh = open_for_writing(coming)
        except OSError:
            self._grow_on()
            return
        self._take_back()
        self._sealed.prune(self._base, leave_room=True)
        try:
            os.replace(self.live, sealed_path(self.live, self._base))
        except OSError as error:
            os.close(fresh)
            coming.unlink(missing_ok=True)
            if isinstance(error, FileNotFoundError):  # taken away since the last look
                self._begin_anew("deleted or moved")
            else:  # Windows, while somebody has it open
                self._seal_by_copy(sealed_path(self.live, self._base))
            return
        with suppress(OSError):  # else the next look finds no live file and makes one
            os.replace(coming, self.live)
        os.close(self.fd)
        self.fd = fresh
        self._next_segment()

    def _next_segment(self) -> None:
        self._base, self._size, self._cap = self.end, 0, self._max_size
        self._place.remember()
        self._begin_segment()

    def _grow_on(self) -> None:
        self._cap = self._size + max(1, self._max_size // 16)  # then it is tried again

    def _seal_by_copy(self, sealed: Path) -> None:
        """Nobody else writes, so a copy is whole. It gets its name after the live file was emptied: a reader then sees
        for a moment an end that lies further back, and never the same bytes twice."""
        part = copied_path(self.live)
        try:
            shutil.copyfile(self.live, part)
            os.ftruncate(self.fd, 0)
            os.lseek(self.fd, 0, os.SEEK_SET)
            give_name(part, sealed)
        except OSError:
            self._size = os.fstat(self.fd).st_size
            self._grow_on()
            return
        self._next_segment()

    # What people do to the files

    def _changed_in_place(self, size: int) -> None:
        """Somebody appended to the live file, or cut it off."""
        if size > self._size:
            self._size = os.lseek(self.fd, 0, os.SEEK_END)
            return
        with suppress(FileNotFoundError):
            os.replace(self.live, sealed_path(self.live, self._base))  # what was left of it
        self._begin_anew("emptied")

    def _look_at_folder(self) -> None:
        if self._place.is_lost():
            self._begin_anew("deleted or moved")
        elif self._place.folder_changed() and self._sealed.end() != self._base:
            self._sealed.mark(self._base)

    def _begin_anew(self, why: str) -> None:
        """The live file is not there, or is not ours any more. Offsets go on as if it were."""
        self._sealed.take_back()
        self.live.parent.mkdir(parents=True, exist_ok=True)
        fresh = open_for_writing(self.live)
        end = self.end
        os.close(self.fd)
        self.fd = fresh
        self._base, self._size, self._cap = end, os.lseek(fresh, 0, os.SEEK_END), self._max_size
        self._sealed.mark(end)
        self._index.again()
        self._place.remember()
        self._age.begin(time.time())
        self._begin_segment()
        self._homeless = False
        self._tell("lost", {"path": str(self.live), "why": why, "at": end})

    def _refused(self, error: OSError) -> None:
        if self._refused_since is None:
            self._refused_since = self.lost
            self._tell_refusal(error)

    def _tell_refusal(self, error: OSError) -> None:
        self._tell("refused", {"path": str(self.live), "why": error.strerror or str(error), "at": self.end})

    def _look_at_age(self, now: float) -> None:
        """Something got too old. What stays says when to look again."""
        if self._size and self._age.live_is_old(now):
            self._seal()
        staying = self._sealed.prune(self._base)
        self._age.staying([one.modified for one in staying], live=bool(self._size))
