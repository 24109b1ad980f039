"""Compresses sealed segments on one thread of low priority, while the logs go on at full speed.

A log's writer grants each `Job` an allowance of disk, so that the caps hold while the archive stands beside what it is
made from, and cancels it when it needs that room itself. A job begins after a pause: where a flood rotates faster than
that, nothing is compressed for nothing.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from pathlib import Path

from keeper import archive
from keeper.log_files import Sealed, packed_path, sealed_segments

log = logging.getLogger("keeper")

PAUSE = 1.0  # seconds between the sealing of a segment and its compression
_REST = 2.0  # rests this many times as long as it worked: a third of a core at most
_NICE = 10
_WORTH = 0.95  # an archive larger than this share of its segment is not worth reading it slowly


class Job:
    """Compresses all plain sealed segments of one log; what it writes stays within `allowance` bytes at any time.
    Where that gains nothing, the start of the segment goes into `not_worth`, which the jobs of a log share."""

    def __init__(self, live: Path, allowance: int, not_worth: set[int]) -> None:
        self.due = time.monotonic() + PAUSE
        self._not_worth = not_worth
        self.live = live
        self._part = packed_path(live)
        self._allowance = allowance
        self._lock = threading.Lock()
        self._over = False

    @property
    def over(self) -> bool:
        return self._over

    def cancel(self) -> None:
        """On the writer's thread. Afterwards this job touches nothing any more."""
        with self._lock:
            self._over = True
            try:
                self._part.unlink(missing_ok=True)
            except OSError:
                pass  # Windows, while it is being written: `run` removes it in a moment

    def run(self) -> None:
        try:
            while (source := self._next()) is not None:
                if not self._compress(source):
                    break
        finally:
            self.cancel()

    def _next(self) -> Sealed | None:
        """The oldest plain segment; none when the work is done or was cancelled."""
        with self._lock:
            if self._over:
                return None
            plain = (one for one in sealed_segments(self.live) if one.size and not one.packed)
            return next((one for one in plain if one.start not in self._not_worth), None)

    def _compress(self, source: Sealed) -> bool:
        block, lengths, total = archive.block_size(source.size), list[int](), 0
        with open(source.path, "rb") as file, open(self._part, "wb", buffering=0) as part:
            while data := file.read(block):
                begun = time.monotonic()
                packed = archive.pack_block(data)
                lengths.append(len(packed))
                total += len(packed)
                if total > source.size * _WORTH:
                    self._not_worth.add(source.start)
                    return True
                if total > self._allowance or not self._append(part.fileno(), packed):
                    return False
                time.sleep(_REST * (time.monotonic() - begun))
            table = archive.pack_table(source.size, block, lengths, source.modified)
            if not self._append(part.fileno(), table):
                return False
            os.fsync(part.fileno())
        return self._put_in_place(source)

    def _append(self, part: int, data: bytes) -> bool:
        with self._lock:
            return not self._over and os.write(part, data) == len(data)

    def _put_in_place(self, source: Sealed) -> bool:
        """The archive has its name before the segment goes; who looks between sees both and takes the plain one."""
        with self._lock:
            if self._over or not source.path.exists():
                return False
            os.utime(self._part, (source.modified, source.modified))
            os.replace(self._part, source.path.with_name(source.path.name + archive.SUFFIX))
            source.path.unlink()
            return True


class Compressor:
    """The thread; it begins with the first job and is no reason for the keeper to stay. The last job of a log may go
    on when its writer is gone, until the log is opened again."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._last: dict[Path, Job] = {}
        self._thread: threading.Thread | None = None

    def offer(self, job: Job) -> None:
        self._jobs.put(job)
        self._last[job.live] = job
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="compressor", daemon=True)
            self._thread.start()

    def cancel(self, live: Path) -> None:
        """Before the log is opened."""
        if (job := self._last.pop(live, None)) is not None:
            job.cancel()

    def _work(self) -> None:
        _lower_priority()
        while True:
            job = self._jobs.get()
            time.sleep(max(0.0, job.due - time.monotonic()))
            try:
                job.run()
            except OSError as error:  # a full disk, a segment that somebody reads: the next job tries again
                log.info("a log is not compressed: %s", error)


def _lower_priority() -> None:
    """Of this thread alone. macOS gives no such call to Python: the rests between the blocks have to do."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    elif sys.platform == "win32":
        import ctypes

        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.GetCurrentThread.restype = ctypes.c_void_p
        kernel32.SetThreadPriority(ctypes.c_void_p(kernel32.GetCurrentThread()), -1)  # below normal
