"""What the host holds of one tree."""

from __future__ import annotations

import os
import selectors

from keeper.posix_strangers import EndWatch
from keeper.protocol import Identity


class Held:
    """`adopted` is a tree that was started elsewhere, `pipe` the inode of its output."""

    def __init__(self, identity: Identity, *, adopted: bool = False, pipe: int | None = None) -> None:
        self.identity = identity
        self.adopted = adopted
        self.pipe = pipe
        self.end: EndWatch | None = None  # of an adopted root
        self.alarm: int | None = None  # a descriptor that is ready once it met its memory limit
        self.enforced: dict[str, str] = {}
        self.limit: str | None = None  # the one that ended it
        self.exited = False
        self.ended = False
        self.killing = False
        self.followed = False

    def end_watching(self, selector: selectors.BaseSelector) -> None:
        if self.end is not None and self.end.fd is not None:
            selector.unregister(self.end.fd)
            self.end.close()
        self.end = None

    def end_alarm(self, selector: selectors.BaseSelector) -> None:
        if self.alarm is not None:
            selector.unregister(self.alarm)
            os.close(self.alarm)
        self.alarm = None
