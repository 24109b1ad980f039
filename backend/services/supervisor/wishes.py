"""What somebody may want of a service, and how long the answer waits for it."""

from __future__ import annotations

from backend.services.supervisor.actor import Actor
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.happenings import AT_REST, Found
from backend.services.supervisor.recorder import Recorder

THERE = 30.0  # seconds that a start may take until its process is there
STOP_STORED = 0.25  # seconds that the answer to a stop waits for its record


class Wishes:
    """Each raises what is refused (`errors.py`). `actor` says who wants it, for the journal."""

    def __init__(self, actor: Actor, recorder: Recorder) -> None:
        self._actor = actor
        self._recorder = recorder

    async def start(self, service: str, actor: str = "local") -> Entry:
        """Returns when its process is there, or when it waits for another service."""
        entry = await self._actor.ask(service, "start", actor)
        await self._actor.reach(entry, lambda one: one.state.pid is not None or one.state.status == "waiting", THERE)
        return entry

    async def adopt(self, service: str, found: Found, actor: str = "local") -> Entry:
        """Returns when the running process is taken for the service."""
        entry = await self._actor.ask(service, "adopt", actor, found)
        await self._actor.reach(entry, lambda one: one.state.pid is not None, THERE)
        return entry

    async def stop(self, service: str, timeout: float, actor: str = "local") -> Entry:
        """Returns when nothing of it lives any more, or after `timeout` seconds while it is still being stopped."""
        entry = await self._actor.ask(service, "stop", actor)
        await self._actor.reach(entry, lambda one: one.state.status in AT_REST, timeout, patient=True)
        await self._recorder.stored(STOP_STORED)  # or a daemon that dies now would start it again
        return entry

    async def restart(self, service: str, timeout: float, actor: str = "local") -> Entry:
        """Returns when the new process is there."""
        old = self._actor.entry(service).state.tree
        entry = await self._actor.ask(service, "restart", actor)

        def anew(one: Entry) -> bool:
            return one.state.status == "waiting" or (one.state.pid is not None and one.state.tree != old)

        await self._actor.reach(entry, anew, timeout)
        return entry

    async def until(self, entry: Entry, goal: str, timeout: float) -> bool:
        """Waits for `running` or `healthy`; False when the time is up."""
        if goal == "healthy":
            return await self._actor.reach(entry, lambda one: one.state.health == "healthy", timeout)
        return await self._actor.reach(entry, lambda one: one.state.status == "running", timeout)
