"""The list of services that everybody reads: answered to requests, and sent to all who follow.

It is encoded once for all of them, each service anew only when something of it has changed. Looking asks neither the
system nor the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from backend.core.bus import Latest
from backend.core.clock import Clock
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.figures import Figures
from backend.services.supervisor.happenings import State
from backend.services.supervisor.views import ServiceView, Usage, uptime, view

STALE = 0.25  # seconds after which uptimes are told anew to whoever asks
_VIEW = TypeAdapter(ServiceView)
_UPTIME = b'"uptime_seconds":'  # stands so in no text: there its quotes would be escaped


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A service but for its uptime, which belongs between `head` and `tail`; `seen` is what it was made of."""

    seen: tuple[object, ...]
    head: bytes
    tail: bytes

    def at(self, now: datetime, mono: float, state: State) -> bytes:
        seconds = uptime(state, now.timestamp(), mono)
        return b"%b%b%b" % (self.head, b"null" if seconds is None else b"%.3f" % seconds, self.tail)


class Board:
    """`live` carries the messages for those who follow; `hide` takes secrets out of what is shown."""

    def __init__(
        self, entries: Mapping[str, Entry], figures: Figures, clock: Clock, hide: Callable[[str], str]
    ) -> None:
        self.live: Latest[str] = Latest(self._somebody_follows)
        self._entries = entries
        self._figures = figures
        self._clock = clock
        self._hide = hide
        self._encoded: dict[str, _Encoded] = {}
        self._list = self._answer = b""
        self._listed_at = float("-inf")
        self._publishing = False

    def view(self, entry: Entry) -> ServiceView:
        """Figures are those of the last measurement: the first look at a service that nobody looked at has none."""
        self._figures.somebody_looks()
        return self._view(entry, self._clock.now(), self._clock.monotonic())

    def views(self, *, figures: bool = True) -> tuple[ServiceView, ...]:
        """Without `figures` nothing is measured for it; those of the last measurement may be there all the same."""
        if figures:
            self._figures.somebody_looks()
        now, mono = self._clock.now(), self._clock.monotonic()
        return tuple(self._view(entry, now, mono) for entry in self._sorted())

    def encoded(self) -> bytes:
        """`{"count": …, "services": […]}`"""
        self._figures.somebody_looks()
        self._renew()
        return self._answer

    def changed(self) -> None:
        """The next look sees what is now; who follows is told once for all changes of one turn of the loop."""
        self._listed_at = float("-inf")
        if self.live.watched and not self._publishing:
            self._publishing = True
            asyncio.get_running_loop().call_soon(self._publish)

    def definitions_changed(self) -> None:
        """With them other values may have become secret."""
        self._encoded.clear()
        self.changed()

    def _somebody_follows(self) -> None:
        self._figures.somebody_looks()
        self.live.value = self._message()

    def _publish(self) -> None:
        self._publishing = False
        self.live.publish(self._message())

    def _message(self) -> str:
        self._renew()
        services, now = self._list.decode(), self._clock.now().isoformat()
        return f'{{"type":"service_status","timestamp":"{now}","services":{services}}}'

    def _renew(self) -> None:
        mono = self._clock.monotonic()
        if mono - self._listed_at < STALE:
            return
        now = self._clock.now()
        services = [self._encode(entry, now, mono) for entry in self._sorted()]
        self._list = b"[%b]" % b",".join(services)
        self._answer = b'{"count":%d,"services":%b}' % (len(services), self._list)
        self._listed_at = mono

    def _encode(self, entry: Entry, now: datetime, mono: float) -> bytes:
        known = self._encoded.get(entry.spec.id)
        ladder = None if entry.ladder is None else entry.ladder.view
        seen = (entry.spec, entry.state, entry.definition, entry.port, self._usage(entry), ladder)
        if known is None or not _same(known.seen, seen):
            head, name, rest = _VIEW.dump_json(self._view(entry, now, mono)).partition(_UPTIME)
            known = self._encoded[entry.spec.id] = _Encoded(seen, head + name, rest[rest.index(b",") :])
        return known.at(now, mono, entry.state)

    def _usage(self, entry: Entry) -> Usage | None:
        return self._figures.usage.get(entry.spec.id)

    def _view(self, entry: Entry, now: datetime, mono: float) -> ServiceView:
        return view(
            entry.resolved,
            entry.state,
            entry.definition,
            self._usage(entry),
            now.timestamp(),
            mono=mono,
            port=entry.port,
            ladder=None if entry.ladder is None else entry.ladder.view,
            hide=self._hide,
        )

    def _sorted(self) -> Iterable[Entry]:
        return [entry for _, entry in sorted(self._entries.items())]


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(a is b or a == b for a, b in zip(one, other, strict=True))
