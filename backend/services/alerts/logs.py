"""What rules see of logs: keeps a watch on each log that one of them is about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from backend.core.clock import Clock
from backend.core.tasks import Tasks
from backend.services.alerts.log_watch import LogWatch, Sought
from backend.services.alerts.model import LogSays, Reading, Readings, Rule
from backend.services.alerts.services import Services
from backend.services.alerts.words import duration
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log

_Key = tuple[Path, str, tuple[tuple[str, LogSays], ...]]  # a log, its encoding, and what is sought in it


class Logs:
    """`found` is called when a line was found that a rule seeks."""

    def __init__(
        self, services: Services, *, growth: Growth, tasks: Tasks, clock: Clock, found: Callable[[], None]
    ) -> None:
        self._services = services
        self._growth = growth
        self._tasks = tasks
        self._clock = clock
        self._found = found
        self._watches: dict[str, tuple[_Key, LogWatch, asyncio.Task[None]]] = {}

    def watch(self, rules: Iterable[Rule]) -> None:
        """These rules are in force, for the services that there are now. Who has others now begins anew."""
        wanted = self._wanted(rules)
        for service in [one for one, (key, *_) in self._watches.items() if wanted.get(one) != key]:
            self._watches.pop(service)[2].cancel()
        for service, key in wanted.items():
            if service not in self._watches:
                self._begin(service, key)

    def stir(self, service: str) -> None:
        if service in self._watches:
            self._watches[service][1].stir()

    def readings(self, rule: Rule, condition: LogSays) -> Readings:
        now = self._clock.now().timestamp()
        found: dict[str, Reading] = {}
        for entry in self._services.named(condition.service):
            watched = self._watches.get(entry.spec.id)
            if watched is not None and rule.name in watched[1].sought:
                found[entry.spec.id] = _reading(watched[1], rule.name, now, entry.spec.id)
        return found

    def _wanted(self, rules: Iterable[Rule]) -> dict[str, _Key]:
        logs: dict[str, tuple[Path, str]] = {}
        sought: dict[str, list[tuple[str, LogSays]]] = {}
        for rule in rules:
            if isinstance(rule.condition, LogSays):
                for spec in (entry.spec for entry in self._services.named(rule.condition.service)):
                    logs[spec.id] = spec.log_file, spec.log.encoding
                    sought.setdefault(spec.id, []).append((rule.name, rule.condition))
        return {service: (*logs[service], tuple(conditions)) for service, conditions in sought.items()}

    def _begin(self, service: str, key: _Key) -> None:
        live, encoding, conditions = key
        watch = LogWatch(
            Log(live, encoding),
            {rule: Sought(condition) for rule, condition in conditions},
            growth=self._growth,
            clock=self._clock,
            lives=lambda: self._lives(service),
            found=self._found,
        )
        self._watches[service] = key, watch, self._tasks.spawn(watch.run(), name=f"alerts: log of {service}")

    def _lives(self, service: str) -> bool:
        entry = self._services.get(service)
        return entry is not None and entry.state.pid is not None


def _reading(watch: LogWatch, rule: str, now: float, service: str) -> Reading:
    sought = watch.sought[rule]
    count, condition = sought.within(now), sought.condition
    if count < condition.count and not watch.caught_up:
        return Reading(None, float(count), service=service)
    times = "" if condition.count == 1 else f"{count} times within {duration(condition.within)}, last "
    detail = f"wrote {times}`{sought.line}`" if count else "has not written it again"
    return Reading(count >= condition.count, float(count), detail, service)
