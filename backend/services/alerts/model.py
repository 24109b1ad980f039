"""The words of alerts: rules and their conditions, windows of maintenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

Kind = Literal["metric", "state", "log", "budget", "silence"]
Severity = Literal["info", "warning", "critical"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Unit = Literal["percent", "bytes", "bytes_per_second", "celsius", "watt", "count", "seconds", "dollars"]
Seen = Literal[
    "stopped", "waiting", "starting", "running", "stopping", "backoff", "exited", "failed", "unhealthy", "crashed"
]
"""What a service can be seen to be: its status, its health, or that it ended by itself and is not back."""

KINDS: tuple[Kind, ...] = ("metric", "state", "log", "budget", "silence")
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EACH = "*"  # in place of the id of a service or a budget


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric that is `above` a value, or `below` it, until it comes back to `clear`; in `unit`. The metric's name may
    hold `*` for any text."""

    metric: str
    unit: Unit
    above: float | None
    below: float | None
    clear: float


@dataclass(frozen=True, slots=True)
class StateIs:
    service: str
    states: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class LogSays:
    """`count` lines that match `pattern` (as RE2 reads it) within `within` seconds."""

    pattern: str
    service: str
    within: float
    count: int


@dataclass(frozen=True, slots=True)
class BudgetAt:
    """`percent` of what the budget allows is spent, or so many `dollars`."""

    budget: str
    percent: float | None
    dollars: float | None


@dataclass(frozen=True, slots=True)
class Silent:
    """A service that runs and has written nothing for so many seconds."""

    service: str
    seconds: float


Condition = Threshold | StateIs | LogSays | BudgetAt | Silent


@dataclass(frozen=True, slots=True)
class Rule:
    """`hold` is for how many seconds the condition must be so before the alert fires, `resend` after how many it is
    told again; None for never. `words` say the condition as a person would."""

    name: str
    condition: Condition
    severity: Severity
    hold: float
    resend: float | None
    words: str

    @property
    def kind(self) -> Kind:
        return _KIND_OF[type(self.condition)]

    @property
    def digest(self) -> str:
        """Another one where the rule is another, also for a later daemon."""
        return blake2b(repr((self.condition, self.severity, self.hold)).encode(), digest_size=8).hexdigest()


_KIND_OF: Mapping[type, Kind] = {
    Threshold: "metric",
    StateIs: "state",
    LogSays: "log",
    BudgetAt: "budget",
    Silent: "silence",
}


@dataclass(frozen=True, slots=True)
class Window:
    """Each week on `days` from `start` to `end`, in minutes of the day; an `end` that is not later is that of the day
    after. For the alerts of `services` and `rules`; for all where neither is named. Without a `zone` it is the
    machine's."""

    name: str
    days: tuple[Day, ...]
    start: int
    end: int
    zone: tzinfo | None
    services: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def covers(self, rule: str, service: str | None) -> bool:
        return not (self.services or self.rules) or rule in self.rules or service in self.services


@dataclass(frozen=True, slots=True)
class Section:
    """Of the configuration."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()


class Reading(NamedTuple):
    """What is seen of one subject of a rule. `holds` is None where nobody can say. `detail` is told with the alert;
    `service` is whom it concerns, where that is one; `cause` the id of the event that made it so, where one did."""

    holds: bool | None
    value: float | None = None
    detail: str | None = None
    service: str | None = None
    cause: str | None = None


Readings = Mapping[str, Reading]
"""By what they are about."""

Payload = dict[str, Any]
