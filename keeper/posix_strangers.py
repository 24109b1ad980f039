"""Processes that were started elsewhere: which of them may be held, and how their end becomes known."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Collection

from keeper.posix_members import spread
from keeper.posix_table import ProcessTable
from keeper.protocol import Identity


class EndWatch:
    """`fd` is ready for reading once the process has ended; None where the system offers no such thing. Raises
    `ProcessLookupError` where there is no such process now."""

    def __init__(self, pid: int) -> None:
        self.fd: int | None = None
        if sys.platform == "linux":
            try:
                self.fd = os.pidfd_open(pid)
            except OSError as error:
                if error.errno not in {errno.ENOSYS, errno.EPERM}:  # an old kernel, a sandbox
                    raise
        elif hasattr(select, "kqueue"):
            self._queue = select.kqueue()
            self.fd = self._queue.fileno()
            flags = select.KQ_EV_ADD | select.KQ_EV_ONESHOT
            try:
                self._queue.control([select.kevent(pid, select.KQ_FILTER_PROC, flags, select.KQ_NOTE_EXIT)], 0)
            except OSError:
                self.close()
                raise

    def close(self) -> None:
        if sys.platform == "linux":
            if self.fd is not None:
                os.close(self.fd)
        elif self.fd is not None:
            self._queue.close()
        self.fd = None


def check_adoptable(
    root: Identity, boot: str, table: ProcessTable, taken: Collection[int], ours: Collection[int]
) -> None:
    """OSError says why the process cannot be held: `taken` are those that belong to a tree, `ours` the keeper and whom
    it talks to."""
    seen = table.walk()
    one = seen.get(root.pid)
    if one is None or one.zombie or one.start != root.start or root.boot != boot:
        raise ProcessLookupError(errno.ESRCH, "it has ended; its number may be another's now")
    if root.pid in taken:
        raise OSError(errno.EBUSY, "it is part of another service")
    if not set(ours).isdisjoint(spread({root.pid: ""}, seen)):
        raise OSError(errno.EINVAL, "Control Center itself was started from it")
    try:
        os.kill(root.pid, 0)
    except PermissionError as error:
        raise PermissionError(errno.EPERM, "it belongs to another user") from error


def gone(root: Identity, table: ProcessTable) -> bool:
    one = table.walk().get(root.pid)
    return one is None or one.zombie or one.start != root.start
