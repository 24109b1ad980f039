"""Alerts and their rules on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.database.repositories.alerts import Silence
from backend.services.alerts import Standing
from backend.services.alerts.errors import InvalidSilence
from backend.services.alerts.model import Kind, Severity, Unit
from backend.services.alerts.state import Phase
from backend.services.alerts.tracked import Tracked, moment
from backend.services.alerts.words import unit_of_condition
from backend.services.definitions import values

LONGEST_SILENCE = 366 * 86_400.0  # seconds


class AlertView(BaseModel):
    """One firing of a rule for a subject. `summary` is what was last told of it while it fired; `value` is the newest
    while it fires, and the one of `summary` afterwards."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    rule: str
    kind: Kind
    severity: Severity
    subject: str = Field(description="a service, a metric or a budget")
    service: str | None = Field(description="whom it concerns, where that is a service")
    state: Literal["firing", "resolved"]
    value: float | None
    unit: Unit | None
    summary: str
    reason: str | None = Field(description="why it was resolved: what was seen then, or that the rule is another")
    since: datetime = Field(description="when the condition began to hold")
    fired_at: datetime
    resolved_at: datetime | None
    told_at: datetime | None = Field(description="when people were last told; null while nobody was")
    silenced_until: datetime | None
    silenced_by: str | None
    maintenance: str | None = Field(description="the window of maintenance it fired in")


class AlertPage(BaseModel):
    """Those that fire come first, on the first page; then the past ones, the newest first."""

    alerts: list[AlertView]
    firing: int
    cursor: str | None = Field(description="of the next page, given as `before`; null at the end")


class SubjectView(BaseModel):
    """What a rule sees of one of its subjects now. `since` is when the condition began to hold."""

    subject: str
    state: Phase
    value: float | None
    since: datetime | None
    alert_id: int | None = Field(description="of the alert, while it fires")

    @classmethod
    def of(cls, subject: str, one: Tracked) -> SubjectView:
        state = one.state
        return cls(
            subject=subject,
            state=state.phase,
            value=one.reading.value,
            since=moment(state.since) if state.active and state.since is not None else None,
            alert_id=None if one.record is None else one.record.id,
        )


class AlertRuleView(BaseModel):
    """A rule of the configuration. `state` and `value` are those of its worst subject."""

    name: str
    kind: Kind
    severity: Severity
    condition: str = Field(description="in words")
    unit: Unit | None
    for_seconds: float
    resend_seconds: float | None = Field(description="null: told once")
    state: Phase
    value: float | None
    subjects: list[SubjectView]
    problem: str | None = Field(description="why it can see nothing, e.g. a service that is not declared")
    silenced_until: datetime | None
    silenced_by: str | None
    maintenance: str | None = Field(description="the window of maintenance that is open for all of it now")

    @classmethod
    def of(cls, one: Standing) -> AlertRuleView:
        rule, worst, silence = one.rule, one.worst, one.silence
        return cls(
            name=rule.name,
            kind=rule.kind,
            severity=rule.severity,
            condition=rule.words,
            unit=unit_of_condition(rule.condition),
            for_seconds=rule.hold,
            resend_seconds=rule.resend,
            state="inactive" if worst is None else worst.state.phase,
            value=None if worst is None else worst.reading.value,
            subjects=[SubjectView.of(subject, tracked) for subject, tracked in one.subjects.items()],
            problem=one.problem,
            silenced_until=None if silence is None else silence.until,
            silenced_by=None if silence is None else silence.by,
            maintenance=one.maintenance,
        )


class AlertRuleList(BaseModel):
    rules: list[AlertRuleView]


class SilenceRequest(BaseModel):
    """For how long nobody is to be told."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    duration: str | float = Field(
        default="1h", alias="for", description="seconds, or as in the configuration: 30m, 2h, 1d; at most a year"
    )

    @property
    def seconds(self) -> float:
        """Raises `InvalidSilence`."""
        try:
            seconds = values.duration(str(self.duration))
        except values.WrongValue as wrong:
            raise InvalidSilence(f"{wrong}. {wrong.hint}.") from None
        if not 0 < seconds <= LONGEST_SILENCE:
            raise InvalidSilence("A silence lasts more than nothing and at most a year.")
        return seconds


class SilencedRule(BaseModel):
    rule: str
    silenced_until: datetime | None
    silenced_by: str | None

    @classmethod
    def of(cls, rule: str, silence: Silence | None) -> SilencedRule:
        until, by = (None, None) if silence is None else (silence.until, silence.by)
        return cls(rule=rule, silenced_until=until, silenced_by=by)
