"""Events become messages that arrive: on a real database and journal, at a real server, with a clock turned by hand."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.core.events import Fact
from backend.core.tasks import open_tasks
from backend.database.database import Database, open_database
from backend.database.history import page
from backend.database.journal import Journal, open_journal
from backend.database.repositories.events import Filter
from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications.errors import AlreadyDelivered, TargetGone, UnknownDelivery, UnknownTarget
from backend.services.notifications.model import Section, Target
from backend.services.notifications.notifier import Notifier
from tests.database.conftest import locked
from tests.fakes.clock import TurnedClock
from tests.fakes.receivers import Answer, Hook, hooked
from tests.services.notifications.news import HEARING

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
GROUP = 10.0


class Life:
    """A daemon, as far as this area sees it: `lived` as often as a test likes, each time on the same folder."""

    journal: Journal
    notifier: Notifier
    database: Database

    def __init__(self, folder: Path, hook: Hook) -> None:
        self.clock = TurnedClock(NOW)
        self.folder = folder
        self.section = Section({"hook": Target("hook", f"http://127.0.0.1:{hook.port}/in")}, GROUP)

    @asynccontextmanager
    async def remembering(self) -> AsyncIterator[Life]:
        """With nobody who tells anybody."""
        async with (
            open_database("sqlite+aiosqlite:///control-center.db", self.folder, self.clock) as self.database,
            open_journal(self.database, self.clock) as self.journal,
        ):
            self.journal.tell(Fact("daemon", "daemon.started"))
            yield self

    @asynccontextmanager
    async def lived(self, *, killed: bool = False) -> AsyncIterator[Life]:
        """Where it is `killed`, nothing is waited for at the end."""
        async with self.remembering(), open_tasks() as tasks:
            self.notifier = Notifier(
                database=self.database, journal=self.journal, clock=self.clock, tasks=tasks,
                section=lambda: self.section, keep=lambda: 86_400.0, hearing=HEARING, hide=str, zone=UTC,
            )  # fmt: skip
            yield self
            if not killed:
                await self.notifier.close()

    def crash(self, service: str = "comfyui") -> None:
        payload = {"exit_code": 1, "signal": None, "exit": "exit code 1"}
        self.journal.tell(Fact("supervisor", "service.exited", service, payload=payload))

    def turn(self, seconds: float) -> None:
        self.clock.turn(seconds)
        self.notifier.configuration_changed()  # it looks at the clock again

    async def message(self, delivery: int, fits: Callable[[DeliveryRow], bool]) -> DeliveryRow:
        """That one, when it is so."""
        async with asyncio.timeout(40):
            while True:
                for row in await self.notifier.deliveries(before=None, target=None, state=None, limit=500):
                    if row.id == delivery and fits(row):
                        return row
                await asyncio.sleep(0.01)

    async def told(self, what: str) -> list[dict[str, Any]]:
        """The payloads of events, the oldest first."""
        wanted = Filter(types=(f"notification.{what}",), since=0)
        return [dict(one.event.fact.payload) for one in (await page(self.database, self.journal, wanted, 100)).events]


def is_(state: str) -> Callable[[DeliveryRow], bool]:
    return lambda row: row.state == state


def counts(number: int) -> Callable[[DeliveryRow], bool]:
    return lambda row: row.count == number


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as one:
        yield one


@pytest.fixture
def life(tmp_path: Path, hook: Hook) -> Life:
    return Life(tmp_path, hook)


async def test_a_crash_loop_is_one_message_that_counts(life: Life, hook: Hook) -> None:
    async with life.lived():
        for _ in range(7):
            life.crash()
            life.clock.turn(5)
        await life.message(1, counts(7))
        life.turn(GROUP)
        await life.message(1, is_("sent"))
        assert hook.titles == ["comfyui crashed 7 times in 30 s"]
        assert await life.told("delivered") == [
            {"delivery": 1, "kind": "crash", "subject": "comfyui", "count": 7, "attempts": 1}
        ]


async def test_a_message_that_waits_grows_in_the_next_daemon_and_is_sent_by_it(life: Life, hook: Hook) -> None:
    async with life.lived(killed=True):
        life.crash()
        await life.message(1, counts(1))
    async with life.lived():
        life.clock.turn(5)
        life.crash()
        await life.message(1, counts(2))
        life.turn(GROUP)
        await life.message(1, is_("sent"))
    assert hook.titles == ["comfyui crashed 2 times in 5 s"]


async def test_what_the_daemon_before_did_not_get_to_is_heard_of(life: Life) -> None:
    async with life.lived():
        life.crash()
        await life.message(1, counts(1))
    async with life.remembering():
        life.crash("n8n")
        await life.journal.settled()
    async with life.lived():
        row = await life.message(2, counts(1))
        assert (row.subject, row.title) == ("n8n", "n8n crashed")
        life.crash("last")
        await life.message(3, counts(1))
        assert (await life.message(1, counts(1))).state == "waiting"


async def test_what_is_old_by_now_is_told_to_nobody(life: Life) -> None:
    async with life.lived():
        life.crash()
        await life.message(1, counts(1))
    async with life.remembering():
        life.crash("old")
        await life.journal.settled()
    life.clock.turn(3601)
    async with life.lived():
        life.crash("new")
        assert (await life.message(2, counts(1))).subject == "new"


async def test_a_daemon_without_a_past_hears_of_all_since_it_began(life: Life) -> None:
    async with life.remembering():
        life.crash("before")
    async with life.remembering(), open_tasks() as tasks:
        life.crash("early")  # services start before anybody can be told
        life.notifier = Notifier(
            database=life.database, journal=life.journal, clock=life.clock, tasks=tasks,
            section=lambda: life.section, keep=lambda: 86_400.0, hearing=HEARING, hide=str, zone=UTC,
        )  # fmt: skip
        assert (await life.message(1, counts(1))).subject == "early"


async def test_what_nobody_was_told_of_yet_is_not_lost_to_kills(life: Life) -> None:
    """The first message of all: none stored before says how far was heard."""
    for crashes in (1, 0):
        async with life.remembering():
            for _ in range(crashes):
                life.crash()
        _as_if_killed(life.folder)
    async with life.lived():
        await life.message(1, counts(1))


def _as_if_killed(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "control-center.db")) as database, database:
        assert database.execute("DELETE FROM events WHERE type = 'events.closed'").rowcount == 1


async def test_a_server_that_is_down_gets_it_when_it_is_back(life: Life, hook: Hook) -> None:
    hook.answer = Answer(503)
    async with life.lived():
        life.crash()
        await life.message(1, counts(1))
        life.turn(GROUP)
        row = await life.message(1, lambda row: row.attempts == 1)
        assert (row.state, row.error) == ("waiting", "it answers 503 Service Unavailable")
    hook.answer = Answer()
    async with life.lived():
        (standing,) = await life.notifier.standings()
        assert standing.trouble == "it answers 503 Service Unavailable"
        assert standing.held is not None
        assert standing.held.by == "retry"
        life.turn(30)
        row = await life.message(1, is_("sent"))
        assert (row.attempts, row.error) == (2, None)
        assert [one["final"] for one in await life.told("failed")] == [False]
    assert hook.titles == ["comfyui crashed"]
    assert hook.asked == 2


async def test_a_target_that_hangs_keeps_no_other_from_being_told(life: Life, hook: Hook) -> None:
    hook.answer = Answer(hangs=True)
    with hooked() as other:
        url = f"http://127.0.0.1:{other.port}"
        life.section = Section({**life.section.targets, "other": Target("other", url)}, GROUP)
        async with life.lived():
            life.crash()
            await life.message(2, counts(1))
            life.turn(GROUP)
            await life.message(2, is_("sent"))
            assert (await life.message(1, counts(1))).state == "waiting"
        assert other.titles == ["comfyui crashed"]


async def test_messages_go_while_the_database_does_not_answer_and_are_recorded_later(life: Life, hook: Hook) -> None:
    async with life.lived():
        life.crash()
        await life.message(1, counts(1))
        with locked(life.folder / "control-center.db"):
            life.turn(GROUP)
            while not hook.got:
                await asyncio.sleep(0.01)
        assert (await life.message(1, is_("sent"))).attempts == 1


async def test_where_too_many_wait_the_oldest_is_dropped_and_counted(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.services.notifications.outbox.MOST_WAITING", 2)
    async with life.lived():
        for number in range(4):
            life.crash(f"s{number}")
        await life.message(4, counts(1))
        assert [(await life.message(number, counts(1))).state for number in (1, 2, 3, 4)] == [
            *("dropped", "dropped"),
            *("waiting", "waiting"),
        ]
        assert life.notifier.dropped == 2
        assert [(one["delivery"], one["subject"], one["dropped"]) for one in await life.told("dropped")] == [
            (1, "s0", 1),
            (2, "s1", 2),
        ]


async def test_a_test_is_sent_at_once_and_says_what_came_of_it(life: Life, hook: Hook) -> None:
    async with life.lived():
        tried = await life.notifier.test("hook")
        assert (tried.error, tried.delivery) == (None, 1)
        assert (hook.titles, hook.got[0].document["kind"]) == (["A test of hook"], "test")
        hook.answer = Answer(500)
        tried = await life.notifier.test("hook")
        assert (tried.error, tried.delivery) == ("it answers 500 Internal Server Error", 2)
        assert (await life.message(2, is_("failed"))).kind == "test"
        with pytest.raises(UnknownTarget):
            await life.notifier.test("nobody")


async def test_a_message_that_was_given_up_is_sent_when_a_person_asks(life: Life, hook: Hook) -> None:
    hook.answer = Answer(404)
    async with life.lived():
        life.crash()
        await life.message(1, counts(1))
        life.turn(GROUP)
        await life.message(1, is_("failed"))
        hook.answer = Answer()
        assert (await life.notifier.retry(1)).state == "sent"
        assert hook.titles == ["comfyui crashed"]
        with pytest.raises(AlreadyDelivered):
            await life.notifier.retry(1)
        with pytest.raises(UnknownDelivery):
            await life.notifier.retry(2)


async def test_messages_for_a_target_that_was_taken_out_are_given_up(life: Life) -> None:
    async with life.lived():
        life.crash()
        await life.message(1, counts(1))
        life.section = Section()
        life.notifier.configuration_changed()
        row = await life.message(1, is_("failed"))
        assert row.error == "its target is not in the configuration any more"
        with pytest.raises(TargetGone):
            await life.notifier.retry(1)


async def test_what_is_over_is_forgotten_after_its_time_but_for_the_last(life: Life) -> None:
    async with life.lived():
        for number in (1, 2):
            life.crash(f"s{number}")
            await life.message(number, counts(1))
            life.turn(GROUP)
            await life.message(number, is_("sent"))
        life.clock.turn(86_401)
        await life.notifier.forget_old()
        found = await life.notifier.deliveries(before=None, target=None, state=None, limit=10)
        assert [row.id for row in found] == [2]


async def test_an_event_that_is_not_as_it_should_be_keeps_nobody_from_hearing_of_the_next(life: Life) -> None:
    async with life.lived():
        life.journal.tell(Fact("alerts", "alert.fired", "hot"))
        life.crash()
        assert (await life.message(1, counts(1))).subject == "comfyui"


async def test_a_daemon_that_is_killed_between_sending_and_recording_sends_again_with_the_same_id(
    life: Life, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with life.lived(killed=True):
        life.crash()
        await life.message(1, counts(1))
        with monkeypatch.context() as patched:
            patched.setattr("backend.services.notifications.recorder.TOGETHER", 3600.0)
            life.turn(GROUP)
            async with asyncio.timeout(40):
                while not hook.got:
                    await asyncio.sleep(0.01)
    async with life.lived():
        life.turn(GROUP)
        await life.message(1, is_("sent"))
    assert hook.titles == ["comfyui crashed", "comfyui crashed"]
    assert hook.got[0].document == hook.got[1].document


async def test_of_more_events_than_there_is_room_for_none_is_missed(life: Life) -> None:
    async with life.lived():
        life.crash()
        await life.message(1, counts(1))  # it listens
        for _ in range(1200):
            life.crash()
        await life.message(1, counts(1201))
