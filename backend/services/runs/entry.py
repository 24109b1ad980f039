"""What is kept of one run in memory, from its being asked for until its end is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.services.modules.model import Module
from backend.services.runs.happenings import State, Status
from backend.services.runs.progress import Progress
from backend.services.runs.queue import Waiting
from backend.services.runs.spec import RunSpec
from backend.services.supervisor.ladder import Ladder


@dataclass
class Used:
    """By the whole tree: what the last look saw, and the most that was ever seen. `cpu_seconds` are of the attempts
    that are over and of the present one."""

    cpu_percent: float | None = None
    memory: int | None = None
    peak_memory: int | None = None
    cpu_seconds: float | None = None
    before: float = 0.0  # seconds of a processor that earlier attempts have used

    def seen(self, cpu_percent: float, memory: int, cpu_seconds: float) -> None:
        self.cpu_percent, self.memory = cpu_percent, memory
        self._most(memory, cpu_seconds)

    def ended(self, cpu_seconds: float | None, peak: int | None) -> None:
        """The attempt is over; what the system says of its end, where it does."""
        self.cpu_percent = self.memory = None
        self._most(peak or 0, cpu_seconds or 0.0)
        self.before = self.cpu_seconds or 0.0

    def _most(self, memory: int, cpu_seconds: float) -> None:
        if memory:
            self.peak_memory = max(memory, self.peak_memory or 0)
        if cpu_seconds:
            self.cpu_seconds = max(self.before + cpu_seconds, self.cpu_seconds or 0.0)


@dataclass
class Entry:
    """`values` are what the script gets, secrets included: they are nowhere else. `stored` is the state that its row
    has; `held` is set once the keeper holds it, `begun` then or when it has ended without, `done` when it has finished,
    `at_rest` while it has no tree; `over` are trees that have ended, to be forgotten once that is stored. `told` is the
    id of the event that told of it last."""

    spec: RunSpec
    state: State
    module: Module | None = None
    values: Mapping[str, Any] | None = field(default=None, repr=False)
    actor: str = "local"
    stored: Status | None = None
    words: str | None = None
    told: str | None = None
    progress: Progress = field(default_factory=Progress)
    used: Used = field(default_factory=Used)
    ladder: Ladder | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    at_rest: asyncio.Event = field(default_factory=asyncio.Event)
    over: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> Waiting:
        spec = self.spec
        return Waiting(
            run_id=spec.run_id,
            module_id=spec.module_id,
            module_name=spec.module_name,
            order=spec.job_id,
            priority=spec.priority,
            concurrency=spec.concurrency,
            exclusive=spec.exclusive,
            held_back=self.state.retry_at is not None,
        )
