"""The runner: one task with one inbox that steps the machine of each run, and gives those that wait what they wait for.

Whatever takes time (launching, stopping, reading last words) runs in a task of its own and reports back through the
inbox, so no run holds up another and nothing here waits for the database.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import replace

from backend.core.clock import Clock
from backend.core.events import Event, Fact
from backend.services.leases import Leases
from backend.services.runs import happenings, machine
from backend.services.runs.entry import Entry
from backend.services.runs.happenings import Happening, State
from backend.services.runs.queue import Grant, Place, Waiting, grants, places

log = logging.getLogger(__name__)

HOLDER = "run:"  # and the id: who holds a lease
LONGEST_TURN = 0.005  # seconds for which one message after the other is dealt with, before others have their turn

Perform = Callable[[Entry, happenings.Effect], None]
Observe = Callable[[Entry, State, State], None]


class Actor:
    """`perform` does what steps ask for, `observe` is told of each changed state, `tell` of each fact. `slots` runs may
    go at once. `hide` takes secrets out of reasons."""

    def __init__(
        self,
        *,
        leases: Leases,
        slots: int,
        tree_prefix: str,
        clock: Clock,
        tell: Callable[[Fact], Event],
        perform: Perform,
        observe: Observe,
        hide: Callable[[str], str],
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self.slots = slots
        self.keeper_there = False  # nothing is started without one
        self.closing = False
        self._leases = leases
        self._tree_prefix = tree_prefix
        self._clock = clock
        self._tell = tell
        self._perform = perform
        self._observe = observe
        self._hide = hide
        self._look = False
        self._queue: list[Waiting] = []  # in the order of their ranks
        self._inbox: asyncio.Queue[tuple[str, Happening] | None] = asyncio.Queue()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        turn_ends = 0.0
        while True:
            message = await self._inbox.get()
            if not self._inbox.empty() and loop.time() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = loop.time() + LONGEST_TURN
            try:
                if message is not None:
                    self._happen(*message)
                if self._look and self._inbox.empty():
                    self._dispatch()
            except Exception:
                log.exception("the runner failed at %r", message)

    def post(self, run_id: str, happening: Happening) -> None:
        self._inbox.put_nowait((run_id, happening))

    def add(self, entry: Entry) -> None:
        self.entries[entry.spec.run_id] = entry
        self._enqueue(entry)

    def look_again(self) -> None:
        self._look = True
        self._inbox.put_nowait(None)

    @property
    def queue_length(self) -> int:
        return len(self._queue)

    def starts_at_once(self, run_id: str) -> bool:
        if self.closing or not self.keeper_there:
            return False
        return any(grant.run_id == run_id for grant in grants(self._queue, self._leases.held, self.slots))

    def places(self) -> dict[str, Place]:
        """Where each that waits stands, and what it waits for."""
        return dict(places(self._queue, self._leases.held, self.slots, self._name))

    def place(self, run_id: str) -> Place | None:
        """None where it does not wait."""
        walk = places(self._queue, self._leases.held, self.slots, self._name)
        return next((place for known, place in walk if known == run_id), None)

    def _name(self, holder: str) -> str:
        entry = self.entries.get(holder.removeprefix(HOLDER))
        return holder if entry is None else f"{entry.spec.module_name} ({entry.spec.run_id})"

    # Steps

    def _happen(self, run_id: str, happening: Happening) -> None:
        entry = self.entries.get(run_id)
        if entry is None:
            return
        before = entry.state
        entry.state, effects = machine.step(before, happening, entry.spec.policy, self._clock.now().timestamp())
        if entry.state.reason is not None and entry.state.reason != before.reason:
            entry.state = replace(entry.state, reason=self._hide(entry.state.reason))
        for effect in effects:
            if not isinstance(effect, happenings.Tell):
                self._do(entry, effect)
        if entry.state != before:
            self._keep_queue(entry, before)
            self._observe(entry, before, entry.state)
        for effect in effects:
            if isinstance(effect, happenings.Tell):
                self._say(entry, before, effect)

    def _do(self, entry: Entry, effect: happenings.Effect) -> None:
        if isinstance(effect, happenings.Release):
            self._leases.release(HOLDER + entry.spec.run_id)
            self.look_again()
        else:
            self._perform(entry, effect)

    def _say(self, entry: Entry, before: State, tell: happenings.Tell) -> None:
        """A start follows from being queued, an end from the wish to stop; other ends from nothing that is known."""
        follows = before.ending is None if tell.what == "started" else before.ending is not None
        said = {"module_id": entry.spec.module_id, **tell.payload}
        cause = entry.told if follows else None
        entry.told = self._tell(Fact("runs", f"run.{tell.what}", entry.spec.run_id, entry.actor, cause, said)).id

    def _keep_queue(self, entry: Entry, before: State) -> None:
        """Its place is by its rank, which never changes."""
        if before.status == "queued":
            waiting = entry.waiting
            at = bisect_left(self._queue, waiting.rank, key=_rank)
            if at < len(self._queue) and self._queue[at].run_id == waiting.run_id:
                del self._queue[at]
        self._enqueue(entry)

    def _enqueue(self, entry: Entry) -> None:
        if entry.state.status == "queued":
            insort(self._queue, entry.waiting, key=_rank)
            self.look_again()

    # The queue

    def _dispatch(self) -> None:
        self._look = False
        if self.closing or not self.keeper_there or not self._queue:
            return
        for grant in grants(self._queue, self._leases.held, self.slots):
            self._grant(grant)

    def _grant(self, grant: Grant) -> None:
        self._leases.grant(grant.resources, HOLDER + grant.run_id)
        self._happen(grant.run_id, happenings.Granted(self._tree_prefix + uuid.uuid4().hex[:16]))


def _rank(one: Waiting) -> tuple[int, int]:
    return one.rank
