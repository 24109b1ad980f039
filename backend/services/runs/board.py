"""The list of all runs that have not finished, which everybody who follows gets, encoded once for all of them.

It is told soon after a change. With many runs in the queue that takes its time, and then it is told more rarely:
whoever looks never slows down what runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pydantic import ConfigDict, TypeAdapter

from backend.core.bus import Latest
from backend.core.clock import Clock
from backend.services.runs.views import RunView

TIMES = 4  # as long as telling takes nothing is told: a fifth of the time at most goes into it
LONGEST = 0.25  # seconds
_VIEWS = TypeAdapter(tuple[RunView, ...], config=ConfigDict(defer_build=True))


class Board:
    """`active` gives the runs that are shown; `views` carries them as the message of the socket."""

    def __init__(self, active: Callable[[], tuple[RunView, ...]], clock: Clock) -> None:
        self.views: Latest[str] = Latest(self._somebody_follows)
        self._active = active
        self._clock = clock
        self._due: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    def changed(self) -> None:
        """Once for all changes until it is told."""
        if self.views.watched and self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time(), self._not_before), self._publish)

    def _somebody_follows(self) -> None:
        self.views.value = self._message()

    def _publish(self) -> None:
        loop, self._due = asyncio.get_running_loop(), None
        begun = loop.time()
        self.views.publish(self._message())
        told = loop.time()
        self._not_before = told + min(LONGEST, TIMES * (told - begun))

    def _message(self) -> str:
        runs, now = _VIEWS.dump_json(self._active()).decode(), self._clock.now().isoformat()
        return f'{{"type":"runs","timestamp":"{now}","runs":{runs}}}'
