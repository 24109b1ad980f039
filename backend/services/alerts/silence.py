"""What rules see of silence: for how long tools that run have written nothing.

When the last byte came stands in the log's own index, so nobody listens while a tool speaks: it is looked at once its
silence could be long enough. Where it is, the keeper is asked to tell of the next byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from backend.core.clock import Clock
from backend.core.tasks import Tasks
from backend.services.alerts.model import Reading, Readings, Rule, Silent
from backend.services.alerts.services import Services
from backend.services.alerts.words import duration
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log
from backend.services.supervisor.entry import Entry

ANYWAY = 60.0  # seconds after which a look is taken without being told
WRITES, BEGAN, STOOD = (
    "writes again",
    "has begun anew",
    "is counted anew: the machine slept, or Control Center stood still",
)


@dataclass(slots=True)
class _Watched:
    """`least` is after how many seconds the first rule is met; `quiet_since` is known once it was. `looked` is false
    until it is known whether it is, `why` says why it is not. `ahead` is a time of the last word that was still to
    come, as after a clock was set back, and when that was found."""

    least: float
    stirred: asyncio.Event
    task: asyncio.Task[None] | None = None
    quiet_since: float | None = None
    looked: bool = False
    why: str = WRITES
    ahead: tuple[float, float] | None = None


class Silence:
    """`changed` is called when a tool has been silent for long enough, and when it speaks again."""

    def __init__(
        self, services: Services, *, growth: Growth, tasks: Tasks, clock: Clock, changed: Callable[[], None]
    ) -> None:
        self._services = services
        self._growth = growth
        self._tasks = tasks
        self._clock = clock
        self._changed = changed
        self._not_before = 0.0  # epoch seconds: the machine slept until then
        self._watched: dict[str, _Watched] = {}

    def watch(self, rules: Iterable[Rule]) -> None:
        """These rules are in force, for the services that there are now."""
        wanted: dict[str, float] = {}
        for condition in (rule.condition for rule in rules):
            if isinstance(condition, Silent):
                for entry in self._services.named(condition.service):
                    wanted[entry.spec.id] = min(wanted.get(entry.spec.id, condition.seconds), condition.seconds)
        for service in [one for one, known in self._watched.items() if wanted.get(one) != known.least]:
            task = self._watched.pop(service).task
            assert task is not None
            task.cancel()
        for service, least in wanted.items():
            if service not in self._watched:
                known = self._watched[service] = _Watched(least, asyncio.Event())
                known.task = self._tasks.spawn(self._run(service, known), name=f"alerts: silence of {service}")

    def stir(self, service: str) -> None:
        """It has begun or ended."""
        if service in self._watched:
            self._watched[service].stirred.set()

    def resumed(self) -> None:
        """Nobody can speak while the machine sleeps."""
        self._not_before = self._clock.now().timestamp()
        for known in self._watched.values():
            known.quiet_since, known.looked = None, False
            known.stirred.set()

    def readings(self, condition: Silent) -> Readings:
        found: dict[str, Reading] = {}
        now = self._clock.now().timestamp()
        for entry in self._services.named(condition.service):
            known = self._watched.get(entry.spec.id)
            if known is not None:
                found[entry.spec.id] = _reading(condition, entry, known, now)
        return found

    async def _run(self, service: str, known: _Watched) -> None:
        while True:
            known.stirred.clear()
            entry = self._services.get(service)
            if entry is None or entry.state.pid is None:
                self._heard(known, BEGAN)
                await known.stirred.wait()
                continue
            quiet = known.quiet_since is not None
            with self._growth.watch(str(entry.spec.log_file), known.stirred) if quiet else nullcontext():
                await self._until_another_look(entry, known)

    async def _until_another_look(self, entry: Entry, known: _Watched) -> None:
        last, why = await self._last_word(entry)
        now = self._clock.now().timestamp()
        if last > now:
            if known.ahead is None or known.ahead[0] != last:
                known.ahead = last, now
            last = known.ahead[1]
        left = last + known.least - now
        if left > 0:
            self._heard(known, why)
        elif known.quiet_since is None:
            known.quiet_since, known.looked = last, True
            self._changed()
            return  # the keeper is asked to tell before the next look
        with suppress(TimeoutError):
            async with asyncio.timeout(left if left > 0 else ANYWAY):
                await known.stirred.wait()

    async def _last_word(self, entry: Entry) -> tuple[float, str]:
        """When it last wrote; when it began or the machine woke, where that was later. And which of these it was."""
        log = Log(entry.spec.log_file, entry.spec.log.encoding)
        wrote = await asyncio.to_thread(_last_byte, log)
        return max((wrote, WRITES), (self._not_before, STOOD), (entry.state.started_at or 0.0, BEGAN))

    def _heard(self, known: _Watched, why: str) -> None:
        known.looked, known.why = True, why
        if known.quiet_since is not None:
            known.quiet_since = None
            self._changed()


def _last_byte(log: Log) -> float:
    """When it came, in epoch seconds, as near as the log's index tells; 0 where there is none. Reads files."""
    _, end = log.extent()
    moment = log.arrival(end - 1) if end else None
    return 0.0 if moment is None else moment.timestamp()


def _reading(condition: Silent, entry: Entry, known: _Watched, now: float) -> Reading:
    """Of what does not run there is nothing to say, also no silence."""
    service, lives = entry.spec.id, entry.state.pid is not None
    if known.quiet_since is None or not lives:
        return Reading(
            None if lives and not known.looked else False,
            detail=known.why if lives else "has ended",
            service=service,
        )
    seconds = max(0.0, now - known.quiet_since)
    detail = f"has written nothing for {duration(seconds)}"
    return Reading(seconds >= condition.seconds, seconds, detail, service)
