"""Moves the output of all trees from their pipes into their logs, with as little work as the kernel allows.

On Linux the bytes never enter this process (splice). The first bytes after a silence are moved at once; under load the
pipes are then left to fill for a while, so that the cost is a matter of bytes and not of lines. How long follows from
how full they get meanwhile: no tool shall wait for room in its pipe, and no follower for a line.
"""

from __future__ import annotations

import os
import selectors
import sys
import time

from keeper.logs import LogWriter

PIPE_SIZE = 1 << 20  # of a pipe that has been half full; until then it has what the system gives
_USUAL_SIZE = 1 << 16
_FIRST_REST = 0.002  # seconds; also the longest while somebody follows a log
_LEAST_REST = 0.00025
_MOST_REST = 0.016
_CHUNK = 1 << 16


class _Pipe:
    def __init__(self, read: int, writer: LogWriter) -> None:
        self.read = read
        self.writer = writer
        self.size = _USUAL_SIZE
        self.may_grow = sys.platform == "linux"

    def grow(self) -> None:
        """A user's pipes share a limit: those that stay nearly empty take nothing of it."""
        if self.may_grow and sys.platform == "linux":
            import fcntl

            self.may_grow = False
            try:
                self.size = fcntl.fcntl(self.read, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
            except OSError:
                pass  # the share is used up; the usual size works as well


class Outputs:
    """`selector` is ready when some pipe is; it may be waited on as a descriptor of its own."""

    def __init__(self, *, splice: bool) -> None:
        self.selector = selectors.DefaultSelector()
        self.splices = splice
        self.followed = False  # somebody waits for lines of one of the logs
        self._pipes: dict[str, _Pipe] = {}
        self._rest = _FIRST_REST
        self.rest_until = 0.0  # monotonic; until then the pipes are left to fill

    def open_pipe(self) -> tuple[int, int]:
        read, write = os.pipe()
        os.set_blocking(read, False)
        return read, write

    def add(self, tree: str, read: int, writer: LogWriter) -> None:
        self._pipes[tree] = _Pipe(read, writer)
        self.selector.register(read, selectors.EVENT_READ, tree)

    def move_ready(self) -> set[str]:
        """Moves what waits in all pipes that are ready; the trees whose logs grew."""
        grew = set()
        fullest = 0.0
        for tree in [key.data for key, _ in self.selector.select(0)]:
            pipe = self._pipes[tree]
            if moved := self._move(tree):
                grew.add(tree)
                fullest = max(fullest, moved / pipe.size)
                if moved * 2 > pipe.size:
                    pipe.grow()
        if grew:
            self._rest_after(fullest)
        return grew

    def drain(self, tree: str) -> bool:
        """Moves all that waits in one pipe now; whether there was anything."""
        return tree in self._pipes and self._move(tree, all_of_it=True) > 0

    def remove(self, tree: str) -> None:
        if tree in self._pipes:
            pipe = self._pipes.pop(tree)
            self.selector.unregister(pipe.read)
            os.close(pipe.read)

    def close(self) -> None:
        for tree in tuple(self._pipes):
            self.remove(tree)
        self.selector.close()

    def _rest_after(self, fullest: float) -> None:
        if fullest > 0.5:
            self._rest = max(self._rest / 2, _LEAST_REST)
        elif fullest < 0.2:
            self._rest = min(self._rest * 2, _FIRST_REST if self.followed else _MOST_REST)
        if self.followed:
            self._rest = min(self._rest, _FIRST_REST)
        self.rest_until = time.monotonic() + self._rest

    def _move(self, tree: str, *, all_of_it: bool = False) -> int:
        """Bytes moved, or lost on their way. One pipe never keeps the others waiting for long."""
        pipe = self._pipes[tree]
        writer = pipe.writer
        writer.look()
        before = writer.end + writer.lost
        try:
            for _ in range(64):
                moved, room = self._move_once(pipe.read, writer)
                if not moved:
                    self.remove(tree)  # every holder of the other end has closed it
                if not moved or (moved < room and not all_of_it):
                    break  # most likely that was all: asking again costs as much as moving it did
        except BlockingIOError:
            pass
        return writer.end + writer.lost - before

    def _move_once(self, read: int, writer: LogWriter) -> tuple[int, int]:
        """Bytes moved or lost, and how many there was room for."""
        if self.splices:
            try:
                room = min(writer.room(), PIPE_SIZE)  # first: it may begin a new file
                moved = os.splice(read, writer.fd, room, flags=os.SPLICE_F_NONBLOCK)
                if moved:
                    writer.advanced(moved)
                return moved, room
            except BlockingIOError:
                raise
            except OSError:
                pass  # disk full, or a file system without splice: the bytes go the long way, and are counted if lost
        data = os.read(read, _CHUNK)
        if data:
            writer.write(data)
        return len(data), _CHUNK
