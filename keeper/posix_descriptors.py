"""How many files may be open: the keeper holds several for each tree and takes all that it may have, while tools get
what the keeper was given."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from contextlib import suppress

PLENTY = 65_536
LEAST = 10_240  # what macOS lets a process have at most, whatever it says
SPARE = 16  # descriptors that a spawn itself needs, generously


class Descriptors:
    def __init__(self) -> None:
        self._given, self._hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._raised = self._given
        unlimited = self._hard == resource.RLIM_INFINITY
        for soft in (PLENTY if unlimited else min(self._hard, PLENTY), LEAST):
            if self._raised == self._given < soft:
                with suppress(OSError, ValueError):
                    self._allow(soft)
                    self._raised = soft

    def spawn(self, newest: int, start: Callable[[], int]) -> int:
        """Starts a process with the limit that we were given; its pid. `newest` is a descriptor just opened: the next
        ones are hardly above it, so with room to the old limit that can hold for us too, meanwhile."""
        if self._raised == self._given:
            return start()
        if newest + SPARE >= self._given:
            pid = start()
            if sys.platform == "linux":
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (self._given, self._hard))
            return pid
        self._allow(self._given)
        try:
            return start()
        finally:
            self._allow(self._raised)

    def _allow(self, soft: int) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, self._hard))
