"""When messages go, how they are gathered, held back and given up: on a clock that is turned by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications import outbox as module
from backend.services.notifications.model import News, Quiet, Target
from backend.services.notifications.outbox import MOST_WAITING, Outbox
from backend.services.notifications.template import Template
from tests.services.notifications.news import HEARING, alert, crash, gave_up

BEGIN = datetime(2026, 1, 6, 12, tzinfo=UTC)
GROUP = 10.0


class Turned:
    """An outbox with its clock: `sent` are the titles of what has been taken and arrived."""

    def __init__(self, **target: Any) -> None:
        self.targets = {"one": Target("one", "desktop://", **target)}
        self.outbox = Outbox(UTC, lambda text: text.replace("s3cret", "•••"))
        self.now = BEGIN
        self.sent: list[str] = []
        self.seq = 0

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def add(self, news: News, target: str = "one") -> list[DeliveryRow]:
        return self.outbox.add(self.targets[target], news, self.now, GROUP)

    def crash(self, service: str = "comfyui") -> DeliveryRow:
        self.seq += 1
        return self.add(crash(self.now, service, self.seq))[0]

    def due(self, most: int = 100) -> list[DeliveryRow]:
        return self.outbox.take(self.targets, self.now, (), most).get("one", [])

    def send(self) -> list[str]:
        """What is due now arrives."""
        rows = self.due()
        for row in rows:
            self.outbox.sent(row, self.now)
        return [row.title for row in rows]


@pytest.fixture
def turned() -> Turned:
    return Turned()


def test_a_message_waits_for_more_of_its_kind(turned: Turned) -> None:
    turned.crash()
    assert turned.send() == []
    turned.turn(GROUP)
    assert turned.send() == ["comfyui crashed"]


def test_a_crash_loop_is_one_message_that_counts(turned: Turned) -> None:
    for _ in range(7):
        turned.crash()
        turned.turn(5)
    turned.turn(GROUP)
    assert turned.send() == ["comfyui crashed 7 times in 30 s"]


def test_what_happened_last_is_told_last(turned: Turned) -> None:
    """Else an alert that fires would seem to be over."""
    for seq, (status, seconds) in enumerate([("fired", 0), ("resolved", 5), ("fired", 5)], start=1):
        turned.turn(seconds)
        news = HEARING.news(alert(status, turned.now, seq))
        assert news is not None
        turned.add(news)
    turned.turn(GROUP)
    assert turned.send() == ["Over: hot", "Alert: hot 2 times in 10 s"]


def test_one_that_goes_on_is_told_after_a_minute_all_the_same(turned: Turned) -> None:
    told: list[str] = []
    for _ in range(20):
        turned.crash()
        told += turned.send()
        turned.turn(4)
    assert told == ["comfyui crashed 16 times in 60 s"]


def test_what_follows_a_message_is_gathered_for_longer(turned: Turned) -> None:
    turned.crash()
    turned.turn(GROUP)
    assert turned.send() == ["comfyui crashed"]
    for _ in range(10):
        turned.turn(20)
        turned.crash()
        assert turned.send() == []
    turned.turn(100)
    assert turned.send() == ["comfyui crashed 10 times in 3 min"]


def test_the_last_crash_is_told_at_once_with_those_before(turned: Turned) -> None:
    for _ in range(3):
        turned.crash()
    turned.add(gave_up(turned.now, seq=4))
    (row,) = turned.due()
    assert row.title == "comfyui crashed 3 times in 1 s and is not started again"
    assert (row.severity, row.count) == ("critical", 3)
    assert row.body.startswith("exit code 1; 5 restarts within 60 s\n")


def test_what_could_not_start_has_failed(turned: Turned) -> None:
    turned.add(gave_up(turned.now))
    assert turned.send() == ["comfyui has failed"]


def test_a_crash_after_all_was_given_up_does_not_say_so_any_more(turned: Turned) -> None:
    turned.add(gave_up(turned.now))
    turned.crash()
    turned.turn(GROUP)
    assert turned.send() == ["comfyui crashed"]


def test_services_and_targets_are_told_apart(turned: Turned) -> None:
    turned.targets["two"] = Target("two", "desktop://")
    turned.crash()
    turned.crash("n8n")
    turned.add(crash(turned.now), "two")
    turned.turn(GROUP)
    found = turned.outbox.take(turned.targets, turned.now, (), 100)
    assert {name: [row.title for row in rows] for name, rows in found.items()} == {
        "one": ["comfyui crashed", "n8n crashed"],
        "two": ["comfyui crashed"],
    }


def test_the_end_of_an_alert_is_not_held_back_by_its_beginning(turned: Turned) -> None:
    for status in ("fired", "resolved"):
        news = HEARING.news(alert(status, turned.now))
        assert news is not None
        turned.add(news)
        turned.turn(GROUP)
        assert turned.send() == [{"fired": "Alert: hot", "resolved": "Over: hot"}[status]]


def test_a_clock_that_is_set_back_holds_nothing_for_long() -> None:
    """Neither what was to be tried again, nor what was gathered, nor what had its share of an hour."""
    turned = Turned(per_hour=1)
    turned.turn(365 * 86_400)
    turned.crash()
    turned.turn(GROUP)
    (row,) = turned.due()
    turned.outbox.postponed(row, "down", turned.now, None)
    turned.crash("n8n")
    turned.turn(-365 * 86_400)
    assert turned.outbox.next_due(turned.targets, turned.now, ()) == turned.now
    assert turned.send() == ["comfyui crashed"]
    turned.turn(3600)
    assert turned.send() == ["n8n crashed"]
    turned.turn(-7200)
    turned.crash("n8n")
    turned.turn(30 * GROUP)
    assert turned.send() == ["n8n crashed"]


def test_what_is_on_its_way_does_not_grow(turned: Turned) -> None:
    turned.crash()
    turned.turn(GROUP)
    (row,) = turned.due()
    other = turned.crash()
    assert (other.id, row.count, other.count) == (2, 1, 1)


def test_one_target_is_not_given_more_while_it_is_busy(turned: Turned) -> None:
    turned.crash()
    turned.turn(GROUP)
    assert turned.outbox.take(turned.targets, turned.now, {"one"}, 100) == {}
    assert turned.outbox.next_due(turned.targets, turned.now, {"one"}) is None


def test_a_person_s_own_words_take_the_place_of_ours() -> None:
    turned = Turned(template=Template("{name} ({subject}) {count}x: {reason} on {target}"))
    turned.crash()
    assert turned.crash().body == "comfyui (comfyui) 2x: exit code 1 on one"


def test_secrets_are_struck_out() -> None:
    turned = Turned(template=Template("s3cret {reason}"))
    news = crash(turned.now, "s3cret")
    (row,) = turned.add(news)
    assert "s3cret" not in f"{row.title} {row.body} {row.name}"


# Held back


def test_no_more_go_in_an_hour_than_a_target_takes() -> None:
    turned = Turned(per_hour=2)
    for service in ("a", "b", "c"):
        turned.crash(service)
    turned.turn(GROUP)
    assert turned.send() == ["a crashed", "b crashed"]
    held = turned.outbox.held(turned.targets["one"], turned.now)
    assert held is not None
    assert (held.by, held.until) == ("rate", turned.now + timedelta(hours=1))
    turned.turn(1800)
    turned.crash("c")
    assert turned.send() == []
    assert turned.outbox.next_due(turned.targets, turned.now, ()) == held.until
    turned.turn(1800)
    assert turned.send() == ["c crashed 2 times in 30 min"]


def test_it_is_left_alone_while_it_is_quiet() -> None:
    turned = Turned(quiet=Quiet(time(11), time(13)))
    turned.crash()
    turned.turn(1800)
    turned.crash()
    assert turned.send() == []
    assert turned.outbox.next_due(turned.targets, turned.now, ()) == BEGIN.replace(hour=13)
    turned.turn(1800)
    assert turned.send() == ["comfyui crashed 2 times in 30 min"]


def test_a_target_that_is_down_is_tried_again_after_longer_and_longer(turned: Turned) -> None:
    row = turned.crash()
    turned.turn(GROUP)
    delays = []
    for _ in range(6):
        assert turned.due() == [row]
        turned.outbox.postponed(row, "it is down", turned.now, None)
        delays.append((row.due_at - turned.now).total_seconds())
        turned.now = row.due_at - timedelta(seconds=1)
        assert turned.due() == []
        turned.turn(1)
    assert delays == [30, 120, 480, 1920, 3600, 3600]


def test_it_is_asked_again_when_it_said_so(turned: Turned) -> None:
    row = turned.crash()
    turned.turn(GROUP)
    turned.due()
    turned.outbox.postponed(row, "it answers 429", turned.now, 900.0)
    assert row.due_at == turned.now + timedelta(seconds=900)


def test_all_that_goes_to_a_target_that_is_down_waits(turned: Turned) -> None:
    turned.crash("a")
    turned.crash("b")
    turned.turn(GROUP)
    first, second = turned.due()
    turned.outbox.postponed(first, "it is down", turned.now, None)
    turned.outbox.untouched(second)
    assert turned.due() == []
    assert turned.outbox.trouble == {"one": "it is down"}
    turned.turn(30)
    assert turned.send() == ["a crashed", "b crashed"]
    assert turned.outbox.trouble == {}


def test_what_could_not_be_sent_for_a_day_is_given_up(turned: Turned) -> None:
    row = turned.crash()
    turned.turn(GROUP)
    turned.due()
    assert turned.outbox.postponed(row, "it is down", turned.now, None) == [row]
    other = turned.crash("b")
    turned.turn(86_400)
    assert turned.due(most=1) == [row]
    fresh = turned.crash("c")
    assert turned.outbox.postponed(row, "it is still down", turned.now, None) == [row, other]
    assert [(one.state, one.error) for one in (row, other)] == [("failed", "it is still down")] * 2
    assert fresh.state == "waiting"


def test_what_is_refused_is_not_tried_again(turned: Turned) -> None:
    row = turned.crash()
    turned.turn(GROUP)
    turned.due()
    turned.outbox.refused(row, "it answers 404", turned.now)
    assert (row.state, row.error, row.attempts, turned.outbox.waiting) == ("failed", "it answers 404", 1, {})


def test_too_many_push_out_the_oldest(turned: Turned) -> None:
    for number in range(MOST_WAITING):
        turned.crash(f"s{number}")
    row, gone = turned.add(crash(turned.now, "one-more"))
    assert (gone.subject, gone.state, gone.error) == ("s0", "dropped", module.TOO_MANY)
    assert len(turned.outbox.waiting) == MOST_WAITING
    assert row.id in turned.outbox.waiting


def test_a_target_that_is_gone_gets_nothing_any_more(turned: Turned) -> None:
    row = turned.crash()
    assert list(turned.outbox.without((), turned.now)) == [row]
    assert (row.state, row.error) == ("failed", module.GONE)


# What another has left


def test_another_goes_on_where_it_was(turned: Turned) -> None:
    turned.targets["one"] = Target("one", "desktop://", per_hour=1)
    turned.crash("a")
    turned.turn(GROUP)
    turned.send()
    waiting = turned.crash("b")
    sent = DeliveryRow(
        id=1, target="one", kind="crash", subject="a", phase="", state="sent", finished_at=turned.now
    )  # fmt: skip
    other = Turned()
    other.targets, other.now, other.seq = turned.targets, turned.now, 10
    other.outbox.begin(2, [waiting], [sent])
    grown = other.crash("b")
    assert (grown.id, grown.count) == (waiting.id, 2)
    assert other.crash("c").id == 3
    other.turn(GROUP)
    assert other.due() == []
    held = other.outbox.held(other.targets["one"], other.now)
    assert held is not None
    assert held.by == "rate"


def test_another_waits_for_the_same_target_as_long(turned: Turned) -> None:
    row = turned.crash()
    turned.turn(GROUP)
    turned.due()
    turned.outbox.postponed(row, "it is down", turned.now, None)
    other = Turned()
    other.outbox.begin(1, [row], [])
    other.now = turned.now
    other.crash("b")
    other.turn(20)
    assert other.due() == []
    assert other.outbox.trouble == {"one": "it is down"}
    other.turn(10)
    assert [one.subject for one in other.due()] == ["comfyui", "b"]
