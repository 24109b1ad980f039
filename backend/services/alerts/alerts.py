"""The alerts as the rest of the program has them: rules in force, what they see, who is told of what, and the past."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import inf

from backend.core.bus import Bus, Overrun
from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Event
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.forgetting import Prune, forget, keep_forgetting
from backend.database.repositories import alerts as table
from backend.database.repositories.alerts import Record, Silence
from backend.services.alerts.errors import AlertResolved, AlertsNotRead, UnknownAlert, UnknownRule
from backend.services.alerts.evaluation import Evaluation
from backend.services.alerts.model import Rule, Section
from backend.services.alerts.recorder import Recorder
from backend.services.alerts.senses import Senses
from backend.services.alerts.state import Phase
from backend.services.alerts.tracked import Tracked

log = logging.getLogger(__name__)

ROOM = 1000  # events that may wait to be heard
READ_AGAIN = 5.0  # seconds until what fired before is asked for again, where the database did not answer
PATIENCE = 1.0  # seconds that a question waits for what is about to be stored
MOST_AT_ONCE = 500  # alerts of a span
KEEP = 90 * 86_400.0  # seconds that past alerts are kept, where nothing is said
MOST_KEPT = 20_000  # past alerts, however young
_WORST: tuple[Phase, ...] = ("firing", "pending", "resolved", "inactive")


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule of the configuration, what it sees of its subjects, and whether anybody is told. `problem` is why it can
    see nothing."""

    rule: Rule
    subjects: Mapping[str, Tracked]
    problem: str | None
    silence: Silence | None
    maintenance: str | None

    @property
    def worst(self) -> Tracked | None:
        return min(self.subjects.values(), key=lambda one: _WORST.index(one.state.phase), default=None)


