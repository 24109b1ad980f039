"""When a rule of the clock comes: pure, for what is so now is given.

Times are aware and in UTC. What a time of day means where clocks are turned is as Vixie's cron has it: a fixed time
that is left out comes at the first minute after the gap, one that comes twice is taken once, and what repeats through
the hours (`*/10 * * * *`) follows the hours that are really there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from backend.services.modules.rules import Cron, Every, Missed

GRACE = timedelta(seconds=60)  # by which a time may be late and is not missed yet
MOST = 1000  # missed times that are counted one by one
SET_BACK = timedelta(minutes=10)

Clockwork = Cron | Every


@dataclass(frozen=True, slots=True)
class Due:
    """`at` is the time to run for, None for none; `late`: it was missed and is made up for. `missed` times have passed
    without anybody there (`MOST` means as many or more). `next_at` is the first that is still to come."""

    at: datetime | None
    missed: int
    next_at: datetime | None
    late: bool = False


def times(rule: Clockwork, after: datetime, local: tzinfo) -> Iterator[datetime]:
    """All times later than `after`, in order. An interval counts from `after`. `local` is the zone of rules without."""
    if isinstance(rule, Every):
        while True:
            after += timedelta(seconds=rule.seconds)
            yield after
    zone = local if rule.zone is None else ZoneInfo(rule.zone)
    for found in CronSim(rule.expression, after.astimezone(zone)):
        moment = found.astimezone(UTC)
        if moment > after:
            yield (after := moment)


def following(rule: Clockwork, after: datetime, local: tzinfo) -> datetime | None:
    return next(times(rule, after, local), None)


def due(rule: Clockwork, missed: Missed, next_at: datetime, now: datetime, local: tzinfo) -> Due:
    """What is to be done at `now`, which is not before `next_at`."""
    count, latest, after = _passed(rule, next_at, now, local)
    if now - latest <= GRACE:
        return Due(latest, count - 1, after)
    return Due(latest, count, after, late=True) if missed == "once" else Due(None, count, after)


def _passed(rule: Clockwork, next_at: datetime, now: datetime, local: tzinfo) -> tuple[int, datetime, datetime | None]:
    """How many times there are from `next_at` to `now`, the last of them, and the one after."""
    if isinstance(rule, Every):
        step = timedelta(seconds=rule.seconds)
        more = (now - next_at) // step
        return min(MOST, 1 + more), next_at + more * step, next_at + (more + 1) * step
    count, latest = 1, next_at
    for moment in islice(times(rule, next_at, local), MOST):
        if moment > now:
            return count, latest, moment
        count, latest = count + 1, moment
    if count <= MOST:
        return count, latest, None
    latest = _latest(rule, now, local)
    return MOST, latest, following(rule, latest, local)


def _latest(rule: Cron, now: datetime, local: tzinfo) -> datetime:
    """The last time up to `now`, without counting up to it."""
    back = timedelta(minutes=1)
    while True:
        latest = None
        for moment in times(rule, now - back, local):
            if moment > now:
                break
            latest = moment
        if latest is not None:
            return latest
        back *= 2


def coming(rule: Clockwork, next_at: datetime, begin: datetime, end: datetime, local: tzinfo) -> Iterator[datetime]:
    """The times from `begin` to before `end`, of a rule whose next one is `next_at`."""
    if isinstance(rule, Every):
        step = timedelta(seconds=rule.seconds)
        first = next_at + max(0, -((next_at - begin) // step)) * step
        moment = first if first >= begin else first + step
        while moment < end:
            yield moment
            moment += step
        return
    if begin <= next_at < end:
        yield next_at
    for moment in times(rule, max(next_at, begin - timedelta(microseconds=1)), local):
        if moment >= end:
            return
        yield moment


def delay(schedule: int, at: datetime, jitter: float) -> timedelta:
    """By how much a time is put off: from 0 to `jitter` seconds, another one for each time and schedule, and the same
    whoever asks and however often."""
    if not jitter:
        return timedelta()
    seed = hashlib.sha256(f"{schedule} {at.isoformat()}".encode()).digest()
    return timedelta(seconds=jitter * int.from_bytes(seed[:8]) / 2**64)


def is_set_back(reckoned_at: datetime, now: datetime) -> bool:
    """Whether the clock was far ahead when a next time was worked out, which would keep everything waiting for it."""
    return reckoned_at - now > SET_BACK
