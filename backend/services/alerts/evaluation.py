"""Steps every subject of every rule, gives alerts their ids, and tells what became of them.

All of it is in memory: neither a tick nor an event waits for the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo

from backend.core.events import Fact
from backend.database.repositories.alerts import Record, Silence
from backend.services.alerts.maintenance import open_windows
from backend.services.alerts.model import Reading, Readings, Rule, Section, Window
from backend.services.alerts.recorder import Recorder
from backend.services.alerts.state import Pace, began_anew, step
from backend.services.alerts.tracked import (
    Quiet,
    Tracked,
    fired,
    payload,
    pending_payload,
    seen_again,
    state_of,
    summary,
)

AREA = "alerts"
UNSEEN = "nothing is seen of it any more"
See = Callable[[Rule, frozenset[str]], Readings]
"""What is seen of a rule's subjects; given those for which it fires."""


class Evaluation:
    """`tell` tells a fact that is stored with the recorder's next unit; `tell_alone` one that no row belongs to."""

    def __init__(
        self,
        *,
        see: See,
        recorder: Recorder,
        tell: Callable[[Fact], object],
        tell_alone: Callable[[Fact], object],
        local: tzinfo,
        hide: Callable[[str], str],
    ) -> None:
        self.section = Section()
        self.tracked: dict[str, dict[str, Tracked]] = {}  # by rule and subject
        self.silences: dict[str, Silence] = {}  # by rule
        self._see = see
        self._recorder = recorder
        self._tell = tell
        self._tell_alone = tell_alone
        self._local = local
        self._hide = hide
        self._last_id = 0
        self._open: list[Window] = []

    # Rules

    def begin(
        self, section: Section, firing: Iterable[Record], last_id: int, silences: Mapping[str, Silence], now: datetime
    ) -> None:
        """Where an earlier life of the daemon ended. What rules have changed since does not go on."""
        self.section, self._last_id, self.silences = section, last_id, dict(silences)
        self._open = open_windows(section.windows, now, self._local)
        for record in firing:
            one = Tracked(state_of(record), Reading(None, record.value, service=record.service), record)
            rule = section.rules.get(record.rule)
            if rule is None or rule.digest != record.digest:
                self._resolve(record, one, now, _why(rule))
            else:
                self.tracked.setdefault(record.rule, {})[record.subject] = one

    def apply(self, section: Section, now: datetime) -> None:
        """Other rules are in force."""
        before, self.section = self.section.rules, section
        for name, rule in before.items():
            kept = section.rules.get(name)
            if kept is not None and kept.digest == rule.digest:
                continue
            for one in self.tracked.pop(name, {}).values():
                if one.record is not None:
                    self._resolve(one.record, one, now, _why(kept))

    def began_anew(self, now: datetime) -> None:
        """The machine has slept."""
        for one in self._all():
            one.state = began_anew(one.state, now.timestamp())

    # Steps

    def evaluate(self, now: datetime) -> None:
        self._open = open_windows(self.section.windows, now, self._local)
        self._let_expire(now)
        for rule in self.section.rules.values():
            tracked = self.tracked.setdefault(rule.name, {})
            firing = frozenset(subject for subject, one in tracked.items() if one.state.phase == "firing")
            readings = self._see(rule, firing)
            for subject, reading in readings.items():
                self._step(rule, subject, reading, now)
            for subject in sorted(tracked.keys() - readings.keys()):
                self._step(rule, subject, None, now)

    def _step(self, rule: Rule, subject: str, reading: Reading | None, now: datetime) -> None:
        tracked = self.tracked[rule.name]
        one = tracked.get(subject)
        if one is None:
            one = tracked[subject] = Tracked()
        holds = None if reading is None else reading.holds
        if reading is not None and holds is not None:
            one.reading = reading
        if holds is False and not one.state.active:  # as of nearly all, at each tick
            return
        quiet, window = self.quiet(rule.name, one, now)
        one.state, told = step(one.state, holds, Pace(rule.hold, rule.resend), now.timestamp(), quiet is not None)
        match told:
            case "pending":
                said = pending_payload(rule, subject, one, self._hide)
                told_of = Fact(
                    AREA, "alert.pending", rule.name, cause=one.reading.cause, payload={**said, "quiet": quiet}
                )
                self._tell_alone(told_of)
            case "fired":
                self._last_id += 1
                one.record = fired(self._last_id, rule, subject, one, maintenance=window, hide=self._hide)
                self._told("alert.fired", one.record, quiet, one.reading.cause)
            case "reminded":
                assert one.record is not None
                one.record = seen_again(one.record, rule, one, self._hide)
                self._told("alert.reminded", one.record, quiet)
            case "resolved":
                assert one.record is not None
                seen = UNSEEN if holds is None else summary(rule, subject, one.reading, self._hide)
                self._resolve(one.record, one, now, seen)
        if reading is None and not one.state.active:
            del tracked[subject]

    def _resolve(self, record: Record, one: Tracked, now: datetime, reason: str) -> None:
        """Who was not told that it fires is not told that it ended."""
        quiet, _ = self.quiet(record.rule, one, now)
        if quiet is None and record.told_at is None:
            quiet = "maintenance" if record.maintenance is not None else "silenced"
        one.record = None
        self._told("alert.resolved", replace(record, state="resolved", reason=reason, resolved_at=now), quiet)

    def _told(self, what: str, record: Record, quiet: Quiet | None, cause: str | None = None) -> None:
        self._tell(Fact(AREA, what, record.rule, cause=cause, payload=payload(record, quiet)))
        self._recorder.alert(record)

    # Quiet

    def quiet(self, rule: str, one: Tracked, now: datetime) -> tuple[Quiet | None, str | None]:
        """Why nobody is told now, and the window of maintenance that is open."""
        record, silence = one.record, self.silences.get(rule)
        window = next((window for window in self._open if window.covers(rule, one.reading.service)), None)
        own = None if record is None else record.silenced_until
        if (silence is not None and silence.until > now) or (own is not None and own > now):
            return "silenced", None if window is None else window.name
        return ("maintenance", window.name) if window is not None else (None, None)

    def window_of(self, rule: str) -> str | None:
        """The window that is open for whatever the rule is about."""
        return next((window.name for window in self._open if window.covers(rule, None)), None)

    def silence(self, one: Tracked, until: datetime | None, by: str) -> Record:
        """That one alert; None for being told again."""
        assert one.record is not None
        one.record = replace(one.record, silenced_until=until, silenced_by=by if until is not None else None)
        what = "alert.silenced" if until is not None else "alert.unsilenced"
        quiet: Quiet | None = "silenced" if until is not None else None
        said = payload(one.record, quiet, until=None if until is None else until.isoformat(), by=by)
        self._tell(Fact(AREA, what, one.record.rule, by, payload=said))
        self._recorder.alert(one.record)
        return one.record

    def silence_rule(self, rule: str, until: datetime | None, by: str) -> None:
        """Whatever it finds."""
        silence = None if until is None else Silence(until, by)
        if silence is None:
            self.silences.pop(rule, None)
        else:
            self.silences[rule] = silence
        what = "alert.silenced" if silence is not None else "alert.unsilenced"
        said = {"id": None, "rule": rule, "until": None if until is None else until.isoformat(), "by": by}
        self._tell(Fact(AREA, what, rule, by, payload=said))
        self._recorder.silence(rule, silence)

    def _let_expire(self, now: datetime) -> None:
        for rule in [one for one, silence in self.silences.items() if silence.until <= now]:
            del self.silences[rule]
            self._recorder.silence(rule, None)

    # Asking

    def firing(self) -> list[Record]:
        """With what is seen now, the newest first."""
        found = [replace(one.record, value=one.reading.value) for one in self._all() if one.record is not None]
        return sorted(found, key=lambda record: record.id, reverse=True)

    def find(self, alert: int) -> Tracked | None:
        return next((one for one in self._all() if one.record is not None and one.record.id == alert), None)

    def _all(self) -> list[Tracked]:
        return [one for subjects in self.tracked.values() for one in subjects.values()]


def _why(rule: Rule | None) -> str:
    return "the rule was removed" if rule is None else "the rule was changed"
