"""The messages that are to be sent, and when: gathered, held back, tried again, bounded.

A message waits a little for more of its kind, so that a service which crashes again and again is one message that
counts. What follows such a message soon is gathered for longer. It knows no clock and sends nothing: whoever has it
tells it the time and what became of what it gave.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications import words
from backend.services.notifications.hours import quiet_until
from backend.services.notifications.model import News, Target

MOST_WAITING = 1000
LONGEST_WAIT = 6  # times `group`, for the first of its kind while more come
NEXT_WAIT = 30  # times `group`, after a message of the same kind was sent
FIRST_RETRY, MOST_RETRY = 30.0, 3600.0  # seconds
STEEPEST = 4  # times that the delay is multiplied: then it is the most
GIVE_UP = timedelta(days=1)
HOUR = timedelta(hours=1)
LATEST = timedelta(days=2)  # nothing is put off for longer: what seems to be comes of a clock that has been set back
TOO_MANY = f"more than {MOST_WAITING} messages waited"
GONE = "its target is not in the configuration any more"

Group = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """Until when a target gets nothing, and what keeps it from that."""

    until: datetime
    by: Literal["quiet", "rate", "retry"]


class Outbox:
    """`waiting` are the messages by their ids, the oldest first; `trouble` says of each target whose last attempt
    failed why. Rows are changed in place; each method gives back those that it has changed."""

    def __init__(self, zone: tzinfo, hide: Callable[[str], str]) -> None:
        self.waiting: dict[int, DeliveryRow] = {}
        self.trouble: dict[str, str] = {}
        self._zone, self._hide = zone, hide
        self._last_id = 0
        self._newest: dict[Group, DeliveryRow] = {}
        self._sending: set[int] = set()
        self._sent: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._told: dict[Group, datetime] = {}
        self._holds: dict[str, datetime] = {}

    def begin(self, last_id: int, waiting: Sequence[DeliveryRow], sent: Sequence[DeliveryRow]) -> None:
        """Goes on where another has left: `sent` are the messages of the last hour, in their order."""
        self._last_id = last_id
        for row in sent:
            self._remember(row)
        for row in waiting:
            self._wait(row)
            if row.attempts and row.error is not None:
                self.trouble[row.target] = row.error
                self._holds[row.target] = max(row.due_at, self._holds.get(row.target, row.due_at))

    # In

    def add(self, target: Target, news: News, now: datetime, group: float) -> list[DeliveryRow]:
        """The message that tells of it, and another one where that had to go for it."""
        row = self._open(target, news)
        if row is None:
            gone = self._make_room(now)
            row = self._new(target, news)
            self._wait(row)
        else:
            gone = []
            self._merge(row, news)
        row.due_at = self._due(row, news, now, group)
        self._say(row, target)
        return [row, *gone]

    def add_test(self, target: Target, news: News) -> DeliveryRow:
        """A message that waits for nothing. It is given to nobody by `take`: who asked for it sends it."""
        row = self._new(target, news)
        row.due_at = row.at
        self._say(row, target)
        self.waiting[row.id] = row
        self._sending.add(row.id)
        return row

    def _open(self, target: Target, news: News) -> DeliveryRow | None:
        row = self._newest.get((target.name, news.kind, news.subject, news.phase))
        return None if row is None or row.id in self._sending or row.attempts else row

    def _new(self, target: Target, news: News) -> DeliveryRow:
        self._last_id += 1
        event = news.event
        return DeliveryRow(
            id=self._last_id,
            target=target.name,
            kind=news.kind,
            about=news.about,
            subject=news.subject,
            phase=news.phase,
            name=self._hide(news.name),
            severity=news.severity,
            state="waiting",
            count=int(news.counts),
            since=event.at,
            at=event.at,
            event_id=event.id,
            seq=event.seq,
            facts={"fields": dict(news.fields), "event": event.as_json()},
            attempts=0,
            finished_at=None,
            error=None,
        )

    def _merge(self, row: DeliveryRow, news: News) -> None:
        event = news.event
        row.count += int(news.counts)
        row.at, row.seq, row.name, row.severity = event.at, event.seq, self._hide(news.name), news.severity
        row.facts = {"fields": {**row.facts["fields"], **news.fields}, "event": event.as_json()}

    def _say(self, row: DeliveryRow, target: Target) -> None:
        own = target.template
        body = words.text(row, self._zone) if own is None else own.filled(words.values(row, self._zone))
        row.title, row.body = self._hide(words.title(row)), self._hide(body)

    def _due(self, row: DeliveryRow, news: News, now: datetime, group: float) -> datetime:
        if news.final:
            return now
        settled = min(now + timedelta(seconds=group), row.since + timedelta(seconds=LONGEST_WAIT * group))
        told = self._told.get(_group(row))
        return settled if told is None else max(settled, min(told, now) + timedelta(seconds=NEXT_WAIT * group))

    def _wait(self, row: DeliveryRow) -> None:
        self.waiting[row.id] = row
        self._newest[_group(row)] = row

    def _make_room(self, now: datetime) -> list[DeliveryRow]:
        if len(self.waiting) < MOST_WAITING:
            return []
        oldest = next((row for row in self.waiting.values() if row.id not in self._sending), None)
        return [] if oldest is None else [self._finish(oldest, "dropped", now, TOO_MANY)]

    # Out

    def held(self, target: Target, now: datetime) -> Held | None:
        """What keeps a target from getting what is due, the longest of it."""
        found = []
        if target.quiet is not None and (until := quiet_until(target.quiet, now, self._zone)) is not None:
            found.append(Held(until, "quiet"))
        sent = self._sent_lately(target.name, now)
        if len(sent) >= target.per_hour:
            found.append(Held(sent[-target.per_hour] + HOUR, "rate"))
        if (hold := self._holds.get(target.name)) is not None and not _reached(hold, now):
            found.append(Held(hold, "retry"))
        return max(found, key=lambda one: one.until, default=None)

    def take(
        self, targets: Mapping[str, Target], now: datetime, busy: Collection[str], most: int
    ) -> dict[str, list[DeliveryRow]]:
        """What is to be sent now, by target, up to `most` for each; none of what goes to a `busy` one. In the order in
        which it happened last, so that who reads the newest knows how it is now. Tell what became of each."""
        taken = {}
        for name, rows in self._by_target(targets, busy).items():
            due = sorted((row for row in rows if _reached(row.due_at, now)), key=lambda row: row.seq)
            if due and self.held(targets[name], now) is None:
                taken[name] = due[: min(most, targets[name].per_hour - len(self._sent_lately(name, now)))]
                self._sending.update(row.id for row in taken[name])
        return taken

    def next_due(self, targets: Mapping[str, Target], now: datetime, busy: Collection[str]) -> datetime | None:
        """When there may be something to take."""
        times = []
        for name, rows in self._by_target(targets, busy).items():
            held = self.held(targets[name], now)
            first = min(now if _reached(row.due_at, now) else row.due_at for row in rows)
            times.append(max(first, now if held is None else held.until))
        return min(times, default=None)

    def _by_target(self, targets: Mapping[str, Target], busy: Collection[str]) -> Mapping[str, list[DeliveryRow]]:
        found: defaultdict[str, list[DeliveryRow]] = defaultdict(list)
        for row in self.waiting.values():
            if row.target in targets and row.target not in busy and row.id not in self._sending:
                found[row.target].append(row)
        return found

    # What became of it

    def sent(self, row: DeliveryRow, now: datetime) -> DeliveryRow:
        row.attempts += 1
        self.trouble.pop(row.target, None)
        self._holds.pop(row.target, None)
        self._finish(row, "sent", now, None)
        self._remember(row)
        return row

    def refused(self, row: DeliveryRow, error: str, now: datetime) -> DeliveryRow:
        """It would be refused again."""
        row.attempts += 1
        self.trouble[row.target] = error
        return self._finish(row, "failed", now, error)

    def postponed(self, row: DeliveryRow, error: str, now: datetime, retry_after: float | None) -> list[DeliveryRow]:
        """Its target is down: whatever goes there waits. Those that have waited for a day are given up."""
        row.attempts += 1
        self.trouble[row.target] = error
        delay = min(MOST_RETRY, FIRST_RETRY * 4.0 ** min(row.attempts - 1, STEEPEST))
        self._holds[row.target] = row.due_at = now + timedelta(seconds=max(delay, retry_after or 0.0))
        row.error = error
        self._sending.discard(row.id)
        waiting = [one for one in self.waiting.values() if one.target == row.target and one.id not in self._sending]
        old = [self._finish(one, "failed", now, error) for one in waiting if now - one.at >= GIVE_UP]
        return old if row in old else [row, *old]

    def untouched(self, row: DeliveryRow) -> None:
        """It was not tried."""
        self._sending.discard(row.id)

    def again(self, row: DeliveryRow) -> bool:
        """Takes one out of the order of things, whatever became of it before; False where it is on its way already."""
        if row.id in self._sending:
            return False
        row.state, row.finished_at = "waiting", None
        self.waiting[row.id] = row
        self._sending.add(row.id)
        return True

    def without(self, targets: Collection[str], now: datetime) -> Iterator[DeliveryRow]:
        """Gives up what is for targets that are not there any more."""
        for row in list(self.waiting.values()):
            if row.target not in targets and row.id not in self._sending:
                yield self._finish(row, "failed", now, GONE)

    def _finish(
        self, row: DeliveryRow, state: Literal["sent", "failed", "dropped"], now: datetime, error: str | None
    ) -> DeliveryRow:
        row.state, row.finished_at, row.error = state, now, error
        self.waiting.pop(row.id, None)
        self._sending.discard(row.id)
        if self._newest.get(_group(row)) is row:
            del self._newest[_group(row)]
        return row

    def _remember(self, row: DeliveryRow) -> None:
        assert row.finished_at is not None
        if row.kind != "test":
            self._sent_lately(row.target, row.finished_at).append(row.finished_at)
            self._told[_group(row)] = row.finished_at

    def _sent_lately(self, target: str, now: datetime) -> deque[datetime]:
        sent = self._sent[target]
        while sent and now - sent[0] >= HOUR:
            sent.popleft()
        while sent and sent[-1] > now:  # the clock has been set back
            sent.pop()
        return sent


def _reached(at: datetime, now: datetime) -> bool:
    return not now < at <= now + LATEST


def _group(row: DeliveryRow) -> Group:
    return row.target, row.kind, row.subject, row.phase
