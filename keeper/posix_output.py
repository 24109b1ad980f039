"""Moves the output of all trees from their pipes into their logs, with as little work as the kernel allows.

On Linux the bytes never enter this process (splice); under load the wake-ups of all pipes are merged within 2 ms, so
that the cost is a matter of bytes and not of lines.
"""

from __future__ import annotations

import os
import selectors
import sys
import time

from keeper.logs import LogWriter

PIPE_SIZE = 1 << 20
MERGE = 0.002  # seconds within which wake-ups under load are merged
_CHUNK = 1 << 16


class Outputs:
    """`selector` is ready when some pipe is; it may be waited on as a descriptor of its own."""

    def __init__(self, *, splice: bool) -> None:
        self.selector = selectors.DefaultSelector()
        self.splices = splice
        self._pipes: dict[str, tuple[int, LogWriter]] = {}
        self.rest_until = 0.0  # monotonic; until then the pipes are left to fill

    def open_pipe(self) -> tuple[int, int]:
        read, write = os.pipe()
        if sys.platform == "linux":
            import fcntl

            try:
                fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
            except OSError:
                pass  # the user's share of pipe memory is used up; the usual 64 KB work as well
        os.set_blocking(read, False)
        return read, write

    def add(self, tree: str, read: int, writer: LogWriter) -> None:
        self._pipes[tree] = (read, writer)
        self.selector.register(read, selectors.EVENT_READ, tree)

    def move_ready(self) -> set[str]:
        """Moves what waits in all pipes that are ready; the trees whose logs grew."""
        grew = {tree for tree in [key.data for key, _ in self.selector.select(0)] if self._move(tree)}
        if grew:
            self.rest_until = time.monotonic() + MERGE
        return grew

    def drain(self, tree: str) -> bool:
        """Moves all that waits in one pipe now; whether there was anything."""
        return tree in self._pipes and self._move(tree)

    def remove(self, tree: str) -> None:
        if tree in self._pipes:
            read, _ = self._pipes.pop(tree)
            self.selector.unregister(read)
            os.close(read)

    def close(self) -> None:
        for tree in tuple(self._pipes):
            self.remove(tree)
        self.selector.close()

    def _move(self, tree: str) -> bool:
        read, writer = self._pipes[tree]
        writer.look()
        before = writer.end + writer.lost
        try:
            for _ in range(64):  # one pipe never keeps the others waiting for long
                if not self._move_once(read, writer):
                    self.remove(tree)  # every holder of the other end has closed it
                    break
        except BlockingIOError:
            pass
        return writer.end + writer.lost != before

    def _move_once(self, read: int, writer: LogWriter) -> bool:
        if self.splices:
            try:
                room = writer.room()  # first: it may begin a new file
                moved = os.splice(read, writer.fd, min(room, PIPE_SIZE), flags=os.SPLICE_F_NONBLOCK)
                if moved:
                    writer.advanced(moved)
                return bool(moved)
            except BlockingIOError:
                raise
            except OSError:
                pass  # disk full, or a file system without splice: the bytes go the long way, and are counted if lost
        data = os.read(read, _CHUNK)
        if data:
            writer.write(data)
        return bool(data)