class Alerts:
    """`section` is what the configuration says now, `keep` for how many seconds past alerts are kept. `wake` is set by
    whoever knows that something may look other than before."""

    def __init__(
        self,
        *,
        evaluation: Evaluation,
        senses: Senses,
        recorder: Recorder,
        database: Database,
        clock: Clock,
        section: Callable[[], Section],
        keep: Callable[[], float],
        wake: asyncio.Event,
    ) -> None:
        self._evaluation = evaluation
        self._senses = senses
        self._recorder = recorder
        self._database = database
        self._clock = clock
        self._section = section
        self._keep = keep
        self._begun = self._complained = False
        self._wake = wake

    async def open(self, tasks: Tasks, bus: Bus[Event]) -> None:
        """What fired before is known when this returns, unless the database is away; nothing is told until it is."""
        self._begun = await self._read_before()
        tasks.spawn(self._listen(bus), name="alerts: events")
        tasks.spawn(self._evaluate(), name="alerts")
        tasks.spawn(keep_forgetting("alerts", self.forget_old), name="old alerts")

    async def close(self) -> None:
        """What was told is stored when this returns, unless the database is away."""
        if not await self._recorder.stored():
            log.warning("the last alerts could not be stored")

    def definitions_changed(self) -> None:
        if self._begun:
            self._apply()

    # Asking

    def firing(self) -> list[Record]:
        """The newest first. Raises `AlertsNotRead`."""
        self._must_have_begun()
        return self._evaluation.firing()

    async def resolved(self, before: int | None, limit: int) -> list[Record]:
        """Past ones, the newest first, with lesser ids than `before`."""
        await self._recorder.stored(PATIENCE)
        async with self._database.read() as session:
            return await table.resolved(session, before, limit)

    async def between(self, since: datetime, until: datetime) -> list[Record]:
        """Those that fired in that time, or still did, the newest first; a bounded number."""
        await self._recorder.stored(PATIENCE)
        async with self._database.read() as session:
            return await table.between(session, since, until, MOST_AT_ONCE)

    def rules(self) -> list[Standing]:
        evaluation = self._evaluation
        return [
            Standing(
                rule,
                dict(sorted(evaluation.tracked.get(name, {}).items())),
                self._senses.problem(rule),
                evaluation.silences.get(name),
                evaluation.window_of(name),
            )
            for name, rule in self._section().rules.items()
        ]

    # Silencing

    async def silence(self, alert: int, seconds: float | None, by: str) -> Record:
        """For so long nobody is told of it; None: from now on again. Raises `AlertsNotRead`, `UnknownAlert`
        and `AlertResolved`."""
        self._must_have_begun()
        one = self._evaluation.find(alert)
        if one is None:
            raise await self._why_not(alert)
        record = self._evaluation.silence(one, self._until(seconds), by)
        self._wake.set()
        await self._recorder.stored(PATIENCE)
        return record

    async def silence_rule(self, rule: str, seconds: float | None, by: str) -> Silence | None:
        """The same for whatever a rule finds. Raises `AlertsNotRead` and `UnknownRule`."""
        self._must_have_begun()
        if rule not in self._evaluation.section.rules:
            raise UnknownRule(f"There is no rule {rule[:100]!r}. GET /api/alerts/rules lists them.")
        self._evaluation.silence_rule(rule, self._until(seconds), by)
        self._wake.set()
        await self._recorder.stored(PATIENCE)
        return self._evaluation.silences.get(rule)

    def _must_have_begun(self) -> None:
        if not self._begun:
            raise AlertsNotRead("What fired and was silenced before is being read. Ask again in a moment.")

    def _until(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else self._clock.now() + timedelta(seconds=seconds)

    async def _why_not(self, alert: int) -> CenterError:
        await self._recorder.stored(PATIENCE)
        async with self._database.read() as session:
            record = await table.get(session, alert)
        if record is None:
            return UnknownAlert(f"There is no alert {alert}. GET /api/alerts lists them.")
        return AlertResolved("It does not fire any more: silence its rule where that is meant.")

    # Watching

    async def _evaluate(self) -> None:
        while not self._begun:
            await asyncio.sleep(READ_AGAIN)
            self._begun = await self._read_before()
        self._apply()
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                self._evaluation.evaluate(self._clock.now())
            except Exception:
                log.exception("alerts could not be looked at")

    async def _read_before(self) -> bool:
        """Whether it is known what fired and what was silenced when the daemon ended: that is not told again."""
        try:
            async with self._database.read() as session:
                firing = await table.firing(session)
                last_id, silences = await table.newest(session), await table.silences(session)
        except CenterError as error:
            if not self._complained:  # once, however long it is away
                log.warning("alerts of before are not known yet, and nothing is told: %s", error.detail)
            self._complained = True
            return False
        self._evaluation.begin(self._section(), firing, last_id, silences, self._clock.now())
        return True

    def _apply(self) -> None:
        section = self._section()
        self._evaluation.apply(section, self._clock.now())
        self._senses.watch(section.rules.values())
        self._wake.set()

    async def _listen(self, bus: Bus[Event]) -> None:
        while True:
            with bus.subscribe(ROOM) as heard:
                self._senses.begin()
                try:
                    while True:
                        for event in await heard.take():
                            self._hear(event)
                except Overrun:
                    log.warning("more happened at once than rules could be told of; they look at what is so now")
                    self._wake.set()

    def _hear(self, event: Event) -> None:
        fact = event.fact
        if fact.type == "daemon.resumed":
            self._evaluation.began_anew(self._clock.now())
        if self._senses.hear(event):
            self._wake.set()

    # Retention

    async def forget_old(self) -> None:
        """Removes past alerts that need not be kept. Raises `DatabaseUnavailable`."""
        keep = self._keep()
        prunes: list[Prune] = [partial(table.prune_beyond, keep=MOST_KEPT)]
        if keep < inf:
            prunes.append(partial(table.prune, before=self._clock.now() - timedelta(seconds=keep)))
        for prune in prunes:
            await forget(self._database, prune)
