"""One subject of a rule: how it is, what is on record of it, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from backend.database.repositories.alerts import Record
from backend.services.alerts.model import Reading, Rule, Threshold
from backend.services.alerts.state import State
from backend.services.alerts.words import amount, unit_of_condition

Quiet = Literal["silenced", "maintenance"]
"""Why nobody is told."""

LONGEST_SUMMARY = 500  # characters


@dataclass(slots=True)
class Tracked:
    """`record` is there while it fires."""

    state: State = field(default_factory=State)
    reading: Reading = field(default_factory=lambda: Reading(None))
    record: Record | None = None


def summary(rule: Rule, subject: str, reading: Reading, hide: Callable[[str], str]) -> str:
    """`disk is at 96.2 %`"""
    whom = reading.service or subject
    name = subject.removeprefix(f"service:{whom}:") if reading.service else subject
    what = whom if name in {whom, subject} else f"{name} of {whom}"
    return hide(f"{what} {_detail(rule, reading)}")[:LONGEST_SUMMARY]


def _detail(rule: Rule, reading: Reading) -> str:
    if isinstance(rule.condition, Threshold) and reading.value is not None:
        return f"is at {amount(reading.value, rule.condition.unit)}"
    return reading.detail or rule.words


def fired(
    alert: int, rule: Rule, subject: str, one: Tracked, *, maintenance: str | None, hide: Callable[[str], str]
) -> Record:
    state, reading = one.state, one.reading
    assert state.since is not None
    assert state.fired_at is not None
    return Record(
        id=alert,
        rule=rule.name,
        kind=rule.kind,
        subject=subject,
        service=reading.service,
        severity=rule.severity,
        state="firing",
        value=reading.value,
        unit=unit_of_condition(rule.condition),
        summary=summary(rule, subject, reading, hide),
        reason=None,
        since=moment(state.since),
        fired_at=moment(state.fired_at),
        resolved_at=None,
        told_at=None if state.told_at is None else moment(state.told_at),
        silenced_until=None,
        silenced_by=None,
        maintenance=maintenance,
        digest=rule.digest,
    )


def seen_again(record: Record, rule: Rule, one: Tracked, hide: Callable[[str], str]) -> Record:
    """The record with what is told of it now."""
    told_at = None if one.state.told_at is None else moment(one.state.told_at)
    return replace(
        record, value=one.reading.value, summary=summary(rule, record.subject, one.reading, hide), told_at=told_at
    )


def state_of(record: Record) -> State:
    """How an alert was that fired when the daemon ended."""
    told_at = None if record.told_at is None else record.told_at.timestamp()
    return State("firing", record.since.timestamp(), record.fired_at.timestamp(), told_at)


def payload(record: Record, quiet: Quiet | None, **more: Any) -> dict[str, Any]:
    """What is told of an alert. Where `quiet` is not null people are not to be told."""
    return {
        "id": record.id,
        "rule": record.rule,
        "kind": record.kind,
        "severity": record.severity,
        "subject": record.subject,
        "service": record.service,
        "summary": record.summary,
        "value": record.value,
        "unit": record.unit,
        "state": record.state,
        "since": record.since.isoformat(),
        "fired_at": record.fired_at.isoformat(),
        "resolved_at": None if record.resolved_at is None else record.resolved_at.isoformat(),
        "reason": record.reason,
        "quiet": quiet,
        **more,
    }


def pending_payload(rule: Rule, subject: str, one: Tracked, hide: Callable[[str], str]) -> dict[str, Any]:
    """The same of one that is no alert yet."""
    firing = replace(one.state, fired_at=one.state.since, told_at=None)
    record = fired(0, rule, subject, replace(one, state=firing), maintenance=None, hide=hide)
    return {**payload(record, None), "id": None, "state": "pending", "fired_at": None}


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
