"""Everything that rules can see, each kind by its own means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from backend.core.clock import Clock
from backend.core.events import Event
from backend.core.tasks import Tasks
from backend.services.alerts.figures import BudgetsSeen, Metrics
from backend.services.alerts.logs import Logs
from backend.services.alerts.model import EACH, BudgetAt, LogSays, Readings, Rule, Silent, StateIs, Threshold
from backend.services.alerts.services import Services
from backend.services.alerts.sightings import Sightings
from backend.services.alerts.silence import Silence
from backend.services.processes.growth import Growth
from backend.services.usage.budgets import Standing


class Senses:
    """`changed` is called when something may look other than before."""

    def __init__(
        self,
        *,
        services: Services,
        standings: Callable[[], Sequence[Standing]],
        growth: Growth,
        tasks: Tasks,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._services = services
        self._changed = changed
        self._metrics = Metrics()
        self._budgets = BudgetsSeen(standings)
        self._sightings = Sightings(services)
        self._logs = Logs(services, growth=growth, tasks=tasks, clock=clock, found=changed)
        self._silence = Silence(services, growth=growth, tasks=tasks, clock=clock, changed=changed)
        self._in_force = False

    def begin(self) -> None:
        """What is so by now: what happened before is not heard."""
        self._sightings.begin(self._services.named(EACH))

    def watch(self, rules: Iterable[Rule]) -> None:
        """These rules are in force, for the services that there are now."""
        rules = tuple(rules)
        self._in_force = bool(rules)
        self._logs.watch(rules)
        self._silence.watch(rules)

    def tick(self, at: datetime, values: Mapping[str, float]) -> None:
        """Of the history."""
        self._metrics.tick(values)
        if self._in_force:
            self._changed()

    def hear(self, event: Event) -> bool:
        """Whether it may matter."""
        fact = event.fact
        if fact.area == "supervisor" and fact.subject is not None:
            self._sightings.hear(event)
            self._logs.stir(fact.subject)
            self._silence.stir(fact.subject)
        elif fact.type == "daemon.resumed":
            self._silence.resumed()
        return self._in_force and (fact.area in {"supervisor", "usage"} or fact.type == "daemon.resumed")

    def readings(self, rule: Rule, firing: frozenset[str]) -> Readings:
        """What is seen of the subjects of a rule; `firing` are those for which it fires."""
        match rule.condition:
            case Threshold() as condition:
                return self._metrics.readings(condition, firing)
            case StateIs() as condition:
                return self._sightings.readings(condition)
            case LogSays() as condition:
                return self._logs.readings(rule, condition)
            case BudgetAt() as condition:
                return self._budgets.readings(condition)
            case Silent() as condition:
                return self._silence.readings(condition)

    def problem(self, rule: Rule) -> str | None:
        """Why a rule can see nothing."""
        match rule.condition:
            case Threshold() as condition:
                return self._metrics.problem(condition)
            case BudgetAt() as condition:
                return self._budgets.problem(condition)
            case StateIs(service) | LogSays(service=service) | Silent(service):
                return self._services.problem(service)
