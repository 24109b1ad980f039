"""What services are seen to be: their status, their health, and whether they ended by themselves and are not back.

What somebody asked for is no alarm: nothing is seen of a service that is not wanted, and of one that is being started,
restarted or stopped only how that ends.
"""

from __future__ import annotations

from collections.abc import Iterable

from backend.core.events import Event, Fact
from backend.services.alerts.model import Reading, Readings, StateIs
from backend.services.alerts.services import Services
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.happenings import State

_ON_THE_WAY = {"stopped", "waiting", "starting", "stopping"}
_OVER = {"service.started", "service.adopted", "service.exited", "service.failed", "service.backoff"}
_WORDS = {
    "failed": "has failed",
    "crashed": "has crashed",
    "exited": "has ended",
    "backoff": "waits to be started again",
    "unhealthy": "is unhealthy",
    "waiting": "waits",
}
"""Where several are met, the first of them is told."""


class Sightings:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._crashed: set[str] = set()
        self._asked: set[str] = set()  # on their way because somebody wants that

    def begin(self, entries: Iterable[Entry]) -> None:
        """What is so when nothing has been heard yet."""
        for entry in entries:
            if entry.state.status in _ON_THE_WAY:
                self._asked.add(entry.spec.id)
            elif entry.state.status in {"backoff", "exited", "failed"} and _abnormal(entry, entry.state):
                self._crashed.add(entry.spec.id)

    def hear(self, event: Event) -> None:
        """A fact of the supervisor."""
        fact, service = event.fact, event.fact.subject
        entry = None if service is None else self._services.get(service)
        if service is None or entry is None:
            return
        if fact.type == "service.exited" and not _expected(entry, fact):
            self._crashed.add(service)
        elif fact.type in {"service.started", "service.adopted"}:
            self._crashed.discard(service)
        elif self._begins_as_asked(service, entry, fact):
            self._asked.add(service)
        if fact.type in _OVER:
            self._asked.discard(service)

    def _begins_as_asked(self, service: str, entry: Entry, fact: Fact) -> bool:
        """A start or a stop that nothing but somebody's wish has led to."""
        if fact.type == "service.stopping":
            return entry.state.health != "unhealthy"
        return fact.type == "service.starting" and service not in self._crashed

    def readings(self, condition: StateIs) -> Readings:
        return {entry.spec.id: self._reading(condition, entry) for entry in self._services.named(condition.service)}

    def _reading(self, condition: StateIs, entry: Entry) -> Reading:
        met = self._seen(entry).intersection(condition.states) if self._may_meet(condition, entry) else None
        if not met:
            return Reading(False, detail=_words(entry.state.status), service=entry.spec.id)
        telling = next((one for one in _WORDS if one in met), min(met))
        last = entry.state.last
        reason = entry.state.reason or (last.text if telling == "crashed" and last is not None else None)
        detail = _words(telling) + (f": {reason}" if reason else "")
        return Reading(True, detail=detail, service=entry.spec.id, cause=_told(telling, entry))

    def _may_meet(self, condition: StateIs, entry: Entry) -> bool:
        """Whether it is worth a closer look."""
        state = entry.state
        return state.status in condition.states or state.health == "unhealthy" or entry.spec.id in self._crashed

    def _seen(self, entry: Entry) -> set[str]:
        service, state = entry.spec.id, entry.state
        if state.wanted == "down":
            return set()
        seen = set() if service in self._asked and state.status in _ON_THE_WAY else {str(state.status)}
        if state.health == "unhealthy" and state.status != "stopping":
            seen.add("unhealthy")
        if service in self._crashed and state.status != "running":
            seen.add("crashed")
        return seen


def _words(seen: str) -> str:
    return _WORDS.get(seen, f"is {seen}")


def _told(seen: str, entry: Entry) -> str | None:
    """The event that told of it."""
    told = {"crashed": entry.told.end, "unhealthy": entry.told.health}
    return told.get(seen, entry.told.status)


def _expected(entry: Entry, fact: Fact) -> bool:
    return fact.payload.get("exit_code") in entry.policy.exit_codes


def _abnormal(entry: Entry, state: State) -> bool:
    return state.last is not None and state.last.code not in entry.policy.exit_codes
