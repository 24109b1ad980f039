"""Ends that nobody wanted, told to whoever keeps the story of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backend.services.processes.logs import Log
from backend.services.processes.runtime import Exit
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.happenings import Policy, State

ROOM = 200  # ends that wait for somebody to listen
LOST = "the keeper was lost"


@dataclass(frozen=True)
class AbnormalEnd:
    """A tree that ended by itself as it should not, or that the supervisor ended for its health or a limit. `log` from
    `log_start` up to `log_end` holds what it had to say; None where that is not known. Without an `exit` nobody knows
    how it ended; `cause` is the id of the event that told of it."""

    service: str
    name: str
    tree: str
    at: datetime
    started_at: datetime
    exit: Exit | None
    reason: str
    log: Log
    log_start: int | None
    log_end: int | None
    cause: str | None


Listener = Callable[[AbnormalEnd], None]


class Ends:
    """Keeps the newest of them until somebody listens: services start before what is built on them."""

    def __init__(self) -> None:
        self._early: deque[AbnormalEnd] = deque(maxlen=ROOM)
        self._listener: Listener | None = None

    def listen(self, listener: Listener) -> None:
        """Calls it with each, those of before first; from the event loop, so it must not wait."""
        self._listener = listener
        while self._early:
            listener(self._early.popleft())

    def look(self, entry: Entry, before: State, after: State, now: datetime) -> None:
        """Tells of the tree that `entry` has just lost, if it did and that was not as it should be."""
        tree = entry.tree
        if tree is None or before.pid is None or before.tree != tree.id or after.tree == tree.id:
            return
        last = entry.last_exit if entry.last_exit is not None and entry.last_exit.tree == tree.id else None
        exit_ = None if last is None else last.exit
        if not is_abnormal(before, after, exit_, entry.policy):
            return
        end = AbnormalEnd(
            service=entry.spec.id,
            name=entry.spec.name,
            tree=tree.id,
            at=now if exit_ is None else exit_.at,
            started_at=tree.started_at,
            exit=exit_,
            reason=_reason(before, exit_),
            log=Log(entry.spec.log_file, entry.spec.log.encoding) if last is None else last.log,
            log_start=None if last is None else last.log_start,
            log_end=None if last is None else last.log_end,
            cause=entry.told.end,
        )
        (self._listener or self._early.append)(end)


def is_abnormal(before: State, after: State, exit_: Exit | None, policy: Policy) -> bool:
    """Whether the end of what ran `before` was none that a person, a dependency or the tool itself had asked for."""
    if before.status == "stopping":  # a restart that a person or a dependency wants begins the count anew
        return before.doomed is not None or (before.again and before.wanted == "up" and before.restarts > 0)
    if before.wanted == "down" or exit_ is None:
        return before.wanted == "up"
    expected = exit_.code is not None and exit_.code in policy.exit_codes
    asked_for_restart = after.status in {"starting", "waiting"} and after.restarts == before.restarts
    return not expected and not asked_for_restart


def _reason(before: State, exit_: Exit | None) -> str:
    if before.status == "stopping":
        return before.doomed or before.reason or ""
    return LOST if exit_ is None else exit_.text
