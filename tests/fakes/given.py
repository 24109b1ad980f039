"""Time as a process has it: while the machine does not let it run, none passes."""

from __future__ import annotations

import threading
import time
from types import TracebackType

TICK = 0.005


class GivenTime:
    """Inside, `seconds` grow by one tick for each that a thread of its own has slept.

    Who waits, or keeps the event loop from going on, lets the thread go on meanwhile and is measured in full; a machine
    that stops the whole process for a second adds a tick.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._count, name="given time", daemon=True)

    def __enter__(self) -> GivenTime:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _count(self) -> None:
        while not self._over.is_set():
            time.sleep(TICK)
            self.seconds += TICK
