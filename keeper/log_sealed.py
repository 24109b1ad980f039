"""The sealed segments of one log: which stay, what they say of offsets, how much disk their compression may use."""

from __future__ import annotations

import os
import time
from pathlib import Path

from keeper.compressing import Compressor, Job
from keeper.log_files import Index, Sealed, begun, copied, copied_path, names_of, sealed_path, sealed_segments


class SealedPart:
    """Belongs to the writer of `live` and is used on its thread. `index` is shortened with what goes."""

    def __init__(
        self,
        live: Path,
        index: Index,
        *,
        max_size: int,
        keep: int,
        max_age: float | None,
        compressor: Compressor | None,
    ) -> None:
        self._live = live
        self._max_size = max_size
        self._keep = keep
        self._max_age = max_age
        self._compressor = compressor
        self._index = index
        self._job: Job | None = None
        self._not_worth: set[int] = set()  # starts of segments that do not get smaller

    def end(self, names: list[str] | None = None) -> int:
        """Where the live file begins, as the folder tells; 0 when it tells nothing."""
        sealed = sealed_segments(self._live, names)
        return sealed[-1].end if sealed else 0

    def put_right(self, live_size: int) -> list[str]:
        """The names of all files, once what was left in the middle of something is dealt with: an emptied live file
        says that the copy beside it was whole."""
        names = names_of(self._live)
        for path in begun(self._live, names):
            path.unlink(missing_ok=True)
        if not copied(self._live, names):
            return names
        if live_size:
            copied_path(self._live).unlink()
        else:
            os.replace(copied_path(self._live), sealed_path(self._live, self.end(names)))
        return names_of(self._live)

    def prune(self, base: int, *, leave_room: bool = False) -> list[Sealed]:
        """Removes all but the newest `keep`, or one more for that which comes, and what is too old; what stays."""
        sealed = self._with_bytes()
        keep = self._keep - leave_room
        oldest = time.time() - self._max_age if self._max_age is not None else 0.0
        going = [one for at, one in enumerate(sealed) if at < len(sealed) - keep or one.modified < oldest]
        for one in going:
            try:
                one.path.unlink()
            except OSError:
                continue  # someone reads it on Windows; the next rotation tries again
        if going and len(going) == len(sealed):
            self.mark(base)
        staying = [one for one in sealed if one not in going]
        if staying:
            self._index.shorten(staying[0].start)
        return staying

    def mark(self, base: int) -> None:
        """Lets the folder say where the live file begins when the segment before it is gone."""
        mark = sealed_path(self._live, base)
        for one in sealed_segments(self._live):
            if not one.on_disk and one.path != mark:
                one.path.unlink(missing_ok=True)
        mark.touch()

    def _with_bytes(self) -> list[Sealed]:
        return [one for one in sealed_segments(self._live) if one.on_disk]

    # Compression

    @property
    def lent(self) -> bool:
        """A job may be using room of the live file."""
        return self._job is not None

    def lend(self, live_size: int) -> int:
        """Begins a compression where there is something to compress; the size that the live file may then have."""
        if self._compressor is None or (self._job is not None and not self._job.over):
            return self._max_size
        sealed = self._with_bytes()
        if all(one.packed or one.start in self._not_worth for one in sealed):
            return self._max_size
        free = self._max_size * (self._keep + 1) - sum(one.on_disk for one in sealed)
        allowance = max(free - self._max_size, self._max_size // 4)
        room = min(self._max_size, free - allowance)
        if live_size > room:
            return self._max_size
        self._job = Job(self._live, allowance, self._not_worth)
        self._compressor.offer(self._job)
        return room

    def take_back(self) -> None:
        """The live file needs its room; what is not compressed by now waits for the next time."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
