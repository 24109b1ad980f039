"""When a module is run without anybody asking: by the clock, after another module, or when files change.

A rule is what a person wrote, checked; what follows from it is worked out by `schedules`. Durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice, pairwise
from math import inf
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

Missed = Literal["skip", "once"]
Slot = Literal["schedule", "after", "files"]

MISSED: tuple[Missed, ...] = get_args(Missed)
SHORTEST = 1.0  # seconds between two times
LONGEST = 366 * 86400.0
SETTLE = 2.0
FIRST_TIMES = 25
NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class WrongRule(ValueError):
    """Says what is wrong; `hint` what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields as of cron; `zone` is a name of the IANA's list, None the zone of the machine."""

    expression: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Every:
    seconds: float


@dataclass(frozen=True, slots=True)
class After:
    """When a run of one of these modules has completed."""

    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """When a file that one of these absolute patterns names is new or another, and none has changed for `settle`."""

    patterns: tuple[str, ...]
    settle: float = SETTLE


Rule = Cron | Every | After | Files


@dataclass(frozen=True, slots=True)
class Plan:
    """`missed` is what becomes of times at which nobody was there; the run begins up to `jitter` seconds after its
    time; with `overlap` it begins though the one before still goes."""

    rule: Rule
    missed: Missed = "skip"
    jitter: float = 0.0
    overlap: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


def cron(text: str, zone: str | None = None) -> Cron:
    """Raises `WrongRule`."""
    expression = " ".join(text.split())
    if expression.startswith("@"):
        if (known := NAMED.get(expression.lower())) is None:
            raise WrongRule(f"`{expression[:60]}` is not known", f"There is: {', '.join(NAMED)}")
        expression = known
    if len(expression.split()) != 5 or len(expression) > 200:
        raise WrongRule(
            f"`{expression[:60]}` is not a cron expression",
            "Write five fields: minute, hour, day of the month, month, day of the week, such as 0 6 * * 1-5",
        )
    try:
        next(CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        what = str(error).removeprefix("Bad ")
        raise WrongRule(f"the {what} of `{expression}` is wrong", "Five fields, such as 0 6 * * 1-5") from error
    except StopIteration:
        raise WrongRule(f"`{expression}` never comes", "No such day is in any of these months") from None
    if zone is not None and not _is_zone(zone):
        raise WrongRule(f"`{zone[:60]}` is not a time zone", "Write a name such as Europe/Prague or UTC")
    return Cron(expression, zone)


def every(seconds: float) -> Every:
    """Raises `WrongRule`."""
    if not SHORTEST <= seconds <= LONGEST:
        raise WrongRule(f"{seconds:g} s is no distance between two runs", "It is from 1s to 366d")
    return Every(seconds)


def jitter_fits(jitter: float, rule: Rule) -> None:
    """Raises `WrongRule`."""
    if isinstance(rule, (After, Files)) and jitter:
        raise WrongRule("jitter belongs to times of the clock", "Leave it out")
    if jitter and jitter >= _least_distance(rule):
        raise WrongRule("jitter is not less than the distance between two runs", "Make it shorter")
    if jitter > 86400:
        raise WrongRule("jitter is more than a day", "Make it shorter")


def _least_distance(rule: Rule) -> float:
    """Seconds from one time to the next where they are closest, as far as the first times tell; without end where the
    rule is none of the clock."""
    if isinstance(rule, Every):
        return rule.seconds
    if not isinstance(rule, Cron):
        return inf
    first = islice(CronSim(rule.expression, datetime(2000, 1, 1, tzinfo=UTC)), FIRST_TIMES)
    return min(((later - earlier).total_seconds() for earlier, later in pairwise(first)), default=inf)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is an OSError
        return False
    return True
