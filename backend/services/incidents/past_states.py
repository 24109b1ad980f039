"""What a service did at a moment, from what was told of it before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from backend.core.events import Event
from backend.services.supervisor.happenings import WITH_TREE, Health, Status

_STATUS: Mapping[str, Status] = {
    "service.waiting": "waiting",
    "service.starting": "starting",
    "service.launched": "starting",
    "service.started": "running",
    "service.adopted": "running",
    "service.self_restarted": "running",
    "service.stopping": "stopping",
    "service.stopped": "stopped",
    "service.backoff": "backoff",
    "service.exited": "exited",
    "service.failed": "failed",
}
_HEALTH = "service.health"
TYPES = (*_STATUS, _HEALTH)
_GONE = "the control center had not started it again"


@dataclass(frozen=True, slots=True)
class Past:
    """`since` and `event_seq` are of the event from which it was so."""

    status: Status
    health: Health
    reason: str | None
    since: datetime
    event_seq: int


def past_of(events: Sequence[Event], daemon_since: int) -> Past | None:
    """From the last events of one service, the newest first; None where none tells of its status. What ran with an
    earlier daemon, whose successor (since the event `daemon_since`) has not taken it over, had ended."""
    last = next((event for event in events if event.fact.type in _STATUS), None)
    if last is None:
        return None
    status = _STATUS[last.fact.type]
    if status in WITH_TREE and last.seq < daemon_since:
        return Past("stopped", "none", _GONE, last.at, last.seq)
    reason = last.fact.payload.get("reason") or last.fact.payload.get("exit")
    return Past(status, _health(events, status), reason, last.at, last.seq)


def _health(events: Sequence[Event], status: Status) -> Health:
    """As its probes last said in this life."""
    if status not in WITH_TREE:
        return "none"
    for event in events:
        if event.fact.type == _HEALTH:
            return cast(Health, event.fact.payload["health"])
        if event.fact.type in {"service.starting", "service.adopted"}:
            break
    return "none"
