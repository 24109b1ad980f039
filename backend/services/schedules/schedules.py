"""Schedules as the rest of the program has them: made, changed, paused, looked at ahead, run now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import chain, islice

from backend.core.bus import Bus, Subscription
from backend.core.clock import Clock
from backend.core.events import Event, Fact
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.repositories.schedules import statuses
from backend.services.modules import Catalogue
from backend.services.modules.rules import Cron, Every
from backend.services.runs import Runs
from backend.services.runs.views import RunView
from backend.services.schedules.asking import Asked, Wish, asked
from backend.services.schedules.book import Book
from backend.services.schedules.calendar import CalendarDay, calendar
from backend.services.schedules.days import days
from backend.services.schedules.declarations import Declarations
from backend.services.schedules.errors import RunOverlaps, ScheduleDeclared
from backend.services.schedules.file_changes import FileChanges
from backend.services.schedules.firing import Firing
from backend.services.schedules.model import Schedule
from backend.services.schedules.rows import plan_values
from backend.services.schedules.scheduler import Scheduler
from backend.services.schedules.times import times, zone_of
from backend.services.schedules.triggers import ROOM, Listener, Trigger
from backend.services.schedules.zones import zone_named


@dataclass(frozen=True, slots=True)
class Preview:
    """`times` are the next of a rule of the clock, in its zone; `faults` is all that is wrong."""

    times: Sequence[datetime]
    faults: Sequence[Mapping[str, str]]


class Schedules:
    """`local` is the zone of the machine."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        tell: Callable[[Fact], object],
        bus: Bus[Event],
        runs: Runs,
        catalogue: Catalogue,
        secrets: Secrets,
        local: tzinfo,
    ) -> None:
        self._catalogue, self._runs, self._clock, self._bus, self._secrets = catalogue, runs, clock, bus, secrets
        self._database = database
        self._book = Book(database, clock, local)
        self._firing = Firing(book=self._book, runs=runs, module=catalogue.get, tell=tell, hide=secrets.hide)
        self._scheduler = Scheduler(self._book, self._firing)
        self._book.changed = self._scheduler.wake
        self._declarations = Declarations(
            book=self._book,
            catalogue=catalogue,
            secrets=secrets,
            tell=lambda what, one: self._firing.tell(what, one, {"name": one.name}, "daemon"),
        )
        trigger = Trigger(self._book, self._firing)
        self._listener = Listener(
            book=self._book,
            trigger=trigger,
            job_of=self._job_of,
            causes=self._scheduler.causes,
            ended=self._scheduler.wake,
            modules_changed=self._declarations.look_again,
        )
        self._files = FileChanges(self._book, trigger, clock)
        self._heard: Subscription[Event] | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hears what ends from now on; what follows from it comes after `begin`."""
        with self._bus.subscribe(ROOM) as self._heard:
            yield

    def begin(self, tasks: Tasks) -> None:
        """Runs are there: what is due is run from now on."""
        assert self._heard is not None
        tasks.spawn(self._declarations.follow(), name="declared schedules")
        tasks.spawn(self._scheduler.run(), name="scheduler")
        tasks.spawn(self._listener.listen(self._bus, self._heard), name="what follows runs")
        tasks.spawn(self._files.watch(), name="what follows files")

    async def _job_of(self, run_id: str) -> int:
        return (await self._runs.get(run_id)).job_id

    # Looking

    async def list(self) -> Sequence[Schedule]:
        await self._book.open()
        return sorted(self._book.entries.values(), key=lambda one: one.id)

    async def get(self, schedule: int) -> Schedule:
        """Raises `UnknownSchedule`."""
        return await self._book.get(schedule)

    async def outcomes(self, schedules: Iterable[Schedule]) -> Mapping[str, str]:
        """The states of their last runs, by the ids of these; of a run that is not kept any more there is none."""
        wanted = [one.last_run for one in schedules if one.last_run is not None]
        async with self._database.read() as session:
            return await statuses(session, wanted)

    @property
    def local_zone(self) -> str:
        """The name of the zone that rules without one go by."""
        return str(self._book.local)

    async def calendar(self, first: date | None, count: int, zone: str | None) -> Sequence[CalendarDay]:
        """`count` days from `first` on, or from today, as they are in `zone`, or in that of the machine. Raises
        `UnknownZone`."""
        here = self._book.local if zone is None else zone_named(zone)
        today = self._clock.now().astimezone(here).date()
        return await calendar(self._database, self._book, days(first or today, count, here))

    async def preview(self, wish: Wish, instead_of: int | None = None, count: int = 5) -> Preview:
        """What a schedule would be, made anew or in the place of another. Raises `UnknownModule` and
        `UnknownSchedule`."""
        await self._book.open()
        before = None if instead_of is None else await self.get(instead_of)
        found = self._asked(wish, instead_of)
        if not isinstance(found.rule, (Cron, Every)):
            return Preview((), found.faults)
        now, zone = self._clock.now(), self._book.local
        if isinstance(found.rule, Cron):
            zone = zone_of(found.rule, zone)
        coming = times(found.rule, now, self._book.local)
        if before is not None and before.plan.rule == found.rule and before.next_at is not None:
            coming = chain((before.next_at,), times(found.rule, before.next_at, self._book.local))
        return Preview([one.astimezone(zone) for one in islice(coming, count)], found.faults)

    def _asked(self, wish: Wish, instead_of: int | None = None) -> Asked:
        module = self._catalogue.get(wish.module_id)
        return asked(wish, module, self._catalogue.modules, self._book.follows(but=instead_of), self._secrets)

    # Wishes

    async def add(self, wish: Wish, *, paused: bool = False, actor: str = "local") -> Schedule:
        """Raises `UnknownModule` and `InvalidSchedule`."""
        await self._book.open()
        plan, module = self._asked(wish).plan(), self._catalogue.get(wish.module_id)
        first = None if paused else self._book.first(plan, self._clock.now())
        values = {"name": wish.name or module.name, "subject": module.id, "paused": paused, "next_at": first}
        added = await self._book.add({**values, **plan_values(plan, plan.parameters)})
        self._firing.tell("added", added, {"name": added.name}, actor)
        return added

    async def replace(self, schedule: int, wish: Wish, actor: str = "local") -> Schedule:
        """The same schedule with another plan. Raises `UnknownSchedule`, `ScheduleDeclared`, `UnknownModule` and
        `InvalidSchedule`."""
        found = self._of_the_api(await self.get(schedule))
        plan, module = self._asked(wish, found.id).plan(), self._catalogue.get(wish.module_id)
        changed = await self._book.replan(found.id, module.id, wish.name or module.name, plan)
        self._firing.tell("changed", changed, {"name": changed.name}, actor)
        return changed

    async def remove(self, schedule: int, actor: str = "local") -> None:
        """Raises `UnknownSchedule` and `ScheduleDeclared`."""
        found = self._of_the_api(await self.get(schedule))
        await self._book.remove(schedule)
        self._firing.tell("removed", found, {"name": found.name}, actor)

    def _of_the_api(self, schedule: Schedule) -> Schedule:
        if schedule.declared is None:
            return schedule
        key = "schedule" if schedule.declared == "schedule" else "triggers"
        raise ScheduleDeclared(
            f"It stands in the definition of `{schedule.module_id}`, under `{key}`: change it there. It can be paused."
        )

    async def pause(self, schedule: int, actor: str = "local") -> Schedule:
        """Until it is resumed it is run for nothing. Raises `UnknownSchedule`."""
        return await self._set_paused(await self.get(schedule), True, actor)

    async def resume(self, schedule: int, actor: str = "local") -> Schedule:
        """From now on; what came meanwhile is not made up for. Raises `UnknownSchedule`."""
        return await self._set_paused(await self.get(schedule), False, actor)

    async def _set_paused(self, one: Schedule, paused: bool, actor: str) -> Schedule:
        changed = await self._book.pause(one.id, paused)
        if changed is None:
            return await self.get(one.id)
        self._firing.tell("paused" if paused else "resumed", changed, {"name": one.name}, actor)
        return changed

    async def run(self, schedule: int, actor: str = "local") -> RunView:
        """Its run now, beside its times. Raises `UnknownSchedule`, `RunOverlaps`, and what `Runs.submit` raises."""
        one = await self.get(schedule)
        if not one.plan.overlap and self._firing.goes_on(one):
            raise RunOverlaps(f"{one.last_run} has not finished, and this schedule has one run at a time.")
        view = await self._runs.submit(one.module_id, self._firing.parameters(one), actor=actor)
        await self._book.change(one.id, last_run=view.run_id, last_error=None)
        return view
