"""What a target is, and what is told. Nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Literal, get_args

from backend.core.events import Event
from backend.services.notifications.template import Template

Kind = Literal["crash", "run_failed", "run_finished", "scan_finished", "alert", "test"]
Means = Literal["desktop", "webhook", "apprise"]
About = Literal["service", "module", "alert", "knowledge", "target"]
Severity = Literal["info", "warning", "critical"]
State = Literal["waiting", "sent", "failed", "dropped"]

KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "test")
STATES: tuple[State, ...] = get_args(State)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
USUAL: frozenset[Kind] = frozenset({"crash", "run_failed", "alert"})
"""What a target hears of that says nothing else."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of the day to another, by the clock of this machine; over midnight where `begin` is the later."""

    begin: time
    end: time


@dataclass(frozen=True, slots=True)
class Target:
    """`url` is a secret. Without `services` it hears of all of them, and so with `modules`; `per_hour` bounds what it
    gets."""

    name: str
    url: str = field(repr=False)
    on: frozenset[Kind] = USUAL
    services: frozenset[str] | None = None
    modules: frozenset[str] | None = None
    min_severity: Severity = "info"
    quiet: Quiet | None = None
    template: Template | None = None
    per_hour: int = 60

    @property
    def scheme(self) -> str:
        return self.url.partition(":")[0].lower()

    @property
    def means(self) -> Means:
        if self.scheme == "desktop":
            return "desktop"
        return "webhook" if self.scheme in {"http", "https"} else "apprise"

    @property
    def address(self) -> str:
        """What of the address may be shown."""
        return f"{self.scheme}://" if self.means == "desktop" else f"{self.scheme}://…"

    def wants(self, news: News) -> bool:
        if news.kind not in self.on or SEVERITIES.index(news.severity) < SEVERITIES.index(self.min_severity):
            return False
        if self.services is not None and news.service is not None and news.service not in self.services:
            return False
        return self.modules is None or news.about != "module" or news.subject in self.modules


@dataclass(frozen=True, slots=True)
class Section:
    """`group` is for how many seconds a message waits for more of its kind."""

    targets: Mapping[str, Target] = field(default_factory=dict)
    group: float = 10.0


@dataclass(frozen=True, slots=True)
class News:
    """One event that somebody may want to hear of. What has the same `kind`, `subject` and `phase` becomes one message.

    `service` is the one that it concerns, where that is one; `counts` where it happened once more, `final` where
    nothing more of it is to come, so that nobody waits for that. `fields` are the values that words and templates
    have of it.
    """

    kind: Kind
    about: About
    subject: str
    name: str
    severity: Severity
    event: Event
    fields: Mapping[str, str] = field(default_factory=dict)
    service: str | None = None
    phase: str = ""
    counts: bool = True
    final: bool = False
