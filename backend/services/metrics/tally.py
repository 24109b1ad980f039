"""Counts what happened since the daemon started, from the facts that everybody hears. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.core.events import Fact

FINISHED = {f"run.{status}": status for status in ("completed", "failed", "cancelled", "timed_out", "interrupted")}
DELIVERED = {f"notification.{outcome}": outcome for outcome in ("delivered", "failed", "dropped")}
OTHER = "other"  # stands for all names beyond the bound
MOST_NAMES = 500


class Names:
    """The first names that come keep a series of their own, so that no number of them is too much for Prometheus."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self._known: set[str] = set()

    def of(self, name: str) -> str:
        if name in self._known:
            return name
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(name)
        return name


@dataclass(frozen=True, slots=True)
class Counts:
    """`launches` and `exits` by service, where exits are those that nobody asked for; `runs` by module and status,
    `deliveries` by target and outcome, `events` by type."""

    events: Mapping[str, int] = field(default_factory=dict)
    launches: Mapping[str, int] = field(default_factory=dict)
    exits: Mapping[str, int] = field(default_factory=dict)
    runs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    deliveries: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Tally:
    def __init__(self) -> None:
        self._events: Counter[str] = Counter()
        self._launches: Counter[str] = Counter()
        self._exits: Counter[str] = Counter()
        self._runs: Counter[tuple[str, str]] = Counter()
        self._deliveries: Counter[tuple[str, str]] = Counter()
        self._services = Names()
        self._modules = Names()
        self._targets = Names()

    def count(self, fact: Fact) -> None:
        self._events[fact.type] += 1
        subject = fact.subject or ""
        if fact.type == "service.launched":
            self._launches[self._services.of(subject)] += 1
        elif fact.type == "service.exited":
            self._exits[self._services.of(subject)] += 1
        elif status := FINISHED.get(fact.type):
            self._runs[self._modules.of(str(fact.payload.get("module_id", ""))), status] += 1
        elif (outcome := DELIVERED.get(fact.type)) and fact.payload.get("final", True):  # a message has one outcome
            self._deliveries[self._targets.of(subject), outcome] += 1

    def counts(self) -> Counts:
        """As of now; it does not change with what is counted later."""
        return Counts(
            dict(self._events), dict(self._launches), dict(self._exits), dict(self._runs), dict(self._deliveries)
        )
