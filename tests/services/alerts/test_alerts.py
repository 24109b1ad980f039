"""Alerts on a real database, with figures that a test makes up and a clock that it turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from backend.core.events import Event, Fact
from backend.core.tasks import open_tasks
from backend.database import forgetting
from backend.database.database import Database, open_database
from backend.database.engine import DatabaseUnavailable
from backend.database.journal import Journal, open_journal
from backend.database.repositories import alerts as table
from backend.database.repositories.alerts import Record
from backend.services.alerts import Alerts, alerts
from backend.services.alerts.errors import AlertResolved, AlertsNotRead, UnknownAlert, UnknownRule
from backend.services.alerts.model import DAYS, Rule, Section, Threshold, Window
from backend.services.alerts.opening import open_alerts
from backend.services.processes.growth import Growth
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.errors import UnknownService
from tests.database.conftest import locked
from tests.database.waiting import until
from tests.fakes.clock import TurnedClock

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
HOT = Rule("hot", Threshold("cpu", "percent", 90, None, 70), "warning", 0.0, None, "cpu above 90 %")
URL = "sqlite+aiosqlite:///control-center.db"


class Watching:
    """Open alerts, figures that can be set, and what is told."""

    def __init__(self, section: Section, clock: TurnedClock, database: Database, journal: Journal) -> None:
        self.alerts: Alerts
        self.sections: dict[str, Any] = {"alerts": section}
        self.told: list[Event] = []
        self.clock = clock
        self.database = database
        self.journal = journal
        self._tick: Callable[[datetime, Mapping[str, float]], None]
        self._changed: Callable[..., None]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Watching]:
        definitions = SimpleNamespace(services={}, sections=self.sections, subscribe=self._on_change)
        async with (
            open_tasks() as tasks,
            open_alerts(
                definitions=cast(Any, definitions),
                history=cast(Any, SimpleNamespace(subscribe=self._on_tick)),
                entry=_no_service,
                standings=lambda: [],
                growth=Growth(lambda path, on: None),
                database=self.database,
                journal=self.journal,
                tasks=tasks,
                clock=self.clock,
                local=UTC,
                hide=lambda text: text.replace("secret", "•••"),
            ) as self.alerts,
        ):
            with self.journal.bus.subscribe() as heard:
                tasks.spawn(self._hear(heard), name="hears")
                yield self
                await self.journal.settled()  # and what it tells of is stored with it

    def _on_tick(self, listener: Callable[[datetime, Mapping[str, float]], None]) -> None:
        self._tick = listener

    def _on_change(self, listener: Callable[..., None]) -> None:
        self._changed = listener

    async def _hear(self, heard: Any) -> None:
        while True:
            self.told += [event for event in await heard.take() if event.fact.area == "alerts"]

    async def cpu(self, *values: float | None, after: float = 2.0) -> None:
        """Ticks with these values, so many seconds apart."""
        for value in values:
            self.clock.turn(after)
            self._tick(self.clock.now(), {} if value is None else {"cpu": value})
            for _ in range(3):  # the evaluation, and who hears of it
                await asyncio.sleep(0)

    async def past(self, count: int) -> list[Record]:
        """So many past alerts, once they are stored."""

        async def stored() -> list[Record] | None:
            found = await self.alerts.resolved(None, 100)
            return found if len(found) >= count else None

        found: list[Record] = await until(stored, within=60)
        return found

    def apply(self, section: Section) -> None:
        self.sections["alerts"] = section
        self._changed({}, [], [], [])

    @property
    def types(self) -> list[str]:
        return [event.fact.type.removeprefix("alert.") for event in self.told]

    @property
    def quiet(self) -> list[str | None]:
        return [event.fact.payload["quiet"] for event in self.told]


def _no_service(service: str) -> Entry:
    raise UnknownService(service)


def rules(*several: Rule, windows: tuple[Window, ...] = ()) -> Section:
    return Section({rule.name: rule for rule in several}, windows)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


Opened = Callable[..., Any]


@pytest.fixture
def opened(tmp_path: Path, clock: TurnedClock) -> Opened:
    """Alerts with these rules, on the same database as often as they are opened."""

    @asynccontextmanager
    async def open_with(section: Section) -> AsyncIterator[Watching]:
        async with (
            open_database(URL, tmp_path, clock) as database,
            open_journal(database, clock) as journal,
            Watching(section, clock, database, journal).running() as watching,
        ):
            yield watching

    return open_with


async def test_what_is_told_and_what_is_kept_agree(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(50, 97, 96, 80, 60)
        assert watching.types == ["fired", "resolved"]
        (past,) = await watching.past(1)
        assert (past.id, past.rule, past.subject, past.state, past.value) == (1, "hot", "cpu", "resolved", 97)
        assert (past.fired_at, past.resolved_at) == (NOON + timedelta(seconds=4), NOON + timedelta(seconds=10))
        assert (past.summary, past.reason) == ("cpu is at 97 %", "cpu is at 60 %")
        assert [event.fact.payload["id"] for event in watching.told] == [1, 1]
        assert [event.fact.payload["summary"] for event in watching.told] == ["cpu is at 97 %"] * 2
        assert [event.fact.payload["reason"] for event in watching.told] == [None, "cpu is at 60 %"]


async def test_a_tick_that_changes_nothing_tells_nothing(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(50, 50, 97, *[95] * 50)
        assert watching.types == ["fired"]
        assert [record.value for record in watching.alerts.firing()] == [95]


async def test_the_next_life_goes_on_where_this_one_ended(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97)
    async with opened(rules(HOT)) as watching:
        assert [record.id for record in watching.alerts.firing()] == [1]
        await watching.cpu(None, 97, 97)  # as the first tick may be
        assert watching.types == []
        await watching.cpu(10, 97)
        assert watching.types == ["resolved", "fired"]
        assert [event.fact.payload["id"] for event in watching.told] == [1, 2]


@pytest.mark.parametrize(
    ("later", "reason"),
    [(rules(), "the rule was removed"), (rules(replace(HOT, severity="info")), "the rule was changed")],
)
async def test_a_rule_that_changed_meanwhile_does_not_go_on(later: Section, reason: str, opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97)
    async with opened(later) as watching:
        assert watching.alerts.firing() == []
        (past,) = await watching.past(1)
        assert (past.state, past.reason) == ("resolved", reason)


async def test_other_rules_leave_what_fires_alone(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97)
        watching.apply(rules(replace(HOT, resend=60.0), replace(HOT, name="other")))
        await watching.cpu(97)
        assert watching.types == ["fired", "fired"]
        assert [event.fact.subject for event in watching.told] == ["hot", "other"]


async def test_what_cannot_be_stored_is_told_at_once_and_stored_later(opened: Opened, tmp_path: Path) -> None:
    async with opened(rules(HOT)) as watching:
        with locked(tmp_path / "control-center.db"):
            await watching.cpu(97, 10)
            assert watching.types == ["fired", "resolved"]
        await watching.journal.settled()
        (past,) = await watching.past(1)
        assert past.state == "resolved"


async def test_while_it_is_not_known_what_fired_nothing_is_told_and_afterwards_all_that_is_so(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(rules(HOT, replace(HOT, name="other"))) as watching:
        await watching.cpu(97)
    asked = 0

    async def away(session: Any) -> list[Record]:
        nonlocal asked
        asked += 1
        raise DatabaseUnavailable("the disk is gone")

    monkeypatch.setattr(alerts, "READ_AGAIN", 0.001)
    with monkeypatch.context() as outage:
        outage.setattr(table, "firing", away)
        opening = opened(rules(HOT, replace(HOT, name="new")))
        watching = await opening.__aenter__()
        await until(lambda: asked > 5)
        await watching.cpu(98)
        assert watching.types == []
        assert [standing.worst for standing in watching.alerts.rules()] == [None, None]
        with pytest.raises(AlertsNotRead):
            watching.alerts.firing()
        with pytest.raises(AlertsNotRead):
            await watching.alerts.silence_rule("hot", 60.0, "local")
        with pytest.raises(AlertsNotRead):
            await watching.alerts.silence(1, 60.0, "local")
    await until(lambda: len(watching.told) == 2)
    assert [(event.fact.subject, event.fact.type) for event in watching.told] == [
        ("other", "alert.resolved"),
        ("new", "alert.fired"),
    ]
    assert [record.rule for record in watching.alerts.firing()] == ["new", "hot"]
    assert caplog.text.count("are not known yet") == 1
    await opening.__aexit__(None, None, None)


async def test_a_silenced_alert_goes_on_unheard(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97)
        silenced = await watching.alerts.silence(1, 60.0, "local")
        assert (silenced.silenced_until, silenced.silenced_by) == (
            watching.clock.now() + timedelta(seconds=60),
            "local",
        )
        await watching.cpu(96, 10)
        assert watching.types == ["fired", "silenced", "resolved"]
        assert watching.quiet == [None, "silenced", "silenced"]


async def test_a_silence_that_is_taken_back_or_over_is_none(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97)
        await watching.alerts.silence(1, 60.0, "local")
        assert (await watching.alerts.silence(1, None, "local")).silenced_until is None
        await watching.cpu(10, 97)
        await watching.alerts.silence(2, 60.0, "local")
        await watching.cpu(97, after=61)
        await watching.cpu(10)
        assert watching.types == ["fired", "silenced", "unsilenced", "resolved", "fired", "silenced", "resolved"]
        assert watching.quiet[3] is None
        assert watching.quiet[-1] is None


async def test_what_a_silenced_rule_finds_is_told_when_that_is_over(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.alerts.silence_rule("hot", 60.0, "local")
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97, 97)
        assert (watching.types, watching.quiet) == (["fired"], ["silenced"])
        assert watching.alerts.firing()[0].told_at is None
        await watching.cpu(97, after=61)
        assert (watching.types, watching.quiet) == (["fired", "reminded"], ["silenced", None])
        (standing,) = watching.alerts.rules()
        assert standing.silence is None
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97)
        assert watching.types == []


async def test_what_nobody_was_told_of_ends_unheard(opened: Opened) -> None:
    window = Window("noon", DAYS, 12 * 60, 12 * 60 + 1, UTC)
    async with opened(rules(HOT, windows=(window,))) as watching:
        await watching.cpu(97)
        await watching.cpu(10, after=120)
        assert (watching.types, watching.quiet) == (["fired", "resolved"], ["maintenance", "maintenance"])
        (past,) = await watching.past(1)
        assert past.maintenance == "noon"


async def test_a_rule_says_how_often_it_is_told_again(opened: Opened) -> None:
    async with opened(rules(replace(HOT, resend=10.0))) as watching:
        await watching.cpu(*[97 + number / 10 for number in range(12)])
        assert watching.types == ["fired", "reminded", "reminded"]
        assert watching.told[1].fact.payload["summary"] == "cpu is at 97.5 %"


async def test_what_has_slept_must_last_anew(opened: Opened) -> None:
    async with opened(rules(replace(HOT, hold=10.0))) as watching:
        await watching.cpu(97)
        watching.clock.turn(40)
        watching.journal.tell(Fact("daemon", "daemon.resumed", payload={"seconds": 40}))
        await watching.cpu(97, 97, 97, 97)
        assert watching.types == ["pending"]
        await watching.cpu(97, 97)
        assert watching.types == ["pending", "fired"]


async def test_what_is_not_there_cannot_be_silenced(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(97, 10)
        with pytest.raises(UnknownAlert):
            await watching.alerts.silence(7, 60.0, "local")
        await watching.past(1)
        with pytest.raises(AlertResolved):
            await watching.alerts.silence(1, 60.0, "local")
        with pytest.raises(UnknownRule):
            await watching.alerts.silence_rule("cold", 60.0, "local")


async def test_past_ones_are_read_page_by_page_and_by_time(opened: Opened) -> None:
    async with opened(rules(HOT)) as watching:
        await watching.cpu(*[97, 10] * 5)
        await watching.past(5)
        pages = [await watching.alerts.resolved(before, 2) for before in (None, 4, 2)]
        assert [[record.id for record in page] for page in pages] == [[5, 4], [3, 2], [1]]
        second = pages[1][1]
        found = await watching.alerts.between(second.fired_at, second.fired_at)
        assert [record.id for record in found] == [2]


@pytest.mark.parametrize(
    ("keep", "most", "left"), [(13.0, 100, [5, 4, 3]), (inf, 100, [5, 4, 3, 2, 1]), (inf, 2, [5, 4])]
)
async def test_old_ones_are_forgotten(
    keep: float, most: int, left: list[int], opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "MOST_KEPT", most)
    monkeypatch.setattr(forgetting, "BATCH", 1)
    async with opened(rules(HOT)) as watching:
        await watching.cpu(*[97, 10] * 5, 97)
        watching.sections["retention"] = {"alerts": keep}
        await watching.past(5)
        await watching.alerts.forget_old()
        assert [record.id for record in await watching.alerts.resolved(None, 10)] == left
        assert [record.id for record in watching.alerts.firing()] == [6]


async def test_secrets_are_in_no_summary(opened: Opened) -> None:
    rule = replace(HOT, name="temperature", condition=Threshold("temperature:secret", "celsius", 1, None, 1))
    async with opened(rules(rule)) as watching:
        watching._tick(watching.clock.now(), {"temperature:secret": 50})
        await until(watching.alerts.firing)
        assert watching.alerts.firing()[0].summary == "temperature:••• is at 50 °C"
