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
SLEWED = timedelta(seconds=1)  # by which a clock that is only put right slowly may lag behind

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
    for found in CronSim(rule.expression, after.astimezone(zone_of(rule, local))):
        moment = found.astimezone(UTC)
        if moment > after:
            yield (after := moment)


def zone_of(rule: Cron, local: tzinfo) -> tzinfo:
    """Raises `ZoneInfoNotFoundError` where the zone is not known any more."""
    return local if rule.zone is None else ZoneInfo(rule.zone)


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


def delay(schedule: int, at: datetime, jitter: float) -> timedelta:
    """By how much a time is put off: from 0 to `jitter` seconds, another one for each time and schedule, and the same
    whoever asks and however often."""
    if not jitter:
        return timedelta()
    seed = hashlib.sha256(f"{schedule} {at.isoformat()}".encode()).digest()
    return timedelta(seconds=jitter * int.from_bytes(seed[:8]) / 2**64)


def is_set_back(rule: Clockwork, next_at: datetime, reckoned_at: datetime, now: datetime) -> bool:
    """Whether the clock was ahead when a next time was worked out, which would keep a schedule waiting for it. Of an
    interval that is known at once: its next time is never further away than the interval is long."""
    if isinstance(rule, Every) and next_at - now > timedelta(seconds=rule.seconds) + SLEWED:
        return True
    return reckoned_at - now > SET_BACK


def is_kept(rule: Cron, next_at: datetime, local: tzinfo) -> bool:
    """Whether a time that was worked out is one of the rule still: the machine may have moved to another zone, or the
    rules of a zone may have changed. Raises `ZoneInfoNotFoundError`."""
    return following(rule, next_at - timedelta(microseconds=1), local) == next_at
