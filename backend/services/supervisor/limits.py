"""Limits that no system enforces here: the daemon looks at what such services use, and ends what is over for too long.

It looks only while such a service runs. What the system enforces (control groups, job objects) is not looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Event, Fact
from backend.core.tasks import Tasks
from backend.services.definitions.model import Limits
from backend.services.processes.runtime import Tree
from backend.services.supervisor import happenings
from backend.services.supervisor.entry import Entry, LimitMet
from backend.services.supervisor.launching import limits_of
from backend.services.supervisor.views import Usage

log = logging.getLogger(__name__)

LOOK = 2.0  # seconds between looks
Measure = Callable[[Mapping[str, Iterable[int]]], Awaitable[Mapping[str, Usage]]]
Limit = Literal["memory", "cpu", "processes", "priority", "affinity"]
WATCHABLE: tuple[Limit, ...] = ("memory", "cpu", "processes")


@dataclass(frozen=True)
class Used:
    """By a whole tree: bytes that are resident, percent of one processor, processes."""

    memory: float
    cpu: float
    processes: float


@dataclass(frozen=True)
class Excess:
    """A limit that was exceeded for longer than is allowed."""

    limit: str
    words: str


@dataclass(frozen=True)
class LimitInForce:
    """`value` and `by` in words for people; `enforced` says that the system itself holds it."""

    limit: Limit
    value: str
    by: str
    enforced: bool


def judge(
    limits: Limits, watched: Collection[str], used: Used, over: Mapping[str, float], now: float
) -> tuple[dict[str, float], Excess | None]:
    """Since when (monotonic seconds) each of the watched limits is exceeded, and the first that was for `sustain`
    seconds. `over` is what the last look said."""
    exceeded = [limit for limit in watched if getattr(used, limit) > getattr(limits, limit)]
    since = {limit: over.get(limit, now) for limit in exceeded}
    for limit, begun in since.items():
        if now - begun >= limits.sustain:
            amount, most = (_amount(limit, getattr(one, limit)) for one in (used, limits))
            return since, Excess(limit, f"{limit} limit reached: {amount} for {now - begun:.0f} s, limit {most}")
    return since, None


def limits_in_force(tree: Tree | None) -> list[LimitInForce]:
    """How each limit of what runs holds; empty while nothing does."""
    limits = None if tree is None else limits_of(tree)
    if tree is None or limits is None:
        return []
    found = []
    limit: Limit
    for limit in (*WATCHABLE, "priority", "affinity"):
        declared = getattr(limits, limit)
        if declared is None or declared == ():
            continue
        otherwise = "watching" if limit in WATCHABLE else "not in force: the system refuses it"
        by = tree.enforced.get(limit, otherwise)
        found.append(LimitInForce(limit, _amount(limit, declared), by, limit in tree.enforced))
    return found


def _amount(limit: str, value: object) -> str:
    """`2.1 GB`, `150 %`, `12`, `low`, `0, 1`."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if limit == "memory" and isinstance(value, (int, float)):
        unit, size = next((one for one in (("GB", 1e9), ("MB", 1e6)) if value >= one[1]), ("KB", 1e3))
        return f"{value / size:.3g} {unit}"
    if isinstance(value, (int, float)):
        return f"{value:g} %" if limit == "cpu" else f"{value:g}"
    return str(value)


class LimitWatch:
    """`members` and `measure` say what belongs to each service and what that uses; `post` reaches the machine."""

    def __init__(
        self,
        *,
        entries: Mapping[str, Entry],
        tasks: Tasks,
        clock: Clock,
        members: Callable[[], Awaitable[Mapping[str, list[int]]]],
        measure: Measure,
        tell: Callable[[Fact], Event],
        post: Callable[[str, happenings.Happening], None],
    ) -> None:
        self._entries = entries
        self._tasks = tasks
        self._clock = clock
        self._members = members
        self._measure = measure
        self._tell = tell
        self._post = post
        self._watching: asyncio.Task[None] | None = None

    def look_after(self, entry: Entry) -> None:
        """A tree of this service is there."""
        if _watched(entry) and (self._watching is None or self._watching.done()):
            self._watching = self._tasks.spawn(self._watch(), name="limits")

    async def _watch(self) -> None:
        over: dict[str, dict[str, float]] = {}  # tree → limit → since when
        while watched := [entry for entry in self._entries.values() if _watched(entry)]:
            try:
                members = await self._members()
                groups: dict[str, Iterable[int]] = {one.spec.id: members.get(one.spec.id, ()) for one in watched}
                usage = await self._measure(groups)
            except CenterError as error:
                log.info("limits cannot be watched: %s", error.detail)
            else:
                over = self._look(watched, members, usage, over)
            await asyncio.sleep(LOOK)

    def _look(
        self,
        watched: Iterable[Entry],
        members: Mapping[str, list[int]],
        usage: Mapping[str, Usage],
        before: Mapping[str, dict[str, float]],
    ) -> dict[str, dict[str, float]]:
        over = {}
        for entry in watched:
            service, tree = entry.spec.id, entry.tree
            figures = usage.get(service)
            limits = None if tree is None else limits_of(tree)
            if tree is None or limits is None or figures is None:
                continue
            used = Used(figures.memory_bytes, figures.cpu_percent, len(members.get(service, ())))
            since = before.get(tree.id, {})
            over[tree.id], excess = judge(limits, _watched(entry), used, since, self._clock.monotonic())
            if excess is not None:
                del over[tree.id]
                self._end(entry, tree.id, excess)
        return over

    def _end(self, entry: Entry, tree: str, excess: Excess) -> None:
        told = self._tell(limit_fact(entry.spec.id, excess.limit, excess.words, "watching"))
        entry.limit_met = LimitMet(tree, excess.limit, told.id)
        never = entry.spec.restart.when == "never"
        self._post(entry.spec.id, happenings.WantRestart(reason=excess.words, counted=True, doom=never))


def limit_fact(service: str, limit: str, words: str, by: str) -> Fact:
    return Fact("supervisor", "service.limit", service, payload={"limit": limit, "reason": words, "by": by})


def _watched(entry: Entry) -> list[str]:
    """The limits of what runs that nobody else holds."""
    tree = entry.tree
    if tree is None or entry.state.tree != tree.id or entry.state.status not in {"starting", "running"}:
        return []
    limits = limits_of(tree)
    if limits is None:
        return []
    return [limit for limit in WATCHABLE if getattr(limits, limit) is not None and limit not in tree.enforced]
