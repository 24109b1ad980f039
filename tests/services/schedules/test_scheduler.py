"""The scheduler over real runs, with a wall clock that goes on as the test likes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backend.center import Center
from backend.core.events import Fact
from backend.database.history import page
from backend.database.repositories import schedules as table
from backend.database.repositories.events import Filter
from backend.services.runs.spec import new_run_id
from backend.services.runs.views import RunView
from backend.services.schedules import file_changes, scheduler
from backend.services.schedules.asking import Wish
from backend.services.schedules.book import Book
from backend.services.schedules.errors import InvalidSchedule
from backend.services.schedules.model import Schedule
from backend.services.schedules.times import delay
from tests.database.waiting import until
from tests.fakes.clock import ShiftedClock
from tests.services.schedules.conftest import Opened

if sys.platform == "win32":
    pytest.skip("programs of POSIX", allow_module_level=True)

MODULES = """
modules:
  quick: {command: ["true"], parameters: {word: {default: x}}}
  long: {command: [sleep, "300"]}
  counts: {command: [sh, -c, 'echo "$CONTROL_CENTER_RUN_ID" >> ran'], concurrency: 1}
  ends: {command: [sh, -c, "while [ ! -e end ]; do sleep 0.02; done"]}
"""
DAY = 86400.0


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a clock that was set is noticed soon."""
    monkeypatch.setattr(scheduler, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(file_changes, "POLL_SECONDS", 0.1)


def hears(center: Center) -> list[Fact]:
    """All that is told of schedules, as it comes."""
    heard: list[Fact] = []

    async def hear() -> None:
        with center.journal.bus.subscribe(10_000) as subscription:
            while True:
                heard.extend(event.fact for event in await subscription.take() if event.fact.area == "schedules")

    center.tasks.spawn(hear(), name="a test hears")
    return heard


async def told(heard: list[Fact], type_: str, count: int = 1, subject: int | None = None) -> list[dict[str, Any]]:
    """The payloads of the first `count`, once they are told."""

    def found() -> list[dict[str, Any]]:
        wanted = (fact for fact in heard if fact.type == type_ and (subject is None or fact.subject == str(subject)))
        return [dict(fact.payload) for fact in wanted]

    await until(lambda: len(found()) >= count, 30)
    return found()


async def runs(center: Center, module: str) -> Sequence[RunView]:
    return (await center.runs.page(module_id=module, limit=100)).runs


async def waits_for(center: Center, clock: ShiftedClock, schedule: Schedule) -> datetime:
    """The next time, which is still to come."""
    one = await center.schedules.get(schedule.id)
    assert one.next_at is not None
    assert one.next_at > clock.now()
    return one.next_at


async def test_a_time_that_comes_is_one_run(opened: Opened, clock: ShiftedClock) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        wish = Wish("quick", cron="0 6 * * *", zone="Europe/Prague", parameters={"word": "morning"})
        one = await center.schedules.add(wish)
        first = await waits_for(center, clock, one)
        clock.set_by((first - clock.now()).total_seconds())
        (fired,) = await told(heard, "schedule.fired")
        (run,) = await runs(center, "quick")
        assert (run.requested_by, run.parameters) == ("schedule", {"word": "morning"})
        assert (fired["run_id"], fired["at"]) == (run.run_id, first.isoformat())
        assert (await center.schedules.get(one.id)).last_run == run.run_id
        assert timedelta(hours=22) < await waits_for(center, clock, one) - first < timedelta(hours=26)


async def test_a_machine_that_slept_skips_or_makes_up_once(opened: Opened, clock: ShiftedClock) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        skips = await center.schedules.add(Wish("long", every=3600, missed="skip"))
        makes_up = await center.schedules.add(Wish("quick", every=3600, missed="once"))
        clock.set_by(3 * 3600 + 1800)
        for one, made_up in ((skips, False), (makes_up, True)):
            (missed,) = await told(heard, "schedule.missed", subject=one.id)
            assert (missed["count"], missed["made_up"]) == (3, made_up)
            assert await waits_for(center, clock, one) < clock.now() + timedelta(hours=1)
        assert len(await runs(center, "quick")) == 1
        assert not await runs(center, "long")


async def test_a_run_that_still_goes_is_not_joined_by_another_unless_that_is_allowed(
    opened: Opened, clock: ShiftedClock
) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        alone = await center.schedules.add(Wish("long", every=DAY))
        several = await center.schedules.add(Wish("long", every=DAY, overlap=True))
        clock.set_by(DAY + 1)
        first = await told(heard, "schedule.fired", subject=alone.id)
        await told(heard, "schedule.fired", subject=several.id)
        clock.set_by(DAY)
        (skipped,) = await told(heard, "schedule.skipped_overlap", subject=alone.id)
        assert skipped["run_id"] == first[0]["run_id"]
        await told(heard, "schedule.fired", 2, subject=several.id)
        assert len(await runs(center, "long")) == 3
        await waits_for(center, clock, alone)


async def test_jitter_puts_a_run_off_by_as_much_as_it_was_told(opened: Opened, clock: ShiftedClock) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        one = await center.schedules.add(Wish("quick", every=DAY, jitter=DAY / 2))
        first = await waits_for(center, clock, one)
        begins = first + delay(one.id, first, DAY / 2)
        clock.set_by((begins - clock.now()).total_seconds() - 1000)
        other = await center.schedules.add(Wish("quick", every=900))
        clock.set_by(920)
        await told(heard, "schedule.fired", subject=other.id)
        assert fired(heard, one) == 0
        clock.set_by(100)
        (facts,) = await told(heard, "schedule.fired", subject=one.id)
        assert facts["at"] == first.isoformat(), "it is for its time, however late it begins"


async def test_a_paused_schedule_runs_nothing_and_makes_up_for_nothing(opened: Opened, clock: ShiftedClock) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        paused = await center.schedules.add(Wish("quick", every=3600, missed="once"))
        other = await center.schedules.add(Wish("quick", every=3600))
        await center.schedules.pause(paused.id)
        clock.set_by(3601)
        await told(heard, "schedule.fired", subject=other.id)
        resumed = await center.schedules.resume(paused.id)
        assert resumed.last_run is None
        clock.set_by(1800)
        assert await waits_for(center, clock, paused) <= clock.now() + timedelta(minutes=31)
        assert len(await runs(center, "quick")) == 1


async def test_a_clock_that_was_years_ahead_keeps_nothing_waiting(opened: Opened, clock: ShiftedClock) -> None:
    async with opened(MODULES) as center:
        clock.set_by(1000 * DAY)
        one = await center.schedules.add(Wish("quick", every=3600))
        clock.set_by(-1000 * DAY)

        async def is_near() -> bool:
            found = (await center.schedules.get(one.id)).next_at
            return found is not None and found < clock.now() + timedelta(hours=1, seconds=1)

        await until(is_near)
        assert not await runs(center, "quick")


async def test_what_cannot_be_run_is_said_once_and_its_times_go_on(opened: Opened, clock: ShiftedClock) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        one = await center.schedules.add(Wish("quick", every=3600))
        path = center.settings.definitions_path
        path.write_text(MODULES.replace("  quick: {", "  quick: {enabled: false, "), encoding="utf-8")
        await until(lambda: not center.catalogue.modules["quick"].enabled)
        for _ in range(3):
            before = (await center.schedules.get(one.id)).last_at
            clock.set_by(3601)
            await until(partial(_moved_on, center, one.id, before))
        (failed,) = await told(heard, "schedule.failed")
        assert "enabled: false" in failed["reason"]
        assert (await center.schedules.get(one.id)).last_error == failed["reason"]
        path.write_text(MODULES, encoding="utf-8")
        await until(lambda: center.catalogue.modules["quick"].enabled)
        clock.set_by(3600)
        await told(heard, "schedule.fired")
        assert (await center.schedules.get(one.id)).last_error is None


async def _moved_on(center: Center, schedule: int, before: datetime | None) -> bool:
    one = await center.schedules.get(schedule)
    return one.last_at != before and one.last_error is not None


# Triggers


async def test_a_success_is_followed_by_a_run_whose_parent_it_is(opened: Opened) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        await center.schedules.add(Wish("quick", after=["ends"]))
        failed = await center.runs.submit("ends", {})
        await center.runs.cancel(failed.run_id, 10)
        good = await center.runs.submit("ends", {})
        (center.settings.definitions_path.parent / "end").touch()
        (fired,) = await told(heard, "schedule.fired")
        (run,) = await runs(center, "quick")
        assert (run.run_id, run.parent_id, run.requested_by) == (fired["run_id"], good.job_id, "schedule")
        await center.journal.settled()
        events = (await page(center.database, center.journal, Filter(areas=("runs",)), 100)).events
        named = {(told.event.fact.type, told.event.fact.subject): told.event for told in events}
        completed = named["run.completed", good.run_id]
        assert named["run.queued", run.run_id].fact.cause == completed.id
        assert named["run.queued", good.run_id].fact.cause is None
        assert named["run.started", good.run_id].fact.cause == named["run.queued", good.run_id].id
        assert named["run.cancelled", failed.run_id].fact.cause == named["run.stopping", failed.run_id].id


async def test_several_successes_while_its_run_goes_are_followed_by_one_more(opened: Opened) -> None:
    async with opened(MODULES) as center:
        heard = hears(center)
        one = await center.schedules.add(Wish("ends", after=["quick"]))
        await center.runs.submit("quick", {})
        await told(heard, "schedule.fired")
        for _ in range(3):
            run = await center.runs.submit("quick", {})
            await center.runs.ended(run.run_id)
        await until(lambda: _is_waiting(center, one.id))
        assert len(await runs(center, "ends")) == 1
        (center.settings.definitions_path.parent / "end").touch()
        await told(heard, "schedule.fired", 2)
        assert len(await runs(center, "ends")) == 2


async def _is_waiting(center: Center, schedule: int) -> bool:
    return (await center.schedules.get(schedule)).next_at is not None


async def test_modules_that_would_follow_each_other_for_ever_do_not(opened: Opened) -> None:
    declared = """
      quick: {command: ["true"], triggers: {after: ends}}
      ends: {command: ["true"], triggers: {after: quick}}
    """
    async with opened(f"modules:{declared}") as center:
        heard = hears(center)
        await until(partial(_has_schedules, center, 2))
        await center.runs.submit("quick", {})
        (failed,) = await told(heard, "schedule.failed")
        assert failed["reason"] == "it would run for ever, in a circle: ends → quick → ends"
        assert not await runs(center, "ends")


async def _has_schedules(center: Center, count: int) -> bool:
    return len(await center.schedules.list()) == count


async def test_a_circle_is_refused_where_it_would_be_made(opened: Opened) -> None:
    async with opened(MODULES) as center:
        one = await center.schedules.add(Wish("quick", after=["ends"]))
        with pytest.raises(InvalidSchedule, match="in a circle: ends → quick → ends"):
            await center.schedules.add(Wish("ends", after=["quick"]))
        assert (await center.schedules.preview(Wish("ends", after=["quick"]), instead_of=one.id)).faults == []


async def test_what_was_changed_while_its_time_came_stays_as_it_was_changed(
    opened: Opened, clock: ShiftedClock
) -> None:
    async with opened(MODULES) as center:
        one = await center.schedules.add(Wish("quick", every=DAY))
        later = await center.schedules.replace(one.id, Wish("quick", every=2 * DAY))
        book = Book(center.database, clock, UTC)
        await book.open()
        await book.step(one, clock.now())
        assert (await center.schedules.get(one.id)).next_at == later.next_at
        assert book.entries[one.id].next_at == later.next_at


async def test_a_machine_that_moved_to_another_zone_goes_by_its_clock(opened: Opened, clock: ShiftedClock) -> None:
    async with opened(MODULES) as center:
        one = await center.schedules.add(Wish("quick", cron="0 6 * * *"))
        gone = await center.schedules.add(Wish("quick", cron="0 6 * * *", zone="UTC"))
        there = await center.schedules.add(Wish("quick", cron="0 7 * * *", zone="UTC"))
        assert one.next_at is not None
        elsewhere, wrong = one.next_at + timedelta(hours=1), {"zone": "Middle/Earth"}
        await center.database.write(partial(table.change, schedule=one.id, values={"next_at": elsewhere}))
        await center.database.write(partial(table.change, schedule=gone.id, values=wrong))
    async with opened(MODULES) as center:
        heard = hears(center)
        await until(partial(_waits_until, center, one.id, one.next_at))
        await until(partial(_waits_until, center, gone.id, None))
        lost = await center.schedules.get(gone.id)
        assert (lost.next_at, lost.last_error) == (None, "Middle/Earth is not a time zone that this machine knows")
        (day, *_) = await center.schedules.calendar(there.next_at and there.next_at.date(), 1, "UTC")
        assert there.id in {found.schedule.id for found in day.coming}
        clock.set_by((one.next_at - clock.now()).total_seconds() + 1)
        (facts,) = await told(heard, "schedule.fired", subject=one.id)
        assert facts["at"] == one.next_at.isoformat()


async def _waits_until(center: Center, schedule: int, moment: datetime | None) -> bool:
    return (await center.schedules.get(schedule)).next_at == moment


async def test_files_that_are_new_or_others_are_followed_by_a_run_and_those_that_were_there_are_not(
    opened: Opened, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "deep").mkdir(parents=True)
    (inbox / "old.csv").write_text("1")
    async with opened(MODULES) as center:
        heard = hears(center)
        one = await center.schedules.add(Wish("quick", files=[str(inbox / "**" / "*.csv")], settle=0.1))
        beat = Beat(center, heard, tmp_path / "beat")
        await beat.begin()
        (inbox / "note.txt").write_text("no pattern names it")
        await beat.next()
        assert fired(heard, one) == 0
        (inbox / "deep" / "new.csv").write_text("1")
        await told(heard, "schedule.fired", 1, one.id)
        (inbox / "old.csv").write_text("12")
        (inbox / "deep" / "new.csv").unlink()
        await told(heard, "schedule.fired", 2, one.id)
        await beat.next()
        assert fired(heard, one) == 2


async def test_many_files_at_once_and_one_put_in_the_place_of_another_are_followed_by_one_run_each(
    opened: Opened, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "table.csv").write_text("1")
    async with opened(MODULES) as center:
        heard = hears(center)
        one = await center.schedules.add(Wish("quick", files=[str(inbox / "*.csv")], settle=0.5))
        beat = Beat(center, heard, tmp_path / "beat")
        await beat.begin()
        for number in range(200):
            (inbox / f"{number}.csv").write_text("1")
        await told(heard, "schedule.fired", 1, one.id)
        (tmp_path / "draft").write_text("2")
        times = (inbox / "table.csv").stat()
        os.utime(tmp_path / "draft", ns=(times.st_atime_ns, times.st_mtime_ns))
        (tmp_path / "draft").replace(inbox / "table.csv")
        await told(heard, "schedule.fired", 2, one.id)
        await beat.next()
        assert fired(heard, one) == 2


async def test_a_folder_that_was_away_brings_no_news_and_a_file_of_a_moment_is_none(
    opened: Opened, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "old.csv").write_text("1")
    async with opened(MODULES) as center:
        heard = hears(center)
        one = await center.schedules.add(Wish("quick", files=[str(inbox / "*.csv")], settle=1.5))
        beat = Beat(center, heard, tmp_path / "beat")
        await beat.begin()
        inbox.rename(tmp_path / "away")
        await beat.next()
        (tmp_path / "away").rename(inbox)
        (inbox / "moment.csv").write_text("1")
        await beat.next()
        (inbox / "moment.csv").unlink()
        (inbox / "new.csv").write_text("1")
        (inbox / "new.csv").rename(tmp_path / "new.csv")
        other = await center.schedules.add(Wish("quick", files=[str(tmp_path / "other")], settle=1.5))
        await beat.next()
        (tmp_path / "other").write_text("1")
        await told(heard, "schedule.fired", 1, other.id)  # which was changed later, and was quiet for as long
        assert fired(heard, one) == 0
        (inbox / "old.csv").rename(tmp_path / "done.csv")
        await beat.next()
        (tmp_path / "done.csv").rename(inbox / "old.csv")
        await told(heard, "schedule.fired", 1, one.id)


async def test_patterns_that_name_too_much_are_said_so(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_changes, "MOST_FILES", 3)
    for number in range(4):
        (tmp_path / "inbox" / f"{number}").mkdir(parents=True)
    async with opened(MODULES) as center:
        heard = hears(center)
        much = await center.schedules.add(Wish("quick", files=[str(tmp_path / "inbox" / "*")]))
        strange = await center.schedules.add(Wish("quick", files=[str(tmp_path / "in\0box")]))
        other = Beat(center, heard, tmp_path / "beat")
        await other.begin()
        (facts,) = await told(heard, "schedule.failed", subject=much.id)
        assert facts["reason"] == "the patterns name more than 3 files; name fewer"
        assert fired(heard, strange) == 0


class Beat:
    """A schedule that follows a file of its own: once it has run, all files were looked at since its file changed."""

    def __init__(self, center: Center, heard: list[Fact], file: Path) -> None:
        self._center, self._heard, self._file = center, heard, file
        self._schedule: Schedule | None = None

    async def begin(self) -> None:
        """Writes until that is seen, so the first look is over."""
        self._schedule = await self._center.schedules.add(Wish("quick", files=[str(self._file)], settle=0))
        await until(self._writes, 30)

    def _writes(self) -> bool:
        assert self._schedule is not None
        with self._file.open("a") as file:
            file.write("x")
        return fired(self._heard, self._schedule) > 0

    async def next(self) -> None:
        """Looks were taken twice: at what was there, and after it was quiet."""
        assert self._schedule is not None
        for _ in range(2):
            before = fired(self._heard, self._schedule)
            with self._file.open("a") as file:
                file.write("x")
            await told(self._heard, "schedule.fired", before + 1, self._schedule.id)


def fired(heard: list[Fact], one: Schedule) -> int:
    return sum(fact.type == "schedule.fired" and fact.subject == str(one.id) for fact in heard)


# Claims


async def test_a_claim_that_a_dead_daemon_left_becomes_its_run_once(
    opened: Opened, clock: ShiftedClock, tmp_path: Path
) -> None:
    async with opened(MODULES) as center:
        one = await center.schedules.add(Wish("counts", every=DAY))
        run_id = new_run_id("counts", clock.now())
        values = {"next_at": one.next_at, "last_at": clock.now(), "reckoned_at": clock.now()}
        unit = partial(table.claim, schedule=one.id, run_id=run_id, seen=one.next_at, values=values)
        assert await center.database.write(unit) is not None
        assert await center.database.write(unit) is None, "it is taken"
    async with opened(MODULES) as center:
        await until(lambda: _last_run(center, one.id, run_id))
        await center.runs.ended(run_id)
        assert [run.run_id for run in await runs(center, "counts")] == [run_id]
        assert await center.database.write(unit) is not None, "it was given back"
    async with opened(MODULES) as center:  # the run is there, and only the claim was left
        await until(lambda: _is_free(center))
        after = await center.runs.submit("counts", {})  # after all that wait already: one goes at a time
        await center.runs.ended(after.run_id)
        assert {run.run_id for run in await runs(center, "counts")} == {run_id, after.run_id}
        assert (tmp_path / "ran").read_text().split() == [run_id, after.run_id]


async def _last_run(center: Center, schedule: int, run_id: str) -> bool:
    return (await center.schedules.get(schedule)).last_run == run_id


async def _is_free(center: Center) -> bool:
    async with center.database.read() as session:
        return not await table.claims(session)
